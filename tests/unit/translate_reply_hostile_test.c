/* Streams of strangers: long ones, and any value in any place. */
#include "translate_feed.h"
#include "translate_cases.h"

/* -- much ------------------------------------------------------------------ */

#define MANY 20000

static const struct {
	enum shape from, to;
	const char *begin, *piece;
	size_t max;
} long_ones[] = {
	{ SHAPE_MESSAGES, SHAPE_CHAT,
	  MSG_START EV("{'type':'content_block_start','index':0,"
		       "'content_block':{'type':'text','text':''}}"),
	  EV("{'type':'content_block_delta','index':0,'delta':{"
	     "'type':'text_delta','text':'word '}}"), 8192 },
	{ SHAPE_CHAT, SHAPE_MESSAGES, "", CH("{'content':'word '}"),
	  8192 },
	{ SHAPE_CHAT, SHAPE_RESPONSES, "", CH("{'content':'word '}"),
	  8192 + 5 * 5 * MANY },
};

/* A long answer leaves nothing behind but what its end has to say again. */
static void memory_is_bounded(void **state)
{
	struct arena *own = arena_new(), *tmp = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(long_ones); i++) {
		struct feed f = { .own = own, .tmp = tmp };
		struct buf sse, out;
		struct sse s;

		buf_init(&sse, a);
		buf_init(&out, a);
		buf_str(&sse, quoted(long_ones[i].begin));
		for (size_t k = 0; k < MANY; k++)
			buf_str(&sse, quoted(long_ones[i].piece));
		f.out = &out;
		f.t = translate_new(own, long_ones[i].from, long_ones[i].to,
				    true);
		watch_init(&f.watch, long_ones[i].from, tmp);
		sse_init(&s, a, sse.n, feed_event, &f);
		assert_int_equal(sse_feed(&s, buf_view(&sse)), 0);
		assert_int_equal(f.rc, 0);
		assert_true(out.n > MANY * 5);
		assert_true(arena_used(own) < long_ones[i].max);
		arena_reset(own);
		arena_reset(a);
	}
	arena_free(&own);
	arena_free(&tmp);
}

/* -- hostile --------------------------------------------------------------- */

/* The stream with one value of its n-th event another. */
static struct str swapped(struct str sse, size_t from, size_t to,
			  const struct json *doc, uint32_t v,
			  const char *other)
{
	struct buf b;

	buf_init(&b, a);
	buf_add(&b, sse.p, from);
	buf_add(&b, doc->text.p, doc->tok[v].at);
	buf_puts(&b, other);
	buf_str(&b, str_from(doc->text, doc->tok[v].end));
	buf_str(&b, str_from(sse, to));
	return buf_view(&b);
}

/* Names too: a member that is called otherwise is a member that is gone. */
static void swap_event(enum shape shape, struct str sse, size_t from,
		       size_t to)
{
	static const char *const other[] = { "[]", "[[1]]", "{}",
					     "null", "\"x\"", "-1e99", "3",
					     "9223372036854775807" };
	struct str text = { sse.p + from, to - from };
	struct json doc;

	parse(&doc, arena_str(a, text));
	for (uint32_t v = 1; v < doc.n; v++) {
		for (size_t k = 0; k < COUNT_OF(other); k++) {
			struct str bad = swapped(sse, from, to, &doc, v,
						 other[k]);

			for (size_t i = 0; i < COUNT_OF(shapes); i++) {
				if (shapes[i] != shape)
					check_feed(shape, shapes[i], bad);
			}
		}
	}
}

static void swap_all(enum shape shape, const char *quoted_sse)
{
	size_t from, to;

	for (size_t n = 0;; n++) {
		struct str sse = quoted(quoted_sse);
		const char *at = sse.p;

		for (size_t i = 0; at && i <= n; i++)
			at = strstr(i ? at + 1 : at, "data: ");
		if (!at)
			break;
		from = (size_t)(at - sse.p) + 6;
		to = from + strcspn(at + 6, "\n");
		if (sse.p[from] == '{')
			swap_event(shape, sse, from, to);
		arena_reset(a);
	}
}

/* Whatever stands in whatever place: refused, or a proper stream. */
static void any_value_anywhere(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(exact); i += 2)
		swap_all(exact[i].from, exact[i].sse);
	for (i = 0; i < COUNT_OF(become); i++) {
		if (strstr(become[i].what, "all") ||
		    strstr(become[i].what, "citations") ||
		    strstr(become[i].what, "parts"))
			swap_all(become[i].from, become[i].sse);
	}
}

/* A tool's name in ever so many pieces, and more calls than anybody makes. */
static void greed_is_refused(void **state)
{
	struct reply_watch w;
	struct buf sse, out;

	(void)state;
	buf_init(&sse, a);
	buf_init(&out, a);
	for (size_t k = 0; k < 600; k++)
		buf_str(&sse, quoted(CH("{'tool_calls':[{'index':0,'function'"
					":{'name':'n'}}]}")));
	/* Equal repeats are none. */
	assert_int_equal(feed(&out, SHAPE_CHAT, SHAPE_MESSAGES,
			      buf_view(&sse), &w), 0);
	for (size_t k = 0; k < 600; k++)
		buf_str(&sse, quoted(k & 1 ?
			CH("{'tool_calls':[{'index':0,'function':{'name':"
			   "'nn'}}]}") :
			CH("{'tool_calls':[{'index':0,'function':{'name':"
			   "'mm'}}]}")));
	assert_int_equal(feed(&out, SHAPE_CHAT, SHAPE_MESSAGES,
			      buf_view(&sse), &w), -1);
	sse.n = 0;
	buf_str(&sse, quoted(CH("{'tool_calls':[{'index':70000,'function':{"
				"'name':'n','arguments':'{}'}}]}")));
	assert_int_equal(feed(&out, SHAPE_CHAT, SHAPE_MESSAGES,
			      buf_view(&sse), &w), -1);
}

/* A single event full of what takes little to say and much to show. */
static void floods_are_refused(void **state)
{
	static const struct {
		const char *head, *each, *tail;
	} floods[] = {
		{ "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":"
		  "\"x\",\"annotations\":[", "{\"url\":\"a\"}", "]}}]}\n\n" },
		{ "data: {\"choices\":[{\"index\":0,\"delta\":{"
		  "\"thinking_blocks\":[", "{\"signature\":\"a\"}",
		  "]}}]}\n\n" },
	};
	struct reply_watch w;
	struct buf sse, out;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(floods); i++) {
		buf_init(&sse, a);
		buf_init(&out, a);
		buf_puts(&sse, floods[i].head);
		for (size_t k = 0; k < 100000; k++)
			buf_printf(&sse, "%s%s", k ? "," : "", floods[i].each);
		buf_puts(&sse, floods[i].tail);
		assert_int_equal(feed(&out, SHAPE_CHAT, SHAPE_RESPONSES,
				      buf_view(&sse), &w), -1);
		assert_true(out.n < 8 * sse.n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_is_bounded),
		TEST(any_value_anywhere),
		TEST(greed_is_refused),
		TEST(floods_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
