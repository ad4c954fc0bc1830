#include "fake/kept.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "fake/kept_row.h"

#define CELLS (1u << 18)
#define TRIES 8
#define LOOK_BACK 20
#define SHORT_S 300
#define LONG_S 3600
#define STEP 512 /* bytes of 128 tokens */
#define FIRST_STEPS 8
#define TOKENS(bytes) ((int64_t)((bytes) / 4))

struct cell {
	uint64_t hash;
	int64_t until; /* 0: never used */
	bool hour;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct cell *cells; /* NULL: there is no cache */
static int64_t passed;

/* -- what is kept, under the lock ------------------------------------------ */

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + passed + 1;
}

static struct cell *find(uint64_t hash)
{
	struct cell *c;

	for (unsigned i = 0; i < TRIES; i++) {
		c = &cells[(hash + i) % CELLS];
		if (c->hash == hash && c->until > now())
			return c;
	}
	return NULL;
}

static void use(struct cell *c)
{
	c->until = now() + (c->hour ? LONG_S : SHORT_S);
}

/* In place of what ends first. */
static void keep(uint64_t hash, bool hour)
{
	struct cell *c, *worst = &cells[hash % CELLS];

	for (unsigned i = 1; i < TRIES; i++) {
		c = &cells[(hash + i) % CELLS];
		if (c->until < worst->until)
			worst = c;
	}
	*worst = (struct cell){ .hash = hash, .hour = hour };
	use(worst);
}

/* -- marks ----------------------------------------------------------------- */

/* As Anthropic's page on prompt caching has it. */
static size_t min_bytes(struct str model)
{
	static const struct {
		const char *part;
		size_t tokens;
	} rows[] = {
		{ "opus-4-5", 4096 }, { "opus-4.5", 4096 },
		{ "haiku-4-5", 4096 }, { "haiku-4.5", 4096 },
		{ "3-5-haiku", 2048 }, { "3.5-haiku", 2048 },
		{ "3-haiku", 2048 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (memmem(model.p, model.n, rows[i].part,
			   strlen(rows[i].part)))
			return rows[i].tokens * 4;
	return 1024 * 4;
}

/* How many blocks the longest prefix has that is kept and that some mark
 * finds. */
static size_t longest(const struct kept_row *r)
{
	size_t look = 0;

	for (size_t i = r->n; i > 0; i--) {
		if (r->block[i - 1].marked)
			look = LOOK_BACK;
		if (look && find(r->block[i - 1].hash))
			return i;
		look -= look > 0;
	}
	return 0;
}

/* Reads up to block `from`, and writes what the marks behind it ask for. */
static void take(struct ask *q, const struct kept_row *r, size_t from)
{
	size_t bytes = from ? r->block[from - 1].bytes : 0;
	struct kept_use *k = &q->kept;
	struct cell *c;

	k->read = TOKENS(bytes);
	for (size_t i = 0; i < r->n; i++) {
		const struct kept_block *b = &r->block[i];

		c = find(b->hash);
		if (c && (b->marked || i + 1 == from))
			use(c);
		if (i < from || !b->marked || b->bytes < min_bytes(q->model))
			continue;
		if (b->hour)
			k->written_hour += TOKENS(b->bytes) - TOKENS(bytes);
		k->written += TOKENS(b->bytes) - TOKENS(bytes);
		bytes = b->bytes;
		keep(b->hash, b->hour);
	}
	k->in = r->n ? TOKENS(r->block[r->n - 1].bytes) : 0;
}

static const char *by_marks(struct ask *q, struct arena *a)
{
	struct kept_row r;

	kept_row_make(&r, a, q);
	if (!r.why)
		take(q, &r, longest(&r));
	return r.why;
}

/* -- without asking -------------------------------------------------------- */

struct steps {
	uint64_t hash;
	size_t bytes;
};

/* Each whole step of the text is looked for and kept. */
static void step_on(struct ask *q, struct steps *s, struct str text)
{
	struct cell *c;

	for (size_t i = 0; i < text.n; i++) {
		s->hash = (s->hash ^ (unsigned char)text.p[i]) *
			  1099511628211u;
		if (++s->bytes % STEP || s->bytes < FIRST_STEPS * STEP)
			continue;
		c = find(s->hash);
		if (c) {
			use(c);
			q->kept.read = TOKENS(s->bytes);
		} else {
			keep(s->hash, false);
		}
	}
}

static void by_itself(struct ask *q)
{
	static const char *const texts[] = { "tools", "instructions",
					     "messages", "input", "prompt" };
	const struct json *d = &q->doc;
	struct steps s = { .hash = KEPT_HASH };

	s.hash = kept_hash(kept_hash(s.hash, q->who), q->model);
	s.hash = kept_hash(s.hash, json_inner(d, json_get(d, 0,
							  "prompt_cache_key")));
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		step_on(q, &s, json_span(d, json_get(d, 0, texts[i])));
	q->kept.in = TOKENS(s.bytes);
}

/* -------------------------------------------------------------------------- */

static bool has_marks(const struct ask *q)
{
	return str_is(q->api, "/messages") ||
	       (str_is(q->api, "/chat/completions") &&
		memmem(q->model.p, q->model.n, "claude", 6));
}

const char *kept_use(struct ask *q, struct arena *a)
{
	const char *why = NULL;

	if (!cells || str_starts(q->api, STR("/messages/")))
		return NULL;
	pthread_mutex_lock(&lock);
	if (has_marks(q))
		why = by_marks(q, a);
	else
		by_itself(q);
	q->kept.is = true;
	pthread_mutex_unlock(&lock);
	return why;
}

void kept_start(void)
{
	cells = calloc(CELLS, sizeof(*cells));
	if (!cells)
		abort();
}

void kept_advance(int64_t seconds)
{
	pthread_mutex_lock(&lock);
	passed += seconds;
	pthread_mutex_unlock(&lock);
}

void kept_reset(void)
{
	pthread_mutex_lock(&lock);
	if (cells)
		memset(cells, 0, CELLS * sizeof(*cells));
	pthread_mutex_unlock(&lock);
}
