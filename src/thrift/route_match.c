/* The conditions of a rule, one by one, the cheapest first. */
#include "base/count.h"
#include "base/utf8.h"
#include "dialect/chat_has.h"
#include "thrift/prompt.h"
#include "thrift/route_rule.h"

/* -- the request ----------------------------------------------------------- */

static bool has_user_turn(const struct chat *c)
{
	for (size_t i = 0; i < c->nturn; i++)
		if (c->turn[i].role == ROLE_USER)
			return true;
	return false;
}

void route_look(struct route_look *l, const struct route_ask *ask)
{
	const struct chat *c = ask->chat;

	*l = (struct route_look){ .ask = ask, .script = -1 };
	l->text = c->shape == SHAPE_COMPLETION ? c->prompt : c->last_user;
	l->any = l->text.n > 0 || has_user_turn(c);
	if (!l->text.p)
		l->text = STR("");
	route_purse_fill(&l->purse, l->text);
}

static bool find_trait(const struct route_look *l, enum route_trait t)
{
	switch (t) {
	case TRAIT_TOOLS:
		return chat_has_tools(l->ask->chat);
	case TRAIT_IMAGES:
		return chat_has_images(l->ask->chat);
	case TRAIT_JSON_SCHEMA:
		return chat_has_json(l->ask->chat) != CHAT_JSON_NOT;
	case TRAIT_CODE:
	case TRAIT_MATH:
	case TRAITS:
		break;
	}
	return false;
}

#define TEXT_TRAITS (1u << TRAIT_CODE | 1u << TRAIT_MATH)

/* One look tells both. */
static unsigned text_traits(const struct route_look *l)
{
	struct topics is = detect_topics(l->text);

	return (unsigned)is.code << TRAIT_CODE |
	       (unsigned)is.math << TRAIT_MATH;
}

bool route_look_has(struct route_look *l, enum route_trait t)
{
	unsigned bit = 1u << t;

	if (!(l->looked & bit) && bit & TEXT_TRAITS) {
		l->seen |= text_traits(l);
		l->looked |= TEXT_TRAITS;
	} else if (!(l->looked & bit)) {
		l->seen |= find_trait(l, t) ? bit : 0;
		l->looked |= bit;
	}
	return l->seen & bit;
}

static size_t user_chars(const struct route_look *l)
{
	return utf8_count(l->text);
}

static size_t user_tokens(const struct route_look *l)
{
	return prompt_rough_user(l->ask->chat);
}

static size_t prompt_chars(const struct route_look *l)
{
	return chat_chars(l->ask->chat);
}

static size_t prompt_tokens(const struct route_look *l)
{
	return prompt_rough(l->ask->chat);
}

static size_t turns(const struct route_look *l)
{
	const struct chat *c = l->ask->chat;
	size_t n = 0;

	for (size_t i = 0; i < c->nturn; i++)
		n += c->turn[i].role != ROLE_SYSTEM;
	/* One text is one message. */
	return c->turns ? n : l->text.n > 0;
}

#define BOUNDS(name) \
	offsetof(struct route_rule, min_##name), \
	offsetof(struct route_rule, max_##name)

static const struct number {
	const char *name;
	size_t min, max; /* where the bounds are */
	bool of_user;    /* of the last user message */
	size_t (*count)(const struct route_look *l);
	const char *what;
} numbers[] = {
	{ "turns", BOUNDS(turns), false, turns, "messages in it" },
	{ "chars", BOUNDS(chars), true, user_chars,
	  "characters in the last user message" },
	{ "prompt_chars", BOUNDS(prompt_chars), false, prompt_chars,
	  "characters in the prompt" },
	{ "tokens", BOUNDS(tokens), true, user_tokens,
	  "tokens in the last user message" },
	{ "prompt_tokens", BOUNDS(prompt_tokens), false, prompt_tokens,
	  "tokens in the prompt" },
};

_Static_assert(COUNT_OF(numbers) ==
	       COUNT_OF(((struct route_look *)NULL)->number), "numbers");

static size_t count(struct route_look *l, size_t i)
{
	if (!(l->counted >> i & 1))
		l->number[i] = numbers[i].count(l);
	l->counted |= 1u << i;
	return l->number[i];
}

size_t route_look_chars(struct route_look *l)
{
	return count(l, 1);
}

/* -- what must hold -------------------------------------------------------- */

#define TELL(why, ...) \
	do { \
		if (why) \
			buf_printf(why, __VA_ARGS__); \
	} while (0)

static bool is_one_of(const struct conf_words *w, struct str s)
{
	for (size_t i = 0; i < w->n; i++)
		if (str_is(s, w->word[i]))
			return true;
	return w->n == 0;
}

/* A name as it came, so cut; a caller chose it. */
#define SHOWN(s) (int)((s).n < 80 ? (s).n : 80), (s).n ? (s).p : ""

static bool is_named(const struct route_ready *q, struct route_look *l,
		     struct buf *why)
{
	const struct route_rule *r = q->rule;
	const struct {
		const char *name;
		const struct conf_words *words;
		struct str is;
	} names[] = {
		{ "model", &r->model, l->ask->chat->model_name },
		{ "endpoint", &r->endpoint, l->ask->endpoint },
		{ "tenant", &r->tenant, l->ask->tenant },
		{ "tag", &r->tag, l->ask->tag },
	};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (is_one_of(names[i].words, names[i].is))
			continue;
		TELL(why, names[i].is.n ? "%s: it is %.*s" :
		     "%s: there is none%.*s", names[i].name,
		     SHOWN(names[i].is));
		return false;
	}
	return true;
}

static bool is_time(const struct route_ready *q, struct route_look *l,
		    struct buf *why)
{
	char now[16];

	l->timed |= q->rule->time != NULL;
	if (!q->rule->time || route_time_is(&q->time, l->ask->wall_ms))
		return true;
	route_time_tell(l->ask->wall_ms, now);
	TELL(why, "time = %s: it is %s", q->rule->time, now);
	return false;
}

/* What is embedded is not answered, by a small model or a large one. */
static bool is_answered(const struct route_ready *q, struct route_look *l,
			struct buf *why)
{
	if (q->model || l->ask->chat->shape != SHAPE_EMBEDDING)
		return true;
	TELL(why, "small and large: embeddings are not answered");
	return false;
}

static int bound(const struct route_ready *q, size_t offset)
{
	return *(const int *)((const char *)q->rule + offset);
}

static bool is_of_user(const struct route_ready *q)
{
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		if (numbers[i].of_user && (bound(q, numbers[i].min) >= 0 ||
					   bound(q, numbers[i].max) >= 0))
			return true;
	return ((q->has | q->lacks) & TEXT_TRAITS) || q->scripts || q->pattern;
}

static bool has_user(const struct route_ready *q, struct route_look *l,
		     struct buf *why)
{
	if (l->any || !is_of_user(q))
		return true;
	TELL(why, "there is no user message to look at");
	return false;
}

static bool is_bounded(const struct route_ready *q, struct route_look *l,
		       struct buf *why)
{
	const struct number *num;
	int min, max;
	size_t n;

	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		num = &numbers[i];
		min = bound(q, num->min);
		max = bound(q, num->max);
		if (min < 0 && max < 0)
			continue;
		n = count(l, i);
		if (min >= 0 && n < (size_t)min) {
			TELL(why, "min_%s = %d: %zu %s", num->name, min, n,
			     num->what);
			return false;
		}
		if (max >= 0 && n > (size_t)max) {
			TELL(why, "max_%s = %d: %zu %s", num->name, max, n,
			     num->what);
			return false;
		}
	}
	return true;
}

static bool is_such(const struct route_ready *q, struct route_look *l,
		    unsigned traits, struct buf *why)
{
	bool has;

	for (int t = 0; t < TRAITS; t++) {
		if (!((q->has | q->lacks) & traits & 1u << t))
			continue;
		has = route_look_has(l, (enum route_trait)t);
		if (has == (q->has >> t & 1))
			continue;
		TELL(why, "%s = %s: there %s", has ? "lacks" : "has",
		     route_traits[t], has ? "is some" : "is none");
		return false;
	}
	return true;
}

static bool is_formed(const struct route_ready *q, struct route_look *l,
		      struct buf *why)
{
	return is_such(q, l, ~TEXT_TRAITS, why);
}

static bool is_about(const struct route_ready *q, struct route_look *l,
		     struct buf *why)
{
	return is_such(q, l, TEXT_TRAITS, why);
}

static bool is_script(const struct route_ready *q, struct route_look *l,
		      struct buf *why)
{
	if (!q->scripts)
		return true;
	if (l->script < 0)
		l->script = (int)detect_script(l->text);
	if (q->scripts >> l->script & 1)
		return true;
	TELL(why, "script: it is %s", l->script == SCRIPT_NONE ? "none" :
	     script_word((enum script)l->script));
	return false;
}

static bool is_matched(const struct route_ready *q, struct route_look *l,
		       struct buf *why)
{
	enum route_found found;

	if (!q->pattern)
		return true;
	found = route_pattern_find(q->pattern, l->text, &l->purse);
	if (found == ROUTE_FOUND)
		return true;
	TELL(why, found == ROUTE_ABSENT ? "pattern: not found" :
	     "pattern: given up, it takes too long on this message");
	return false;
}

bool route_holds(const struct route_ready *q, struct route_look *l,
		 struct buf *why)
{
	static bool (*const conditions[])(const struct route_ready *,
					  struct route_look *,
					  struct buf *) = {
		is_named, is_answered, is_time, has_user, is_formed,
		is_bounded, is_script, is_about, is_matched,
	};

	for (size_t i = 0; i < COUNT_OF(conditions); i++)
		if (!conditions[i](q, l, why))
			return false;
	return true;
}
