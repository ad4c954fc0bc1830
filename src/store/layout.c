#include "store/layout.h"

#include "store/board.h"
#include "store/sum.h"

static_assert(sizeof(struct board) <= LAYOUT_BOARD, "it has its pages");
static_assert(LAYOUT_BOARD % 4096 == 0, "shards begin on a page");
static_assert(BOARD_COUNT_N <= BOARD_COUNTS, "each count has its place");

#define SIZE_MIN (1 << 20)
#define SIZE_MAX_SHARD (64ull << 30)
#define SHARD_WANTED (64ull << 20)
#define SHARDS_MAX 64
#define PAGE 4096

/* As many shards as leave each its 64 MB, so below 128 MB it is one. Half of
 * a shard is the largest value: small shards would refuse long answers that
 * the slab has the room for. */
static uint32_t shards_of(uint64_t size)
{
	uint32_t n = 1;

	while (n < SHARDS_MAX && size / (n * 2) >= SHARD_WANTED)
		n *= 2;
	return n;
}

static uint32_t power_below(uint32_t n)
{
	uint32_t p = 1;

	while (p <= n / 2)
		p *= 2;
	return p;
}

/* Questions that can be under way at once in a shard of that many chunks. */
static uint32_t flights_of(uint64_t chunks)
{
	return chunks < 32 * 256 ? 32 : chunks < 512 * 256 ? 128 : 512;
}

int layout_geometry(struct geometry *g_r, uint64_t size)
{
	/* A chunk, its link, its kind, at most one bucket and half a
	 * ghost. */
	const uint64_t each = LAYOUT_CHUNK + 4 + 1 + 4 + 2;
	struct geometry g = { .shards = shards_of(size) };

	if (size < SIZE_MIN)
		return -1;
	g.shard_size = (size - LAYOUT_HEAD - LAYOUT_BOARD) / g.shards / PAGE *
		       PAGE;
	if (g.shard_size > SIZE_MAX_SHARD)
		g.shard_size = SIZE_MAX_SHARD;
	g.size = LAYOUT_HEAD + LAYOUT_BOARD + g.shards * g.shard_size;
	g.flights = flights_of(g.shard_size / LAYOUT_CHUNK);
	g.flight_at = sizeof(struct shard_head);
	g.bucket_at = g.flight_at + g.flights * sizeof(struct flight_slot);
	g.chunks = (uint32_t)((g.shard_size - g.bucket_at - LAYOUT_CHUNK - 8) /
			      each);
	g.buckets = power_below(g.chunks);
	g.ghosts = g.buckets / 2;
	g.ghost_at = g.bucket_at + 4ull * g.buckets;
	g.link_at = g.ghost_at + 4ull * g.ghosts;
	g.kind_at = g.link_at + 4ull * (g.chunks + 1);
	g.chunk_at = (g.kind_at + g.chunks + 1 + LAYOUT_CHUNK - 1) /
		     LAYOUT_CHUNK * LAYOUT_CHUNK;
	assert(g.chunk_at + (uint64_t)g.chunks * LAYOUT_CHUNK <= g.shard_size);
	*g_r = g;
	return 0;
}

uint64_t layout_id(void)
{
	static const uint64_t what[] = {
		LAYOUT_VERSION,           sizeof(pthread_mutex_t),
		sizeof(struct slab_head), sizeof(struct shard_head),
		sizeof(struct slot),      LAYOUT_CHUNK,
		sizeof(struct loose),     sizeof(struct flight_slot),
		COUNT_N,                  LAYOUT_BOARD,
		sizeof(struct board),     sizeof(struct board_node),
		BOARD_GENS,               BOARD_NODES,
		BOARD_COUNTS,             BOARD_COUNT_N,
		BOARD_BREAKERS,           sizeof(struct board_breaker),
		BOARD_CELLS,              BOARD_LIMITS,
		BOARD_RUN,                BOARD_WAIT,
		sizeof(struct board_wait), sizeof(struct board_limit),
		BOARD_SERVED,
	};

	return sum64(0, what, sizeof(what));
}
