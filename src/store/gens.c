#include "store/gens.h"

#include <assert.h>
#include <stdbool.h>

#include "store/le.h"
#include "store/sum.h"

#define HOUR_MS 3600000u

/* A packed form is a version and, in rising order, pairs of place and
 * number. */
#define FORM 3
#define PLACE 2
#define PAIR (PLACE + 8)

static_assert(BOARD_GENS <= 1 << (8 * PLACE), "a place fits");

/* FNV-1a, quick, as a hit asks for several, and the same on all hosts. Who
 * chooses names that collide gains nothing but purges of more than was
 * asked. Another hash needs another FORM, and other names of all answers
 * (serve/forget.c), or what was purged is found again. */
static uint32_t place_of(enum gens_kind kind, struct str name)
{
	uint64_t h = (0xcbf29ce484222325 ^ kind) * 0x100000001b3;

	if (kind == GENS_ALL)
		return 0;
	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (unsigned char)name.p[i]) * 0x100000001b3;
	return 1 + (uint32_t)(h % (BOARD_GENS - 1));
}

static uint64_t peek(const struct board *b, uint32_t i)
{
	return __atomic_load_n(&b->gen[i], __ATOMIC_ACQUIRE);
}

/* Sets what was *was_ms; false, and *was_ms read again, when it is not. */
static bool swap(struct board *b, uint32_t i, uint64_t *was_ms, uint64_t ms)
{
	return __atomic_compare_exchange_n(&b->gen[i], was_ms, ms, false,
					   __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

/* The largest number to be believed, an hour ahead of a clock that is never
 * before 1970. */
static uint64_t limit(int64_t now_ms)
{
	return (uint64_t)(now_ms > 0 ? now_ms : 1) + HOUR_MS;
}

uint64_t gens_of(const struct board *b, enum gens_kind kind, struct str name)
{
	return peek(b, place_of(kind, name));
}

void gens_raise(struct board *b, enum gens_kind kind, struct str name,
		int64_t now_ms)
{
	uint64_t top = limit(now_ms), now = top - HOUR_MS, was, next;
	uint32_t i = place_of(kind, name);

	was = peek(b, i);
	do
		next = was >= now && was < top ? was + 1 : now;
	while (!swap(b, i, &was, next));
}

void gens_pack(const struct board *b, struct buf *out)
{
	uint8_t pair[PAIR];
	uint64_t g;
	uint32_t i;

	buf_putc(out, FORM);
	for (i = 0; i < BOARD_GENS; i++) {
		g = peek(b, i);
		if (!g)
			continue;
		le_put(pair, PLACE, i);
		le_put(pair + PLACE, 8, g);
		buf_add(out, pair, sizeof(pair));
	}
}

uint64_t gens_sum(const struct board *b)
{
	uint64_t h = 0, pair[2];
	uint32_t i;

	for (i = 0; i < BOARD_GENS; i++) {
		pair[0] = i;
		pair[1] = peek(b, i);
		if (pair[1])
			h = sum64(h, pair, sizeof(pair)) | 1;
	}
	return h;
}

/* Is it a packed form? All of it, before any of it is used. */
static bool is_packed(struct str packed)
{
	int64_t last = -1, i;
	size_t at;

	if (!packed.n || packed.p[0] != FORM || (packed.n - 1) % PAIR)
		return false;
	for (at = 1; at < packed.n; at += PAIR, last = i) {
		i = (int64_t)le_get(packed.p + at, PLACE);
		if (i <= last || i >= BOARD_GENS)
			return false;
	}
	return true;
}

/* A number of ours that no clock gave: a damaged file, or a clock that has
 * been put right. It would hide every purge of another host, and none would
 * take it over; so that name is purged now. */
static void mend(struct board *b, uint64_t top)
{
	uint64_t was;
	uint32_t i;

	for (i = 0; i < BOARD_GENS; i++) {
		was = peek(b, i);
		while (was > top && !swap(b, i, &was, top - HOUR_MS))
			;
	}
}

int gens_merge(struct board *b, struct str packed, int64_t now_ms)
{
	uint64_t top = limit(now_ms), g, was;
	uint32_t i;
	size_t at;

	if (!is_packed(packed))
		return -1;
	mend(b, top);
	for (at = 1; at < packed.n; at += PAIR) {
		i = (uint32_t)le_get(packed.p + at, PLACE);
		g = le_get(packed.p + at + PLACE, 8);
		was = peek(b, i);
		while (g > was && g <= top && !swap(b, i, &was, g))
			;
	}
	return 0;
}
