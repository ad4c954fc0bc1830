#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/count.h"
#include "cmd/curve.h"
#include "cmd/curve_own.h"

/* -- a run of requests, made by a rule ------------------------------------- */

#define ASKS 6000
#define QUESTIONS 4096

static uint64_t draw(uint64_t *seed)
{
	*seed += 0x1234567;
	return curve_mix(*seed);
}

/* Half are asked for often, some never again; answers of 0 to 40 KB, one in
 * fifty larger; a second or so between two. */
static void run_make(struct curve_ask run[ASKS], uint64_t seed)
{
	int64_t ms = 1700000000000;

	for (size_t i = 0; i < ASKS; i++) {
		uint64_t h = draw(&seed), q = h % 2 ? (h >> 8) % 60 :
					      (h >> 8) % QUESTIONS;

		if (h % 10 == 0)
			q = QUESTIONS + i;
		ms += (int64_t)(h >> 40) % 2000;
		run[i] = (struct curve_ask){
			.key = q, .tenant = q % 7, .alike = q / 3, .ms = ms,
			.bytes = curve_mix(q) % (curve_mix(q) % 50 ? 40000 :
							    400000),
			.worth = (picousd)(curve_mix(q + 1) % 1000000007),
		};
	}
}

static const struct curve_plan plan = {
	.size = { 65536, 262144, 1 << 20, 4 << 20, 16 << 20, 1 << 30 },
	.sizes = 6,
	.life = { 1, 1000, 60000, 900000, 7200000 },
	.lives = 5,
	.ttl = CURVE_FOREVER,
	.policy = { true, true, true },
	.keep = 100000,
};

static struct curve *curve_of(const struct curve_plan *p,
			      const struct curve_ask run[ASKS])
{
	struct curve *c = curve_new(p);

	for (size_t i = 0; i < ASKS; i++)
		curve_add(c, &run[i]);
	return c;
}

/* -- the same, slowly and otherwise ---------------------------------------- */

struct box {
	uint64_t key;
	uint32_t chunks;
	int64_t until;
	double rank;
	uint64_t hits;
	bool main;
};

/* A cache as a list: row[0] goes first. S3-FIFO keeps both queues in it. */
struct slow {
	struct box row[ASKS];
	size_t n;
	uint64_t room;
	double floor;
	uint64_t ghost[1 << 22]; /* in sets, as evict.c has them */
	uint64_t ghosts;
	uint64_t first[ASKS];    /* keys in the order of their first asks */
	size_t firsts;
};

static uint64_t slow_used(const struct slow *s, int in)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->n; i++)
		if (in < 0 || s->row[i].main == in)
			sum += s->row[i].chunks;
	return sum;
}

static size_t slow_find(const struct slow *s, uint64_t key)
{
	size_t i = 0;

	while (i < s->n && s->row[i].key != key)
		i++;
	return i;
}

static void slow_cut(struct slow *s, size_t i)
{
	s->n--;
	memmove(&s->row[i], &s->row[i + 1], (s->n - i) * sizeof(*s->row));
}

static void slow_push(struct slow *s, struct box b)
{
	s->row[s->n++] = b;
}

static size_t slow_first(const struct slow *s, int in)
{
	size_t i = 0;

	while (i < s->n && s->row[i].main != in)
		i++;
	return i;
}

static uint64_t *slow_ghosts(struct slow *s, uint64_t key)
{
	size_t i = 0;

	while (i < s->firsts && s->first[i] != key)
		i++;
	if (i == s->firsts)
		s->first[s->firsts++] = key;
	return &s->ghost[(curve_mix(i) >> 8) % s->ghosts / 8 * 8];
}

/* Which of the two queues' oldest is next. */
static size_t slow_oldest(const struct slow *s)
{
	size_t small = slow_first(s, 0), main = slow_first(s, 1);
	bool full = small < s->n &&
		    slow_used(s, 0) >= s->room / 5 + s->row[small].chunks;

	return full || main == s->n ? small : main;
}

static void slow_evict_fifo(struct slow *s, int64_t now)
{
	size_t i = slow_oldest(s);
	uint64_t *set;
	struct box b;

	for (int chance = 0; chance < 64; chance++) {
		b = s->row[i];
		if (!b.hits || b.until <= now)
			break;
		slow_cut(s, i);
		b.hits = b.main ? b.hits - 1 : 0;
		b.main = true;
		slow_push(s, b);
		i = slow_oldest(s);
	}
	if (!s->row[i].main) {
		set = slow_ghosts(s, s->row[i].key);
		memmove(set + 1, set, 7 * sizeof(*set));
		set[0] = s->row[i].key + 1;
	}
	slow_cut(s, i);
}

static void slow_evict(struct slow *s, enum curve_policy policy, int64_t now)
{
	size_t least = 0;

	if (policy == CURVE_S3FIFO) {
		slow_evict_fifo(s, now);
		return;
	}
	for (size_t i = 1; policy == CURVE_GDSF && i < s->n; i++)
		if (s->row[i].rank < s->row[least].rank)
			least = i;
	s->floor = s->row[least].rank;
	slow_cut(s, least);
}

static bool slow_recall(struct slow *s, uint64_t key)
{
	uint64_t *set = slow_ghosts(s, key);

	for (int i = 0; i < 8; i++)
		if (set[i] == key + 1) {
			set[i] = 0;
			return true;
		}
	return false;
}

static void slow_rank(struct slow *s, struct box *b, picousd worth)
{
	b->rank = s->floor + (double)b->hits * (double)worth / b->chunks;
}

static bool slow_hit(struct slow *s, enum curve_policy policy, size_t i,
		     picousd worth)
{
	struct box b = s->row[i];

	if (policy == CURVE_LRU) {
		slow_cut(s, i);
		slow_push(s, b);
	} else if (policy == CURVE_GDSF) {
		s->row[i].hits++;
		slow_rank(s, &s->row[i], worth);
	} else if (b.hits < 3) {
		s->row[i].hits++;
	}
	return true;
}

static bool slow_ask(struct slow *s, enum curve_policy policy,
		     const struct curve_ask *a, int64_t ttl)
{
	struct box b = { .key = a->key, .chunks = curve_chunks(a->bytes),
			 .until = ttl == CURVE_FOREVER ? ttl : a->ms + ttl };
	size_t i = slow_find(s, a->key);
	bool was = i < s->n;

	slow_ghosts(s, a->key);
	if (was && s->row[i].until > a->ms)
		return slow_hit(s, policy, i, a->worth);
	if (was)
		slow_cut(s, i);
	if (b.chunks > s->room / 2)
		return false;
	while (s->n && slow_used(s, -1) + b.chunks > s->room)
		slow_evict(s, policy, a->ms);
	b.hits = policy == CURVE_GDSF;
	slow_rank(s, &b, a->worth);
	b.main = policy == CURVE_S3FIFO && (slow_recall(s, a->key) || was);
	slow_push(s, b);
	return false;
}

static struct slow *slow_new(uint64_t bytes)
{
	struct slow *s = calloc(1, sizeof(*s));

	s->room = bytes / 512;
	for (s->ghosts = 8; s->ghosts * 4 <= s->room; s->ghosts *= 2)
		;
	return s;
}

static void slow_point(struct curve_point *p, const struct curve_ask run[ASKS],
		       enum curve_policy policy, uint64_t bytes, int64_t ttl)
{
	struct slow *s = slow_new(bytes);

	*p = (struct curve_point){ 0 };
	for (size_t i = 0; i < ASKS; i++)
		if (!slow_ask(s, policy, &run[i], ttl)) {
			p->missed++;
			p->bill += run[i].worth;
		}
	free(s);
}

static void assert_point(const struct curve *c, const struct curve_point *is,
			 const struct curve_point *should)
{
	struct curve_reading r = curve_read(c, is);

	assert_int_equal(r.missed, should->missed);
	assert_true(r.bill == should->bill);
	assert_true(r.bill_error == 0 && r.missed_error == 0);
}

/* -- tests ----------------------------------------------------------------- */

/* LRU for ever goes by stack distances, see below. */
static void test_caches(void **state)
{
	static const int64_t ttl[] = { CURVE_FOREVER, 600000 };
	static struct curve_ask run[ASKS];
	struct curve_plan p = plan;
	struct curve_point should;
	struct curve *c;

	(void)state;
	for (size_t t = 0; t < COUNT_OF(ttl); t++) {
		run_make(run, 17 + t);
		p.ttl = ttl[t];
		c = curve_of(&p, run);
		for (size_t i = 1; i < p.sizes; i++)
			for (int policy = t ? CURVE_LRU : CURVE_S3FIFO;
			     policy < CURVE_POLICIES; policy++) {
				slow_point(&should, run,
					   (enum curve_policy)policy,
					   p.size[i], p.ttl);
				assert_point(c, curve_size(c,
					(enum curve_policy)policy, i),
					&should);
			}
		curve_free(&c);
	}
}

/* By stack distances nothing is refused, so the slow one refuses nothing,
 * too: answers are small here. */
static void test_stack(void **state)
{
	static struct curve_ask run[ASKS];
	struct curve_plan p = plan;
	struct curve_point should;
	struct curve *c;

	(void)state;
	run_make(run, 5);
	for (size_t i = 0; i < ASKS; i++)
		run[i].bytes %= 20000;
	p.policy[CURVE_S3FIFO] = p.policy[CURVE_GDSF] = false;
	c = curve_of(&p, run);
	for (size_t i = 0; i < p.sizes; i++) {
		slow_point(&should, run, CURVE_LRU, p.size[i], CURVE_FOREVER);
		assert_point(c, curve_size(c, CURVE_LRU, i), &should);
	}
	curve_free(&c);
}

static void test_lives(void **state)
{
	static struct curve_ask run[ASKS];
	struct curve *c;
	struct curve_point should;
	struct curve_total t;

	(void)state;
	run_make(run, 3);
	c = curve_of(&plan, run);
	for (size_t i = 0; i < plan.lives; i++) {
		slow_point(&should, run, CURVE_LRU, 1 << 30, plan.life[i]);
		assert_point(c, curve_life(c, i), &should);
	}
	slow_point(&should, run, CURVE_LRU, 1 << 30, CURVE_FOREVER);
	curve_total(c, &t);
	assert_point(c, &t.ever, &should);
	assert_int_equal(t.asks, ASKS);
	assert_int_equal(t.one_in, 1);
	assert_int_equal(t.questions, should.missed);
	assert_int_equal(t.tenants, 7);
	curve_free(&c);
}

/* What is said of a sample holds, four times out of five within two standard
 * errors (it should be 19 of 20) and always within five. Caches with room for
 * a dozen answers of the sample are biased, and left out. */
static void test_sample(void **state)
{
	static struct curve_ask run[ASKS];
	struct curve_plan p = plan;
	struct curve_reading all, some;
	struct curve *a, *b;
	int near = 0, n = 0;

	(void)state;
	p.keep = 700;
	for (uint64_t seed = 0; seed < 6; seed++) {
		run_make(run, 1000 + seed);
		a = curve_of(&plan, run);
		b = curve_of(&p, run);
		for (size_t i = 3; i < p.sizes; i++)
			for (int q = 0; q < CURVE_POLICIES; q++) {
				all = curve_read(a, curve_size(a,
					(enum curve_policy)q, i));
				some = curve_read(b, curve_size(b,
					(enum curve_policy)q, i));
				double off = (double)(all.bill - some.bill);

				assert_true(some.bill_error > 0);
				off = off < 0 ? -off : off;
				assert_true(off < 2.5 * some.bill_error);
				near += off < some.bill_error;
				n++;
			}
		curve_free(&a);
		curve_free(&b);
	}
	assert_true(near * 5 >= n * 4);
}

/* More questions than are kept: what is exact stays so, and no more are. */
static void test_bounded(void **state)
{
	struct curve_plan p = plan;
	struct curve_ask ask = { .worth = 3, .bytes = 100 };
	struct curve_total t;
	struct curve *c;

	(void)state;
	p.keep = 100;
	p.sizes = 2;
	c = curve_new(&p);
	for (uint64_t i = 0; i < 50000; i++) {
		ask.key = i % 40000;
		ask.tenant = i;
		ask.alike = i;
		ask.ms = (int64_t)i;
		curve_add(c, &ask);
	}
	curve_total(c, &t);
	assert_int_equal(t.asks, 50000);
	assert_true(t.worth == 150000);
	assert_true(t.one_in >= 256 && t.one_in <= 1024);
	assert_true(t.questions > 25000 && t.questions < 60000);
	curve_free(&c);
}

/* x ^ x >> by, undone. */
static uint64_t unshift(uint64_t x, int by)
{
	uint64_t v = x;

	for (int i = by; i < 64; i += by)
		v = x ^ v >> by;
	return v;
}

/* By Newton: every odd number has an inverse modulo 2^64. */
static uint64_t inverse(uint64_t odd)
{
	uint64_t v = odd;

	for (int i = 0; i < 6; i++)
		v *= 2 - odd * v;
	return v;
}

/* The key that is mixed to x. */
static uint64_t unmix(uint64_t x)
{
	x = unshift(x, 31) * inverse(0x94d049bb133111ebu);
	x = unshift(x, 27) * inverse(0xbf58476d1ce4e5b9u);
	return unshift(x, 30) - 0x9e3779b97f4a7c15u;
}

/* Keys of which no number of zeros in front is too many: who would choose
 * them must not be followed without bound, nor count beyond all numbers. */
static void test_crafted(void **state)
{
	struct curve_ask ask = { .bytes = UINT64_MAX / 4, .tenant = 1,
				 .worth = INT64_MAX };
	struct curve_plan p = plan;
	struct curve_total t;
	struct curve *c;

	(void)state;
	p.keep = 16;
	c = curve_new(&p);
	for (uint64_t i = 0; i < 300000; i++) {
		assert_int_equal(curve_mix(unmix(i)), i);
		ask.key = ask.alike = unmix(i / 2);
		ask.tenant ^= i % 2;
		ask.ms = (int64_t)i;
		curve_add(c, &ask);
	}
	curve_total(c, &t);
	assert_int_equal(t.asks, 300000);
	assert_true(t.questions <= (int64_t)17 * t.one_in);
	assert_in_range(curve_read(c, &t.shared).missed, 0, t.asks);
	assert_true(curve_read(c, &t.shared).bill <= t.worth);
	assert_in_range(curve_read(c, &t.ever).missed, 0, t.asks);
	curve_free(&c);
}

/* Three tenants: the first two ask the same of a shared key, the third asks
 * something that might be the same. */
static void test_scope(void **state)
{
	static const struct {
		uint64_t key, tenant, alike;
	} asks[] = {
		{ 1, 1, 50 }, { 1, 2, 50 }, { 2, 3, 50 }, { 2, 3, 50 },
		{ 3, 3, 60 }, { 4, 3, 60 }, { 5, 1, 70 },
	};
	struct curve *c = curve_new(&plan);
	struct curve_total t;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(asks); i++)
		curve_add(c, &(struct curve_ask){
			.key = asks[i].key, .tenant = asks[i].tenant,
			.alike = asks[i].alike, .worth = 10, .bytes = 1 });
	curve_total(c, &t);
	assert_int_equal(t.ever.missed, 5);
	assert_int_equal(t.apart.missed, 6);
	assert_int_equal(t.shared.missed, 4);
	assert_true(t.shared.bill == 40);
	curve_free(&c);
}

/* Few questions, but more than are kept once each tenant has its own: what is
 * said of these is no longer exact, and says so. */
static void test_scope_sample(void **state)
{
	struct curve_plan p = plan;
	struct curve_reading r;
	struct curve_total t;
	struct curve *c;

	(void)state;
	p.keep = 1000;
	c = curve_new(&p);
	for (uint64_t i = 0; i < 20000; i++)
		curve_add(c, &(struct curve_ask){
			.key = i % 200, .tenant = i / 200,
			.alike = i, .worth = 10, .bytes = 1 });
	curve_total(c, &t);
	assert_int_equal(t.one_in, 1);
	r = curve_read(c, &t.ever);
	assert_true(r.missed == 200 && r.missed_error == 0);
	r = curve_read(c, &t.apart);
	assert_true(r.missed_error > 0);
	assert_true(r.missed < 20000 + 2 * (int)r.missed_error &&
		    r.missed > 20000 - 2 * (int)r.missed_error);
	curve_free(&c);
}

/* A guessed size does not stand against one that was said. */
static void test_guessed(void **state)
{
	struct curve_ask ask = { .key = 1, .bytes = 10000 };
	struct curve *c = curve_new(&plan);
	struct curve_total t;

	(void)state;
	curve_add(c, &ask);
	ask.guessed = true;
	ask.bytes = 0;
	curve_add(c, &ask);
	curve_total(c, &t);
	assert_int_equal(t.bytes, 512 * curve_chunks(10000));
	curve_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_caches),
		cmocka_unit_test(test_stack),
		cmocka_unit_test(test_lives),
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_crafted),
		cmocka_unit_test(test_scope),
		cmocka_unit_test(test_scope_sample),
		cmocka_unit_test(test_guessed),
	};

	return cmocka_run_group_tests_name("curve", tests, NULL, NULL);
}
