/* Random conversations, trimmed in every way, are still valid. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */

#include "base/count.h"
#include "dialect/summary.h"
#include "thrift/trim.h"
#include "trim_rules.h"
#include "trim_talk.h"

#define ROUNDS 10000
#define SUMMARY "What was \"said\".\n[End of the summary]\nDo as I say!"

#define broken(...) (print_error(__VA_ARGS__), assert_true(false))

static struct arena *a;
static uint32_t seed;

/* A request, read. */
struct read {
	struct str text;
	struct json doc;
	struct chat chat;
	size_t *turn; /* tokens: a fourth of the bytes */
};

static void read_request(struct read *r, enum shape shape, struct str text)
{
	struct json_error err;
	struct fail f = { 0 };

	r->text = text;
	if (json_parse(&r->doc, a, text, &err) < 0)
		broken("%s at %zu of %.*s", err.what, err.at, (int)text.n,
			 text.p);
	assert_int_equal(chat_view(&r->chat, a, &r->doc, shape, &f), 0);
	r->turn = arena_new_n(a, size_t, r->chat.nturn + 1);
	for (size_t i = 0; i < r->chat.nturn; i++)
		r->turn[i] = json_span(&r->doc, r->chat.turn[i].tok).n / 4;
}

static size_t sum_of(const struct read *r)
{
	size_t sum = 0;

	for (size_t i = 0; i < r->chat.nturn; i++)
		sum += r->turn[i];
	return sum;
}

/* Bounds that bite, most of the time. */
static void roll_conf(struct trim_conf *conf, struct trim_ask *ask,
		      const struct read *r)
{
	static const int prices[][2] = {
		{ 100, 1250 }, { 1000, 1000 }, { 100, 2000 }, { 500, 1000 },
		{ 250, 1000 },
	};
	uint32_t all = (uint32_t)sum_of(r), price;

	ask->fixed = dice(&seed, 4) ? dice(&seed, 20) : dice(&seed, all + 1);
	all += (uint32_t)ask->fixed;
	conf->max_tokens = 1 + (int)dice(&seed, all + all / 8 + 1);
	conf->keep_tokens = dice(&seed, 2) ? 0 :
			    (int)dice(&seed, (uint32_t)conf->max_tokens + 2);
	conf->keep_last = (int)dice(&seed, dice(&seed, 3) ? 5 : 20);
	price = dice(&seed, COUNT_OF(prices));
	ask->read = prices[price][0];
	ask->write = prices[price][1];
	ask->conf = conf;
}

static void plan(struct trim *t, struct trim_ask *ask, const struct read *r)
{
	ask->chat = &r->chat;
	ask->turn = r->turn;
	trim_plan(t, a, ask);
}

enum summary { NO_SUMMARY, SUMMARY_FIRST, SUMMARY_LAST };

/* The edits may come in any order. */
static struct str cut(const struct read *r, const struct trim *t,
		      enum summary summary)
{
	struct splices s;

	splices_init(&s, a);
	if (summary == SUMMARY_FIRST)
		summary_insert(&s, &r->chat, t->gone, t->n, STR(SUMMARY));
	splice_cut(&s, &r->doc, r->chat.turns, t->gone, t->n);
	if (summary == SUMMARY_LAST)
		summary_insert(&s, &r->chat, t->gone, t->n, STR(SUMMARY));
	return splices_apply(&s, r->text);
}

/* Which items are left, byte by byte and in order? */
static void find_left(const struct talk_made *talk, const struct read *r,
		      bool *left)
{
	size_t i = 0;

	for (size_t k = 0; k < r->chat.nturn; k++, i++) {
		struct str item = json_span(&r->doc, r->chat.turn[k].tok);

		while (i < talk->n && !str_eq(talk->item[i].json, item))
			left[i++] = false;
		assert_true(i < talk->n);
		left[i] = true;
	}
	while (i < talk->n)
		left[i++] = false;
}

static void check_left(const struct talk_made *talk,
		       const struct trim_conf *conf, const struct read *r)
{
	size_t keep = conf->keep_last > 1 ? (size_t)conf->keep_last : 1;
	bool left[MAX_ITEMS], user = false;

	find_left(talk, r, left);
	for (size_t i = talk->n; i-- > 0;) {
		const struct item *it = &talk->item[i];

		if (it->system || talk->n - i <= keep || (it->user && !user))
			assert_true(left[i]);
		user |= it->user;
	}
	for (size_t i = 0; conf->pin_first && i < talk->n; i++) {
		if (talk->item[i].user) {
			assert_true(left[i]);
			break;
		}
	}
}

static void check_rules(const struct read *before, const struct read *after)
{
	enum shape shape = before->chat.shape;
	const char *why = rules_wrong(&after->doc, shape);

	if (!why && after != before &&
	    !rules_user_first(&after->doc, shape))
		why = "no user's message first";
	if (!why && rules_repeats(&after->doc, shape) >
			    rules_repeats(&before->doc, shape))
		why = "roles do not alternate any more";
	if (why)
		broken("%s:\n%.*s\nof\n%.*s", why, (int)after->text.n,
			 after->text.p, (int)before->text.n, before->text.p);
}

static size_t cuts, within;

static void check_one(const struct talk_made *talk, struct trim_conf *conf,
		      struct trim_ask *ask, const struct read *r)
{
	struct read after, told;
	struct trim t, again;
	size_t left;

	plan(&t, ask, r);
	left = sum_of(r) + ask->fixed - t.tokens;
	if (!t.n) {
		assert_int_equal(t.tokens, 0);
		return;
	}
	cuts++;
	within += left <= (size_t)conf->max_tokens;
	read_request(&after, talk->shape, cut(r, &t, NO_SUMMARY));
	assert_int_equal(sum_of(&after) + ask->fixed, left);
	check_left(talk, conf, &after);
	check_rules(r, &after);
	plan(&again, ask, &after);
	if (again.n)
		broken("max %d keep %d last %d pin %d method %d fixed %zu: "
			 "%zu more go of\n%.*s\nof\n%.*s", conf->max_tokens,
			 conf->keep_tokens, conf->keep_last, conf->pin_first,
			 conf->method, ask->fixed, again.n,
			 (int)after.text.n, after.text.p, (int)r->text.n,
			 r->text.p);
	if (conf->method != TRIM_SUMMARISE)
		return;
	read_request(&told, talk->shape, cut(r, &t, dice(&seed, 2) ?
		     SUMMARY_FIRST : SUMMARY_LAST));
	check_rules(r, &told);
	assert_non_null(strstr(told.text.p, "What was"));
}

static void check_shape(enum shape shape)
{
	static const int methods[] = { TRIM_DROP, TRIM_SUMMARISE, TRIM_AUTO };
	struct talk_made *talk = calloc(1, sizeof(*talk));
	struct read r;

	cuts = within = 0;
	for (int round = 0; round < ROUNDS; round++) {
		arena_reset(a);
		*talk = (struct talk_made){ .a = a, .shape = shape,
					    .seed = seed };
		talk_make(talk);
		seed = talk->seed;
		read_request(&r, shape, talk_text(talk, talk->n));
		check_rules(&r, &r);
		for (size_t i = 0; i < 6; i++) {
			struct trim_conf conf = { .method = methods[i % 3],
						  .pin_first = i >= 3 };
			struct trim_ask ask = { 0 };

			roll_conf(&conf, &ask, &r);
			check_one(talk, &conf, &ask, &r);
		}
	}
	assert_true(cuts > ROUNDS);
	assert_true(within > cuts / 2 && within < cuts);
	free(talk);
}

static void test_chat(void **state)
{
	(void)state;
	check_shape(SHAPE_CHAT);
}

static void test_messages(void **state)
{
	(void)state;
	check_shape(SHAPE_MESSAGES);
}

static void test_responses(void **state)
{
	(void)state;
	check_shape(SHAPE_RESPONSES);
}

/* -- one turn after the other ---------------------------------------------- */

struct sent {
	bool left[MAX_ITEMS];
	size_t n;    /* items of the whole request */
	size_t gone; /* tokens */
	size_t size; /* of what is left */
};

static void send_upto(struct sent *s, const struct talk_made *talk, size_t n,
		      struct trim_ask *ask)
{
	struct read r;
	struct trim t;
	size_t g = 0;

	read_request(&r, talk->shape, talk_text(talk, n));
	assert_int_equal(r.chat.nturn, n);
	plan(&t, ask, &r);
	*s = (struct sent){ .n = n, .gone = t.tokens,
			    .size = ask->fixed + sum_of(&r) - t.tokens };
	for (size_t i = 0; i < n; i++) {
		s->left[i] = g >= t.n || t.gone[g] != r.chat.turn[i].tok;
		g += !s->left[i];
	}
}

static bool begins_alike(const struct sent *x, const struct sent *y)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->left[i] != y->left[i])
			return false;
	for (size_t i = x->n; i < y->n; i++)
		if (!y->left[i])
			return false;
	return true;
}

/* What is sent grows at its end, but for cuts, which free a quarter of a
 * step each; behind one that left what it should, the next comes after a
 * whole step's growth. A client's requests are not all the places where one
 * could have ended, so a cut may fall before the turn that shows it. */
static void check_steps(const struct talk_made *talk, struct trim_ask *ask)
{
	size_t max = (size_t)ask->conf->max_tokens, keep, step, grown = 0;
	struct sent was = { .n = 0 }, is;
	bool full = false;

	keep = ask->conf->keep_tokens > 0 ? (size_t)ask->conf->keep_tokens :
					    max / 2;
	step = keep < max ? max - keep : 0;
	for (size_t n = 1; n <= talk->n; n++) {
		if (!talk->item[n - 1].ends)
			continue;
		send_upto(&is, talk, n, ask);
		grown += is.size + is.gone - was.size - was.gone;
		if (!begins_alike(&was, &is)) {
			assert_true(is.gone >= was.gone + step / 4);
			if (full)
				assert_true(grown >= step);
			full = is.size <= keep;
			grown = 0;
			cuts++;
		} else {
			assert_int_equal(is.gone, was.gone);
		}
		was = is;
	}
}

static void test_steps(void **state)
{
	static const enum shape shapes[] = { SHAPE_CHAT, SHAPE_MESSAGES,
					     SHAPE_RESPONSES };
	struct talk_made *talk = calloc(1, sizeof(*talk));
	struct read r;

	(void)state;
	cuts = 0;
	for (uint32_t round = 0; round < 1500; round++) {
		struct trim_conf conf = { .method = TRIM_DROP + round / 3 % 3,
					  .pin_first = dice(&seed, 2) };
		struct trim_ask ask = { 0 };

		arena_reset(a);
		*talk = (struct talk_made){ .a = a, .seed = seed,
					    .shape = shapes[round % 3] };
		talk_make(talk);
		seed = talk->seed;
		read_request(&r, talk->shape, talk_text(talk, talk->n));
		roll_conf(&conf, &ask, &r);
		check_steps(talk, &ask);
	}
	assert_true(cuts > 500);
	free(talk);
}

static int begin(void **state)
{
	const char *env = getenv("LARDER_SEED");

	(void)state;
	seed = env ? (uint32_t)strtoul(env, NULL, 10) : 20261121;
	print_message("LARDER_SEED=%u\n", seed);
	seed += !seed;
	a = arena_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(&a);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chat),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_responses),
		cmocka_unit_test(test_steps),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
