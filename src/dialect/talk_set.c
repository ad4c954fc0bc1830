#include "dialect/talk_read.h"
#include "dialect/talk_write.h"

/*
 * Reasoning. OpenAI's API asks for an effort, Anthropic's (before Claude
 * 4.6) for a budget of tokens: 1024 is the least it takes, and medium and
 * high are what other gateways and its own examples use, rounded. A budget
 * is the effort whose tokens it reaches. OpenAI's has no "max", Anthropic's
 * no "minimal": the nearest stands for it.
 */
static const struct effort_row {
	const char *name, *openai, *anthropic;
	int64_t budget;
} efforts[] = {
	[TALK_EFFORT_NONE] = { "none", "none", NULL, 0 },
	[TALK_EFFORT_MINIMAL] = { "minimal", "minimal", "low", 1024 },
	[TALK_EFFORT_LOW] = { "low", "low", "low", 1024 },
	[TALK_EFFORT_MEDIUM] = { "medium", "medium", "medium", 4096 },
	[TALK_EFFORT_HIGH] = { "high", "high", "high", 16384 },
	[TALK_EFFORT_XHIGH] = { "xhigh", "xhigh", "xhigh", 24576 },
	[TALK_EFFORT_MAX] = { "max", "xhigh", "max", 24576 },
};

int talk_read_effort(struct talk_reader *r, uint32_t v)
{
	size_t i;

	if (!v)
		return 0;
	for (i = TALK_EFFORT_NONE; i < COUNT_OF(efforts); i++) {
		if (!json_string_is(r->t.doc, v, efforts[i].name))
			continue;
		r->t.effort = (enum talk_effort)i;
		r->t.effort_tok = v;
		return 0;
	}
	return talk_lose(&r->t, v, "larder does not know how much that is");
}

const char *talk_effort_name(enum talk_effort e, enum shape to)
{
	return shape_dialect(to) == DIALECT_ANTHROPIC ? efforts[e].anthropic :
							efforts[e].openai;
}

enum talk_effort talk_effort_of_budget(int64_t tokens)
{
	enum talk_effort e = TALK_EFFORT_HIGH;

	while (e > TALK_EFFORT_LOW && tokens < efforts[e].budget)
		e--;
	return e;
}

int64_t talk_budget(enum talk_effort e)
{
	return efforts[e].budget;
}

/* Settings. */

/* What is the case without them: no loss where there is no word for it. */
static const struct usual {
	enum talk_setting setting;
	enum json_type type;
	double number;
	const char *string; /* also the only item of an array; NULL: empty */
} usual[] = {
	{ TALK_STOP, JSON_ARRAY, 0, NULL },
	{ TALK_N, JSON_NUMBER, 1, NULL },
	{ TALK_LOGPROBS, JSON_FALSE, 0, NULL },
	{ TALK_TOP_LOGPROBS, JSON_NUMBER, 0, NULL },
	{ TALK_LOGIT_BIAS, JSON_OBJECT, 0, NULL },
	{ TALK_FREQUENCY_PENALTY, JSON_NUMBER, 0, NULL },
	{ TALK_PRESENCE_PENALTY, JSON_NUMBER, 0, NULL },
	{ TALK_MODALITIES, JSON_ARRAY, 0, "text" },
	{ TALK_VERBOSITY, JSON_STRING, 0, "medium" },
	{ TALK_TRUNCATION, JSON_STRING, 0, "disabled" },
	{ TALK_STORE, JSON_FALSE, 0, NULL },
};

static bool is_as(const struct json *doc, uint32_t v, const struct usual *u)
{
	uint32_t first = json_first(doc, v);
	double x;

	if (json_type(doc, v) != u->type)
		return false;
	switch (u->type) {
	case JSON_NUMBER:
		return json_double(doc, v, &x) && x == u->number;
	case JSON_STRING:
		return json_string_is(doc, v, u->string);
	case JSON_ARRAY:
	case JSON_OBJECT:
		if (!u->string)
			return !first;
		return first && !json_next(doc, v, first) &&
		       json_string_is(doc, first, u->string);
	default:
		return true;
	}
}

static bool is_usual(const struct talk *t, enum talk_setting s)
{
	size_t i;

	for (i = 0; i < COUNT_OF(usual); i++) {
		if (usual[i].setting == s)
			return is_as(t->doc, t->set[s], &usual[i]);
	}
	return false;
}

static const struct talk_word *word_of(enum talk_setting s,
				       const struct talk_word *words,
				       size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (words[i].setting == s)
			return &words[i];
	}
	return NULL;
}

int talk_settings(const struct talk *t, struct buf *out,
		  const struct talk_word *words, size_t n)
{
	const struct talk_word *w;
	size_t s;

	for (s = 0; s < TALK_SETTINGS; s++) {
		if (!t->set[s])
			continue;
		w = word_of((enum talk_setting)s, words, n);
		if (w && w->name)
			talk_token(t, out, w->name, t->set[s]);
		else if (!w && !is_usual(t, (enum talk_setting)s) &&
			 talk_lose_word(t, t->set[s]) < 0)
			return -1;
	}
	return 0;
}
