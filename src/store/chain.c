/* The bytes of flights: chains of LOOSE chunks. */
#include <stdbool.h>
#include <string.h>

#include "store/chunk.h"
#include "store/point.h"
#include "store/sum.h"

#define ROOM sizeof(((struct loose *)0)->bytes)

static struct loose *loose_at(const struct shard *s, uint32_t i)
{
	return (struct loose *)shard_slot(s, i);
}

static uint32_t chunks_for(uint64_t length)
{
	return (uint32_t)((length + ROOM - 1) / ROOM);
}

static uint64_t chain_sum(const struct chain *c, const struct key *k)
{
	const uint64_t what[] = { c->first, c->length };

	return sum64(sum64(LAYOUT_VERSION, k, sizeof(*k)), what,
		     sizeof(what));
}

/* Of the nth chunk of the chain, which is filled with n bytes. */
static uint64_t loose_sum(const struct chain *c, const struct key *k,
			  uint64_t nth, const struct loose *l, size_t n)
{
	const uint64_t where[] = { c->first, nth };
	uint64_t h = sum64(LAYOUT_VERSION, k, sizeof(*k));

	return sum64(sum64(h, where, sizeof(where)), l->bytes, n);
}

uint32_t shard_chain_chunks(const struct shard *s, const struct chain *c,
			    const struct key *k)
{
	return c->length <= shard_max_value(s->chunks) &&
			       c->sum == chain_sum(c, k) ?
		       chunks_for(c->length) :
		       0;
}

static bool chain_empty(const struct chain *c)
{
	return !c->first && !c->last && !c->length;
}

static bool chain_good(const struct shard *s, const struct chain *c,
		       const struct key *k)
{
	return shard_is(s, c->first, KIND_LOOSE) &&
	       shard_is(s, c->last, KIND_LOOSE) && shard_chain_chunks(s, c, k);
}

/* Appends a chunk to the chain: -1 is damage. */
static int grow(const struct shard *s, struct chain *c, int64_t now_ms)
{
	uint32_t i = chunk_take(s, KIND_LOOSE, now_ms);

	if (!i)
		return -1;
	shard_gauge(&s->head->loose, s->head->loose + 1);
	if (c->first)
		s->link[c->last] = i;
	else
		c->first = i;
	c->last = i;
	POINT("chain: grown");
	return 0;
}

/* Into the last chunk, which has so many of them; how many went in. */
static size_t fill(const struct shard *s, const struct chain *c,
		   const struct key *k, uint64_t length, struct str bytes)
{
	struct loose *l = loose_at(s, c->last);
	size_t had = length % ROOM;
	size_t n = bytes.n < ROOM - had ? bytes.n : ROOM - had;

	memcpy(l->bytes + had, bytes.p, n);
	POINT("chain: filled");
	l->sum = loose_sum(c, k, length / ROOM, l, had + n);
	POINT("chain: summed");
	return n;
}

int shard_chain_add(const struct shard *s, struct chain *c,
		    const struct key *k, struct str bytes, int64_t now_ms)
{
	uint64_t length = c->length;
	uint32_t more;
	size_t n;

	if (!chain_empty(c) && !chain_good(s, c, k))
		return -1;
	if (bytes.n > shard_max_value(s->chunks) - length ||
	    chunks_for(length + bytes.n) > s->chunks / 2)
		return -3;
	more = chunks_for(length + bytes.n) - chunks_for(length);
	if (shard_peek(&s->head->loose) > s->chunks / 2 - more)
		return -2;
	for (; bytes.n; bytes = str_from(bytes, n), length += n) {
		if (length % ROOM == 0 && grow(s, c, now_ms) < 0)
			return -1;
		n = fill(s, c, k, length, bytes);
	}
	CHUNK_ORDER();
	c->length = length;
	POINT("chain: longer");
	c->sum = chain_sum(c, k);
	return 0;
}

/* Bytes that the nth chunk of the chain has. */
static size_t has(const struct chain *c, uint64_t nth)
{
	return c->length - nth * ROOM < ROOM ? c->length - nth * ROOM : ROOM;
}

static bool loose_good(const struct shard *s, const struct chain *c,
		       const struct key *k, uint64_t nth, uint32_t i)
{
	const struct loose *l = loose_at(s, i);

	return l->sum == loose_sum(c, k, nth, l, has(c, nth));
}

/* Where to begin to look for the chunk of byte `from`. A place that is not of
 * this chain, or that of another time, has another sum. */
static struct chain_at begin_at(const struct shard *s, const struct chain *c,
				const struct key *k, uint64_t from,
				const struct chain_at *at)
{
	if (at && at->nth <= from / ROOM &&
	    shard_is(s, at->chunk, KIND_LOOSE) &&
	    loose_good(s, c, k, at->nth, at->chunk))
		return *at;
	return (struct chain_at){ c->first, 0 };
}

int shard_chain_read_on(const struct shard *s, const struct chain *c,
			const struct key *k, uint64_t from, char *to, size_t n,
			struct chain_at *at)
{
	struct chain_at here;
	size_t skip, part;

	if (!n)
		return 0;
	if (!chain_good(s, c, k) || from > c->length || n > c->length - from)
		return -1;
	here = begin_at(s, c, k, from, at);
	for (;; here.nth++, here.chunk = shard_peek(&s->link[here.chunk])) {
		if (!shard_is(s, here.chunk, KIND_LOOSE))
			return -1;
		if (here.nth < from / ROOM)
			continue;
		if (!loose_good(s, c, k, here.nth, here.chunk))
			return -1;
		skip = from % ROOM;
		part = has(c, here.nth) - skip;
		part = part < n ? part : n;
		memcpy(to, loose_at(s, here.chunk)->bytes + skip, part);
		to += part, from += part, n -= part;
		if (!n)
			break;
	}
	if (at)
		*at = here;
	return 0;
}

int shard_chain_read(const struct shard *s, const struct chain *c,
		     const struct key *k, uint64_t from, char *to, size_t n)
{
	return shard_chain_read_on(s, c, k, from, to, n, NULL);
}

int shard_chain_check(const struct shard *s, const struct chain *c,
		      const struct key *k)
{
	uint32_t i = c->first, n = shard_chain_chunks(s, c, k), nth;

	for (nth = 0; nth < n; nth++, i = shard_peek(&s->link[i]))
		if (!shard_is(s, i, KIND_LOOSE) ||
		    !loose_good(s, c, k, nth, i))
			return -1;
	return 0;
}

/* Without its owner the chain is nobody's, so that goes first. */
int shard_chain_free(const struct shard *s, struct chain *c)
{
	uint32_t i = c->first, n = chunks_for(c->length), next;

	if (c->length > shard_max_value(s->chunks) ||
	    n > shard_peek(&s->head->loose))
		return -1;
	memset(c, 0, sizeof(*c));
	CHUNK_ORDER();
	POINT("chain: disowned");
	shard_gauge(&s->head->loose, s->head->loose - n);
	for (; n; n--, i = next) {
		if (!shard_is(s, i, KIND_LOOSE))
			return -1;
		next = shard_peek(&s->link[i]);
		chunk_give(s, i);
	}
	return i ? -1 : 0;
}
