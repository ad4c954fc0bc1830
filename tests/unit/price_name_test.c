#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */

#include "base/count.h"
#include "base/hash.h"
#include "price_bed.h"

/* A model's price is its number, in picodollars. */
static const char *const models[] = {
	"gpt-4o", "gpt-4o-2024-05-13", "azure/gpt-4o", "gpt-5",
	"claude-sonnet-4-5", "claude-sonnet-4-5-20250929",
	"claude-3-5-haiku-20241022", "anthropic.claude-3-haiku-20240307-v1:0",
	"us.anthropic.claude-opus-4-1-20250805-v1:0", "claude-opus-4-1",
	"vertex_ai/claude-opus-4@20250514", "claude-opus-4",
	"groq/openai/gpt-oss-120b", "deepseek/deepseek-v3.2", "deepseek-chat",
	"xai/grok-4", "mistral/mistral-large-latest", "mistral-large",
	"mistral/open-model", "deepseek/open-model", "gemini-2.5-pro",
	"gemini/gemini-2.5-pro", "gemini/gemini-flash-latest",
	"ft:gpt-4o-2024-08-06", "ft:gpt-4o", "anthropic.claude-v2:1",
	"claude-v2", "bedrock/us-east-1/anthropic.claude-v2:1", "o3",
};

/* The number of "model", or -1. */
static int number(const char *model)
{
	for (size_t i = 0; i < COUNT_OF(models); i++)
		if (strcmp(models[i], model) == 0)
			return (int)i;
	return -1;
}

static struct prices *load_models(void)
{
	char json[8192], err[256] = "";
	int n = sprintf(json, "{\"none\": {}");
	struct prices *p;

	for (size_t i = 0; i < COUNT_OF(models); i++)
		n += sprintf(json + n, ",\"%s\": {\"input_cost_per_token\": "
			     "%zue-12, \"output_cost_per_token\": 0}",
			     models[i], i);
	sprintf(json + n, "}");
	p = price_bed_load(json, err, sizeof(err));
	assert_string_equal(err, "");
	return p;
}

static const struct {
	const char *asked, *found; /* NULL: nothing */
} cases[] = {
	/* As it stands comes first. */
	{ "gpt-4o", "gpt-4o" },
	{ "gpt-4o-2024-05-13", "gpt-4o-2024-05-13" },
	{ "azure/gpt-4o", "azure/gpt-4o" },
	{ "claude-sonnet-4-5-20250929", "claude-sonnet-4-5-20250929" },
	{ "groq/openai/gpt-oss-120b", "groq/openai/gpt-oss-120b" },
	{ "gemini/gemini-2.5-pro", "gemini/gemini-2.5-pro" },
	/* Providers, regions, paths. */
	{ "openai/gpt-4o", "gpt-4o" },
	{ "openrouter/openai/gpt-4o", "gpt-4o" },
	{ "azure/gpt-5", "gpt-5" },
	{ "models/gemini-2.5-pro", "gemini-2.5-pro" },
	{ "publishers/google/models/gemini-2.5-pro", "gemini-2.5-pro" },
	{ "anthropic.claude-sonnet-4-5-20250929-v1:0",
	  "claude-sonnet-4-5-20250929" },
	{ "eu.anthropic.claude-3-haiku-20240307-v1:0",
	  "anthropic.claude-3-haiku-20240307-v1:0" },
	{ "us.anthropic.claude-opus-4-1-20250805-v1:0",
	  "us.anthropic.claude-opus-4-1-20250805-v1:0" },
	{ "global.anthropic.claude-opus-4-1-20250805-v1:0",
	  "claude-opus-4-1" },
	{ "bedrock/eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
	  "claude-sonnet-4-5-20250929" },
	{ "bedrock/us-west-2/anthropic.claude-v2:1", "anthropic.claude-v2:1" },
	{ "vertex_ai/gemini-2.5-pro", "gemini-2.5-pro" },
	/* Editions. */
	{ "gpt-4o-2024-08-06", "gpt-4o" },
	{ "azure/gpt-4o-2024-08-06", "azure/gpt-4o" },
	{ "gpt-5-2025-08-07", "gpt-5" },
	{ "claude-sonnet-4-5@20250929", "claude-sonnet-4-5-20250929" },
	{ "vertex_ai/claude-3-5-haiku@20241022",
	  "claude-3-5-haiku-20241022" },
	{ "vertex_ai/claude-opus-4@20250514",
	  "vertex_ai/claude-opus-4@20250514" },
	{ "claude-opus-4@20250514", "claude-opus-4" },
	{ "claude-opus-4@default", "claude-opus-4" },
	{ "claude-sonnet-4-5-latest", "claude-sonnet-4-5" },
	{ "ft:gpt-4o-2024-08-06:acme::x1", "ft:gpt-4o-2024-08-06" },
	{ "ft:gpt-4o-2024-11-20:acme::x1", "ft:gpt-4o" },
	/* Behind the one who makes it, when bare and nobody else has it. */
	{ "deepseek-v3.2", "deepseek/deepseek-v3.2" },
	{ "openrouter/deepseek-v3.2", "deepseek/deepseek-v3.2" },
	{ "grok-4", "xai/grok-4" },
	{ "mistral-large-latest", "mistral/mistral-large-latest" },
	{ "gemini-flash-latest", "gemini/gemini-flash-latest" },
	{ "open-model", NULL },
	{ "gpt-oss-120b", NULL },
	/* Hosts have prices of their own. */
	{ "ollama/deepseek-chat", NULL },
	{ "groq/deepseek-chat", NULL },
	{ "vllm/openai/gpt-4o", NULL },
	{ "together_ai/o3", NULL },
	{ "hosted_vllm/gpt-4o-2024-08-06", NULL },
	/* No other model of a like name. */
	{ "gpt-4o-mini", NULL },
	{ "gpt-4", NULL },
	{ "gpt-4o-2024-8-06", NULL },
	{ "gpt-4o-202408", NULL },
	{ "gpt-4o-", NULL },
	{ "gpt-4o/", NULL },
	{ "gpt-4o:free", NULL },
	{ "GPT-4o", NULL },
	{ "o3-mini", NULL },
	{ "claude-v2:1", NULL },
	{ "claude-sonnet-4", NULL },
	{ "sonnet", NULL },
	{ "-2024-08-06", NULL },
	{ "@20250514", NULL },
	{ "anthropic.", NULL },
	{ "us.us.us.", NULL },
	{ "ft:", NULL },
	{ "ft::", NULL },
	{ "/", NULL },
	{ "", NULL },
	{ "none", NULL },
};

static void test_found(void **state)
{
	const struct usage u = { .input = 1 };
	struct prices *p = load_models();
	picousd have, want;
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		have = price_of(p, cases[i].asked, &u);
		want = cases[i].found ? number(cases[i].found) :
					PRICE_UNKNOWN;
		if (have == want)
			continue;
		print_error("%s: %s\n", cases[i].asked, have < 0 ? "nothing" :
			    models[have]);
		wrong++;
	}
	assert_int_equal(wrong, 0);
	prices_free(&p);
}

/* Nothing is read behind a name's end, whatever its length and ends. */
static void test_lengths(void **state)
{
	static const char *const tails[] = {
		"", "-2024-08-06", "@20250929", "-latest", "-v1:0", "/",
		"@default", ":", "ft:",
	};
	const struct usage u = { .input = 1 };
	struct prices *p = load_models();
	char *name;

	(void)state;
	for (size_t n = 0; n < 300; n++)
		for (size_t i = 0; i < COUNT_OF(tails); i++) {
			name = malloc(n + strlen(tails[i]) + 1);
			assert_non_null(name);
			memset(name, n % 3 ? 'x' : '/', n);
			strcpy(name + n, tails[i]);
			assert_true(price_of(p, name, &u) == PRICE_UNKNOWN);
			free(name);
		}
	prices_free(&p);
}

/* Is the first what a budget of the second is for? */
static const struct {
	const char *model, *name;
	bool is;
} meant[] = {
	{ "gpt-4o", "gpt-4o", true },
	{ "gpt-4o-2024-05-13", "gpt-4o", true }, /* though it has its own row */
	{ "openai/gpt-4o", "gpt-4o", true },
	{ "openrouter/openai/gpt-4o-2024-05-13", "gpt-4o", true },
	{ "azure/gpt-4o", "gpt-4o", true },
	{ "gpt-4o", "gpt-4o-2024-05-13", false },
	{ "gpt-4o-mini", "gpt-4o", false },
	{ "gpt-4", "gpt-4o", false },
	{ "groq/openai/gpt-oss-120b", "gpt-oss-120b", false },
	{ "deepseek-v3.2", "deepseek/deepseek-v3.2", true },
	{ "deepseek/deepseek-v3.2", "deepseek-v3.2", true },
	{ "claude-sonnet-4-5@20250929", "claude-sonnet-4-5", true },
	{ "my-own", "my-own", true }, /* in no table */
	{ "my-own-2024-05-13", "my-own", true },
	{ "my-own", "my-other", false },
	{ "", "gpt-4o", false },
};

static void test_meant(void **state)
{
	struct prices *p = load_models();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(meant); i++)
		if (price_is(p, meant[i].model, meant[i].name) != meant[i].is)
			fail_msg("%s, %s", meant[i].model, meant[i].name);
	assert_true(price_is(NULL, "a/b", "b"));
	prices_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_meant),
		cmocka_unit_test(test_lengths),
	};

	if (hash_setup() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
