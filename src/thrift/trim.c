#include "thrift/trim.h"

#include "thrift/trim_turns.h"

/*
 *     S U A U A c r r A c r | A U A        c calls, r results
 *       ^ pin ^ anchor      ^ window: the last keep_last turns
 *
 * A cut says where what stays begins (`from`): at a unit, which is one turn,
 * or a call with its results. Before it stay system turns, the pinned one,
 * and sometimes the anchor.
 *
 * - A cut before the anchor, the last user's turn before the window, leaves
 *   a user's turn first. If one is pinned, it may be before any unit.
 * - If that is not enough, the anchor stays and the units behind it go: in a
 *   long run of tool calls the task itself is not forgotten.
 * - A window that begins with a user's turn needs no anchor.
 *
 * Where a turn of the user's stays before a gap, user and assistant would
 * not alternate behind it if the last words before the gap's end were the
 * assistant's: these words stay then (`answer` before the anchor, `lead`
 * before what stays). Items of /responses need not alternate.
 *
 * The later a cut is, the more goes. As a conversation grows, window and
 * anchor only move on: what would not do, or was not enough, is not looked at
 * again.
 */
struct cut {
	size_t from;
	size_t anchor, answer, lead; /* stay before it; nturn: none */
	size_t gone;                 /* tokens */
};

struct walk {
	const struct trim_ask *ask;
	const struct chat *c;
	const struct trim_at *at;
	size_t max, keep;
	size_t least;     /* what a cut must free */
	size_t pin;       /* nturn: none */
	size_t seen;      /* the last place looked at */
	struct cut now;   /* what is gone */
	struct cut best;  /* the best that was found since */
};

/* Tokens of the turns before i that may go. */
static size_t loose(const struct walk *w, size_t i)
{
	return w->at[i].all - w->at[i].system;
}

/* Tokens of the prompt whose last turn stands before `end`. */
static size_t size_at(const struct walk *w, size_t end, const struct cut *cut)
{
	return w->ask->fixed + w->at[end].all - cut->gone;
}

/* The first turn of the window of a prompt; nturn when it has only system
 * turns. Some other turn always stays, and no unit is parted. */
static size_t window(const struct walk *w, size_t end)
{
	int last = w->ask->conf->keep_last;
	size_t keep = last > 1 ? (size_t)last : 1;
	size_t i = end > keep ? end - keep : 0;

	if (w->at[end].prev == w->c->nturn)
		return w->c->nturn;
	if (i > w->at[end].prev)
		i = w->at[end].prev;
	return w->at[w->at[i].next].unit;
}

/* Where the places begin that need not leave a user's turn first: behind
 * the anchor, or the window when that has a user's turn itself. */
static size_t find_loose(const struct walk *w, size_t begin, size_t *anchor_r)
{
	*anchor_r = w->c->nturn;
	if (trim_is_user(w->c, begin))
		return begin + 1;
	if (w->at[begin].user == w->c->nturn)
		return 0;
	*anchor_r = w->at[begin].user;
	return *anchor_r + 1;
}

/* May what stays begin with turn i? */
static bool may_begin(const struct walk *w, size_t i, size_t any)
{
	const struct chat *c = w->c;

	if (w->at[i].unit != i || trim_is_system(c, i) || c->turn[i].results)
		return false;
	if (i >= any)
		return true;
	return i > w->pin || trim_is_user(c, i);
}

/* The last words before turn i, if they are behind turn `after` and no user
 * has said anything since; nturn: none, or none are needed. */
static size_t words_before(const struct walk *w, size_t i, size_t after)
{
	size_t plain = w->at[i].plain;

	if (w->c->shape == SHAPE_RESPONSES || plain <= after ||
	    !trim_is_words(w->c, plain))
		return w->c->nturn;
	return plain;
}

static size_t tokens_of(const struct walk *w, size_t i)
{
	return i < w->c->nturn ? w->ask->turn[i] : 0;
}

static struct cut cut_at(const struct walk *w, size_t i, size_t anchor)
{
	size_t none = w->c->nturn, before = anchor < i ? anchor : w->pin;
	struct cut cut = { i, none, none, none, loose(w, i) };

	if (before < i && !trim_is_words(w->c, i))
		cut.lead = words_before(w, i, before);
	if (anchor < i)
		cut.anchor = anchor;
	if (anchor < i && w->pin < anchor)
		cut.answer = words_before(w, anchor, w->pin);
	if (w->pin < i && w->pin != cut.anchor)
		cut.gone -= tokens_of(w, w->pin);
	cut.gone -= tokens_of(w, cut.anchor) + tokens_of(w, cut.answer) +
		    tokens_of(w, cut.lead);
	return cut;
}

/* Goes on until enough would be gone, or what may go. */
static void look(struct walk *w, size_t end)
{
	size_t begin = window(w, end), anchor, any;
	struct cut cut;

	if (begin == w->c->nturn)
		return;
	any = find_loose(w, begin, &anchor);
	while (w->seen < begin && size_at(w, end, &w->best) > w->keep) {
		if (!may_begin(w, ++w->seen, any))
			continue;
		cut = cut_at(w, w->seen, anchor);
		if (cut.gone > w->best.gone)
			w->best = cut;
	}
}

/* How many requests has it taken to come here, as far as is kept? */
static size_t requests(const struct walk *w, size_t end)
{
	const struct trim_at *at = w->at;
	const struct cut *now = &w->now;

	return at[end].answers - at[now->from].answers +
	       (now->answer < w->c->nturn) + (now->lead < w->c->nturn) + 1;
}

/*
 * As many requests are expected again. Each pays for what a cut would take
 * away. The first one after a cut pays for what it leaves behind the system
 * turns and the pinned one, which is no longer what the provider holds.
 */
static bool pays(const struct walk *w, size_t end)
{
	size_t left = size_at(w, end, &w->best), same;
	double spared, spent;

	if (size_at(w, end, &w->now) / 2 > w->max)
		return true;
	same = w->ask->fixed + w->at[w->best.from].system;
	if (w->pin < w->best.from)
		same += w->ask->turn[w->pin];
	spared = (double)(w->best.gone - w->now.gone) *
		 (double)requests(w, end) * w->ask->read;
	spent = (double)(left - same) * (w->ask->write - w->ask->read);
	return spared > spent;
}

/* A request may have ended here. */
static void pass(struct walk *w, size_t end)
{
	if (size_at(w, end, &w->now) <= w->max)
		return;
	look(w, end);
	if (w->best.gone - w->now.gone < w->least)
		return;
	if (w->ask->conf->method == TRIM_AUTO && !pays(w, end))
		return;
	w->now = w->best;
}

static void walk(struct walk *w)
{
	size_t n = w->c->nturn;

	for (size_t end = 1; end <= n; end++)
		if (w->at[end].unit == end)
			pass(w, end);
}

static void set_marks(struct walk *w, const struct trim_ask *ask)
{
	int keep = ask->conf->keep_tokens;

	w->max = (size_t)ask->conf->max_tokens;
	w->keep = keep > 0 ? (size_t)keep : w->max / 2;
	if (w->keep > w->max)
		w->keep = w->max;
	w->least = (w->max - w->keep) / 4;
	if (!w->least)
		w->least = 1;
}

static size_t first_user(const struct chat *c)
{
	size_t i = 0;

	while (i < c->nturn && !trim_is_user(c, i))
		i++;
	return i;
}

static struct cut no_cut(const struct walk *w)
{
	size_t none = w->c->nturn;

	return (struct cut){ 0, none, none, none, 0 };
}

static bool stays(const struct walk *w, size_t i)
{
	return trim_is_system(w->c, i) || i == w->pin ||
	       i == w->now.anchor || i == w->now.answer || i == w->now.lead;
}

static void tell(struct trim *t, struct arena *a, const struct walk *w)
{
	t->from = w->now.from;
	t->tokens = w->now.gone;
	t->gone = arena_new_n(a, uint32_t, t->from);
	for (size_t i = 0; i < t->from; i++)
		if (!stays(w, i))
			t->gone[t->n++] = w->c->turn[i].tok;
}

/* Is the history, or the beginning of it, with the provider? */
static bool is_elsewhere(const struct chat *c)
{
	static const char *const names[] = { "previous_response_id",
					     "conversation" };

	if (c->shape != SHAPE_RESPONSES)
		return false;
	for (size_t i = 0; i < 2; i++) {
		uint32_t v = json_get(c->doc, 0, names[i]);

		if (v && !json_is(c->doc, v, JSON_NULL))
			return true;
	}
	return false;
}

static bool is_within(const struct trim_ask *ask)
{
	size_t sum = ask->fixed;

	for (size_t i = 0; i < ask->chat->nturn; i++)
		sum += ask->turn[i];
	return sum <= (size_t)ask->conf->max_tokens;
}

void trim_plan(struct trim *t, struct arena *a, const struct trim_ask *ask)
{
	const struct trim_conf *conf = ask->conf;
	struct walk w = { .ask = ask, .c = ask->chat };

	*t = (struct trim){ 0 };
	if (conf->method == TRIM_OFF || conf->max_tokens <= 0 ||
	    !w.c->nturn || is_within(ask) || is_elsewhere(w.c))
		return;
	w.at = trim_turns(a, w.c, ask->turn);
	w.pin = conf->pin_first ? first_user(w.c) : w.c->nturn;
	w.now = w.best = no_cut(&w);
	set_marks(&w, ask);
	walk(&w);
	if (w.now.from)
		tell(t, a, &w);
}
