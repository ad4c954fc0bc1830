/*
 * A shard made whole. Somebody died while writing in it, or the file is
 * damaged: what is committed (layout.h) is kept, the rest is made anew. It may
 * itself be killed at any point and is then done again from the beginning:
 * the only stores that matter to the next one are those that take HEAD from
 * an entry, or its bytes from a flight, that is not whole.
 *
 * Every chunk that belongs to somebody is marked; whatever has no mark in
 * the end is free. A chunk with two owners stays with the first.
 */
#include <stdbool.h>
#include <string.h>

#include "store/chunk.h"
#include "store/evict.h"
#include "store/point.h"

static void empty(const struct shard *s, uint32_t top)
{
	struct shard_head *h = s->head;
	uint32_t i;

	for (i = 1; i <= top; i++)
		s->kind[i] &= (uint8_t)~KIND_SEEN;
	POINT("rebuild: marks are gone");
	memset(s->bucket, 0, sizeof(*s->bucket) * s->buckets);
	evict_forget(s);
	POINT("rebuild: index is gone");
	h->free = 0;
	h->hand = 0;
	shard_gauge(&h->entries, 0);
	shard_gauge(&h->used, 0);
	shard_gauge(&h->loose, 0);
}

/* Marks n chunks from i on: the first of one kind, all behind it of another.
 * The last of them, or 0 and *done_r of them marked. */
static uint32_t claim(const struct shard *s, uint32_t i, uint64_t n,
		      enum chunk_kind kind, enum chunk_kind behind,
		      uint64_t *done_r)
{
	uint32_t last = 0, top = shard_peek(&s->head->fresh);

	for (*done_r = 0; *done_r < n; ++*done_r) {
		if (i > top || !shard_is(s, i, *done_r ? behind : kind) ||
		    s->kind[i] & KIND_SEEN)
			return 0;
		s->kind[i] |= KIND_SEEN;
		last = i;
		i = shard_peek(&s->link[i]);
	}
	return last;
}

static void unclaim(const struct shard *s, uint32_t i, uint64_t n)
{
	for (; n; n--, i = shard_peek(&s->link[i]))
		s->kind[i] &= (uint8_t)~KIND_SEEN;
}

static int keep_entry(const struct shard *s, uint32_t i)
{
	struct slot *slot = shard_slot(s, i);
	uint32_t *bucket = shard_bucket(s, &slot->key), last;
	uint64_t n = shard_chunks_for(slot->length), done;

	if (slot->length > shard_max_value(s->chunks))
		return -1;
	last = claim(s, i, n, KIND_HEAD, KIND_TAIL, &done);
	if (!last || shard_peek(&s->link[last])) {
		unclaim(s, i, done);
		return -1;
	}
	slot->next = *bucket;
	*bucket = i;
	shard_gauge(&s->head->entries, s->head->entries + 1);
	shard_gauge(&s->head->used, s->head->used + (uint32_t)n);
	return evict_keep(s, i);
}

static uint32_t keep_entries(const struct shard *s, uint32_t top)
{
	uint32_t i, dropped = 0;

	for (i = 1; i <= top; i++) {
		if (!shard_is(s, i, KIND_HEAD) || keep_entry(s, i) == 0)
			continue;
		s->kind[i] = KIND_FREE;
		POINT("rebuild: an entry dropped");
		shard_count(s, COUNT_DROPPED);
		dropped++;
	}
	return dropped;
}

/* A leader that died while it told something left chunks behind the last
 * one, or a sum that is not of these bytes. */
static int keep_chain(const struct shard *s, const struct flight_slot *f)
{
	uint64_t n = shard_chain_chunks(s, &f->chain, &f->key), done;
	uint32_t last;

	if (!n || f->state == FLIGHT_FREE)
		return -1;
	last = claim(s, f->chain.first, n, KIND_LOOSE, KIND_LOOSE, &done);
	if (last != f->chain.last ||
	    shard_chain_check(s, &f->chain, &f->key) < 0) {
		unclaim(s, f->chain.first, done);
		return -1;
	}
	s->link[last] = 0;
	shard_gauge(&s->head->loose, s->head->loose + (uint32_t)n);
	return 0;
}

static bool is_over(const struct flight_slot *f)
{
	return f->state == FLIGHT_FREE || f->state == FLIGHT_LOST ||
	       f->state == FLIGHT_OUSTED || f->state == FLIGHT_LANDED_STORED;
}

static bool is_empty(const struct flight_slot *f)
{
	return !f->chain.first && !f->chain.last && !f->chain.length;
}

static bool is_known(const struct flight_slot *f)
{
	return is_over(f) || f->state == FLIGHT_FLYING ||
	       f->state == FLIGHT_LANDED;
}

/* Its leader and followers see it; `lead` is the leader's alone. The state
 * goes first, or the next rebuild would take it for one without bytes yet. */
static void lose(const struct shard *s, struct flight_slot *f)
{
	if (!is_over(f)) {
		f->state = FLIGHT_LOST;
		CHUNK_ORDER();
		POINT("rebuild: a flight lost");
		__atomic_fetch_add(&f->news, 1, __ATOMIC_RELEASE);
		shard_count(s, COUNT_LOST);
	}
	memset(&f->chain, 0, sizeof(f->chain));
	POINT("rebuild: a chain dropped");
}

static void keep_flights(const struct shard *s)
{
	struct flight_slot *f = s->flight;
	uint32_t i;

	for (i = 0; i < s->flights; i++, f++)
		if (!is_known(f) || (!is_empty(f) && keep_chain(s, f) < 0))
			lose(s, f);
}

/* Downwards, so that the list goes up: neighbours are taken together. */
static void free_rest(const struct shard *s, uint32_t top)
{
	uint32_t i;

	for (i = top; i >= 1; i--) {
		if (s->kind[i] & KIND_SEEN)
			s->kind[i] &= (uint8_t)~KIND_SEEN;
		else
			chunk_give(s, i);
	}
}

uint32_t shard_rebuild(const struct shard *s)
{
	uint32_t top = shard_peek(&s->head->fresh), dropped;

	if (top > s->chunks)
		s->head->fresh = top = 0;
	empty(s, top);
	dropped = keep_entries(s, top);
	POINT("rebuild: entries kept");
	keep_flights(s);
	POINT("rebuild: flights kept");
	free_rest(s, top);
	POINT("rebuild: done");
	return dropped;
}

/* Nothing is committed in chunks that were never in use. */
void shard_wipe(const struct shard *s)
{
	s->head->fresh = 0;
	shard_rebuild(s);
}
