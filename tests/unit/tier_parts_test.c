/* An entry of several items is all there, or a miss. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/count.h"
#include "tier_bed.h"

#define WHOLE_MAX (MEMC_VALUE_MAX - SEAL_EXTRA - 17)
#define PART_MAX (MEMC_VALUE_MAX - SEAL_EXTRA)

static struct str bytes_of(struct arena *a, size_t n)
{
	char *p = arena_alloc(a, n + 1);
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (char)(i * 31 + i / 251);
	return (struct str){ p, n };
}

static void any_size(void **state)
{
	static const struct {
		size_t n, items;
	} cases[] = {
		{ 0, 1 },
		{ 1, 1 },
		{ WHOLE_MAX, 1 },
		{ WHOLE_MAX + 1, 2 },
		{ PART_MAX, 2 },
		{ PART_MAX + 1, 3 },
		{ 3 * PART_MAX, 4 },
		{ 3 * PART_MAX + 1, 5 },
	};
	struct bed *b = *state;
	struct host h;
	struct entry e;
	struct str in;
	size_t i, node;

	bare_open(&h);
	tier_sync(&h.w, b->a, false); /* leaves its mark on each node */
	for (i = 0; i < COUNT_OF(cases); i++) {
		for (node = 0; node < 3; node++)
			fake_empty(&fake, node);
		in = bytes_of(b->a, cases[i].n);
		assert_int_equal(put(&h, b->a, i, in), 0);
		entry_item(&h, i, &node);
		assert_int_equal(fake_items(&fake, node), cases[i].items);
		assert_int_equal(get(&h, b->a, i, &e), 1);
		assert_true(str_eq(e.bytes, in));
		arena_reset(b->a);
	}
	host_close(&h);
}

struct breakage {
	const char *what;
	void (*harm)(size_t node, struct fake_item *a, struct fake_item *b,
		     struct fake_item *foreign);
};

static void forget(size_t node, struct fake_item *a, struct fake_item *b,
		   struct fake_item *foreign)
{
	(void)b;
	(void)foreign;
	fake_forget(&fake, node, a->name);
}

static void change_places(size_t node, struct fake_item *a,
			  struct fake_item *b, struct fake_item *foreign)
{
	char *bytes = a->bytes;
	size_t n = a->n;

	(void)node;
	(void)foreign;
	a->bytes = b->bytes;
	a->n = b->n;
	b->bytes = bytes;
	b->n = n;
}

static void take_foreign(size_t node, struct fake_item *a,
			 struct fake_item *b, struct fake_item *foreign)
{
	(void)b;
	fake_put(&fake, node, a->name, foreign->bytes, foreign->n);
}

static void cut(size_t node, struct fake_item *a, struct fake_item *b,
		struct fake_item *foreign)
{
	(void)node;
	(void)b;
	(void)foreign;
	a->n--;
}

/* The parts on a node, those written last first. */
static size_t parts_now(size_t node, struct fake_item **to, size_t most)
{
	size_t i, n = 0;

	for (i = 0; i < fake_items(&fake, node) && n < most; i++)
		if (fake_nth(&fake, node, i)->n > 10000)
			to[n++] = fake_nth(&fake, node, i);
	return n;
}

static void a_part_missing_is_a_miss(void **state)
{
	static const struct breakage cases[] = {
		{ "lost", forget },
		{ "swapped", change_places },
		{ "of another writing", take_foreign },
		{ "cut", cut },
	};
	struct bed *b = *state;
	struct str in = bytes_of(b->a, 2 * PART_MAX);
	struct fake_item *part[4];
	struct host h;
	struct entry e;
	size_t i, node;

	bare_open(&h);
	for (i = 0; i < COUNT_OF(cases); i++) {
		for (node = 0; node < 3; node++)
			fake_empty(&fake, node);
		/* Twice: the parts of the first writing stay behind. */
		assert_int_equal(put(&h, b->a, i, in), 0);
		assert_int_equal(put(&h, b->a, i, in), 0);
		entry_item(&h, i, &node);
		assert_int_equal(parts_now(node, part, 4), 4);
		cases[i].harm(node, part[0], part[1], part[2]);
		if (get(&h, b->a, i, &e) != 0)
			fail_msg("found although a part was %s",
				 cases[i].what);
		assert_int_equal(counted(&h, BOARD_MEMC_PARTIAL), i + 1);
		node = 0;
		assert_null(item_of(&h, "entry", i, &node));
	}
	host_close(&h);
}

static unsigned sets_until_broken;

static enum fake_fate break_a_set(struct fake *f, enum fake_verb verb,
				  size_t node, struct str name)
{
	(void)f;
	(void)node;
	(void)name;
	if (verb == FAKE_SET && sets_until_broken-- == 0)
		return FATE_BROKEN;
	return FATE_FINE;
}

static void the_manifest_is_last(void **state)
{
	struct bed *b = *state;
	struct str in = bytes_of(b->a, 2 * PART_MAX);
	struct host h;
	size_t node;
	unsigned i;

	bare_open(&h);
	fake.decide = break_a_set;
	for (i = 0; i < 3; i++) {
		sets_until_broken = i;
		assert_int_equal(put(&h, b->a, 1, in), -1);
		node = 0;
		assert_null(item_of(&h, "entry", 1, &node));
		memset(tier_board(h.t)->node, 0,
		       sizeof(tier_board(h.t)->node));
	}
	sets_until_broken = 3;
	assert_int_equal(put(&h, b->a, 1, in), 0);
	entry_item(&h, 1, &node);
	host_close(&h);
}

/* Trouble on the way is no reason to forget the answer. */
static enum fake_fate break_parts(struct fake *f, enum fake_verb verb,
				  size_t node, struct str name)
{
	struct fake_item *it;
	char n[64] = "";

	memcpy(n, name.p, name.n);
	it = fake_find(f, node, n);
	return verb == FAKE_GET && it && it->n > 10000 ? FATE_BROKEN :
							 FATE_FINE;
}

static void trouble_keeps_the_manifest(void **state)
{
	struct bed *b = *state;
	struct str in = bytes_of(b->a, 2 * PART_MAX);
	struct host h;
	struct entry e;

	bare_open(&h);
	assert_int_equal(put(&h, b->a, 1, in), 0);
	fake.decide = break_parts;
	assert_int_equal(get(&h, b->a, 1, &e), 0);
	fake.decide = NULL;
	assert_int_equal(get(&h, b->a, 1, &e), 1);
	assert_true(str_eq(e.bytes, in));
	assert_int_equal(counted(&h, BOARD_MEMC_PARTIAL), 0);
	host_close(&h);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BED_TEST(any_size),
		BED_TEST(a_part_missing_is_a_miss),
		BED_TEST(the_manifest_is_last),
		BED_TEST(trouble_keeps_the_manifest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
