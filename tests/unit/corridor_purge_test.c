/* Forgetting: by model, tenant, tag, key and all, along both ways to an
 * answer (the memo and the long one). */
#include "corridor_bed.h"

#include <stdio.h>

#include "base/clock.h"
#include "store/gens.h"

static void raise(struct bed *b, enum gens_kind kind, const char *name)
{
	gens_raise(tier_board(b->site->tier), kind, str_c(name),
		   clock_wall_ms());
}

static int ask(struct bed *b, const char *auth, const char *text,
	       const char *tag)
{
	struct ask q = {
		.auth = auth,
		.body = arena_printf(b->a, "{\"model\":\"m\"," USER("%s") "}",
				     text),
		.param = { tag ? "HTTP_X_LARDER_TAG" : "X", tag },
	};

	return bed_ask(b, &q);
}

/* A hit by the memo, and by a body that has not been seen. */
static void is_there(struct bed *b, const char *auth, const char *text)
{
	ask(b, auth, text, NULL);
	assert_hit();
	ask(b, auth, arena_printf(b->a, "\\u%04x%s", (unsigned)text[0],
				  text + 1), NULL);
	assert_hit();
}

static void is_gone(struct bed *b, const char *auth, const char *text)
{
	int calls = b->calls;

	ask(b, auth, text, NULL);
	assert_cache("fwd=miss; stored");
	assert_int_equal(b->calls, calls + 1);
}

static void open_bed(struct bed *b, const struct bed_conf *c)
{
	bed_open(b, c);
	bed_plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "yes"));
}

static const struct {
	enum gens_kind kind;
	const char *name, *other;
} rows[] = {
	{ GENS_ALL, "", NULL },
	{ GENS_MODEL, "m", "mm" },
	{ GENS_TAG, "v1", "v2" },
	{ GENS_TENANT, NULL, "somebody" },
	{ GENS_KEY, NULL, "0123456789abcdef" },
};

static const char *name_of(struct bed *b, size_t i)
{
	if (rows[i].kind == GENS_TENANT)
		return bed_log(b, "tenant");
	return rows[i].name ? rows[i].name : bed_head(b, "X-Larder-Key");
}

static void test_purge(void **state)
{
	struct bed bed, *b = &bed;
	const char *name;

	(void)state;
	open_bed(b, &bed_plain);
	for (size_t i = 0; i < COUNT(rows); i++) {
		ask(b, NULL, "tagged", "v1");
		name = arena_strdup(b->a, name_of(b, i));
		is_there(b, NULL, "tagged");
		if (rows[i].other)
			raise(b, rows[i].kind, rows[i].other);
		is_there(b, NULL, "tagged");
		raise(b, rows[i].kind, name);
		is_gone(b, NULL, "tagged");
		is_there(b, NULL, "tagged");
		raise(b, GENS_ALL, "");
	}
	bed_close(b);
}

/* One tenant's is not another's, nor one tag's. */
static void test_others_stay(void **state)
{
	struct bed bed, *b = &bed;
	const char *tenant;

	(void)state;
	open_bed(b, &bed_plain);
	ask(b, "Bearer one", "q", "v1");
	tenant = arena_strdup(b->a, bed_log(b, "tenant"));
	ask(b, "Bearer two", "q", "v2");
	ask(b, "Bearer two", "r", NULL);
	raise(b, GENS_TENANT, tenant);
	raise(b, GENS_TAG, "v1");
	is_there(b, "Bearer two", "q");
	is_there(b, "Bearer two", "r");
	is_gone(b, "Bearer one", "q");
	bed_close(b);
}


static size_t row; /* which of rows[] purge_meanwhile() raises */

static void purge_meanwhile(struct bed *b, struct play *p)
{
	(void)p;
	raise(b, rows[row].kind, rows[row].name);
}

/* What was asked before a purge and answered after it is not kept for those
 * who ask later. */
static void test_purge_while_asking(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	open_bed(b, &bed_plain);
	for (row = 0; rows[row].name; row++) {
		const char *text = arena_printf(b->a, "q%zu", row);

		b->answer = purge_meanwhile;
		ask(b, NULL, text, "v1");
		assert_int_equal(b->status, 200);
		b->answer = NULL;
		is_gone(b, NULL, text);
		is_there(b, NULL, text);
	}
	bed_close(b);
}

/* An answer that a site shares is still the answer of who paid for it. */
static void test_tenant_of_a_site(void **state)
{
	const struct bed_conf conf = { NULL, "scope = site", NULL };
	struct bed bed, *b = &bed;
	const char *one;

	(void)state;
	open_bed(b, &conf);
	ask(b, "Bearer one", "q", NULL);
	one = arena_strdup(b->a, bed_log(b, "tenant"));
	ask(b, "Bearer two", "r", NULL);
	is_there(b, "Bearer two", "q");
	raise(b, GENS_TENANT, one);
	is_there(b, "Bearer one", "r");
	is_gone(b, "Bearer two", "q");
	is_there(b, "Bearer one", "q"); /* two's, now */
	bed_close(b);
}

static void purge_and_fail(struct bed *b, struct play *p)
{
	raise(b, rows[row].kind, rows[row].name);
	p->status = 500;
	p->body = "{\"error\":\"no\"}";
}

/* What was put aside for the case that the upstream fails. */
static void test_purged_spare(void **state)
{
	const struct bed_conf conf = { NULL, "ttl = 1ms\nstale_if_error = 1h",
				       NULL };
	struct bed bed, *b = &bed;

	(void)state;
	open_bed(b, &conf);
	for (row = 0; rows[row].name; row++) {
		const char *text = arena_printf(b->a, "q%zu", row);

		b->answer = NULL;
		ask(b, NULL, text, "v1");
		bed_later(3);
		b->answer = purge_and_fail;
		ask(b, NULL, text, NULL);
		assert_int_equal(b->status, 500);
	}
	bed_close(b);
}

/* A tag that is cut short could not be purged. */
static void test_long_tag(void **state)
{
	char tag[130];
	struct bed bed, *b = &bed;

	(void)state;
	open_bed(b, &bed_plain);
	memset(tag, 't', 129);
	tag[129] = '\0';
	assert_int_equal(ask(b, NULL, "q", tag), 400);
	assert_says("X-Larder-Tag");
	tag[128] = '\0';
	assert_int_equal(ask(b, NULL, "q", tag), 200);
	raise(b, GENS_TAG, tag);
	is_gone(b, NULL, "q");
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_purge),
		cmocka_unit_test(test_others_stay),
		cmocka_unit_test(test_purge_while_asking),
		cmocka_unit_test(test_tenant_of_a_site),
		cmocka_unit_test(test_purged_spare),
		cmocka_unit_test(test_long_tag),
	};

	return cmocka_run_group_tests_name("corridor_purge", tests, NULL,
					   NULL);
}
