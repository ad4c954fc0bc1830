#include "store/node.h"

#include <stdbool.h>

#include "base/hash.h"

#define FAILS_WITHIN_MS 10000
#define OFF_FIRST_MS 500
#define OFF_DOUBLINGS 2
#define OFF_MOST_MS (OFF_FIRST_MS << OFF_DOUBLINGS)
#define PROBE_MOST_MS 2000 /* then its prober is taken to be dead */

/* Everything on the board may be damage, or of another boot: a time counts
 * only if we could have written it. */

static int64_t get(const int64_t *p)
{
	return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}

static void put(int64_t *p, int64_t value)
{
	__atomic_store_n(p, value, __ATOMIC_SEQ_CST);
}

static bool swap_if(int64_t *p, int64_t from, int64_t to)
{
	return __atomic_compare_exchange_n(p, &from, to, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static bool is_off(int64_t off_until_ms, int64_t mono_ms)
{
	return mono_ms < off_until_ms &&
	       off_until_ms - mono_ms <= OFF_MOST_MS;
}

static bool is_probing(int64_t probe_ms, int64_t mono_ms)
{
	return probe_ms > 0 && probe_ms <= mono_ms &&
	       mono_ms - probe_ms < PROBE_MOST_MS;
}

/* --- whose number --- */

static uint64_t name_id(const char *name)
{
	struct key k;
	uint64_t id = 0;
	int i;

	hash_of(&k, NULL, str_c(name));
	for (i = 0; i < 8; i++)
		id = id << 8 | k.b[i];
	return id ? id : 1;
}

/* Places are taken for good, so the first free one ends the search. */
struct board_node *node_find(struct board *b, const char *name)
{
	uint64_t id = name_id(name), at;
	struct board_node *n;
	unsigned i;

	for (i = 0; i < BOARD_NODES; i++) {
		n = &b->node[(id + i) % BOARD_NODES];
		at = 0;
		if (__atomic_compare_exchange_n(&n->id, &at, id, false,
						__ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST) ||
		    at == id)
			return n;
	}
	return NULL;
}

/* --- may it be asked --- */

enum node_use node_use(struct board_node *n, int64_t mono_ms)
{
	int64_t off = get(&n->off_until_ms);
	int64_t probe = get(&n->probe_ms);

	if (off == 0)
		return NODE_USE;
	if (is_off(off, mono_ms) || is_probing(probe, mono_ms))
		return NODE_OFF;
	if (!swap_if(&n->probe_ms, probe, mono_ms))
		return NODE_OFF;
	if (get(&n->off_until_ms) == off)
		return NODE_PROBE;
	/* Another's probe ended between our looking and our setting out. */
	put(&n->probe_ms, 0);
	return get(&n->off_until_ms) == 0 ? NODE_USE : NODE_OFF;
}

/* --- how it went --- */

static uint64_t back_off_ms(uint64_t offs, uint64_t random)
{
	uint64_t ms = (uint64_t)OFF_FIRST_MS
		      << (offs < OFF_DOUBLINGS ? offs : OFF_DOUBLINGS);

	return ms - random % (ms / 4 + 1);
}

/* was: what off_until_ms was when we decided. Only one of those who fail at
 * once turns the node off. */
static void turn_off(struct board_node *n, int64_t was, int64_t mono_ms,
		     uint64_t random)
{
	uint64_t offs = __atomic_load_n(&n->offs, __ATOMIC_SEQ_CST);
	int64_t until = mono_ms + (int64_t)back_off_ms(offs, random);

	if (!swap_if(&n->off_until_ms, was, until))
		return;
	__atomic_store_n(&n->offs, offs < OFF_DOUBLINGS ? offs + 1 : offs,
			 __ATOMIC_SEQ_CST);
	if (was == 0)
		__atomic_fetch_add(&n->deaths, 1, __ATOMIC_RELAXED);
	put(&n->probe_ms, 0);
}

void node_good(struct board_node *n, int64_t mono_ms)
{
	int64_t off = get(&n->off_until_ms);

	/* Off, and nobody set out to try it: an answer to a question from
	 * before, which says nothing about now. */
	if (off == 0 || !is_probing(get(&n->probe_ms), mono_ms))
		return;
	put(&n->window_ms, 0);
	__atomic_store_n(&n->fails, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&n->offs, 0, __ATOMIC_SEQ_CST);
	if (swap_if(&n->off_until_ms, off, 0))
		put(&n->probe_ms, 0);
}

/* window_ms is when it failed last. Taking the old time and leaving the new
 * one is a single step, so of two failures at once one sees the other. */
static bool failed_lately(struct board_node *n, int64_t mono_ms)
{
	int64_t last = __atomic_exchange_n(&n->window_ms, mono_ms,
					   __ATOMIC_SEQ_CST);

	return last > 0 && last <= mono_ms + FAILS_WITHIN_MS &&
	       last >= mono_ms - FAILS_WITHIN_MS;
}

void node_bad(struct board_node *n, int64_t mono_ms, uint64_t random)
{
	int64_t off = get(&n->off_until_ms);

	if (off == 0) {
		__atomic_fetch_add(&n->fails, 1, __ATOMIC_RELAXED);
		if (failed_lately(n, mono_ms))
			turn_off(n, 0, mono_ms, random);
	} else if (!is_off(off, mono_ms)) {
		turn_off(n, off, mono_ms, random); /* the probe failed */
	}
	/* Otherwise it was asked before it was turned off. */
}
