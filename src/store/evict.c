/*
 * CLOCK: a hand goes round the chunks; an entry that was hit since the hand
 * passed is let off once, the next one that was not goes. A new entry starts
 * without that mark, so a run of answers nobody asks for again pushes out
 * itself before it pushes out what is used. An expired entry goes as soon as
 * the hand meets it.
 */
#include "store/evict.h"

void evict_touch(const struct shard *s, uint32_t i)
{
	s->kind[i] |= KIND_USED_LATELY;
}

uint32_t evict_pick(const struct shard *s, int64_t now_ms)
{
	uint32_t top = shard_peek(&s->head->fresh);
	uint32_t i = shard_peek(&s->head->hand);
	uint64_t step;

	if (top > s->chunks)
		return 0;
	/* Twice round: once to take the marks away. */
	for (step = 0; step < 2 * (uint64_t)top; step++) {
		i = i >= top ? 1 : i + 1;
		if (!shard_is(s, i, KIND_HEAD))
			continue;
		if (s->kind[i] & KIND_USED_LATELY &&
		    shard_slot(s, i)->expires_ms > now_ms) {
			s->kind[i] &= (uint8_t)~KIND_USED_LATELY;
			continue;
		}
		s->head->hand = i;
		return i;
	}
	return 0;
}
