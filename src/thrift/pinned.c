#include "thrift/pinned.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "thrift/fold.h"
#include "thrift/plain.h"

#define FILE_MAX (16u << 20)
#define LINE_TOKENS 10000
#define QUESTION_MAX 4096  /* bytes, as it stands */
#define PAIRS_MAX 100000
/* Text of strangers is folded when it is at most so many times as long as the
 * longest question: what folds shrinks to a third or a quarter, and there may
 * be blanks around it. */
#define SHRINKS 4
#define BLANKS 256

/* A question for one model, or for all (an empty name). */
struct slot {
	uint64_t hash;
	struct str question, model;
	struct str answer; /* p NULL: the slot is free */
	size_t line;
};

struct pinned {
	struct arena *a; /* the text of the file and all that is made of it */
	struct slot *slot;
	size_t n, cap;   /* a power of two, never more than half full */
	size_t longest;  /* question, folded */
	struct key id;
};

/* -- the table ------------------------------------------------------------- */

static uint64_t hash_pair(struct str question, struct str model)
{
	struct hash h;
	struct key k;
	uint64_t n;

	hash_begin(&h, NULL);
	hash_field(&h, question);
	hash_field(&h, model);
	hash_end(&h, &k);
	memcpy(&n, k.b, sizeof(n));
	return n;
}

/* Where the pair is, or the free slot where it would be. */
static struct slot *place(struct slot *slot, size_t cap, const struct slot *s)
{
	size_t i = s->hash & (cap - 1);

	while (slot[i].answer.p &&
	       (slot[i].hash != s->hash ||
		!str_eq(slot[i].question, s->question) ||
		!str_eq(slot[i].model, s->model)))
		i = (i + 1) & (cap - 1);
	return &slot[i];
}

static void grow(struct pinned *p)
{
	size_t cap = p->cap ? 2 * p->cap : 64;
	struct slot *bigger = arena_new_n(p->a, struct slot, cap);

	for (size_t i = 0; i < p->cap; i++)
		if (p->slot[i].answer.p)
			*place(bigger, cap, &p->slot[i]) = p->slot[i];
	p->slot = bigger;
	p->cap = cap;
}

static const struct slot *find(const struct pinned *p, struct str question,
			       struct str model)
{
	struct slot want = { hash_pair(question, model), question, model,
			     { NULL, 0 }, 0 };

	return p->n ? place(p->slot, p->cap, &want) : NULL;
}

/* -- reading --------------------------------------------------------------- */

struct reading {
	struct pinned *p;
	struct arena *tmp; /* of one line */
	struct json doc;
	const char *path;
	size_t line;
	char *err;
	size_t err_n;
};

#define COMPLAIN(r, fmt, ...)                                             \
	(snprintf((r)->err, (r)->err_n, "%s:%zu: " fmt, (r)->path,        \
		  (r)->line, __VA_ARGS__), -1)

static const char form[] = "write {\"question\": [\"...\"], \"answer\": "
			   "\"...\"}";

static int add(struct reading *r, struct slot s)
{
	struct pinned *p = r->p;
	struct slot *at;

	if (2 * p->n >= p->cap)
		grow(p);
	s.hash = hash_pair(s.question, s.model);
	at = place(p->slot, p->cap, &s);
	if (at->answer.p)
		return COMPLAIN(r, "the question stands in line %zu already "
				"(for the same model): leave one of them",
				at->line);
	if (p->n == PAIRS_MAX)
		return COMPLAIN(r, "more than %d questions: leave some out",
				PAIRS_MAX);
	*at = s;
	p->n++;
	if (s.question.n > p->longest)
		p->longest = s.question.n;
	return 0;
}

/* A string is an array of one. */
static uint32_t first(const struct json *doc, uint32_t v)
{
	return json_is(doc, v, JSON_ARRAY) ? json_first(doc, v) : v;
}

static uint32_t next(const struct json *doc, uint32_t v, uint32_t i)
{
	return json_is(doc, v, JSON_ARRAY) ? json_next(doc, v, i) : 0;
}

/* The next string, which has something in it. */
static int read_string(struct reading *r, uint32_t v, const char *name,
		       struct str *s_r)
{
	struct str s = json_string(&r->doc, v, r->p->a);

	if (!str_trim(s).n)
		return COMPLAIN(r, "%s must be a string, or an array of them, "
				"and not empty; %s", name, form);
	*s_r = s;
	return 0;
}

static int read_question(struct reading *r, uint32_t v, struct str *folded_r)
{
	struct str said, folded;
	char why[400];

	if (read_string(r, v, "question", &said) < 0)
		return -1;
	if (said.n > QUESTION_MAX)
		return COMPLAIN(r, "a question of more than %d bytes: "
				"shorten it", QUESTION_MAX);
	if (fold_text(&folded, r->p->a, said, why, sizeof(why)) < 0)
		return COMPLAIN(r, "the question: %s", why);
	if (!folded.n)
		return COMPLAIN(r, "the question has nothing visible in it; "
				"%s", form);
	*folded_r = folded;
	return 0;
}

static int add_models(struct reading *r, struct slot s, uint32_t models)
{
	uint32_t i;

	if (!models) {
		s.model = STR("");
		return add(r, s);
	}
	for (i = first(&r->doc, models); i; i = next(&r->doc, models, i))
		if (read_string(r, i, "models", &s.model) < 0 ||
		    add(r, s) < 0)
			return -1;
	return 0;
}

static int read_names(struct reading *r)
{
	uint32_t i;

	for (i = json_first(&r->doc, 0); i; i = json_next(&r->doc, 0, i))
		if (!json_string_is(&r->doc, i, "question") &&
		    !json_string_is(&r->doc, i, "answer") &&
		    !json_string_is(&r->doc, i, "models"))
			return COMPLAIN(r, "a member that is none of "
					"question, answer and models; %s",
					form);
	return 0;
}

/* An array that is empty says neither "none" nor "all" for sure. */
static int is_empty(const struct json *doc, uint32_t v)
{
	return json_is(doc, v, JSON_ARRAY) && !json_first(doc, v);
}

static int read_pairs(struct reading *r)
{
	const struct json *doc = &r->doc;
	uint32_t questions = json_get(doc, 0, "question"), i;
	uint32_t models = json_get(doc, 0, "models");
	uint32_t answer = json_get(doc, 0, "answer");
	struct slot s = { .line = r->line, .answer = json_span(doc, answer) };

	if (!questions || is_empty(doc, questions))
		return COMPLAIN(r, "no question; %s", form);
	if (!json_is(doc, answer, JSON_STRING) || s.answer.n == 2)
		return COMPLAIN(r, "answer must be a string, and not empty; "
				"%s", form);
	if (is_empty(doc, models))
		return COMPLAIN(r, "%s", "models is empty: name one, or leave "
				"the member out for all");
	for (i = first(doc, questions); i; i = next(doc, questions, i))
		if (read_question(r, i, &s.question) < 0 ||
		    add_models(r, s, models) < 0)
			return -1;
	return 0;
}

static int read_line(struct reading *r, struct str line)
{
	struct json_error bad;

	if (json_parse_upto(&r->doc, r->tmp, line, LINE_TOKENS, &bad) < 0)
		return COMPLAIN(r, "not valid JSON (%s at byte %zu); each "
				"line is an object of its own: %s", bad.what,
				bad.at + 1, form);
	if (json_type(&r->doc, 0) != JSON_OBJECT)
		return COMPLAIN(r, "not an object; %s", form);
	if (read_names(r) < 0)
		return -1;
	return read_pairs(r);
}

static int read_lines(struct reading *r, struct str rest)
{
	struct str line;

	if (str_starts(rest, STR("\xef\xbb\xbf"))) /* some editors' */
		rest = str_from(rest, 3);
	while (str_cut(&rest, '\n', &line)) {
		r->line++;
		if (line.n && read_line(r, line) < 0)
			return -1;
		arena_reset(r->tmp);
	}
	return 0;
}

static int read_file(struct pinned *p, const char *path, char *err_r,
		     size_t err_n)
{
	struct reading r = { .p = p, .path = path, .err = err_r,
			     .err_n = err_n };
	struct str text;
	char why[600];
	int rc;

	if (file_read(&text, p->a, path, FILE_MAX, why, sizeof(why)) < 0) {
		snprintf(err_r, err_n, "[answers] file %s (it may have 16 MB "
			 "and must be readable for larder)", why);
		return -1;
	}
	hash_of(&p->id, NULL, text);
	r.tmp = arena_new();
	rc = read_lines(&r, text);
	arena_free(&r.tmp);
	return rc;
}

struct pinned *pinned_load(const char *path, char *err_r, size_t err_n)
{
	struct pinned *p = calloc(1, sizeof(*p));

	if (!p) {
		snprintf(err_r, err_n, "%s: no memory", path);
		return NULL;
	}
	p->a = arena_new();
	if (read_file(p, path, err_r, err_n) < 0)
		pinned_free(&p);
	return p;
}

void pinned_free(struct pinned **p)
{
	if (!*p)
		return;
	arena_free(&(*p)->a);
	free(*p);
	*p = NULL;
}

const struct key *pinned_id(const struct pinned *p)
{
	return &p->id;
}

/* -- finding --------------------------------------------------------------- */

const struct str *pinned_find(const struct pinned *p, struct arena *a,
			      const struct chat *c)
{
	struct str text = plain_text(c), folded;
	const struct slot *s;
	char why[400];

	if (!p->n || !text.n || text.n > SHRINKS * p->longest + BLANKS ||
	    !plain_is(c) || fold_text(&folded, a, text, why, sizeof(why)) < 0)
		return NULL;
	s = find(p, folded, c->model_name);
	if (!s->answer.p)
		s = find(p, folded, STR(""));
	return s->answer.p ? &s->answer : NULL;
}
