#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */
#include <sys/wait.h>

#include "base/count.h"
#include "base/crc32c.h"
#include "base/file.h"
#include "price_bed.h"
#include "thrift/price_image.h"

#define PLACE_FILE "prices.json"
#include "place.h"

static const char one[] =
	"{\"m\": {\"input_cost_per_token\": 1e-6, \"output_cost_per_token\":"
	" 2e-6}, \"b\": {\"input_cost_per_token\": 5e-6,"
	" \"output_cost_per_token\": 2e-6}}";
static const char two[] = /* as long */
	"{\"m\": {\"input_cost_per_token\": 3e-6, \"output_cost_per_token\":"
	" 2e-6}, \"b\": {\"input_cost_per_token\": 5e-6,"
	" \"output_cost_per_token\": 2e-6}}";

static const struct usage token = { .input = 1 };

static const char *image_of(struct place *t)
{
	return arena_printf(t->a, "%s.image", t->path);
}

static struct prices *open_at(struct place *t)
{
	struct prices *p = prices_open(t->path, image_of(t), t->err,
				       sizeof(t->err));

	assert_non_null(p);
	return p;
}

static picousd price_now(struct place *t)
{
	struct prices *p = open_at(t);
	picousd price = price_of(p, "m", &token);

	prices_free(&p);
	return price;
}

static bool maps(struct place *t)
{
	struct price_image img = { 0 };
	struct price_stamp stamp;
	bool yes;

	assert_true(price_stamp_of(t->path, &stamp));
	yes = price_image_map(&img, image_of(t), &stamp);
	price_image_unmap(&img);
	return yes;
}

/* A table that has just changed is not compiled for others. */
static void settle(struct place *t)
{
	while (!maps(t))
		price_now(t);
}

static void write_table(struct place *t, const char *json)
{
	price_bed_write(t->path, json);
}

/* Reads in the image give what the table gives, and the same id. */
static void test_mapped(void **state)
{
	struct place *t = *state;
	struct prices *p, *q;

	write_table(t, one);
	settle(t);
	p = open_at(t);
	q = prices_load(t->path, t->err, sizeof(t->err));
	assert_string_equal(prices_id(p), prices_id(q));
	assert_int_equal(strlen(prices_id(p)), 16);
	assert_true(price_of(p, "m", &token) == 1000000);
	assert_true(price_of(p, "b", &token) == 5000000);
	assert_true(price_of(p, "a", &token) == PRICE_UNKNOWN);
	assert_true(price_of(p, "c", &token) == PRICE_UNKNOWN);
	assert_true(price_of(p, "z", &token) == PRICE_UNKNOWN);
	prices_free(&p);
	prices_free(&q);
}

/* Written over, replaced, and set back in time: always the file's prices. */
static void test_changed(void **state)
{
	struct place *t = *state;
	const char *aside = arena_printf(t->a, "%s.new", t->path);
	struct prices *old;
	struct timespec times[2];
	struct stat st;

	write_table(t, one);
	settle(t);
	old = open_at(t);
	assert_int_equal(stat(t->path, &st), 0);
	write_table(t, two);
	times[0] = times[1] = st.st_mtim;
	assert_int_equal(utimensat(AT_FDCWD, t->path, times, 0), 0);
	assert_true(price_now(t) == 3000000);
	settle(t);
	assert_true(price_now(t) == 3000000);
	price_bed_write(aside, one);
	assert_int_equal(rename(aside, t->path), 0);
	assert_true(price_now(t) == 1000000);
	assert_true(price_of(old, "m", &token) == 1000000);
	prices_free(&old);
}

/* Each byte of an image in turn: none is believed. */
static void test_damaged(void **state)
{
	struct place *t = *state;
	struct str bytes, cut;
	struct price_image img;
	char *copy;

	write_table(t, one);
	settle(t);
	assert_int_equal(file_read(&bytes, t->a, image_of(t), 4096, t->err,
				   sizeof(t->err)), 0);
	copy = arena_alloc(t->a, bytes.n);
	for (size_t i = 0; i < bytes.n; i++) {
		memcpy(copy, bytes.p, bytes.n);
		copy[i] = (char)(copy[i] ^ 4);
		assert_false(price_image_lay(&img, copy, bytes.n));
		assert_false(price_image_lay(&img, bytes.p, i));
	}
	assert_true(price_image_lay(&img, bytes.p, bytes.n));
	cut = (struct str){ copy, bytes.n - 1 };
	assert_int_equal(file_put(image_of(t), cut, false), 0);
	assert_false(maps(t));
	assert_true(price_now(t) == 1000000);
	assert_true(maps(t)); /* mended */
	assert_int_equal(truncate(image_of(t), 0), 0);
	assert_true(price_now(t) == 1000000);
}

/* One that was forged, checksum and all, is read within its bounds. */
static void test_forged(void **state)
{
	static const uint32_t odd[] = { 1, 3, 0x7fffffff, UINT32_MAX };
	struct place *t = *state;
	struct price_image img;
	struct price_row *row;
	struct price_head *h;
	struct str bytes;
	uint32_t *field, was, above;

	write_table(t, one);
	settle(t);
	assert_int_equal(file_read(&bytes, t->a, image_of(t), 4096, t->err,
				   sizeof(t->err)), 0);
	h = memcpy(malloc(bytes.n), bytes.p, bytes.n);
	row = (struct price_row *)(h + 1);
	for (size_t i = 0; i < 4 * COUNT_OF(odd); i++) {
		field = (uint32_t *)row + i % 4;
		was = *field;
		*field = odd[i / 4];
		h->crc = crc32c(0, (char *)h + 16, bytes.n - 16);
		assert_true(price_image_lay(&img, h, bytes.n));
		price_image_find(&img, STR("m"));
		price_image_find(&img, STR("b"));
		price_image_said(&img, row, PRICE_INPUT, USAGE_STANDARD, 5,
				 &above);
		*field = was;
	}
	free(h);
}

/* No place for an image, or a wrong one: only time is lost. */
static void test_no_place(void **state)
{
	struct place *t = *state;
	struct prices *p;

	write_table(t, one);
	assert_int_equal(mkdir(image_of(t), 0700), 0);
	for (int i = 0; i < 3; i++)
		assert_true(price_now(t) == 1000000);
	p = prices_open(t->path, "/nowhere/at/all", t->err, sizeof(t->err));
	assert_non_null(p);
	prices_free(&p);
	assert_null(prices_open("/nowhere/prices.json", image_of(t), t->err,
				sizeof(t->err)));
	assert_string_equal(t->err, "/nowhere/prices.json: No such file or "
			    "directory");
}

/* A table that is broken has no prices, though it had when it was whole. */
static void test_broken(void **state)
{
	struct place *t = *state;

	write_table(t, one);
	settle(t);
	write_table(t, "{");
	assert_null(prices_open(t->path, image_of(t), t->err,
				sizeof(t->err)));
	assert_non_null(strstr(t->err, "byte 2"));
}

/* Images that others could have written are not believed. */
static void test_foreign(void **state)
{
	struct place *t = *state;
	const char *real = arena_printf(t->a, "%s.real", t->path);

	write_table(t, one);
	settle(t);
	assert_int_equal(chmod(image_of(t), 0622), 0);
	assert_false(maps(t));
	assert_int_equal(chmod(image_of(t), 0600), 0);
	assert_true(maps(t));
	assert_int_equal(rename(image_of(t), real), 0);
	assert_int_equal(symlink(real, image_of(t)), 0);
	assert_false(maps(t));
	assert_true(price_now(t) == 1000000);
}

#define SOMEBODY 54321

/* Root maps nobody else's, and who is not root reads root's into memory of its
 * own. */
static void test_owners(void **state)
{
	struct place *t = *state;
	struct price_image img = { 0 };
	struct price_stamp stamp;

	if (geteuid() != 0)
		skip();
	write_table(t, one);
	settle(t);
	assert_true(price_stamp_of(t->path, &stamp));
	assert_int_equal(chown(image_of(t), SOMEBODY, SOMEBODY), 0);
	assert_false(maps(t));
	assert_int_equal(chown(image_of(t), 0, 0), 0);
	assert_int_equal(chmod(image_of(t), 0644), 0);
	assert_int_equal(chmod(t->dir, 0755), 0);
	assert_int_equal(seteuid(SOMEBODY), 0);
	assert_true(price_image_map(&img, image_of(t), &stamp));
	assert_int_equal(seteuid(0), 0);
	assert_true(img.copied && !img.mapped);
	assert_int_equal(truncate(image_of(t), 0), 0);
	assert_non_null(price_image_find(&img, STR("m")));
	price_image_unmap(&img);
}

#define READERS 8
#define ROUNDS 50

static int read_on(struct place *t)
{
	picousd price;

	for (int i = 0; i < ROUNDS; i++) {
		price = price_now(t);
		if (price != 1000000 && price != 3000000)
			return 1;
	}
	return 0;
}

/* Many at once, while the table is replaced: the old or the new price. */
static void test_together(void **state)
{
	struct place *t = *state;
	const char *aside = arena_printf(t->a, "%s.new", t->path);
	int status;

	write_table(t, one);
	for (int i = 0; i < READERS; i++)
		if (fork() == 0)
			_exit(read_on(t));
	for (int i = 0; i < ROUNDS; i++) {
		price_bed_write(aside, i % 2 ? one : two);
		assert_int_equal(rename(aside, t->path), 0);
	}
	for (int i = 0; i < READERS; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_true(price_now(t) == 1000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_mapped), PLACE_TEST(test_changed),
		PLACE_TEST(test_damaged), PLACE_TEST(test_forged),
		PLACE_TEST(test_no_place), PLACE_TEST(test_broken),
		PLACE_TEST(test_foreign), PLACE_TEST(test_owners),
		PLACE_TEST(test_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
