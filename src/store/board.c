#include "store/board.h"

#include <assert.h>

#include "store/le.h"
#include "store/word.h"

#define MINUTE_MS 60000
#define UNUSED_MS (60 * MINUTE_MS)

/* How the places of board_lease() begin. */
struct lease {
	uint64_t id;
	int64_t used_ms;
};

static_assert(offsetof(struct board_breaker, used_ms) ==
	      offsetof(struct lease, used_ms), "a breaker is leased");
static_assert(offsetof(struct board_limit, used_ms) ==
	      offsetof(struct lease, used_ms), "a limit is leased");

uint64_t board_id(const struct key *k)
{
	uint64_t id = le_get(k->b, 8);

	return id ? id : 1;
}

static void *nth(const struct board_row *r, uint64_t n)
{
	return (char *)r->first + n % r->n * r->size;
}

/* Nobody gives a place back, so the first free one ends the search. */
void *board_seen(const struct board_row *r, uint64_t id)
{
	const uint64_t *p;
	uint64_t at;
	unsigned i;

	for (i = 0; i < r->n; i++) {
		p = nth(r, id % r->n + i);
		at = word_get(p);
		if (at == id)
			return (void *)p;
		if (!at)
			return NULL;
	}
	return NULL;
}

void *board_place(const struct board_row *r, uint64_t id)
{
	uint64_t *p;
	unsigned i;

	for (i = 0; i < r->n; i++) {
		p = nth(r, id % r->n + i);
		if (word_get(p) == id || word_swap(p, 0, id) ||
		    word_get(p) == id)
			return p;
	}
	return NULL;
}

/* Who still writes there does so for another: a few wrong numbers. */
static void wipe(struct lease *p, size_t size, int64_t mono_ms)
{
	uint64_t *word = (uint64_t *)p;
	size_t i;

	word_put(&p->used_ms, mono_ms);
	for (i = sizeof(*p) / 8; i < size / 8; i++)
		word_put(&word[i], 0);
}

static struct lease *take_over(const struct board_row *r, uint64_t id,
			       int64_t mono_ms)
{
	struct lease *p;
	uint64_t was;
	unsigned i;

	for (i = 0; i < r->n; i++) {
		p = nth(r, id % r->n + i);
		was = word_get(&p->id);
		if (was == id)
			return p;
		if (word_lately(word_get(&p->used_ms), mono_ms, UNUSED_MS))
			continue;
		if (word_swap(&p->id, was, id)) {
			wipe(p, r->size, mono_ms);
			return p;
		}
		if (word_get(&p->id) == id)
			return p;
	}
	return NULL;
}

void *board_lease(const struct board_row *r, uint64_t id, int64_t mono_ms)
{
	struct lease *p = board_place(r, id);

	if (!p)
		p = take_over(r, id, mono_ms);
	if (p && !word_lately(word_get(&p->used_ms), mono_ms, MINUTE_MS))
		word_put(&p->used_ms, mono_ms);
	return p;
}
