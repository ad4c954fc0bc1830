#include "store/node.h"

#include "base/hash.h"
#include "store/breaker.h"
#include "store/word.h"

#define FAILS_WITHIN_MS 10000
#define OFF_FIRST_MS 500
#define OFF_DOUBLINGS 2
#define OFF_MOST_MS (OFF_FIRST_MS << OFF_DOUBLINGS)
#define PROBE_MOST_MS 2000 /* then its prober is taken to be dead */

/* Everything on the board may be damage, or of another boot: a time counts
 * only if we could have written it. */

static bool is_off(int64_t off_until_ms, int64_t mono_ms)
{
	return word_ahead(off_until_ms, mono_ms, OFF_MOST_MS);
}

static bool is_probing(int64_t probe_ms, int64_t mono_ms)
{
	return word_lately(probe_ms, mono_ms, PROBE_MOST_MS);
}

/* --- whose number --- */

struct board_node *node_find(struct board *b, const char *name)
{
	struct board_row r = { b->node, sizeof(*b->node), BOARD_NODES };
	struct key k;

	hash_of(&k, NULL, str_c(name));
	return board_place(&r, board_id(&k));
}

/* --- may it be asked --- */

enum node_use node_use(struct board_node *n, int64_t mono_ms)
{
	int64_t off = word_get(&n->off_until_ms);
	int64_t probe = word_get(&n->probe_ms);

	if (off == 0)
		return NODE_USE;
	if (is_off(off, mono_ms) || is_probing(probe, mono_ms))
		return NODE_OFF;
	if (!word_swap(&n->probe_ms, probe, mono_ms))
		return NODE_OFF;
	if (word_get(&n->off_until_ms) == off)
		return NODE_PROBE;
	/* Another's probe ended between our looking and our setting out. */
	word_put(&n->probe_ms, 0);
	return word_get(&n->off_until_ms) == 0 ? NODE_USE : NODE_OFF;
}

/* --- how it went --- */

/* was: what off_until_ms was when we decided. Only one of those who fail at
 * once turns the node off. */
static void turn_off(struct board_node *n, int64_t was, int64_t mono_ms,
		     uint64_t random)
{
	uint64_t offs = word_get(&n->offs);
	int64_t until = mono_ms + breaker_pause_ms(OFF_FIRST_MS, OFF_MOST_MS,
						   offs, random);

	if (!word_swap(&n->off_until_ms, was, until))
		return;
	word_put(&n->offs, offs < OFF_DOUBLINGS ? offs + 1 : offs);
	if (was == 0)
		word_add(&n->deaths, 1);
	word_put(&n->probe_ms, 0);
}

void node_good(struct board_node *n, int64_t mono_ms)
{
	int64_t off = word_get(&n->off_until_ms);

	/* Off, and nobody set out to try it: an answer to a question from
	 * before, which says nothing about now. */
	if (off == 0 || !is_probing(word_get(&n->probe_ms), mono_ms))
		return;
	word_put(&n->window_ms, 0);
	word_put(&n->fails, 0);
	word_put(&n->offs, 0);
	if (word_swap(&n->off_until_ms, off, 0))
		word_put(&n->probe_ms, 0);
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
	int64_t off = word_get(&n->off_until_ms);

	if (off == 0) {
		word_add(&n->fails, 1);
		if (failed_lately(n, mono_ms))
			turn_off(n, 0, mono_ms, random);
	} else if (!is_off(off, mono_ms)) {
		turn_off(n, off, mono_ms, random); /* the probe failed */
	}
	/* Otherwise it was asked before it was turned off. */
}
