/* The values of a rule, read and judged when the configuration is. */
#include "thrift/route_rule.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/count.h"
#include "base/json.h"
#include "thrift/decimal.h"
#include "thrift/judge.h"

const char *const route_traits[TRAITS] = {
	[TRAIT_TOOLS] = "tools", [TRAIT_IMAGES] = "images",
	[TRAIT_JSON_SCHEMA] = "json_schema", [TRAIT_CODE] = "code",
	[TRAIT_MATH] = "math",
};

struct complaint {
	const struct route_rule *rule;
	char *err;
	size_t n;
};

/* "[route NAME] (line N): ..."; always -1. */
static int complain(const struct complaint *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int complain(const struct complaint *c, const char *fmt, ...)
{
	int at = snprintf(c->err, c->n, "[route %s] (line %d): ",
			  c->rule->item.name, c->rule->item.line);
	va_list ap;

	if (at < 0 || (size_t)at >= c->n)
		return -1;
	va_start(ap, fmt);
	vsnprintf(c->err + at, c->n - (size_t)at, fmt, ap);
	va_end(ap);
	return -1;
}

/* -- words ----------------------------------------------------------------- */

static int trait_named(const char *word)
{
	for (int t = 0; t < TRAITS; t++)
		if (strcmp(word, route_traits[t]) == 0)
			return t;
	return -1;
}

static int shape_named(const char *word)
{
	for (int s = SHAPE_CHAT; s < SHAPE_MODELS; s++)
		if (strcmp(word, shape_path((enum shape)s)) == 0)
			return s;
	return -1;
}

static int script_number(const char *word)
{
	enum script s = script_named(word);

	return s == SCRIPT_NONE ? -1 : (int)s;
}

struct kind {
	const char *name;
	int (*named)(const char *word);
	const char *known;
};

static int read_words(unsigned *bits, const struct conf_words *w,
		      const struct kind *kind, const struct complaint *c)
{
	int bit;

	for (size_t i = 0; i < w->n; i++) {
		bit = kind->named(w->word[i]);
		if (bit < 0)
			return complain(c, "%s: \"%s\" is none of %s",
					kind->name, w->word[i], kind->known);
		*bits |= 1u << bit;
	}
	return 0;
}

static int read_lists(struct route_ready *q, const struct complaint *c)
{
	static const char traits[] = "tools, images, json_schema, code, math";
	static const struct kind has = { "has", trait_named, traits },
		lacks = { "lacks", trait_named, traits },
		endpoint = { "endpoint", shape_named, "chat/completions, "
			     "responses, messages, messages/count_tokens, "
			     "completions, embeddings" },
		script = { "script", script_number, "latin, cyrillic, greek, "
			   "arabic, hebrew, devanagari, thai, hangul, kana, "
			   "han, other" };
	const struct route_rule *r = q->rule;
	unsigned shapes = 0;

	if (read_words(&q->has, &r->has, &has, c) < 0 ||
	    read_words(&q->lacks, &r->lacks, &lacks, c) < 0 ||
	    read_words(&shapes, &r->endpoint, &endpoint, c) < 0 ||
	    read_words(&q->scripts, &r->script, &script, c) < 0)
		return -1;
	for (int t = 0; t < TRAITS; t++)
		if (q->has & q->lacks & 1u << t)
			return complain(c, "%s stands in has and in lacks; no "
					"request is like that",
					route_traits[t]);
	return 0;
}

/* -- numbers and times ----------------------------------------------------- */

static int check_bounds(const struct route_rule *r, const struct complaint *c)
{
	const struct {
		const char *name;
		int min, max;
	} all[] = {
		{ "chars", r->min_chars, r->max_chars },
		{ "tokens", r->min_tokens, r->max_tokens },
		{ "prompt_chars", r->min_prompt_chars, r->max_prompt_chars },
		{ "prompt_tokens", r->min_prompt_tokens,
		  r->max_prompt_tokens },
		{ "turns", r->min_turns, r->max_turns },
	};

	for (size_t i = 0; i < COUNT_OF(all); i++)
		if (all[i].max >= 0 && all[i].min > all[i].max)
			return complain(c, "min_%s = %d is above max_%s = %d; "
					"no request is like that",
					all[i].name, all[i].min, all[i].name,
					all[i].max);
	return 0;
}

static int read_time(struct route_ready *q, const struct complaint *c)
{
	const char *why;

	if (q->rule->time &&
	    route_time_read(&q->time, str_c(q->rule->time), &why) < 0)
		return complain(c, "time = %s: %s", q->rule->time, why);
	return 0;
}

static int read_pattern(struct route_ready *q, const struct complaint *c)
{
	char why[160];

	if (!q->rule->pattern)
		return 0;
	q->pattern = route_pattern_new(q->rule->pattern, why, sizeof(why));
	return q->pattern ? 0 : complain(c, "pattern, %s", why);
}

/* -- what then ------------------------------------------------------------- */

static bool is_word_of_use(struct str word)
{
	return str_is(word, "then") || str_is(word, "if") ||
	       str_is(word, "weak");
}

int route_use(struct arena *a, const char *use, const char **model_r,
	      const char **better_r)
{
	struct str rest = str_trim(str_c(use)), word[5], one;
	size_t n = 0, reserved = 0;

	while (str_cut(&rest, ' ', &one)) {
		if (!one.n)
			continue;
		reserved += is_word_of_use(one);
		if (n < COUNT_OF(word))
			word[n] = one;
		n++;
	}
	if (n && !reserved) {
		*model_r = arena_cstr(a, str_trim(str_c(use)));
		*better_r = NULL;
		return 0;
	}
	if (n != COUNT_OF(word) || reserved != 3 ||
	    !str_is(word[1], "then") || !str_is(word[3], "if") ||
	    !str_is(word[4], "weak"))
		return -1;
	*model_r = arena_cstr(a, word[0]);
	*better_r = arena_cstr(a, word[2]);
	return 0;
}

static int read_use(struct route_ready *q, struct arena *a,
		    const struct complaint *c)
{
	const struct route_rule *r = q->rule;

	if (r->small || r->large || r->classifier || r->otherwise)
		return complain(c, "`use` stands alone; small, large, "
				"classifier and else are for rules without");
	if (route_use(a, r->use, &q->model, &q->better) < 0)
		return complain(c, "use = %s: write a model, or `A then B if "
				"weak`", r->use);
	if (q->better && strcmp(q->model, q->better) == 0)
		return complain(c, "use = %s: names one model twice", r->use);
	return 0;
}

static int read_what(struct route_ready *q, struct arena *a,
		     const struct complaint *c)
{
	const struct route_rule *r = q->rule;

	if (r->use)
		return read_use(q, a, c);
	if (!r->small && !r->large)
		return complain(c, "`use` is missing, the model to ask, or "
				"small and large");
	if (!r->small || !r->large)
		return complain(c, "%s is missing beside %s",
				r->small ? "large" : "small",
				r->small ? "small" : "large");
	return 0;
}

static int read_weak(struct route_ready *q, const struct complaint *c)
{
	const struct route_rule *r = q->rule;
	const char *bad = "";
	int on = weak_bits(&r->weak_on, &bad);
	int64_t millionths = 0;

	if (r->judge && !q->better)
		return complain(c, "judge is for `use = A then B if weak`");
	if (on < 0)
		return complain(c, "weak_on: \"%s\" is none of empty, "
				"refusal, json, schema, length, logprob", bad);
	if (r->min_logprob &&
	    !decimal_read(str_c(r->min_logprob), 6, true, &millionths))
		return complain(c, "min_logprob = %s: write a number such as "
				"-1.0", r->min_logprob);
	q->weak.on = (unsigned)on | (r->judge ? 1u << WEAK_JUDGE : 0);
	q->weak.min_logprob = (double)millionths / 1e6;
	return 0;
}

int route_ready(struct route_ready *q, struct arena *a, char *err_r,
		size_t err_n)
{
	const struct complaint c = { q->rule, err_r, err_n };

	if (read_what(q, a, &c) < 0 || read_weak(q, &c) < 0 ||
	    read_lists(q, &c) < 0 || check_bounds(q->rule, &c) < 0 ||
	    read_time(q, &c) < 0)
		return -1;
	return read_pattern(q, &c);
}
