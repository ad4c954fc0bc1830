/* From a line of the log to a request that a cache could have answered. */
#include "cmd/simulate.h"

#include <sodium/crypto_shorthash.h>

#define LATE_MS 60000

/* Nobody who does not know the seed can choose what this is, nor what has the
 * same. */
static uint64_t hash(const struct simulate *s, struct str text)
{
	unsigned char secret[crypto_shorthash_KEYBYTES] = { 0 };
	uint64_t h;

	_Static_assert(sizeof(h) == crypto_shorthash_BYTES, "a number");
	memcpy(secret, &s->seed, sizeof(s->seed));
	crypto_shorthash((unsigned char *)&h, (const unsigned char *)text.p,
			 text.n, secret);
	return h;
}

/* The same question has the same model and as many tokens, whoever asks. */
static uint64_t hash_alike(const struct simulate *s,
			   const struct report_entry *e)
{
	const uint64_t of[] = {
		hash(s, e->dim[REPORT_MODEL]), hash(s, e->dim[REPORT_ENDPOINT]),
		(uint64_t)e->usage.input,
	};

	return hash(s, (struct str){ (char *)of, sizeof(of) });
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

static void ask(struct simulate *s, const struct report_entry *e)
{
	struct curve_ask a = {
		.key = hash(s, e->key),
		.tenant = hash(s, e->dim[REPORT_TENANT]),
		.alike = hash_alike(s, e),
		.ms = e->ms,
		.worth = worth_of(s, e),
	};

	size_of(s, e, &a);
	note_time(s, e->ms);
	s->hits += e->tier >= 0;
	if (e->tier < 0)
		s->billed += a.worth;
	curve_add(s->curve, &a);
}

/* A failed answer is not kept; what a hit gave was. */
static bool is_failed(const struct report_entry *e)
{
	return e->tier < 0 && (e->status >= 400 || e->aborted || e->error.n);
}

static void take(void *ctx, struct report_entry *e)
{
	struct simulate *s = ctx;

	if (!e->key.n || e->tier == REPORT_PINNED)
		s->uncached++;
	else if (is_failed(e))
		s->failed++;
	else
		ask(s, e);
}

void simulate_init(struct simulate *s, const struct curve_plan *plan,
		   uint32_t seed)
{
	*s = (struct simulate){
		.plan = *plan, .curve = curve_new(plan), .seed = seed,
		.first_ms = -1, .last_ms = -1,
	};
	report_feed_init(&s->feed, take, s);
}

void simulate_fini(struct simulate *s)
{
	curve_free(&s->curve);
	report_feed_fini(&s->feed);
}

void simulate_line(struct simulate *s, struct str line)
{
	report_feed_line(&s->feed, line);
}

int64_t simulate_lines(const struct simulate *s)
{
	return s->feed.taken + s->feed.duplicates + s->feed.elsewhen +
	       s->feed.events + report_feed_damaged(&s->feed);
}
