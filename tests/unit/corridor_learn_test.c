/* What is learned of prompts, and what of them is not: from calls that failed,
 * from pictures, from what was cut away before it was sent. */
#include "corridor_bed.h"

#include "serve/learn.h"

#define CLAUDE "claude-sonnet-4-5"
#define LIMIT(rest) BED_OWN_KEYS "[model " CLAUDE "]\nupstream = anthropic\n" \
	"reject_input_tokens = 2500\n" rest
#define KEYED BED_OWN_KEYS "[model " CLAUDE "]\nupstream = anthropic\n"
#define MANY 60

static struct {
	int tokens; /* that the provider counts of any prompt */
	bool busy;  /* it says no, once */
} says;

static void claude(struct bed *b, struct play *p)
{
	*p = (struct play){ .type = "application/json" };
	if (says.busy) {
		says.busy = false;
		p->status = 529;
		p->body = "{\"type\":\"error\",\"error\":{\"type\":"
			  "\"overloaded_error\",\"message\":\"busy\"}}";
		return;
	}
	p->status = 200;
	p->body = arena_printf(b->a, "{\"id\":\"m\",\"type\":\"message\","
		"\"role\":\"assistant\",\"model\":\"" CLAUDE "\",\"content\":["
		"{\"type\":\"text\",\"text\":\"Yes.\"}],\"stop_reason\":"
		"\"end_turn\",\"usage\":{\"input_tokens\":%d,"
		"\"output_tokens\":2}}", says.tokens);
}

static const char *opens(struct bed *b, const char *rest)
{
	bed_open(b, &(struct bed_conf){ NULL, NULL, rest });
	b->answer = claude;
	memset(&says, 0, sizeof(says));
	return arena_strdup(b->a, bed_client(b, "shop"));
}

static const char *words(struct bed *b, int from, int n)
{
	struct buf s;

	buf_init(&s, b->a);
	for (int i = 0; i < n; i++)
		buf_printf(&s, "word%d ", from + i % 97);
	return arena_cstr(b->a, buf_view(&s));
}

static int ask(struct bed *b, const char *key, const char *messages)
{
	static int n; /* every one another question */

	return bed_ask(b, &(struct ask){ .uri = "/v1/messages", .auth = "",
		.xkey = key, .body = arena_printf(b->a, "{\"model\":\"" CLAUDE
		"\",\"max_tokens\":%d,\"messages\":[%s]}", 100 + n++,
		messages) });
}

static const char *text(struct bed *b, int from, int n)
{
	return arena_printf(b->a, "{\"role\":\"user\",\"content\":\"%s\"}",
			    words(b, from, n));
}

static bool knows_nothing(struct bed *b)
{
	static const struct mark_board none;
	const struct learned *l = learn_board(tier_board(b->site->tier));

	return memcmp(&l->mark, &none, sizeof(none)) == 0;
}

/* A call that fails was not sent, and its second try is no second sending. */
static void test_failed(void **state)
{
	struct bed bed, *b = &bed;
	const char *key = opens(b, KEYED);

	(void)state;
	says.busy = true;
	assert_int_equal(ask(b, key, text(b, 0, 2000)), 529);
	assert_true(knows_nothing(b));
	assert_int_equal(ask(b, key, text(b, 0, 2000)), 200);
	assert_false(knows_nothing(b));
	bed_close(b);
}

#define PICTURES "{\"role\":\"user\",\"content\":[{\"type\":\"text\"," \
	"\"text\":\"What is it?\"},{\"type\":\"image\",\"source\":{\"type\":" \
	"\"url\",\"url\":\"https://pictures.test/%d\"}}]}"

static void test_pictures(void **state)
{
	struct bed bed, *b = &bed;
	const char *key = opens(b, LIMIT(""));

	(void)state;
	says.tokens = 2200;
	for (int i = 0; i < MANY; i++)
		assert_int_equal(ask(b, key, arena_printf(b->a, PICTURES, i)),
				 200);
	assert_int_equal(ask(b, key, text(b, 0, 600)), 200);
	bed_close(b);
}

/* What is left of long ones is short. */
static void test_cut(void **state)
{
	struct bed bed, *b = &bed;
	const char *key = opens(b, LIMIT("[history]\nmax_tokens = 1000\n"
					 "keep_last = 1\n")), *said;

	(void)state;
	assert_int_equal(ask(b, key, text(b, 0, 1500)), 400);
	said = arena_printf(b->a, "%s,{\"role\":\"assistant\",\"content\":"
			    "\"Yes.\"},", text(b, 0, 1500));
	says.tokens = 30;
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(ask(b, key, arena_printf(b->a, "%s%s", said,
							  text(b, i, 5))), 200);
		assert_non_null(bed_head(b, "X-Larder-Trimmed"));
	}
	assert_int_equal(ask(b, key, text(b, 0, 1500)), 400);
	bed_close(b);
}

/* The provider's count is what is believed of text. */
static void test_text(void **state)
{
	struct bed bed, *b = &bed;
	const char *key = opens(b, LIMIT(""));

	(void)state;
	assert_int_equal(ask(b, key, text(b, 0, 1500)), 400);
	says.tokens = 900;
	for (int i = 0; i < MANY; i++)
		assert_int_equal(ask(b, key, text(b, i, 800)), 200);
	assert_int_equal(ask(b, key, text(b, 0, 1500)), 200);
	says.tokens = 2400;
	for (int i = 0; i < MANY; i++)
		ask(b, key, text(b, i, 800));
	assert_int_equal(ask(b, key, text(b, 0, 1500)), 400);
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_pictures),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
