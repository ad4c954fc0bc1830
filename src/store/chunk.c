#include "store/chunk.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/evict.h"
#include "store/point.h"

static int make_room(const struct shard *s, int64_t now_ms)
{
	uint32_t victim = evict_pick(s, now_ms);

	if (!victim)
		return -1;
	shard_count(s, shard_slot(s, victim)->expires_ms <= now_ms ?
			       COUNT_EXPIRED :
			       COUNT_EVICTIONS);
	return shard_remove(s, victim);
}

static void mark(const struct shard *s, uint32_t i, enum chunk_kind kind)
{
	s->kind[i] = (uint8_t)kind;
	s->link[i] = 0;
	CHUNK_ORDER();
	POINT("chunk: marked");
}

/* One that was never in use. */
static uint32_t take_fresh(const struct shard *s, enum chunk_kind kind)
{
	uint32_t i = shard_peek(&s->head->fresh) + 1;

	mark(s, i, kind);
	s->head->fresh = i;
	POINT("chunk: fresh");
	return i;
}

uint32_t chunk_take(const struct shard *s, enum chunk_kind kind,
		    int64_t now_ms)
{
	struct shard_head *h = s->head;
	uint32_t i = shard_peek(&h->free), next;

	if (!i && shard_peek(&h->fresh) < s->chunks)
		return take_fresh(s, kind);
	if (!i && make_room(s, now_ms) == 0)
		i = shard_peek(&h->free);
	if (!shard_is(s, i, KIND_FREE))
		return 0;
	next = shard_peek(&s->link[i]);
	mark(s, i, kind);
	h->free = next;
	POINT("chunk: off the free list");
	return i;
}

void chunk_give(const struct shard *s, uint32_t i)
{
	s->kind[i] = KIND_FREE;
	POINT("chunk: free");
	s->link[i] = s->head->free;
	s->head->free = i;
	POINT("chunk: on the free list");
}

#ifdef MADV_POPULATE_WRITE
/* Kernels before 5.14 say no, and then it is done in page faults. */
void chunk_warm(const struct shard *s, size_t n)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uint32_t fresh = shard_peek(&s->head->fresh);
	uintptr_t from;
	size_t left;

	if (fresh >= s->chunks)
		return;
	left = (size_t)(s->chunks - fresh) * LAYOUT_CHUNK;
	from = (uintptr_t)shard_slot(s, fresh + 1);
	(void)madvise((void *)(from & ~(page - 1)), n < left ? n : left,
		      MADV_POPULATE_WRITE);
}
#else
void chunk_warm(const struct shard *s, size_t n)
{
	(void)s;
	(void)n;
}
#endif
