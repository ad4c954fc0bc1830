#include "store/shard.h"

#include <string.h>

#include "store/evict.h"

#define FIRST_ROOM (LAYOUT_CHUNK - sizeof(struct slot))

void shard_at(struct shard *s_r, char *base, const struct geometry *g,
	      uint32_t n)
{
	char *at = base + LAYOUT_HEAD + n * g->shard_size;

	s_r->head = (struct shard_head *)at;
	s_r->bucket = (uint32_t *)(at + g->bucket_at);
	s_r->link = (uint32_t *)(at + g->link_at);
	s_r->kind = (uint8_t *)(at + g->kind_at);
	s_r->chunk = at + g->chunk_at;
	s_r->buckets = g->buckets;
	s_r->chunks = g->chunks;
}

/* store_stats() reads these two without the lock. */
static void gauge_set(uint32_t *gauge, uint32_t to)
{
	__atomic_store_n(gauge, to, __ATOMIC_RELAXED);
}

void shard_wipe(const struct shard *s)
{
	memset(s->bucket, 0, sizeof(*s->bucket) * s->buckets);
	s->head->fresh = 0;
	s->head->free = 0;
	s->head->hand = 0;
	gauge_set(&s->head->entries, 0);
	gauge_set(&s->head->used, 0);
}

/* Keys are keyed hashes, so any of their bytes will do; the first one chose
 * the shard. */
static uint32_t *bucket_of(const struct shard *s, const struct key *k)
{
	uint32_t h;

	memcpy(&h, k->b + 8, sizeof(h));
	return &s->bucket[h & (s->buckets - 1)];
}

/* *at_r becomes the number that names k's entry: the bucket, or `next` of
 * the entry before it. 1 found, 0 not there, -1 damaged. */
static int find(const struct shard *s, const struct key *k, uint32_t **at_r)
{
	uint32_t *at = bucket_of(s, k), i, steps = 0;
	struct slot *slot;

	while ((i = shard_peek(at)) != 0) {
		if (!shard_is(s, i, KIND_HEAD) || steps++ > s->chunks)
			return -1;
		slot = shard_slot(s, i);
		if (memcmp(&slot->key, k, sizeof(*k)) == 0) {
			*at_r = at;
			return 1;
		}
		at = &slot->next;
	}
	return 0;
}

/* Gives back the chunks of the entry called i. Each is marked free as it
 * goes, so a chain that bites its tail ends there. */
static int chain_free(const struct shard *s, uint32_t i)
{
	uint32_t next, n = 0;

	for (; i; i = next, n++) {
		if (!shard_is(s, i, n ? KIND_TAIL : KIND_HEAD))
			return -1;
		next = shard_peek(&s->link[i]);
		s->kind[i] = KIND_FREE;
		s->link[i] = s->head->free;
		s->head->free = i;
	}
	gauge_set(&s->head->used, s->head->used - n);
	return 0;
}

static int unlink_at(const struct shard *s, uint32_t *at)
{
	uint32_t i = shard_peek(at);

	*at = shard_slot(s, i)->next;
	gauge_set(&s->head->entries, s->head->entries - 1);
	return chain_free(s, i);
}

int shard_remove(const struct shard *s, uint32_t i)
{
	struct key k = shard_slot(s, i)->key;
	uint32_t *at;

	if (find(s, &k, &at) != 1 || shard_peek(at) != i)
		return -1;
	return unlink_at(s, at);
}

int shard_drop(const struct shard *s, const struct key *k,
	       const uint64_t *sum)
{
	uint32_t *at;
	int found = find(s, k, &at);

	if (found != 1)
		return found;
	if (sum && shard_slot(s, shard_peek(at))->sum != *sum)
		return 0;
	return unlink_at(s, at) < 0 ? -1 : 1;
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

int shard_get(const struct shard *s, struct arena *a, const struct key *k,
	      int64_t now_ms, struct slot *slot_r, char **bytes_r)
{
	struct slot slot;
	uint32_t *at;
	char *bytes;
	int found = find(s, k, &at);

	if (found != 1)
		return found;
	memcpy(&slot, shard_slot(s, shard_peek(at)), sizeof(slot));
	if (slot.length > shard_max_value(s->chunks))
		return -1;
	if (slot.expires_ms <= now_ms) {
		shard_count(s, COUNT_EXPIRED);
		return unlink_at(s, at);
	}
	bytes = arena_alloc(a, (size_t)slot.length + 1);
	if (chain_read(s, shard_peek(at), bytes, slot.length) < 0)
		return -1;
	bytes[slot.length] = '\0';
	evict_touch(s, shard_peek(at));
	*slot_r = slot;
	*bytes_r = bytes;
	return 1;
}

static int evict(const struct shard *s, int64_t now_ms)
{
	uint32_t victim = evict_pick(s, now_ms);

	if (!victim)
		return -1;
	shard_count(s, shard_slot(s, victim)->expires_ms <= now_ms ?
			       COUNT_EXPIRED :
			       COUNT_EVICTIONS);
	return shard_remove(s, victim);
}

/* One chunk, marked TAIL so that nobody else gets it; 0 is damage. */
static uint32_t chunk_take(const struct shard *s, int64_t now_ms)
{
	struct shard_head *h = s->head;
	uint32_t i = shard_peek(&h->free);

	if (!i && shard_peek(&h->fresh) < s->chunks) {
		i = ++h->fresh;
		if (i < 1 || i > s->chunks)
			return 0;
	} else {
		if (!i && evict(s, now_ms) == 0)
			i = shard_peek(&h->free);
		if (!shard_is(s, i, KIND_FREE))
			return 0;
		h->free = shard_peek(&s->link[i]);
	}
	s->kind[i] = KIND_TAIL;
	s->link[i] = 0;
	return i;
}

/* Fills new chunks behind the room of a slot; the first one, or 0. */
static uint32_t chain_write(const struct shard *s, const char *from, size_t n,
			    int64_t now_ms, uint32_t *taken_r)
{
	uint32_t first = chunk_take(s, now_ms), last = first, i, taken = 1;
	size_t part = n < FIRST_ROOM ? n : FIRST_ROOM;

	if (!first)
		return 0;
	memcpy(shard_slot(s, first) + 1, from, part);
	while (from += part, n -= part) {
		i = chunk_take(s, now_ms);
		if (!i)
			return 0;
		part = n < LAYOUT_CHUNK ? n : LAYOUT_CHUNK;
		memcpy(shard_slot(s, i), from, part);
		s->link[last] = i;
		last = i;
		taken++;
	}
	*taken_r = taken;
	return first;
}

/* The bucket is written last: until then the new entry is not there. */
int shard_put(const struct shard *s, const struct slot *slot,
	      const char *bytes)
{
	uint32_t *bucket = bucket_of(s, &slot->key), first, taken;

	if (shard_drop(s, &slot->key, NULL) < 0)
		return -1;
	first = chain_write(s, bytes, slot->length, slot->born_ms, &taken);
	if (!first)
		return -1;
	memcpy(shard_slot(s, first), slot, sizeof(*slot));
	shard_slot(s, first)->next = shard_peek(bucket);
	s->kind[first] = KIND_HEAD;
	gauge_set(&s->head->entries, s->head->entries + 1);
	gauge_set(&s->head->used, s->head->used + taken);
	*bucket = first;
	return 0;
}
