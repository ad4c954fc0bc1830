/*
 * sim --check: runs short enough to count by hand, and laws that must hold on
 * longer ones.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define MOST 20000

/* "1-10 3:2200 x": keys 1 to 10 of one byte, and 3 with 2200 bytes. */
static struct trace *check_run(const char *text)
{
	static uint32_t key[MOST], bytes[MOST];
	unsigned long from, to, size;
	size_t n = 0;
	char *end;

	for (; (from = strtoul(text, &end, 10)), end != text; text = end) {
		to = *end == '-' ? strtoul(end + 1, &end, 10) : from;
		size = *end == ':' ? strtoul(end + 1, &end, 10) : 1;
		for (; from <= to && n < MOST; from++, n++) {
			key[n] = (uint32_t)from;
			bytes[n] = (uint32_t)size;
		}
	}
	return trace_of(key, bytes, n);
}

struct by_hand {
	const char *why, *run;
	uint64_t room; /* an object of one byte fills one chunk */
	struct {
		const char *policy;
		int hits;
	} row[14];
};

static const struct by_hand by_hand[] = {
	{ "who was hit lately stays", "1 2 3 1 4 1 2", 3,
	  { { "fifo", 1 }, { "lru", 2 }, { "clock", 2 }, { "sieve", 2 },
	    { "slab-clock", 2 }, { "min", 3 } } },
	/* SIEVE's hand has moved on, CLOCK's comes back to 1. */
	{ "SIEVE leaves who was let off where it is", "1 2 3 1 4 5 6 1", 3,
	  { { "fifo", 1 }, { "lru", 1 }, { "clock", 1 }, { "sieve", 2 },
	    { "slab-clock", 1 }, { "min", 2 } } },
	{ "three marks last three rounds", "1 1 1 1 2 3 4 5 6 7 1", 2,
	  { { "clock", 3 }, { "clock-3", 3 }, { "clock/top=9", 3 },
	    { "min", 4 } } },
	{ "a ghost goes to main, past the next scan", "1-10 11 1 12-30 1", 10,
	  { { "fifo", 0 }, { "lru", 0 }, { "clock", 0 }, { "sieve", 0 },
	    { "s3-fifo", 1 }, { "s3-fifo/ghost=0", 0 }, { "larder", 1 },
	    { "slab-hands", 1 }, { "min", 2 } } },
	{ "one hit is enough for larder", "1 1 2-10 11 1", 10,
	  { { "fifo", 1 }, { "s3-fifo", 1 }, { "s3-fifo/enough=1", 2 },
	    { "larder", 2 }, { "larder/enough=2", 1 }, { "slab-hands", 2 },
	    { "min", 2 } } },
	{ "two hits are for the paper", "1 1 1 2-10 11 1", 10,
	  { { "fifo", 2 }, { "s3-fifo", 3 }, { "larder", 3 } } },
	{ "a scan does not push out what was asked for often",
	  "1 1 1 1 1 2-30 1", 10,
	  { { "fifo", 4 }, { "lru", 4 }, { "s3-fifo", 5 }, { "larder", 5 },
	    { "slab-hands", 5 }, { "w-tinylfu", 5 }, { "lfu-da", 5 },
	    { "gdsf", 5 }, { "min", 5 } } },
	{ "the large one goes first by GDSF", "2-6 1:2200 7 2", 10,
	  { { "fifo", 0 }, { "lru", 0 }, { "gdsf", 1 } } },
	{ "larger than half the room is not offered", "1:3000 1:3000 2 2", 10,
	  { { "fifo", 1 }, { "larder", 1 }, { "slab-clock", 1 },
	    { "w-tinylfu", 1 }, { "min", 1 } } },
	/* 1-16 are in main, small has 4 chunks; 31-34 are as much again. */
	{ "larger than small: stays a while, is safe, is refused",
	  "1-16 1-16 17-20 30:2200 31-34 30:2200", 20,
	  { { "larder", 17 }, { "larder/larger=0", 16 },
	    { "larder/larger=1", 17 }, { "larder/larger=2", 16 } } },
	{ "larger than small: goes after that",
	  "1-16 1-16 17-20 30:2200 31-35 30:2200", 20,
	  { { "larder", 16 }, { "larder/larger=0", 16 },
	    { "larder/larger=1", 17 } } },
	{ "refused at first, taken when asked again",
	  "1:2200 1:2200 1:2200", 10,
	  { { "larder", 2 }, { "larder/larger=2", 1 } } },
	{ "a newcomer must be better than whom it would push out",
	  "1-10 11 1", 10, { { "fifo", 0 }, { "w-tinylfu", 1 } } },
	/* After nine evictions of equals the floor has risen by one. */
	{ "fame ends under dynamic aging", "1 1 1 1 1 2-60 1", 10,
	  { { "lfu-da", 4 }, { "gdsf", 4 }, { "min", 5 } } },
	/* 1-4 are all hit: with one chance 2 goes, else 5, the newcomer. */
	{ "chances end", "1-5 1-4 6 2", 5,
	  { { "larder", 5 }, { "larder/chances=1", 4 } } },
	{ "chances begin anew with each eviction", "1-5 1-4 6 7 3", 5,
	  { { "larder/chances=1", 5 } } },
};

static int check_by_hand(const struct by_hand *h)
{
	struct trace *t = check_run(h->run);
	struct policy p;
	size_t i;
	int bad = 0;
	double hits;

	for (i = 0; i < 14 && h->row[i].policy; i++) {
		if (policy_named(h->row[i].policy, &p))
			hits = -1;
		else
			hits = sim_run(&p, t, h->room).hit *
			       (double)t->requests;
		if ((int)(hits + 0.5) == h->row[i].hits)
			continue;
		printf("%s: %s hits %.0f times, not %d\n", h->why,
		       h->row[i].policy, hits, h->row[i].hits);
		bad = 1;
	}
	trace_free(t);
	return bad;
}

/* By the definition: as many others as there is room asked since. */
static double lru_hits(const struct trace *t, uint64_t room)
{
	size_t i, j, hits = 0, others;
	size_t *last = sim_zeros(t->objects, sizeof(*last));

	for (i = 0; i < t->requests; i++) {
		others = 0;
		for (j = last[t->who[i]]; j && j < i; j++)
			others += last[t->who[j]] == j + 1;
		hits += last[t->who[i]] && others < room;
		last[t->who[i]] = i + 1;
	}
	free(last);
	return (double)hits / (double)t->requests;
}

/* Nobody beats MIN, nothing overflows, LRU is LRU. */
static int check_laws(const struct trace *t, uint64_t room)
{
	double least = 1, min = 0, hit;
	size_t i;
	int bad = 0;

	for (i = 0; i < sim_policies_n; i++) {
		hit = sim_run(&sim_policies[i], t, room).hit;
		if (!strcmp(sim_policies[i].name, "min"))
			min = hit;
		else if (1 - hit < least)
			least = 1 - hit;
		if (!strcmp(sim_policies[i].name, "lru") && t->equal &&
		    t->chunks[0] == 1 && hit != lru_hits(t, room)) {
			printf("lru is another: %f\n", hit);
			bad = 1;
		}
	}
	if (t->equal && 1 - least > min) {
		printf("somebody beats min: %f, %f\n", 1 - least, min);
		bad = 1;
	}
	return bad;
}

static struct trace *check_drawn(int sizes, uint64_t seed)
{
	static uint32_t key[MOST], bytes[MOST];
	uint64_t h;
	size_t i;

	for (i = 0; i < MOST; i++) {
		h = sim_mix(seed + i);
		key[i] = (uint32_t)((h >> 20) % (1u << (h % 12)));
		bytes[i] = sizes ? 1 + (uint32_t)(sim_mix(key[i]) % 9000) : 1;
	}
	return trace_of(key, bytes, MOST);
}

int sim_check(void)
{
	const uint64_t rooms[] = { 64, 200, 700 };
	struct trace *t;
	size_t i;
	int bad = 0, sizes;

	for (i = 0; i < sizeof(by_hand) / sizeof(*by_hand); i++)
		bad |= check_by_hand(&by_hand[i]);
	for (sizes = 0; sizes < 2; sizes++) {
		t = check_drawn(sizes, 1u << 20);
		for (i = 0; i < sizeof(rooms) / sizeof(*rooms); i++)
			bad |= check_laws(t, rooms[i]);
		trace_free(t);
	}
	puts(bad ? "sim: not as it should be" : "sim: as it should be");
	return bad;
}
