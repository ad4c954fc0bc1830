#include "thrift/judge.h"

#include "base/count.h"
#include "dialect/reply.h"
#include "thrift/judge_read.h"
#include "thrift/refusal.h"
#include "thrift/schema.h"

/* What can be said of a JSON text before its end. */
struct outline {
	int depth;
	bool begun, in_string, escape, done, broken;
};

struct judge {
	struct judge_ask ask;
	struct arena *a;
	bool json;         /* is asked for */
	uint32_t schema;   /* in ask.doc, or 0 */
	struct buf text;   /* as far as it is needed */
	bool any_text;
	bool said;         /* something of it to be seen */
	bool call, refused, cut;
	double logprob;    /* the sum of so many */
	size_t nlogprob;
	struct refusal refusal;
	struct outline outline;
};

static const char *const words[WEAKS] = {
	[WEAK_NOT] = "", [WEAK_EMPTY] = "empty", [WEAK_REFUSAL] = "refusal",
	[WEAK_JSON] = "json", [WEAK_SCHEMA] = "schema",
	[WEAK_LENGTH] = "length", [WEAK_LOGPROB] = "logprob",
	[WEAK_JUDGE] = "judge",
};

const char *weak_word(enum weak w)
{
	return words[w];
}

static unsigned weak_bit(const char *word)
{
	for (unsigned w = WEAK_EMPTY; w < WEAK_JUDGE; w++)
		if (strcmp(word, words[w]) == 0)
			return 1u << w;
	return 0;
}

int weak_bits(const struct conf_words *on, const char **bad_r)
{
	unsigned all = 0, bit;

	for (size_t i = 0; i < on->n; i++) {
		bit = weak_bit(on->word[i]);
		if (!bit) {
			*bad_r = on->word[i];
			return -1;
		}
		all |= bit;
	}
	return (int)all;
}

/* -- what was asked for ---------------------------------------------------- */

static uint32_t in(const struct json *doc, uint32_t obj, const char *name)
{
	return json_is(doc, obj, JSON_OBJECT) ? json_get(doc, obj, name) : 0;
}

/* {"type": "json_schema", "schema": ...}; chat has the latter a step down. */
static void read_format(struct judge *j, uint32_t format)
{
	const struct json *doc = j->ask.doc;
	uint32_t type = in(doc, format, "type"), schema;

	if (json_string_is(doc, type, "json_object"))
		j->json = true;
	if (!json_string_is(doc, type, "json_schema"))
		return;
	j->json = true;
	schema = in(doc, in(doc, format, "json_schema"), "schema");
	j->schema = schema ? schema : in(doc, format, "schema");
}

static void read_ask(struct judge *j)
{
	const struct json *doc = j->ask.doc;

	if (json_type(doc, 0) != JSON_OBJECT)
		return;
	read_format(j, json_get(doc, 0, "response_format"));
	read_format(j, json_get(doc, 0, "output_format"));
	read_format(j, in(doc, json_get(doc, 0, "output_config"), "format"));
	read_format(j, in(doc, json_get(doc, 0, "text"), "format"));
}

struct judge *judge_new(struct arena *a, const struct judge_ask *q)
{
	struct judge *j = arena_zalloc(a, sizeof(*j));

	j->ask = *q;
	j->a = a;
	buf_init(&j->text, a);
	read_ask(j);
	return j;
}

static bool on(const struct judge *j, enum weak w)
{
	return j->ask.on >> w & 1;
}

static bool on_json(const struct judge *j)
{
	return j->json && (on(j, WEAK_JSON) || on(j, WEAK_SCHEMA));
}

/* -- listening ------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void outline_string(struct outline *o, char c)
{
	if (o->escape)
		o->escape = false;
	else if (c == '\\')
		o->escape = true;
	else if (c == '"')
		o->in_string = false;
	else if ((unsigned char)c < ' ')
		o->broken = true;
	o->done = !o->in_string && o->depth == 0;
}

static void outline_char(struct outline *o, char c)
{
	if (o->in_string) {
		outline_string(o, c);
		return;
	}
	if (is_blank(c))
		return;
	if (o->done || (!o->begun && !strchr("{[\"-0123456789tfn", c)))
		o->broken = true;
	o->begun = true;
	if (c == '"')
		o->in_string = true;
	else if (c == '{' || c == '[')
		o->depth++;
	else if (c == '}' || c == ']')
		o->depth--;
	else
		return;
	o->broken |= o->depth < 0;
	o->done = !o->in_string && o->depth == 0;
}

static void hear_text(struct judge *j, struct str text)
{
	j->any_text |= text.n > 0;
	for (size_t i = 0; i < text.n && !j->said; i++)
		j->said = !is_blank(text.p[i]);
	if (on(j, WEAK_REFUSAL))
		refusal_add(&j->refusal, text);
	if (on_json(j) || on(j, WEAK_JUDGE))
		buf_str(&j->text, text);
	if (!on_json(j))
		return;
	for (size_t i = 0; i < text.n && !j->outline.broken; i++)
		outline_char(&j->outline, text.p[i]);
}

static void hear(struct judge *j, const struct sse_event *e,
		 struct arena *tmp)
{
	struct judge_heard h = { .logprob = 0 };
	struct json_error err;
	struct json doc;

	buf_init(&h.text, tmp);
	if (json_parse(&doc, tmp, e->data, &err) < 0) /* [DONE] */
		return;
	judge_read(&h, j->ask.shape, &doc);
	if (!h.whole || !j->any_text)
		hear_text(j, buf_view(&h.text));
	j->call |= h.call;
	j->refused |= h.refused;
	j->cut |= h.cut;
	j->logprob += h.logprob;
	j->nlogprob += h.nlogprob;
}

/* -- judging --------------------------------------------------------------- */

static enum refusal_look looks_like_refusal(const struct judge *j)
{
	return j->refused ? REFUSAL_YES :
	       j->call ? REFUSAL_NO : refusal_look(&j->refusal);
}

static enum judge_says says(const struct judge *j)
{
	enum refusal_look look = on(j, WEAK_REFUSAL) ? looks_like_refusal(j) :
						       REFUSAL_NO;

	if (look == REFUSAL_YES)
		return JUDGE_WEAK;
	if (j->call)
		return JUDGE_GOOD;
	if (on_json(j) && j->outline.broken)
		return JUDGE_WEAK;
	if (on_json(j) || on(j, WEAK_JUDGE) ||
	    (on(j, WEAK_LOGPROB) && (!j->said || j->nlogprob)) ||
	    (on(j, WEAK_EMPTY) && !j->said) || look == REFUSAL_MAYBE)
		return JUDGE_WAIT;
	return JUDGE_GOOD;
}

enum judge_says judge_event(struct judge *j, const struct sse_event *e,
			    struct arena *tmp)
{
	hear(j, e, tmp);
	arena_reset(tmp);
	return says(j);
}

static bool is_empty(const struct judge *j)
{
	return !j->said && !j->call && !j->refused;
}

static bool is_refusal(const struct judge *j)
{
	return looks_like_refusal(j) == REFUSAL_YES;
}

/* 0, or -1 when the text is no JSON. */
static int answer_doc(const struct judge *j, struct json *doc)
{
	struct json_error err;

	return json_parse(doc, j->a, buf_view(&j->text), &err);
}

static bool is_no_json(const struct judge *j)
{
	struct json doc;

	return j->json && !j->call && answer_doc(j, &doc) < 0;
}

static bool is_off_schema(const struct judge *j)
{
	struct json doc;

	if (!j->json || j->call)
		return false;
	if (answer_doc(j, &doc) < 0)
		return true;
	return j->schema &&
	       !schema_holds((struct schema_at){ j->ask.doc, j->schema },
			     (struct schema_at){ &doc, 0 }, j->a);
}

static bool is_cut(const struct judge *j)
{
	return j->cut;
}

static bool is_unsure(const struct judge *j)
{
	return j->nlogprob && !j->call &&
	       j->logprob < j->ask.min_logprob * (double)j->nlogprob;
}

enum weak judge_end(struct judge *j)
{
	static bool (*const is[])(const struct judge *j) = {
		[WEAK_EMPTY] = is_empty, [WEAK_REFUSAL] = is_refusal,
		[WEAK_JSON] = is_no_json, [WEAK_SCHEMA] = is_off_schema,
		[WEAK_LENGTH] = is_cut, [WEAK_LOGPROB] = is_unsure,
	};

	for (unsigned w = WEAK_EMPTY; w < COUNT_OF(is); w++)
		if (on(j, w) && is[w](j))
			return (enum weak)w;
	return WEAK_NOT;
}

struct str judge_text(const struct judge *j)
{
	return j->call ? STR("") : buf_view(&j->text);
}

/* -- whole answers --------------------------------------------------------- */

struct listener {
	struct judge *j;
	struct arena *tmp;
};

static int listen_to(void *ctx, const struct sse_event *e)
{
	struct listener *l = ctx;

	hear(l->j, e, l->tmp);
	arena_reset(l->tmp);
	return 0;
}

/* A document is read as the stream it could have been. */
void judge_whole(struct judge *j, struct str answer, bool events)
{
	struct listener l = { j, arena_new() };
	struct buf stream;
	struct sse sse;

	buf_init(&stream, j->a);
	if (!events && reply_expand(&stream, j->ask.shape, answer, true) == 0)
		answer = buf_view(&stream);
	sse_init(&sse, j->a, answer.n + 1, listen_to, &l);
	sse_feed(&sse, answer);
	arena_free(&l.tmp);
}
