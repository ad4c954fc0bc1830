/*
 * A reply in the other shapes says the same, or cannot be made one of them
 * and that is said. How a stream is cut into pieces is of no account here:
 * the parser gives the same events (split.c), and translating is done on
 * events.
 */
#include "replay.h"

#include "base/count.h"
#include "dialect/translate.h"

static const struct {
	enum shape shape;
	const char *name;
} others[] = {
	{ SHAPE_CHAT, "chat" },
	{ SHAPE_MESSAGES, "messages" },
	{ SHAPE_RESPONSES, "responses" },
};

static void without_blanks(struct buf *b, struct arena *a)
{
	struct str text = buf_view(b);

	buf_init(b, a);
	for (size_t i = 0; i < text.n; i++)
		if (!strchr(" \n", text.p[i]))
			buf_putc(b, text.p[i]);
}

/* A refusal is a kind of text in two shapes, and a reason to end in all.
 * Parts of reasoning are paragraphs elsewhere, and its proof is for its
 * maker alone. */
static void take_together(struct said *s)
{
	struct said_part *own = arena_new_n(s->a, struct said_part, s->n + 1);

	for (size_t i = 0; i < s->n; i++) {
		own[i] = s->part[i];
		if (own[i].kind == SAID_REFUSAL)
			own[i].kind = SAID_TEXT;
		if (own[i].kind == SAID_PROOF)
			own[i].text.n = 0;
		if (own[i].kind == SAID_REASONING)
			without_blanks(&own[i].text, s->a);
	}
	s->part = own;
}

/* An id that a shape must have is made for a call that has none. */
static void forget_made_ids(struct said *s, const struct said *like)
{
	for (size_t i = 0; i < like->n; i++)
		if (like->part[i].kind == SAID_TOOL && like->part[i].id.n)
			return;
	for (size_t i = 0; i < s->n; i++)
		s->part[i].id = STR("");
}

const char *crossed_differ(const struct said *got, const struct said *want)
{
	struct said g = *got, w = *want;

	take_together(&g);
	take_together(&w);
	forget_made_ids(&g, &w);
	/* Read and written overlap (Gemini's): where the input excludes both,
	 * one of them gives way. */
	if (w.usage[SAID_READ] > w.usage[SAID_INPUT] - w.usage[SAID_WRITTEN])
		g.usage[SAID_WRITTEN] = w.usage[SAID_WRITTEN];
	if (said_text(want, SAID_REFUSAL).n || !want->ended)
		g.finish = w.finish;
	return said_differ(&g, &w);
}

static void differ(struct job *j, const struct said *got, const char *to,
		   const char *how)
{
	const char *what = crossed_differ(got, &j->said);
	struct said *want = &j->said;

	if (what && want->last && !crossed_differ(got, want->last))
		what = NULL;
	if (what)
		job_fails(j, "made %s%s it does not keep %s", to, how, what);
}

static void cannot(struct job *j, const char *to)
{
	j->score->refused++;
	if (j->said.others.n)
		job_odd(j, "cannot be made %s: %s", to, j->said.others.p);
	else
		job_odd(j, "cannot be made %s", to);
}

/* -- streams --------------------------------------------------------------- */

/* Event by event, as a stream under way is. */
struct under_way {
	struct translate *t;
	struct buf out;
	struct arena *tmp;
	size_t before; /* bytes of out when the last event came */
	bool failed;
};

static int under_way_event(void *ctx, const struct sse_event *e)
{
	struct under_way *u = ctx;

	u->before = u->out.n;
	if (!u->failed && translate_event(u->t, e, &u->out, u->tmp) < 0)
		u->failed = true;
	return u->failed;
}

static void under_way(struct job *j, struct under_way *u, enum shape to,
		      size_t upto, size_t piece)
{
	struct str rest = { j->bytes.p, upto };
	struct sse sse;

	*u = (struct under_way){ .tmp = arena_new() };
	u->t = translate_new(j->a, j->shape, to, true);
	buf_init(&u->out, j->a);
	sse_init(&sse, j->a, (size_t)64 << 20, under_way_event, u);
	while (rest.n && !u->failed) {
		size_t n = piece && piece < rest.n ? piece : rest.n;

		sse_feed(&sse, (struct str){ rest.p, n });
		rest = str_from(rest, n);
	}
	arena_free(&u->tmp);
}

/* No end before its end, whatever has come. */
static void check_unended(struct job *j, enum shape to, const char *name)
{
	const struct said *s = &j->said;
	size_t upto = j->bytes.n;
	struct under_way u;
	struct said got;

	for (size_t i = 0; s->how == SAID_WHOLE && i < s->events; i++)
		if (s->end[i] == s->done)
			upto = i ? s->end[i - 1] : 0;
	under_way(j, &u, to, upto, 0);
	said_stream(&got, j->a, to, buf_view(&u.out));
	if (got.how == SAID_WHOLE)
		job_fails(j, "made %s it ends before its end", name);
	if (got.how == SAID_FAILED && s->how != SAID_FAILED)
		job_fails(j, "made %s there is an error in it", name);
	if (s->how == SAID_FAILED && !u.failed && got.how != SAID_FAILED)
		job_fails(j, "made %s its error is lost", name);
}

static void cross_stream(struct job *j, enum shape to, const char *name)
{
	struct under_way live;
	struct buf out, json;
	struct said got;

	check_unended(j, to, name);
	buf_init(&out, j->a);
	buf_init(&json, j->a);
	if (translate_stream(&out, j->shape, to, j->bytes, true) < 0) {
		if (j->said.how == SAID_WHOLE && !j->said.after_end)
			cannot(j, name);
		return;
	}
	j->score->crossed++;
	if (j->said.how != SAID_WHOLE || j->said.after_end) {
		job_fails(j, "it is broken and was made %s", name);
		return;
	}
	under_way(j, &live, to, j->bytes.n, 7);
	if (!str_eq(buf_view(&out), buf_view(&live.out)))
		job_fails(j, "made %s event by event it is another", name);
	said_stream(&got, j->a, to, buf_view(&out));
	if (got.how != SAID_WHOLE || got.after_end)
		job_fails(j, "made %s it has no proper end", name);
	differ(j, &got, name, "");
	if (got.last && crossed_differ(&got, got.last))
		job_fails(j, "made %s it says %s in two ways", name,
			  crossed_differ(&got, got.last));
	if (reply_assemble(&json, to, buf_view(&out)) < 0 ||
	    said_json(&got, j->a, to, buf_view(&json)) < 0)
		job_odd(j, "made %s it cannot be made JSON", name);
	else
		differ(j, &got, name, " and JSON");
}

/* -- whole replies --------------------------------------------------------- */

static void cross_reply(struct job *j, enum shape to, const char *name)
{
	struct said got;
	struct buf out;

	buf_init(&out, j->a);
	if (translate_reply(&out, j->shape, to, j->bytes) < 0) {
		cannot(j, name);
		return;
	}
	j->score->crossed++;
	if (said_json(&got, j->a, to, buf_view(&out)) < 0)
		job_fails(j, "made %s it is no reply", name);
	else
		differ(j, &got, name, "");
}

void check_crossed(struct job *j)
{
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		if (!translate_can(j->shape, others[i].shape))
			continue;
		if (j->stream)
			cross_stream(j, others[i].shape, others[i].name);
		else
			cross_reply(j, others[i].shape, others[i].name);
	}
}
