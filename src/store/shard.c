#include "store/shard.h"

#include <stdbool.h>
#include <string.h>

#include "store/chunk.h"
#include "store/evict.h"
#include "store/point.h"

#define FIRST_ROOM (LAYOUT_CHUNK - sizeof(struct slot))

void shard_at(struct shard *s_r, char *base, const struct geometry *g,
	      uint32_t n)
{
	char *at = base + LAYOUT_HEAD + LAYOUT_BOARD + n * g->shard_size;

	s_r->head = (struct shard_head *)at;
	s_r->flight = (struct flight_slot *)(at + g->flight_at);
	s_r->bucket = (uint32_t *)(at + g->bucket_at);
	s_r->ghost = (uint32_t *)(at + g->ghost_at);
	s_r->link = (uint32_t *)(at + g->link_at);
	s_r->kind = (uint8_t *)(at + g->kind_at);
	s_r->chunk = at + g->chunk_at;
	s_r->buckets = g->buckets;
	s_r->ghosts = g->ghosts;
	s_r->chunks = g->chunks;
	s_r->flights = g->flights;
}

uint32_t *shard_bucket(const struct shard *s, const struct key *k)
{
	uint32_t h;

	memcpy(&h, k->b + 8, sizeof(h));
	return &s->bucket[h & (s->buckets - 1)];
}

/* *at_r becomes the number that names k's entry, the one called `who` unless
 * that is 0: the bucket, or `next` of the entry before it. 1 found, 0 not
 * there, -1 damaged. */
static int find(const struct shard *s, const struct key *k, uint32_t who,
		uint32_t **at_r)
{
	uint32_t *at = shard_bucket(s, k), i, steps = 0;
	struct slot *slot;

	while ((i = shard_peek(at)) != 0) {
		if (!shard_is(s, i, KIND_HEAD) || steps++ > s->chunks)
			return -1;
		slot = shard_slot(s, i);
		if (who ? i == who : memcmp(&slot->key, k, sizeof(*k)) == 0) {
			*at_r = at;
			return 1;
		}
		at = &slot->next;
	}
	return 0;
}

/* Gives back the chunks from i on, all TAIL and nobody's. Each is marked free
 * as it goes, so a chain that bites its tail ends there. */
static int give_all(const struct shard *s, uint32_t i)
{
	uint32_t next, n = 0;

	for (; i; i = next, n++) {
		if (!shard_is(s, i, KIND_TAIL))
			return -1;
		next = shard_peek(&s->link[i]);
		chunk_give(s, i);
	}
	shard_gauge(&s->head->used, s->head->used - n);
	return 0;
}

/* The entry named at `at` goes. It is gone when it is a HEAD no longer; the
 * rest is tidying. */
static int unlink_at(const struct shard *s, uint32_t *at)
{
	uint32_t i = shard_peek(at);

	if (evict_remove(s, i) < 0)
		return -1;
	CHUNK_ORDER();
	s->kind[i] = KIND_TAIL;
	CHUNK_ORDER();
	POINT("entry: no longer one");
	*at = shard_slot(s, i)->next;
	shard_gauge(&s->head->entries, s->head->entries - 1);
	POINT("entry: unlinked");
	return give_all(s, i);
}

int shard_remove(const struct shard *s, uint32_t i)
{
	struct key k = shard_slot(s, i)->key;
	uint32_t *at;

	return find(s, &k, i, &at) == 1 ? unlink_at(s, at) : -1;
}

/* Damage may have made two of one key; they go together. */
int shard_drop(const struct shard *s, const struct key *k,
	       const uint64_t *sum)
{
	uint32_t *at;
	int found, dropped = 0;

	while ((found = find(s, k, 0, &at)) == 1) {
		if (sum && shard_slot(s, shard_peek(at))->sum != *sum)
			break;
		if (unlink_at(s, at) < 0)
			return -1;
		dropped = 1;
	}
	return found < 0 ? -1 : dropped;
}

/* Copies the chain that starts at i; it must have exactly the chunks that n
 * bytes need. */
static int chain_read(const struct shard *s, uint32_t i, char *to, size_t n)
{
	size_t part = n < FIRST_ROOM ? n : FIRST_ROOM;

	memcpy(to, shard_slot(s, i) + 1, part);
	while (to += part, n -= part) {
		i = shard_peek(&s->link[i]);
		if (!shard_is(s, i, KIND_TAIL))
			return -1;
		part = n < LAYOUT_CHUNK ? n : LAYOUT_CHUNK;
		memcpy(to, shard_slot(s, i), part);
	}
	return shard_peek(&s->link[i]) ? -1 : 0;
}

/* The entry called i, which is one. */
static int entry_read(const struct shard *s, uint32_t i, struct arena *a,
		      struct slot *slot_r, char **bytes_r)
{
	struct slot slot;
	char *bytes;

	memcpy(&slot, shard_slot(s, i), sizeof(slot));
	if (slot.length > shard_max_value(s->chunks))
		return -1;
	bytes = arena_alloc(a, (size_t)slot.length + 1);
	if (chain_read(s, i, bytes, slot.length) < 0)
		return -1;
	bytes[slot.length] = '\0';
	*slot_r = slot;
	*bytes_r = bytes;
	return 1;
}

int shard_get(const struct shard *s, struct arena *a, const struct key *k,
	      int64_t now_ms, struct slot *slot_r, char **bytes_r)
{
	uint32_t *at, i;
	int found = find(s, k, 0, &at);

	if (found != 1)
		return found;
	i = shard_peek(at);
	if (shard_slot(s, i)->expires_ms <= now_ms) {
		shard_count(s, COUNT_EXPIRED);
		evict_remember(s, k);
		return unlink_at(s, at);
	}
	found = entry_read(s, i, a, slot_r, bytes_r);
	if (found == 1)
		evict_hit(s, i);
	return found;
}

int shard_next(const struct shard *s, struct arena *a, int64_t now_ms,
	       uint32_t *at, struct slot *slot_r, char **bytes_r)
{
	uint32_t i, top = shard_peek(&s->head->fresh);

	for (i = *at + 1; i <= top && i <= s->chunks; i++) {
		if (!shard_is(s, i, KIND_HEAD) ||
		    shard_slot(s, i)->expires_ms <= now_ms)
			continue;
		*at = i;
		return entry_read(s, i, a, slot_r, bytes_r);
	}
	return 0;
}

/* Fills new chunks behind the room of a slot; the first one, or 0. */
static uint32_t chain_write(const struct shard *s, const char *from, size_t n,
			    int64_t now_ms, uint32_t *taken_r)
{
	uint32_t first = chunk_take(s, KIND_TAIL, now_ms), last = first;
	uint32_t taken = 1, i;
	size_t part = n < FIRST_ROOM ? n : FIRST_ROOM;

	if (!first)
		return 0;
	memcpy(shard_slot(s, first) + 1, from, part);
	while (from += part, n -= part) {
		i = chunk_take(s, KIND_TAIL, now_ms);
		if (!i)
			return 0;
		part = n < LAYOUT_CHUNK ? n : LAYOUT_CHUNK;
		memcpy(shard_slot(s, i), from, part);
		POINT("value: copied");
		s->link[last] = i;
		POINT("value: linked");
		last = i;
		taken++;
	}
	*taken_r = taken;
	return first;
}

/* Makes the chunks from `first` on, filled with a value, an entry. */
static int commit(const struct shard *s, const struct slot *slot,
		  uint32_t first, uint32_t taken, bool again)
{
	uint32_t *bucket = shard_bucket(s, &slot->key);

	memcpy(shard_slot(s, first), slot, sizeof(*slot));
	shard_slot(s, first)->next = shard_peek(bucket);
	POINT("entry: filled");
	CHUNK_ORDER();
	s->kind[first] = KIND_HEAD;
	CHUNK_ORDER();
	POINT("entry: committed");
	*bucket = first;
	shard_gauge(&s->head->entries, s->head->entries + 1);
	shard_gauge(&s->head->used, s->head->used + taken);
	POINT("entry: in the index");
	return evict_insert(s, first, again);
}

int shard_put(const struct shard *s, const struct slot *slot,
	      const char *bytes)
{
	uint32_t first, taken;
	int again = shard_drop(s, &slot->key, NULL);

	if (again < 0)
		return -1;
	first = chain_write(s, bytes, slot->length, slot->born_ms, &taken);
	return first ? commit(s, slot, first, taken, again) : -1;
}
