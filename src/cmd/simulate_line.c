/* From a line of the log to a request that a cache could have answered. */
#include "cmd/simulate.h"

#define LATE_MS 60000

void simulate_init(struct simulate *s, const struct curve_plan *plan)
{
	*s = (struct simulate){
		.plan = *plan, .curve = curve_new(plan), .line = arena_new(),
		.first_ms = -1, .last_ms = -1,
	};
}

void simulate_fini(struct simulate *s)
{
	curve_free(&s->curve);
	arena_free(&s->line);
}

/* FNV-1a; the log's keys and tenants are keyed hashes, so nobody chooses
 * them to collide. */
static uint64_t hash_str(uint64_t h, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
	return (h ^ 0xff) * 0x100000001b3u;
}

#define HASH_START 0xcbf29ce484222325u

/* The same question has the same model and as many tokens, whoever asks. */
static uint64_t hash_alike(const struct report_entry *e)
{
	int64_t tokens = e->usage.input;
	uint64_t h = hash_str(HASH_START, e->dim[REPORT_MODEL]);

	h = hash_str(h, e->dim[REPORT_ENDPOINT]);
	return hash_str(h, (struct str){ (char *)&tokens, sizeof(tokens) });
}

/* An answer of 350 tokens fills about 1.8 KB with its JSON (bench/sim). */
static void size_of(struct simulate *s, const struct report_entry *e,
		    struct curve_ask *ask)
{
	ask->guessed = e->size < 0;
	ask->bytes = !ask->guessed ? (uint64_t)e->size :
		     e->usage.output > 0 ?
			     400 + 4 * (uint64_t)e->usage.output : 1800;
	s->guessed += ask->guessed;
}

static picousd worth_of(struct simulate *s, const struct report_entry *e)
{
	picousd worth = e->tier >= 0 ? e->saved : e->cost;

	s->unpriced += worth == PRICE_UNKNOWN;
	return worth == PRICE_UNKNOWN || worth < 0 ? 0 : worth;
}

static void note_time(struct simulate *s, int64_t ms)
{
	s->backwards += s->last_ms >= 0 && ms < s->last_ms - LATE_MS;
	if (s->first_ms < 0 || ms < s->first_ms)
		s->first_ms = ms;
	if (ms > s->last_ms)
		s->last_ms = ms;
}

static void take(struct simulate *s, const struct report_entry *e)
{
	struct curve_ask ask = {
		.key = hash_str(HASH_START, e->key),
		.tenant = hash_str(HASH_START, e->dim[REPORT_TENANT]),
		.alike = hash_alike(e),
		.ms = e->ms,
		.worth = worth_of(s, e),
	};

	size_of(s, e, &ask);
	note_time(s, e->ms);
	s->hits += e->tier >= 0;
	if (e->tier < 0)
		s->billed += ask.worth;
	curve_add(s->curve, &ask);
}

/* A failed answer is not kept; what a hit gave was. */
static bool is_failed(const struct report_entry *e)
{
	return e->tier < 0 && (e->status >= 400 || e->aborted);
}

void simulate_line(struct simulate *s, struct str line)
{
	struct report_entry e;
	enum report_fault fault;

	arena_reset(s->line);
	fault = report_entry_read(&e, s->line, line);
	if (fault == REPORT_EMPTY)
		return;
	s->lines++;
	if (fault != REPORT_RIGHT)
		s->damaged++;
	else if (!e.key.n || e.tier == REPORT_PINNED)
		s->uncached++;
	else if (is_failed(&e))
		s->failed++;
	else
		take(s, &e);
}
