#include "store/store.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/chunk.h"
#include "store/lock.h"
#include "store/shm.h"
#include "store/sum.h"

#define LONG_VALUE (256 << 10) /* worth a system call before the lock */

/* Never written after store_open(), so threads may share it. */
struct store {
	struct shm shm;
};

struct store *store_open(const struct store_conf *c, char *err_r,
			 size_t err_n)
{
	struct store *s = calloc(1, sizeof(*s));

	if (!s) {
		snprintf(err_r, err_n, "%s: out of memory", c->path);
		return NULL;
	}
	if (shm_map(&s->shm, c, err_r, err_n) < 0) {
		free(s);
		return NULL;
	}
	return s;
}

void store_close(struct store **s)
{
	if (!*s)
		return;
	shm_unmap(&(*s)->shm);
	free(*s);
	*s = NULL;
}

struct board *store_board(struct store *s)
{
	return (struct board *)(s->shm.base + LAYOUT_HEAD);
}

int store_flush(struct store *s)
{
	return shm_flush(&s->shm);
}

static void shard_nth(struct store *s, uint32_t n, struct shard *sh_r)
{
	shard_at(sh_r, s->shm.base, &s->shm.g, n);
}

void store_shard(struct store *s, const struct key *k, struct shard *sh_r)
{
	shard_nth(s, k->b[0] & (s->shm.g.shards - 1), sh_r);
}

static uint64_t sum_of(const struct slot *slot, const char *bytes)
{
	uint64_t h = sum64(LAYOUT_VERSION, slot,
			   offsetof(struct slot, next));

	return sum64(h, bytes, slot->length);
}

/* The bytes are not those that were put: forgets that entry, unless another
 * process has already replaced it. */
static int get_spoilt(const struct shard *sh, const struct slot *slot)
{
	shard_count(sh, COUNT_DAMAGED);
	log_seldom("cache: a value failed its checksum and is forgotten");
	if (lock_enter(sh) < 0)
		return -1;
	if (shard_drop(sh, &slot->key, &slot->sum) < 0)
		lock_damaged(sh);
	lock_leave(sh);
	return -1;
}

int store_get(struct store *s, struct arena *a, const struct key *k,
	      int64_t now_ms, struct entry *e_r)
{
	struct shard sh;
	struct slot slot;
	char *bytes;
	int found;

	store_shard(s, k, &sh);
	shard_count(&sh, COUNT_GETS);
	if (lock_enter(&sh) < 0)
		return -1;
	found = shard_get(&sh, a, k, now_ms, &slot, &bytes);
	if (found < 0)
		lock_damaged(&sh);
	lock_leave(&sh);
	if (found != 1)
		return found;
	if (sum_of(&slot, bytes) != slot.sum)
		return get_spoilt(&sh, &slot);
	if (store_early(slot.born_ms, now_ms))
		return 0;
	shard_count(&sh, COUNT_HITS);
	*e_r = (struct entry){ slot.born_ms, slot.expires_ms,
			       { bytes, slot.length } };
	return 1;
}

int store_put(struct store *s, const struct key *k, const struct entry *e)
{
	struct slot slot = { .key = *k,
			     .born_ms = e->born_ms,
			     .expires_ms = e->expires_ms,
			     .length = (uint32_t)e->bytes.n };
	const char *bytes = e->bytes.n ? e->bytes.p : "";
	struct shard sh;
	int done;

	store_shard(s, k, &sh);
	if (e->bytes.n > store_max_value(s)) {
		shard_count(&sh, COUNT_REFUSED);
		return -1;
	}
	slot.sum = sum_of(&slot, bytes);
	if (e->bytes.n >= LONG_VALUE)
		chunk_warm(&sh, e->bytes.n);
	if (lock_enter(&sh) < 0)
		return -1;
	done = shard_put(&sh, &slot, bytes);
	if (done < 0)
		lock_damaged(&sh);
	else
		shard_count(&sh, COUNT_PUTS);
	lock_leave(&sh);
	return done;
}

void store_drop(struct store *s, const struct key *k)
{
	struct shard sh;

	store_shard(s, k, &sh);
	if (lock_enter(&sh) < 0)
		return;
	if (shard_drop(&sh, k, NULL) < 0)
		lock_damaged(&sh);
	lock_leave(&sh);
}

/* 1 seen, 0 no more. A value at a time, so that the lock is never held for
 * longer than a get would. */
static int each_next(const struct shard *sh, struct arena *a, int64_t now_ms,
		     uint32_t *at, struct slot *slot_r, char **bytes_r)
{
	int found;

	if (lock_enter(sh) < 0)
		return 0;
	found = shard_next(sh, a, now_ms, at, slot_r, bytes_r);
	if (found < 0)
		lock_damaged(sh);
	lock_leave(sh);
	return found > 0;
}

static int each_in(const struct shard *sh, struct arena *a, int64_t now_ms,
		   int (*see)(void *ctx, const struct key *k,
			      const struct entry *e),
		   void *ctx)
{
	struct slot slot;
	struct entry e;
	uint32_t at = 0;
	char *bytes;

	for (;; arena_reset(a)) {
		if (!each_next(sh, a, now_ms, &at, &slot, &bytes))
			return 0;
		if (sum_of(&slot, bytes) != slot.sum)
			continue;
		e = (struct entry){ slot.born_ms, slot.expires_ms,
				    { bytes, slot.length } };
		if (see(ctx, &slot.key, &e))
			return 1;
	}
}

void store_each(struct store *s, struct arena *a, int64_t now_ms,
		int (*see)(void *ctx, const struct key *k,
			   const struct entry *e),
		void *ctx)
{
	struct shard sh;
	uint32_t i;

	for (i = 0; i < s->shm.g.shards; i++) {
		shard_nth(s, i, &sh);
		if (each_in(&sh, a, now_ms, see, ctx))
			return;
	}
}

size_t store_max_value(const struct store *s)
{
	size_t n = shard_max_value(s->shm.g.chunks);

	return n < UINT32_MAX ? n : UINT32_MAX;
}

int store_check(struct store *s)
{
	struct shard sh;
	uint32_t i;
	int bad = 0;

	for (i = 0; i < s->shm.g.shards; i++) {
		shard_nth(s, i, &sh);
		if (lock_enter(&sh) < 0) {
			bad++;
			continue;
		}
		if (shard_check(&sh) < 0) {
			lock_damaged(&sh);
			bad++;
		}
		lock_leave(&sh);
	}
	return bad;
}

static uint64_t counted(const struct shard *sh, enum shard_count c)
{
	return __atomic_load_n(&sh->head->count[c], __ATOMIC_RELAXED);
}

static void add_shard(const struct shard *sh, struct store_stats *st)
{
	st->entries += shard_peek(&sh->head->entries);
	st->used += (uint64_t)shard_peek(&sh->head->used) * LAYOUT_CHUNK;
	st->gets += counted(sh, COUNT_GETS);
	st->hits += counted(sh, COUNT_HITS);
	st->puts += counted(sh, COUNT_PUTS);
	st->evictions += counted(sh, COUNT_EVICTIONS);
	st->expired += counted(sh, COUNT_EXPIRED);
	st->lock_waits += counted(sh, COUNT_LOCK_WAITS);
	st->lock_timeouts += counted(sh, COUNT_LOCK_TIMEOUTS);
	st->recoveries += counted(sh, COUNT_RECOVERIES);
	st->damaged += counted(sh, COUNT_DAMAGED);
	st->refused += counted(sh, COUNT_REFUSED);
	st->dropped += counted(sh, COUNT_DROPPED);
	st->lost += counted(sh, COUNT_LOST);
}

void store_stats(struct store *s, struct store_stats *out_r)
{
	struct store_stats st = { .size = s->shm.g.size };
	struct shard sh;
	uint32_t i;

	for (i = 0; i < s->shm.g.shards; i++) {
		shard_nth(s, i, &sh);
		add_shard(&sh, &st);
	}
	*out_r = st;
}
