/*
 * Who is known: in sets of a few words, each of which is | time 16 | id 48 |,
 * so that one is read and written whole. Whoever was known for longest goes
 * when a set is full.
 */
#include "store/budget_known.h"

#include "store/word.h"

#define SET 8
#define UNIT_MS 600000 /* of the time; it comes round after a year */
#define ID_BITS 48
#define ID ((1ull << ID_BITS) - 1)
#define TIMES (1u << 16)

static uint64_t *set_of(uint64_t *known, uint64_t id)
{
	return &known[(id >> ID_BITS) % (BUDGET_KNOWN / SET) * SET];
}

static uint16_t time_of(int64_t wall_ms)
{
	return (uint16_t)((uint64_t)(wall_ms < 0 ? 0 : wall_ms) / UNIT_MS %
			  TIMES);
}

static uint16_t age_of(uint64_t w, int64_t wall_ms)
{
	return (uint16_t)(time_of(wall_ms) - (uint16_t)(w >> ID_BITS));
}

static bool is_id(uint64_t w, uint64_t id)
{
	return w && (w & ID) == (id & ID);
}

bool budget_knows(uint64_t *known, uint64_t id, int64_t wall_ms)
{
	uint64_t *set = set_of(known, id), w;

	for (int i = 0; i < SET; i++) {
		w = word_get(&set[i]);
		if (is_id(w, id) && age_of(w, wall_ms) <= BUDGET_KNOWN_AGE)
			return true;
	}
	return false;
}

void budget_know(uint64_t *known, uint64_t id, int64_t wall_ms)
{
	uint64_t now = (uint64_t)time_of(wall_ms) << ID_BITS | (id & ID);
	uint64_t *set = set_of(known, id), *oldest = set, w;

	for (int i = 0; i < SET; i++) {
		w = word_get(&set[i]);
		if (w == now)
			return;
		if (is_id(w, id) || !w) {
			oldest = &set[i];
			break;
		}
		if (age_of(w, wall_ms) > age_of(word_get(oldest), wall_ms))
			oldest = &set[i];
	}
	word_put(oldest, now);
}

void budget_unknow(uint64_t *known, uint64_t id)
{
	uint64_t *set = set_of(known, id), w;

	for (int i = 0; i < SET; i++) {
		w = word_get(&set[i]);
		if (is_id(w, id))
			(void)word_swap(&set[i], w, 0);
	}
}
