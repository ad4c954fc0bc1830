#include "cmd/report_sketch.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Values below 2 * STEPS have a bucket each; above, every doubling has STEPS
 * of them, so a bucket is at most 1/STEPS of its value wide. */
#define STEPS 64
#define LONGEST_MS INT32_MAX /* 24 days; longer ones count as this */

static int shift_of(int64_t v)
{
	return v < 2 * STEPS ? 0 : 57 - __builtin_clzll((uint64_t)v);
}

static int bucket_of(int64_t v)
{
	int shift = shift_of(v);

	return STEPS * shift + (int)(v >> shift);
}

static int64_t middle_of(int bucket)
{
	int shift = bucket < 2 * STEPS ? 0 : bucket / STEPS - 1;
	int64_t least = (int64_t)(bucket - STEPS * shift) << shift;

	return least + (((int64_t)1 << shift) >> 1);
}

static int64_t clip(int64_t ms)
{
	return ms < 0 ? 0 : ms > LONGEST_MS ? LONGEST_MS : ms;
}

int64_t report_sketch_round(int64_t ms)
{
	return middle_of(bucket_of(clip(ms)));
}

void report_sketch_free(struct report_sketch *s)
{
	free(s->count);
	*s = (struct report_sketch){ 0 };
}

/* Makes room for buckets first to last, and for some around them. */
static void widen(struct report_sketch *s, int first, int last)
{
	int spare = STEPS / 4, n;
	int64_t *wider;

	if (s->buckets && first > s->first)
		first = s->first;
	else
		first = first > spare ? first - spare : 0;
	if (s->buckets && last < s->first + s->buckets - 1)
		last = s->first + s->buckets - 1;
	else
		last += spare;
	n = last - first + 1;
	wider = calloc((size_t)n, sizeof(*wider));
	if (!wider)
		abort();
	if (s->buckets)
		memcpy(wider + (s->first - first), s->count,
		       (size_t)s->buckets * sizeof(*wider));
	free(s->count);
	s->count = wider;
	s->first = first;
	s->buckets = n;
}

static void count(struct report_sketch *s, int bucket, int64_t n)
{
	if (bucket < s->first || bucket >= s->first + s->buckets)
		widen(s, bucket, bucket);
	s->count[bucket - s->first] += n;
	s->n += n;
}

void report_sketch_add(struct report_sketch *s, int64_t ms)
{
	count(s, bucket_of(clip(ms)), 1);
}

void report_sketch_merge(struct report_sketch *s,
			 const struct report_sketch *other)
{
	for (int i = 0; i < other->buckets; i++)
		if (other->count[i])
			count(s, other->first + i, other->count[i]);
}

int64_t report_sketch_at(const struct report_sketch *s, int thousandths)
{
	__int128 below = 0, want = (__int128)s->n * thousandths;

	for (int i = 0; i < s->buckets; i++) {
		below += s->count[i];
		if (s->count[i] && below * 1000 >= want)
			return middle_of(s->first + i);
	}
	return -1;
}
