#include "translate_feed.h"
#include "reply_cases.h"
#include "translate_cases.h"

/* -- tables ---------------------------------------------------------------- */

static void streams_are_exact(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(exact); i++) {
		struct buf b;

		buf_init(&b, a);
		assert_int_equal(translate_stream(&b, exact[i].from,
						  exact[i].to,
						  quoted(exact[i].sse), true),
				 0);
		assert_string_equal(b.p, quoted(exact[i].out).p);
		check_feed(exact[i].from, exact[i].to, quoted(exact[i].sse));
	}
}

static void check_become(size_t i, size_t k)
{
	struct str sse = quoted(become[i].sse);
	enum shape to = become[i].as[k].to;
	const char *want = become[i].as[k].json;
	bool good = want || become[i].as[k].cut;
	struct buf out, json;
	int rc;

	buf_init(&out, a);
	buf_init(&json, a);
	rc = translate_stream(&out, become[i].from, to, sse, true);
	if (rc != (good ? 0 : -1))
		print_error("%s\n", become[i].what);
	assert_int_equal(rc, good ? 0 : -1);
	check_feed(become[i].from, to, sse);
	if (!good)
		return;
	rc = reply_assemble(&json, to, buf_view(&out));
	assert_int_equal(rc, want ? 0 : -1);
	if (want)
		assert_string_equal(json.p, quoted(want).p);
}

static void streams_become(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(become); i++) {
		for (size_t k = 0; k < become[i].n; k++)
			check_become(i, k);
	}
}

/* -- what may not change --------------------------------------------------- */

/* All that is said aloud, whatever the shape calls it. */
static void text_add(struct buf *b, const struct json *doc, uint32_t v)
{
	static const char *const members[] = { "choices", "message", "output",
					       "content", "text", "refusal" };
	uint32_t i;

	if (json_type(doc, v) == JSON_STRING) {
		buf_str(b, json_string(doc, v, a));
	} else if (json_type(doc, v) == JSON_ARRAY) {
		for (i = json_first(doc, v); i; i = json_next(doc, v, i))
			text_add(b, doc, i);
	} else if (json_type(doc, v) == JSON_OBJECT &&
		   !json_string_is(doc, json_get(doc, v, "type"),
				   "reasoning")) {
		for (size_t k = 0; k < COUNT_OF(members); k++) {
			i = json_get(doc, v, members[k]);
			if (i)
				text_add(b, doc, i);
		}
	}
}

static struct str text_of(enum shape shape, struct str json)
{
	struct json doc;
	struct buf b;

	buf_init(&b, a);
	parse(&doc, json);
	if (shape == SHAPE_RESPONSES)
		text_add(&b, &doc, path(&doc, 0, "output"));
	else
		text_add(&b, &doc, path(&doc, 0, shape == SHAPE_CHAT ?
							 "choices" :
							 "content"));
	return buf_view(&b);
}

/* What a shape must say is 0 where nothing was said. */
static void assert_same_count(int64_t x, int64_t y)
{
	assert_int_equal(x > 0 ? x : 0, y > 0 ? y : 0);
}

static void assert_same_facts(enum shape from, struct str x, enum shape to,
			      struct str y)
{
	struct reply_facts f, g;

	assert_int_equal(facts_of_json(&f, a, from, x), 0);
	assert_int_equal(facts_of_json(&g, a, to, y), 0);
	assert_same_count(f.usage.input, g.usage.input);
	assert_same_count(f.usage.output, g.usage.output);
	assert_same_count(f.usage.cache_read, g.usage.cache_read);
	/* Messages have no room for tokens that were both. */
	if (f.usage.cache_read + f.usage.cache_write <= f.usage.input)
		assert_same_count(f.usage.cache_write, g.usage.cache_write);
	assert_string_equal(f.model, g.model);
	assert_true(str_eq(text_of(from, x), text_of(to, y)));
}

/* A stream and the whole reply of it, each by its own way. */
static bool check_both_ways(enum shape from, enum shape to, struct str sse)
{
	struct buf whole_reply, other, json, ended;

	buf_init(&whole_reply, a);
	buf_init(&other, a);
	buf_init(&json, a);
	buf_init(&ended, a);
	if (translate_stream(&other, from, to, sse, true) < 0 ||
	    reply_assemble(&whole_reply, from, sse) < 0 ||
	    reply_assemble(&ended, to, buf_view(&other)) < 0 ||
	    translate_reply(&json, from, to, buf_view(&whole_reply)) < 0)
		return false;
	assert_same_facts(from, buf_view(&whole_reply), to, buf_view(&json));
	assert_same_facts(to, buf_view(&ended), to, buf_view(&json));
	return true;
}

static void streams_say_what_replies_say(void **state)
{
	size_t checked = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(become); i++) {
		/* The others' last events are left empty, for shortness. */
		if (become[i].from == SHAPE_RESPONSES &&
		    !strstr(become[i].what, "last event"))
			continue;
		for (size_t k = 0; k < become[i].n; k++)
			checked += check_both_ways(become[i].from,
						   become[i].as[k].to,
						   quoted(become[i].sse));
	}
	assert_true(checked > 40);
}

static void known_streams_keep_order(void **state)
{
	size_t good = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(streams); i++) {
		for (size_t k = 0; k < COUNT_OF(shapes); k++) {
			struct buf b;

			buf_init(&b, a);
			if (!shape_streams(streams[i].shape) ||
			    streams[i].shape == SHAPE_COMPLETION) {
				assert_int_equal(
					translate_stream(
						&b, streams[i].shape,
						shapes[k],
						str_c(streams[i].sse), true),
					-1);
				continue;
			}
			check_feed(streams[i].shape, shapes[k],
				   str_c(streams[i].sse));
			good += check_both_ways(streams[i].shape, shapes[k],
						str_c(streams[i].sse));
		}
	}
	assert_true(good > 10);
}

static const char *const home[] = {
	"{'id':'r','object':'chat.completion','created':7,'model':"
	"'m','choices':[{'index':0,'message':{'role':'assistant',"
	"'refusal':null,'reasoning_content':'hm \\ud83d\\ude00',"
	"'content':'a\\u0000b','tool_calls':[{'id':'t','type':"
	"'function','function':{'name':'f','arguments':'{\\'n\\':"
	"0.10}'}},{'id':'u','type':'function','function':{'name':'g',"
	"'arguments':'{}'}}]},'logprobs':null,'finish_reason':"
	"'tool_calls'}],'usage':{'prompt_tokens':9,"
	"'completion_tokens':2,'total_tokens':11,"
	"'prompt_tokens_details':{'cached_tokens':4,"
	"'cache_write_tokens':1}}}",
};

/* There and back: what both shapes have words for comes home. */
static void replies_come_home(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(home); i++) {
		struct str json = quoted(home[i]), zero;
		struct buf there, back;
		char *made;

		/* Messages have no place for the time. */
		zero = arena_str(a, json);
		made = strstr(zero.p, "\"created\":7");
		made[10] = '0';
		buf_init(&there, a);
		buf_init(&back, a);
		assert_int_equal(translate_reply(&there, SHAPE_CHAT,
						 SHAPE_MESSAGES, json), 0);
		assert_int_equal(translate_reply(&back, SHAPE_MESSAGES,
						 SHAPE_CHAT,
						 buf_view(&there)), 0);
		assert_string_equal(back.p, zero.p);
		there.n = back.n = 0;
		assert_int_equal(translate_reply(&there, SHAPE_CHAT,
						 SHAPE_RESPONSES, json), 0);
		assert_int_equal(translate_reply(&back, SHAPE_RESPONSES,
						 SHAPE_CHAT,
						 buf_view(&there)), 0);
		/* Responses always say how much was reasoning. */
		assert_same_facts(SHAPE_CHAT, json, SHAPE_CHAT,
				  buf_view(&back));
	}
}

static void usage_is_for_those_who_ask(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(exact); i++) {
		struct frame f;
		struct buf b;

		if (exact[i].to != SHAPE_CHAT)
			continue;
		buf_init(&b, a);
		assert_int_equal(translate_stream(&b, exact[i].from,
						  SHAPE_CHAT,
						  quoted(exact[i].sse),
						  false), 0);
		assert_null(strstr(b.p, "usage"));
		frame_check(&f, SHAPE_CHAT, buf_view(&b), false);
		assert_true(f.watch.ended);
	}
}

/* -- errors ---------------------------------------------------------------- */

static const struct {
	const char *what;
	enum shape from;
	const char *sse, *code, *text;
} errors[] = {
	{ "OpenAI's", SHAPE_CHAT,
	  CH("{'content':'a'}") EV("{'error':{'message':'no','type':"
				   "'server_error','code':'boom'}}"),
	  "boom", "no" },
	{ "OpenRouter's", SHAPE_CHAT,
	  EV("{'id':'x','error':{'code':429,'message':'slow','metadata':{"
	     "'raw':'down'}},'choices':[{'index':0,'delta':{'content':''},"
	     "'finish_reason':'error'}]}") DONE_, NULL, "slow: down" },
	{ "in a choice", SHAPE_CHAT,
	  EV("{'choices':[{'index':0,'delta':{},'finish_reason':'error',"
	     "'error':{'code':502,'message':'x'}}]}") DONE_, NULL, "x" },
	{ "vLLM's of old", SHAPE_CHAT,
	  EV("{'object':'error','message':'no','type':'BadRequestError',"
	     "'param':null,'code':400}") DONE_, NULL, "no" },
	{ "Anthropic's", SHAPE_MESSAGES,
	  MSG_START "event: error\n"
	  EV("{'type':'error','error':{'type':'overloaded_error','message':"
	     "'Overloaded'}}") MSG_END, NULL, "Overloaded" },
	{ "one that is no JSON", SHAPE_MESSAGES,
	  "event: error\ndata: <html>\n\n", "upstream_error",
	  "The upstream broke its answer off with an error." },
	{ "the error event", SHAPE_RESPONSES,
	  RESP_START EV("{'type':'error','code':'boom','message':'no',"
			"'param':null,'sequence_number':1}"), "boom", "no" },
	{ "a response that failed", SHAPE_RESPONSES,
	  RESP_START EV("{'type':'response.failed','response':{'id':'r1',"
			"'status':'failed','error':{'code':"
			"'rate_limit_exceeded','message':'no'},'output':[]}}"),
	  "rate_limit_exceeded", "no" },
	{ "one that was cancelled", SHAPE_RESPONSES,
	  EV("{'type':'response.cancelled','response':{}}"), "upstream_error",
	  "The upstream broke its answer off with an error." },
};

/* The last event is the error, and nothing follows it. */
static void check_error(enum shape to, struct str out, const char *code,
			const char *text)
{
	const char *data = NULL, *at;
	struct json doc;
	uint32_t error;

	for (at = strstr(out.p, "data: "); at; at = strstr(at + 1, "data: "))
		data = at + 6;
	assert_non_null(data);
	assert_string_equal(strchr(data, '\n'), "\n\n");
	parse(&doc, str_trim(str_c(data)));
	error = path(&doc, 0, "error");
	assert_true(json_string_is(&doc, path(&doc, error, "message"), text));
	if (code && to != SHAPE_MESSAGES)
		assert_true(json_string_is(&doc, path(&doc, error, "code"),
					   code));
}

static void errors_end_streams(void **state)
{
	struct reply_watch w;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(errors); i++) {
		for (size_t k = 0; k < COUNT_OF(shapes); k++) {
			struct str sse = quoted(errors[i].sse);
			struct buf out;

			buf_init(&out, a);
			assert_int_equal(feed(&out, errors[i].from, shapes[k],
					      sse, &w), 0);
			check_error(shapes[k], buf_view(&out), errors[i].code,
				    errors[i].text);
			out.n = 0;
			assert_int_equal(translate_stream(
						 &out, errors[i].from,
						 shapes[k], sse, true), -1);
			assert_int_equal(out.n, 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(streams_are_exact),
		TEST(streams_become),
		TEST(streams_say_what_replies_say),
		TEST(known_streams_keep_order),
		TEST(replies_come_home),
		TEST(usage_is_for_those_who_ask),
		TEST(errors_end_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
