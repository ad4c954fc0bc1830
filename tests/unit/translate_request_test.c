#include "translate_asks.h"
#include "translate_refusals.h"

/* The request's members without its model. */
static struct done translate(enum shape from, const char *in, enum shape to,
			     bool lossy)
{
	struct translate_ask q = { .from = from, .to = to, .lossy = lossy,
				   .model = STR("up"), .max_tokens = 4096 };

	return ask(quoted(arena_printf(a, "{'model':'m',%s}", in)), &q);
}

/* Equal but for the order of members. */
static bool same(const struct json *x, uint32_t v, const struct json *y,
		 uint32_t w)
{
	uint32_t i, k;

	if (json_type(x, v) != json_type(y, w) ||
	    json_count(x, v) != json_count(y, w))
		return false;
	if (json_type(x, v) == JSON_OBJECT) {
		for (i = json_first(x, v); i; i = json_next(x, v, i)) {
			k = json_get(y, w, arena_cstr(a, json_string(x, i,
								     a)));
			if (!k || !same(x, i + 1, y, k))
				return false;
		}
		return true;
	}
	if (json_type(x, v) != JSON_ARRAY)
		return str_eq(json_span(x, v), json_span(y, w));
	k = json_first(y, w);
	for (i = json_first(x, v); i; i = json_next(x, v, i)) {
		if (!same(x, i, y, k))
			return false;
		k = json_next(y, w, k);
	}
	return true;
}

static bool same_text(struct str x, struct str y)
{
	struct json_error err;
	struct json dx, dy;

	if (json_parse(&dx, a, x, &err) < 0 || json_parse(&dy, a, y, &err) < 0)
		return false;
	return same(&dx, 0, &dy, 0);
}

static void check_same(const char *what, struct str got, struct str want)
{
	if (!same_text(got, want)) {
		print_error("%s\n got  %s\n want %s\n", what, got.p, want.p);
		assert_true(false);
	}
}

static void check_pair(const char *what, enum shape from, const char *in,
		       enum shape to, const char *out)
{
	struct done d;
	struct str want;

	if (!in || !out)
		return;
	d = translate(from, in, to, false);
	if (d.rc != 0)
		print_error("%s: %s\n", what, d.f.text);
	assert_int_equal(d.rc, 0);
	want = quoted(arena_printf(a, "{'model':'up',%s}", out));
	check_same(what, d.out, want);
	assert_int_equal(d.dropped.n, 0);
}

static void check_trios(const struct trio *t, size_t n, enum shape from,
			enum shape one, enum shape other)
{
	for (; n--; t++) {
		check_pair(t->what, from, t->in, one, t->one);
		check_pair(t->what, from, t->in, other, t->other);
	}
}

static void requests_become_others(void **state)
{
	(void)state;
	check_trios(from_chat, COUNT_OF(from_chat), C, M, R);
	check_trios(from_messages, COUNT_OF(from_messages), M, C, R);
	check_trios(from_responses, COUNT_OF(from_responses), R, C, M);
}

static void check_refusal(const struct refusal *r)
{
	struct done d = translate(r->from, r->in, r->to, false);

	if (d.rc == 0 || !d.f.param || strcmp(d.f.param, r->param) != 0 ||
	    !strstr(d.f.text, r->says))
		print_error("%s: %s: %s\n", r->what,
			    d.f.param ? d.f.param : "-", d.f.text);
	assert_int_equal(d.rc, -1);
	assert_int_equal(d.f.status, 400);
	assert_string_equal(d.f.param, r->param);
	assert_non_null(strstr(d.f.text, r->says));
	assert_non_null(strstr(d.f.text, r->param));
	assert_int_equal(d.out.n, 0);
	if (!strstr(r->what, "arguments"))
		assert_string_equal(d.f.code, "untranslatable");
}

static void check_lossy(const struct refusal *r)
{
	const char *dropped = r->dropped ? r->dropped : r->param;
	struct done d = translate(r->from, r->in, r->to, true);

	if (d.rc != (r->lossy ? 0 : -1))
		print_error("%s: %s\n", r->what, d.f.text);
	assert_int_equal(d.rc, r->lossy ? 0 : -1);
	if (!r->lossy) {
		assert_null(strstr(d.f.text, "lossy"));
		return;
	}
	check_same(r->what, d.out,
		   quoted(arena_printf(a, "{'model':'up',%s}", r->lossy)));
	if (!str_is(d.dropped, dropped))
		print_error("%s: %s\n", r->what, d.dropped.p);
	assert_true(str_is(d.dropped, dropped));
}

static void the_unsayable_is_named(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(refusals); i++) {
		check_refusal(&refusals[i]);
		check_lossy(&refusals[i]);
	}
}

static void mistakes_are_named(void **state)
{
	struct done d;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(wrongs); i++) {
		/* To messages or, from there, to chat. */
		d = translate(wrongs[i].from, wrongs[i].in,
			      wrongs[i].from == M ? C : M, i % 2);
		if (d.rc == 0)
			print_error("taken: %s\n", wrongs[i].in);
		assert_int_equal(d.rc, -1);
		assert_int_equal(d.f.status, 400);
		assert_string_equal(d.f.param, wrongs[i].param);
		assert_string_equal(d.f.code, wrongs[i].code);
	}
}

static void only_conversations_are_translated(void **state)
{
	struct translate_ask q = { .from = C, .to = SHAPE_EMBEDDING };
	enum shape x, y;
	struct done d;

	(void)state;
	for (x = SHAPE_CHAT; x <= SHAPE_OTHER; x++) {
		for (y = SHAPE_CHAT; y <= SHAPE_OTHER; y++)
			assert_int_equal(translate_can(x, y),
					 x != y && (x == C || x == M ||
						    x == R) &&
						 (y == C || y == M || y == R));
	}
	d = ask(quoted("{'model':'m'," HI "}"), &q);
	assert_int_equal(d.rc, -1);
	assert_int_equal(d.f.status, 400);
}

/* What depends on the upstream's model, and on how it is asked. */
static const struct {
	enum shape from, to;
	const char *model, *in, *out;
	bool stream;
} models[] = {
	{ C, M, "claude-opus-4-7", HI ",'reasoning_effort':'xhigh'",
	  HI "," MAX ",'thinking':{'type':'adaptive'},"
	  "'output_config':{'effort':'xhigh'}", false },
	{ R, M, "anthropic/claude-sonnet-4.6",
	  "'input':'hi','reasoning':{'effort':'minimal','summary':'auto'}",
	  HI "," MAX ",'thinking':{'type':'adaptive','display':"
	  "'summarized'},'output_config':{'effort':'low'}", false },
	{ C, M, "claude-sonnet-4-5-20250929", HI ",'reasoning_effort':'low'",
	  HI "," MAX ",'thinking':{'type':'enabled','budget_tokens':1024}",
	  false },
	{ M, C, "gpt-5-mini", HI ",'max_tokens':9",
	  HI ",'max_completion_tokens':9", false },
	{ R, C, "openai/o3", "'input':'hi','max_output_tokens':9",
	  HI ",'max_completion_tokens':9", false },
	{ M, C, "a \"b\"\n", HI ",'max_tokens':9",
	  HI ",'max_tokens':9,'stream':true,"
	  "'stream_options':{'include_usage':true}", true },
	{ M, R, "r", HI ",'max_tokens':9,'stream':false",
	  HI_IN "," NO_STORE ",'max_output_tokens':9,'stream':true", true },
	{ R, M, "m", "'input':'hi'", HI "," MAX ",'stream':true", true },
};

static void models_and_streams(void **state)
{
	struct done d;
	struct buf name;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(models); i++) {
		struct translate_ask q = {
			.from = models[i].from, .to = models[i].to,
			.model = str_c(models[i].model), .max_tokens = 4096,
			.stream = models[i].stream,
		};

		buf_init(&name, a);
		buf_json(&name, q.model);
		d = ask(quoted(arena_printf(a, "{'model':'m',%s}",
					    models[i].in)), &q);
		assert_int_equal(d.rc, 0);
		check_same(models[i].model, d.out,
			   str_c(arena_printf(
				   a, "{\"model\":%s,%s}", name.p,
				   quoted(models[i].out).p)));
	}
}

/* Clients that drop what they do not know lose the thinking that a budget
 * wants back; the round goes on without, and says so. */
static void a_round_without_its_thinking(void **state)
{
	static const char in[] =
		"'reasoning_effort':'low','messages':["
		"{'role':'user','content':'q'},"
		"{'role':'assistant',%s'tool_calls':[{'id':'c',"
		"'type':'function','function':{'name':'f',"
		"'arguments':'{}'}}]},"
		"{'role':'tool','tool_call_id':'c','content':'r'}]";
	struct done d;

	(void)state;
	d = translate(C, arena_printf(a, in, ""), M, false);
	assert_int_equal(d.rc, 0);
	assert_null(strstr(d.out.p, "thinking"));
	assert_string_equal(d.dropped.p, "reasoning_effort");
	d = translate(C, arena_printf(a, in,
				      "'thinking_blocks':[{'type':'thinking',"
				      "'thinking':'t',"
				      "'signature':'anthropic:S'}],"),
		      M, false);
	assert_int_equal(d.rc, 0);
	assert_non_null(strstr(d.out.p, "budget_tokens"));
	assert_int_equal(d.dropped.n, 0);
}

static void there_and_back(void **state)
{
	struct done d;
	struct str in;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(loops); i++) {
		struct translate_ask q = {
			.from = loops[i].from, .to = loops[i].by,
			.model = STR("m"), .max_tokens = 4096,
		};

		in = quoted(arena_printf(a, "{'model':'m',%s}", loops[i].in));
		d = ask(in, &q);
		if (d.rc)
			print_error("%s\n", d.f.text);
		assert_int_equal(d.rc, 0);
		q.from = loops[i].by;
		q.to = loops[i].from;
		d = ask(d.out, &q);
		if (d.rc)
			print_error("%s\n", d.f.text);
		assert_int_equal(d.rc, 0);
		check_same("there and back", d.out, in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(requests_become_others),
		TEST(the_unsayable_is_named),
		TEST(mistakes_are_named),
		TEST(only_conversations_are_translated),
		TEST(models_and_streams),
		TEST(a_round_without_its_thinking),
		TEST(there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
