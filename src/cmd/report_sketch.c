#include "cmd/report_sketch.h"

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

void report_sketch_free(struct report_sketch *s)
{
	free(s->cell);
	*s = (struct report_sketch){ 0 };
}

static void *more(void *p, size_t n)
{
	p = realloc(p, n * sizeof(uint64_t));
	if (!p)
		abort();
	return p;
}

/* -- few values: buckets that are not empty, in order ---------------------- */

#define COUNT_BITS 48
#define ONE_BUCKET ((uint64_t)1 << COUNT_BITS)
#define FEWEST 4
#define MANY 64 /* from there on a row may take less time, and as little room */

static int bucket_at(const struct report_sketch *s, int i)
{
	return s->row ? s->first + i : (int)(s->cell[i] / ONE_BUCKET);
}

static int64_t count_at(const struct report_sketch *s, int i)
{
	return (int64_t)(s->cell[i] % ONE_BUCKET);
}

/* The first cell of that bucket or a later one. */
static int find(const struct report_sketch *s, int bucket)
{
	int low = 0, high = s->used, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (bucket_at(s, mid) < bucket)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void insert(struct report_sketch *s, int at, int bucket, int64_t n)
{
	if (s->used == s->room) {
		s->room = s->room ? (uint16_t)(2 * s->room) : FEWEST;
		s->cell = more(s->cell, s->room);
	}
	memmove(s->cell + at + 1, s->cell + at,
		(size_t)(s->used++ - at) * sizeof(*s->cell));
	s->cell[at] = (uint64_t)bucket * ONE_BUCKET + (uint64_t)n;
}

/* -- many: a row of buckets, empty ones too -------------------------------- */

static uint64_t *make_row(int n)
{
	uint64_t *row = calloc((size_t)n, sizeof(*row));

	if (!row)
		abort();
	return row;
}

/* Puts all there is into a row of buckets first to last. */
static void make_into_row(struct report_sketch *s, int first, int last)
{
	uint64_t *row = make_row(last - first + 1);

	for (int i = 0; i < s->used; i++)
		row[bucket_at(s, i) - first] = (uint64_t)count_at(s, i);
	free(s->cell);
	s->cell = row;
	s->first = (uint16_t)first;
	s->used = s->room = (uint16_t)(last - first + 1);
	s->row = true;
}

/* Makes room for a bucket, and for some around it. */
static void widen(struct report_sketch *s, int bucket)
{
	int first = s->first, last = s->first + s->used - 1;

	if (bucket < first)
		first = bucket > STEPS / 4 ? bucket - STEPS / 4 : 0;
	if (bucket > last)
		last = bucket + STEPS / 4;
	make_into_row(s, first, last);
}

/* Would a row take no more than eight times the room? */
static bool is_dense(const struct report_sketch *s)
{
	return s->used >= MANY && s->used == s->room &&
	       bucket_at(s, s->used - 1) - bucket_at(s, 0) < 8 * s->used;
}

/* -- either ---------------------------------------------------------------- */

static void count_in_row(struct report_sketch *s, int bucket, int64_t n)
{
	if (bucket < s->first || bucket >= s->first + s->used)
		widen(s, bucket);
	s->cell[bucket - s->first] += (uint64_t)n;
}

static void count(struct report_sketch *s, int bucket, int64_t n)
{
	int at;

	s->n += n;
	if (!s->row && is_dense(s))
		make_into_row(s, bucket_at(s, 0), bucket_at(s, s->used - 1));
	if (s->row) {
		count_in_row(s, bucket, n);
		return;
	}
	at = find(s, bucket);
	if (at < s->used && bucket_at(s, at) == bucket)
		s->cell[at] += (uint64_t)n;
	else
		insert(s, at, bucket, n);
}

void report_sketch_add(struct report_sketch *s, int64_t ms)
{
	count(s, bucket_of(clip(ms)), 1);
}

void report_sketch_merge(struct report_sketch *s,
			 const struct report_sketch *other)
{
	for (int i = 0; i < other->used; i++)
		if (count_at(other, i))
			count(s, bucket_at(other, i), count_at(other, i));
	s->partial |= other->partial;
}

void report_sketch_move(struct report_sketch *s, struct report_sketch *to)
{
	bool partial = to->partial;

	report_sketch_merge(to, s);
	to->partial = partial;
	report_sketch_free(s);
	s->partial = true;
}

int64_t report_sketch_at(const struct report_sketch *s, int thousandths)
{
	__int128 below = 0, want = (__int128)s->n * thousandths;

	for (int i = 0; i < s->used && !s->partial; i++) {
		below += count_at(s, i);
		if (count_at(s, i) && below * 1000 >= want)
			return middle_of(bucket_at(s, i));
	}
	return -1;
}
