/*
 * What providers say of a call, in the shapes their replies have: four buckets
 * of tokens, their parts, the tier, the cost. Each as a whole reply and, where
 * it has that form, as the last chunk of a stream; they must say the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dialect/reply.h"

static struct arena *a;

static int setup(void **state)
{
	(void)state;
	a = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&a);
	return 0;
}

#define T(n) ((n) + 1) /* so that what is not named, 0, is -1 */

struct said {
	int64_t input, output, cache_read, cache_write, cache_write_1h,
		reasoning, audio_in, audio_out, image_in, image_out;
	enum usage_tier tier;
};

static const struct {
	const char *who;
	enum shape shape;
	const char *model, *usage, *beside; /* members beside the usage */
	struct said said;
	const char *cost;
} rows[] = {
	{ "OpenAI", SHAPE_CHAT, "gpt-4o-audio-preview",
	  "{\"prompt_tokens\":1117,\"completion_tokens\":46,\"total_tokens\":"
	  "1163,\"prompt_tokens_details\":{\"cached_tokens\":1024,"
	  "\"audio_tokens\":50},\"completion_tokens_details\":{"
	  "\"reasoning_tokens\":7,\"audio_tokens\":20,"
	  "\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":"
	  "0}}", ",\"service_tier\":\"default\"",
	  { .input = T(1117), .output = T(46), .cache_read = T(1024),
	    .reasoning = T(7), .audio_in = T(50), .audio_out = T(20) }, "" },
	{ "a proxy that leaves the cached ones out", SHAPE_CHAT, "claude-x",
	  "{\"prompt_tokens\":100,\"completion_tokens\":4,"
	  "\"prompt_tokens_details\":{\"cached_tokens\":1000,"
	  "\"cache_write_tokens\":20}}", "",
	  { .input = T(1120), .output = T(4), .cache_read = T(1000),
	    .cache_write = T(20) }, "" },
	{ "OpenAI, flex", SHAPE_CHAT, "o3",
	  "{\"prompt_tokens\":9,\"completion_tokens\":4,\"total_tokens\":13}",
	  ",\"service_tier\":\"flex\"",
	  { .input = T(9), .output = T(4), .tier = USAGE_FLEX }, "" },
	{ "OpenAI, a tier that is new", SHAPE_CHAT, "o3",
	  "{\"prompt_tokens\":9,\"completion_tokens\":4}",
	  ",\"service_tier\":\"scale\"",
	  { .input = T(9), .output = T(4) }, "" },
	{ "OpenAI, no tier", SHAPE_CHAT, "o3",
	  "{\"prompt_tokens\":9,\"completion_tokens\":4}",
	  ",\"service_tier\":null",
	  { .input = T(9), .output = T(4) }, "" },
	{ "OpenAI, Responses", SHAPE_RESPONSES, "gpt-5",
	  "{\"input_tokens\":328,\"input_tokens_details\":{\"cached_tokens\":"
	  "128},\"output_tokens\":52,\"output_tokens_details\":{"
	  "\"reasoning_tokens\":40},\"total_tokens\":380}",
	  ",\"service_tier\":\"priority\"",
	  { .input = T(328), .output = T(52), .cache_read = T(128),
	    .reasoning = T(40), .tier = USAGE_PRIORITY }, "" },
	{ "OpenAI, completions", SHAPE_COMPLETION, "gpt-3.5-turbo-instruct",
	  "{\"prompt_tokens\":5,\"completion_tokens\":7,\"total_tokens\":12}",
	  "",
	  { .input = T(5), .output = T(7) }, "" },
	{ "Anthropic", SHAPE_MESSAGES, "claude-sonnet-4-5",
	  "{\"input_tokens\":21,\"cache_creation_input_tokens\":1000,"
	  "\"cache_read_input_tokens\":5000,\"cache_creation\":{"
	  "\"ephemeral_5m_input_tokens\":300,\"ephemeral_1h_input_tokens\":"
	  "700},\"output_tokens\":393,\"service_tier\":\"standard\"}", "",
	  { .input = T(6021), .output = T(393), .cache_read = T(5000),
	    .cache_write = T(1000), .cache_write_1h = T(700) }, "" },
	{ "Anthropic, a batch", SHAPE_MESSAGES, "claude-sonnet-4-5",
	  "{\"input_tokens\":21,\"cache_creation_input_tokens\":0,"
	  "\"cache_read_input_tokens\":0,\"output_tokens\":3,"
	  "\"service_tier\":\"batch\"}", "",
	  { .input = T(21), .output = T(3), .cache_read = T(0),
	    .cache_write = T(0), .tier = USAGE_BATCH }, "" },
	/* Thoughts are in the total alone, or said and in no sum. */
	{ "Google", SHAPE_CHAT, "gemini-2.5-flash",
	  "{\"prompt_tokens\":20,\"completion_tokens\":198,\"total_tokens\":"
	  "623}", "",
	  { .input = T(20), .output = T(603), .reasoning = T(405) }, "" },
	{ "Google, said", SHAPE_CHAT, "models/gemini-2.5-pro",
	  "{\"prompt_tokens\":21,\"completion_tokens\":0,\"total_tokens\":81,"
	  "\"completion_tokens_details\":{\"reasoning_tokens\":60}}", "",
	  { .input = T(21), .output = T(60), .reasoning = T(60) }, "" },
	{ "Google, no thoughts", SHAPE_CHAT, "gemini-2.0-flash",
	  "{\"prompt_tokens\":20,\"completion_tokens\":8,\"total_tokens\":28}",
	  "",
	  { .input = T(20), .output = T(8) }, "" },
	{ "xAI", SHAPE_CHAT, "grok-3-mini",
	  "{\"prompt_tokens\":12,\"completion_tokens\":2,\"total_tokens\":331,"
	  "\"prompt_tokens_details\":{\"text_tokens\":12,\"audio_tokens\":0,"
	  "\"image_tokens\":0,\"cached_tokens\":5},"
	  "\"completion_tokens_details\":{\"reasoning_tokens\":317,"
	  "\"audio_tokens\":0},\"num_sources_used\":0}", "",
	  { .input = T(12), .output = T(319), .cache_read = T(5),
	    .reasoning = T(317), .audio_in = T(0), .audio_out = T(0),
	    .image_in = T(0) }, "" },
	{ "xAI, its cost", SHAPE_RESPONSES, "grok-4",
	  "{\"input_tokens\":12,\"output_tokens\":2,\"total_tokens\":14,"
	  "\"cost_in_usd_ticks\":94000}", "",
	  { .input = T(12), .output = T(2) }, "94000" },
	{ "DeepSeek", SHAPE_CHAT, "deepseek-chat",
	  "{\"prompt_tokens\":1000,\"completion_tokens\":50,\"total_tokens\":"
	  "1050,\"prompt_cache_hit_tokens\":896,\"prompt_cache_miss_tokens\":"
	  "104}", "",
	  { .input = T(1000), .output = T(50), .cache_read = T(896) }, "" },
	{ "DeepSeek, now", SHAPE_CHAT, "deepseek-reasoner",
	  "{\"prompt_tokens\":1000,\"completion_tokens\":50,\"total_tokens\":"
	  "1050,\"prompt_tokens_details\":{\"cached_tokens\":896},"
	  "\"completion_tokens_details\":{\"reasoning_tokens\":30},"
	  "\"prompt_cache_hit_tokens\":896,\"prompt_cache_miss_tokens\":104}",
	  "",
	  { .input = T(1000), .output = T(50), .cache_read = T(896),
	    .reasoning = T(30) }, "" },
	{ "OpenRouter", SHAPE_CHAT, "anthropic/claude-sonnet-4.5",
	  "{\"prompt_tokens\":194,\"completion_tokens\":2,\"total_tokens\":"
	  "196,\"cost\":0.00014,\"is_byok\":false,\"cost_details\":{"
	  "\"upstream_inference_cost\":null},\"prompt_tokens_details\":{"
	  "\"cached_tokens\":90,\"cache_write_tokens\":100,\"audio_tokens\":0"
	  "},\"completion_tokens_details\":{\"reasoning_tokens\":0}}", "",
	  { .input = T(194), .output = T(2), .cache_read = T(90),
	    .cache_write = T(100), .reasoning = T(0), .audio_in = T(0) }, "0.00014" },
	{ "OpenRouter, a key of one's own", SHAPE_CHAT, "openai/gpt-4o",
	  "{\"prompt_tokens\":194,\"completion_tokens\":2,\"cost\":0.000007,"
	  "\"is_byok\":true,\"cost_details\":{\"upstream_inference_cost\":"
	  "0.00014}}", "",
	  { .input = T(194), .output = T(2) }, "" },
	{ "Mistral", SHAPE_CHAT, "mistral-large-latest",
	  "{\"prompt_tokens\":16,\"total_tokens\":50,\"completion_tokens\":34"
	  "}", "",
	  { .input = T(16), .output = T(34) }, "" },
	{ "Moonshot", SHAPE_CHAT, "kimi-k2",
	  "{\"prompt_tokens\":16,\"completion_tokens\":34,\"total_tokens\":50,"
	  "\"cached_tokens\":10}", "",
	  { .input = T(16), .output = T(34), .cache_read = T(10) }, "" },
	{ "vLLM", SHAPE_CHAT, "meta-llama/Llama-3.1-8B-Instruct",
	  "{\"prompt_tokens\":16,\"total_tokens\":50,\"completion_tokens\":34,"
	  "\"prompt_tokens_details\":null}", "",
	  { .input = T(16), .output = T(34) }, "" },
	{ "Ollama", SHAPE_CHAT, "llama3.2",
	  "{\"prompt_tokens\":26,\"completion_tokens\":298,\"total_tokens\":"
	  "324}", ",\"system_fingerprint\":\"fp_ollama\"",
	  { .input = T(26), .output = T(298) }, "" },
	{ "LiteLLM's proxy", SHAPE_CHAT, "claude-sonnet-4-5",
	  "{\"prompt_tokens\":6021,\"completion_tokens\":393,"
	  "\"total_tokens\":6414,\"prompt_tokens_details\":{"
	  "\"cached_tokens\":5000},\"cache_creation_input_tokens\":1000,"
	  "\"cache_read_input_tokens\":5000}", "",
	  { .input = T(6021), .output = T(393), .cache_read = T(5000),
	    .cache_write = T(1000) }, "" },
	{ "Perplexity", SHAPE_CHAT, "sonar-deep-research",
	  "{\"prompt_tokens\":33,\"completion_tokens\":7163,\"total_tokens\":"
	  "7196,\"citation_tokens\":20016,\"num_search_queries\":18,"
	  "\"reasoning_tokens\":73997,\"cost\":{\"total_cost\":0.4}}", "",
	  { .input = T(33), .output = T(7163), .reasoning = T(73997) }, "" },
};

static void assert_said(size_t i, const char *form,
			const struct reply_facts *f)
{
	const struct said *s = &rows[i].said;
	const struct {
		const char *name;
		int64_t have, want;
	} pairs[] = {
		{ "input", f->usage.input, s->input - 1 },
		{ "output", f->usage.output, s->output - 1 },
		{ "cache_read", f->usage.cache_read, s->cache_read - 1 },
		{ "cache_write", f->usage.cache_write, s->cache_write - 1 },
		{ "for an hour", f->usage.cache_write_1h,
		  s->cache_write_1h - 1 },
		{ "reasoning", f->usage.reasoning, s->reasoning - 1 },
		{ "audio_in", f->usage.audio_in, s->audio_in - 1 },
		{ "audio_out", f->usage.audio_out, s->audio_out - 1 },
		{ "image_in", f->usage.image_in, s->image_in - 1 },
		{ "image_out", f->usage.image_out, s->image_out - 1 },
		{ "tier", f->usage.tier, s->tier },
	};

	for (size_t k = 0; k < sizeof(pairs) / sizeof(*pairs); k++)
		if (pairs[k].have != pairs[k].want)
			fail_msg("%s, %s: %s is %lld, not %lld", rows[i].who,
				 form, pairs[k].name,
				 (long long)pairs[k].have,
				 (long long)pairs[k].want);
	assert_string_equal(f->cost, rows[i].cost);
}

static void whole_replies(void **state)
{
	static const char *const body[] = {
		[SHAPE_CHAT] = "\"choices\":[{\"index\":0}]",
		[SHAPE_COMPLETION] = "\"choices\":[{\"index\":0}]",
		[SHAPE_RESPONSES] = "\"output\":[],\"status\":\"completed\"",
		[SHAPE_MESSAGES] = "\"content\":[]",
	};
	struct reply_facts f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *json = arena_printf(a,
			"{\"model\":\"%s\",%s,\"usage\":%s%s}", rows[i].model,
			body[rows[i].shape], rows[i].usage, rows[i].beside);

		assert_int_equal(facts_of_json(&f, a, rows[i].shape,
					       str_c(json)), 0);
		assert_said(i, "whole", &f);
	}
}

static void feed(struct reply_watch *w, const char *data)
{
	struct sse_event e = { STR(""), str_c(data), str_c(data) };

	watch_event(w, &e);
}

/* A stream's last word counts: what came before is less. */
static void streams(void **state)
{
	struct arena *own = arena_new();
	struct reply_watch w;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *u = rows[i].usage;

		watch_init(&w, rows[i].shape, own);
		switch (rows[i].shape) {
		case SHAPE_MESSAGES:
			feed(&w, arena_printf(a, "{\"type\":\"message_start\","
				"\"message\":{\"usage\":%s}}", u));
			feed(&w, arena_printf(a, "{\"type\":\"message_delta\","
				"\"delta\":{},\"usage\":%s}", u));
			break;
		case SHAPE_RESPONSES:
			feed(&w, arena_printf(a, "{\"type\":"
				"\"response.completed\",\"response\":{"
				"\"output\":[],\"usage\":%s%s}}", u,
				rows[i].beside));
			break;
		default:
			feed(&w, arena_printf(a, "{\"model\":\"%s\","
				"\"choices\":[{\"index\":0}],\"usage\":{"
				"\"prompt_tokens\":1,\"completion_tokens\":1,"
				"\"total_tokens\":2}}", rows[i].model));
			feed(&w, arena_printf(a, "{\"model\":\"%s\","
				"\"choices\":[],\"usage\":%s%s}",
				rows[i].model, u, rows[i].beside));
		}
		assert_said(i, "streamed", &w.facts);
	}
	arena_free(&own);
}

/* Groq's streams say it also when nobody asks. */
static void groq(void **state)
{
	struct arena *own = arena_new();
	struct reply_watch w;

	(void)state;
	watch_init(&w, SHAPE_CHAT, own);
	feed(&w, "{\"model\":\"llama\",\"choices\":[{\"index\":0,\"delta\":{},"
		 "\"finish_reason\":\"stop\"}],\"x_groq\":{\"id\":\"req_1\","
		 "\"usage\":{\"queue_time\":0.03,\"prompt_tokens\":43,"
		 "\"completion_tokens\":7,\"total_tokens\":50}}}");
	assert_int_equal(w.facts.usage.input, 43);
	assert_int_equal(w.facts.usage.output, 7);
	arena_free(&own);
}

/* The most that was said: some end with zeros. */
static void zeros_at_the_end(void **state)
{
	static const char said[] = "{\"choices\":[],\"usage\":{"
		"\"prompt_tokens\":%d,\"completion_tokens\":%d,"
		"\"prompt_tokens_details\":{\"cached_tokens\":%d}}}";
	struct arena *own = arena_new();
	struct reply_watch w;

	(void)state;
	watch_init(&w, SHAPE_CHAT, own);
	feed(&w, arena_printf(own, said, 43, 7, 20));
	feed(&w, arena_printf(own, said, 43, 9, 20));
	feed(&w, arena_printf(own, said, 0, 0, 0));
	assert_int_equal(w.facts.usage.input, 43);
	assert_int_equal(w.facts.usage.output, 9);
	assert_int_equal(w.facts.usage.cache_read, 20);
	arena_free(&own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_replies),
		cmocka_unit_test(streams),
		cmocka_unit_test(groq),
		cmocka_unit_test(zeros_at_the_end),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
