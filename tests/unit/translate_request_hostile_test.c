/* Requests of strangers: nothing in them breaks what is made of them. */
#include "translate_asks.h"

static void check_hostile(struct str in, enum shape from, enum shape to,
			  bool lossy)
{
	struct translate_ask q = { .from = from, .to = to, .lossy = lossy,
				   .model = STR("up"), .max_tokens = 4096 };
	struct json_error err;
	struct json doc;
	struct done d;

	d = ask(in, &q);
	if (d.rc == 0) {
		if (json_parse(&doc, a, d.out, &err) < 0)
			print_error("%s: %s\n of %s\n", err.what, d.out.p,
				    in.p);
		assert_int_equal(json_parse(&doc, a, d.out, &err), 0);
		return;
	}
	assert_int_equal(d.rc, -1);
	assert_int_equal(d.f.status, 400);
	assert_non_null(d.f.param);
	assert_non_null(d.f.code);
	assert_true(strlen(d.f.text) > 10);
}

/* Each value of a request in turn becomes each of these. */
static void mutate(struct str in, enum shape from)
{
	static const char *const other[] = {
		"[]", "[1]", "[[\"a\"]]", "{}", "{\"type\":\"text\"}",
		"[{\"type\":\"x\"}]", "null", "\"x\"", "\"\"", "-1e999",
		"true",
	};
	static const enum shape shapes[] = { C, M, R };
	struct json_error err;
	struct json doc;
	struct buf b;
	uint32_t i;
	size_t k;

	assert_int_equal(json_parse(&doc, a, in, &err), 0);
	for (i = 1; i < doc.n; i++) {
		for (k = 0; k < COUNT_OF(other); k++) {
			struct arena *keep = a;
			struct json check;

			a = arena_new();
			buf_init(&b, a);
			buf_add(&b, in.p, doc.tok[i].at);
			buf_puts(&b, other[k]);
			buf_str(&b, str_from(in, doc.tok[i].end));
			if (json_parse(&check, a, buf_view(&b), &err) == 0) {
				enum shape to = shapes[(i + k) % 3];

				if (to == from)
					to = shapes[(i + k + 1) % 3];
				check_hostile(buf_view(&b), from, to, false);
				check_hostile(buf_view(&b), from, to, true);
			}
			arena_free(&a);
			a = keep;
		}
	}
}

static void mutate_all(const struct trio *t, size_t n, enum shape from)
{
	for (; n--; t++)
		mutate(quoted(arena_printf(a, "{\"model\":\"m\",%s}", t->in)),
		       from);
}

static void mutated_requests(void **state)
{
	size_t i;

	(void)state;
	mutate_all(from_chat, COUNT_OF(from_chat), C);
	mutate_all(from_messages, COUNT_OF(from_messages), M);
	mutate_all(from_responses, COUNT_OF(from_responses), R);
	for (i = 0; i < COUNT_OF(loops); i++)
		mutate(quoted(arena_printf(a, "{\"model\":\"m\",%s}",
					   loops[i].in)), loops[i].from);
}

/* Memory, which stands for time, that n parts of this kind take. */
static size_t cost(size_t n, const char *head, const char *part,
		   const char *tail, enum shape from, enum shape to)
{
	struct translate_ask q = { .from = from, .to = to, .lossy = true,
				   .model = STR("up"), .max_tokens = 4096 };
	struct done d;
	struct buf b;
	size_t i;

	arena_reset(a);
	buf_init(&b, a);
	buf_puts(&b, head);
	for (i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i ? "," : "", part);
	buf_puts(&b, tail);
	d = ask(quoted(b.p), &q);
	assert_int_equal(d.rc, 0);
	assert_true(d.dropped.n < 4096);
	return arena_used(a);
}

static void large_requests(void **state)
{
	static const struct {
		const char *head, *part, *tail;
		enum shape from;
	} large[] = {
		{ "{'model':'m','messages':[{'role':'user','content':[",
		  "{'type':'x'}", "]}]}", C },
		{ "{'model':'m','messages':[{'role':'user','content':[",
		  "{'type':'text','text':''}", "]}]}", C },
		{ "{'model':'m','messages':[",
		  "{'role':'user','content':'','name':'x'}", "]}", C },
		{ "{'model':'m','messages':[",
		  "{'role':'system','content':'s'},"
		  "{'role':'user','content':'s'}", "]}", C },
		{ "{'model':'m','input':[",
		  "{'type':'function_call','call_id':'c','name':'f',"
		  "'arguments':'{}'},{'role':'assistant','content':'a'},"
		  "{'type':'function_call_output','call_id':'c',"
		  "'output':'o'}", "]}", R },
		{ "{'model':'m','messages':[",
		  "{'role':'assistant','content':'a'},"
		  "{'role':'assistant','content':[{'type':'tool_use',"
		  "'id':'i','name':'n','input':{}}]}", "]}", M },
	};
	size_t i, one;

	(void)state;
	for (i = 0; i < COUNT_OF(large); i++) {
		enum shape to = large[i].from == M ? C : M;

		one = cost(1500, large[i].head, large[i].part, large[i].tail,
			   large[i].from, to);
		assert_true(cost(6000, large[i].head, large[i].part,
				 large[i].tail, large[i].from, to) <
			    8 * one);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mutated_requests),
		TEST(large_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
