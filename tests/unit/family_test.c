#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/count.h"
#include "thrift/family.h"

static void test_names(void **state)
{
	static const struct {
		const char *model, *family;
	} models[] = {
		{ "claude-sonnet-4-6", "claude" },
		{ "anthropic/claude-3.5-haiku", "claude" },
		{ "us.anthropic.claude-opus-4-7-v1:0", "claude" },
		{ "gemini-2.5-flash", "gemini" },
		{ "google/gemma-3-27b-it", "gemma" },
		{ "meta-llama/Llama-3.3-70B-Instruct", "llama" },
		{ "accounts/fireworks/models/llama-v3p1-8b", "llama" },
		{ "meta.llama3-1-8b-instruct-v1:0", "llama" },
		{ "mistral-large-latest", "mistral" },
		{ "open-mixtral-8x22b", "mistral" },
		{ "codestral-2501", "mistral" },
		{ "qwen/qwen3-32b", "qwen" },
		{ "Qwen2.5-7B", "qwen" },
		{ "deepseek-v3.2", "deepseek" },
		{ "DeepSeek-R1-Distill-Llama-70B", "deepseek" },
		{ "x-ai/grok-4", "grok" },
		{ "command-r-plus", "command" },
		{ "cohere.command-r-v1:0", "command" },
		{ "gpt-4o", "gpt" },
		{ "openai/gpt-oss-120b", "gpt" },
		{ "ft:gpt-4o:me", "gpt" },
		{ "o3-mini", "gpt" },
		{ "text-embedding-3-small", "gpt" },
		{ "glm-4.6", "glm" },
		{ "moonshotai/kimi-k2", "kimi" },
		{ "microsoft/phi-4", "phi" },
		{ "amazon.nova-pro-v1:0", "nova" },
		{ "MiniMax-M2", "minimax" },
		{ "dolphin-x", "other" },  /* no phi */
		{ "o100", "other" },
		{ "claude/other-model", "other" }, /* who sells it */
		{ "/", "other" },
		{ "", "other" },
	};
	char longest[5000];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(models); i++)
		assert_string_equal(
			family_name(family_of(str_c(models[i].model))),
			models[i].family);
	memset(longest, '-', sizeof(longest));
	memcpy(longest + sizeof(longest) - 6, "claude", 6);
	assert_int_equal(family_of((struct str){ longest, sizeof(longest) }),
			 0);
	assert_string_equal(family_name(FAMILIES), "other");
}

/* Within a third of what o200k_base makes of it. */
static void test_weight(void **state)
{
	static const struct {
		const char *text;
		unsigned tokens;
	} texts[] = {
		{ "The quick brown fox jumps over the lazy dog and runs away "
		  "from the hunters in the forest.", 19 },
		{ "for (i = 0; i < COUNT_OF(texts); i++)\n\treturn NULL;\n",
		  19 },
		{ "{\"id\": 12345, \"name\": \"larder\", \"tags\": [1, 2]}",
		  23 },
		{ "오늘 서울의 날씨는 맑고 기온은 섭씨 이십 도입니다.", 20 },
		{ "今天天气很好，我们去公园散步吧。", 12 },
		{ "Сегодня хорошая погода, пойдём гулять в парк.", 14 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		uint64_t weight = family_weight(str_c(texts[i].text));

		if (weight < texts[i].tokens * 1024 * 2 / 3 ||
		    weight > texts[i].tokens * 1024 * 4 / 3)
			fail_msg("%s: %.1f", texts[i].text,
				 (double)weight / 1024);
	}
	assert_int_equal(family_weight(STR("")), 0);
}

/* Of two pieces it is the sum, wherever they are cut. */
static void test_additive(void **state)
{
	struct str s = STR("Ab 1.\n \xed\x95\x9c\xf0\x9f\x98\x80\xff\xc3\xa9");
	size_t i;

	(void)state;
	for (i = 0; i <= s.n; i++)
		assert_int_equal(family_weight((struct str){ s.p, i }) +
					 family_weight(str_from(s, i)),
				 family_weight(s));
}

static void test_fixed(void **state)
{
	static const struct family_board none;
	unsigned f;

	(void)state;
	for (f = 0; f < FAMILIES; f++) {
		size_t n = family_tokens(NULL, f, 1000 << 10);

		assert_true(n >= 1000 && n <= 1400);
		assert_int_equal(family_tokens(&none, f, 1000 << 10), n);
		assert_int_equal(family_tokens(NULL, f, 0), 0);
		assert_int_equal(family_tokens(NULL, f, 1), 1);
	}
	assert_int_equal(family_tokens(NULL, FAMILIES + 7, 1 << 20),
			 family_tokens(NULL, 0, 1 << 20));
	/* Bounded, whatever the weight. */
	assert_true(family_tokens(NULL, 1, UINT64_MAX) < (size_t)1 << 32);
}

/* A tokenizer of 1.5 times the tokens is learned within some prompts. */
static void test_learns(void **state)
{
	struct family_board b = { { { 0 } } };
	const uint64_t weight = 5000 << 10;
	size_t n;
	int i;

	(void)state;
	family_learn(&b, 1, weight, 7500);
	n = family_tokens(&b, 1, weight);
	assert_true(n > family_tokens(NULL, 1, weight) && n < 7000);
	for (i = 0; i < 50; i++)
		family_learn(&b, 1, weight, 7500);
	n = family_tokens(&b, 1, weight);
	assert_true(n >= 7350 && n <= 7500);
	/* Prompts of other lengths go by it until they have learned. */
	assert_int_equal(family_tokens(&b, 1, 100 << 10), (n + 49) / 50);
	/* Other families do not. */
	assert_int_equal(family_tokens(&b, 2, weight),
			 family_tokens(NULL, 2, weight));
	for (i = 0; i < 50; i++)
		family_learn(&b, 1, 100 << 10, 130);
	assert_in_range(family_tokens(&b, 1, 100 << 10), 129, 131);
	assert_int_equal(family_tokens(&b, 1, weight), n);
	/* A part goes by what was learned of the whole. */
	assert_int_equal(family_part(&b, 1, weight, 100 << 10),
			 (n + 49) / 50);
}

/* A new tokenizer replaces the old one. */
static void test_moves(void **state)
{
	struct family_board b = { { { 0 } } };
	const uint64_t weight = 5000 << 10;
	int i;

	(void)state;
	for (i = 0; i < 2000; i++)
		family_learn(&b, 1, weight, 4000);
	for (i = 0; i < 1500; i++)
		family_learn(&b, 1, weight, 7000);
	assert_in_range(family_tokens(&b, 1, weight), 6900, 7000);
}

/* One lie moves little, any number of them no further than four times. */
static void test_lies(void **state)
{
	static const int64_t lies[] = { INT64_MAX, INT64_MIN, -1, 0, 1,
					1000000000 };
	struct family_board b = { { { 0 } } };
	const uint64_t weight = 5000 << 10;
	size_t fixed = family_tokens(NULL, 3, weight), n;
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		family_learn(&b, 3, weight, 5000);
	for (size_t k = 0; k < COUNT_OF(lies); k++) {
		n = family_tokens(&b, 3, weight);
		family_learn(&b, 3, weight, lies[k]);
		assert_in_range(family_tokens(&b, 3, weight), n - n / 50,
				n + n / 50);
	}
	for (i = 0; i < 5000; i++)
		family_learn(&b, 3, weight, INT64_MAX);
	assert_true(family_tokens(&b, 3, weight) <= 4 * fixed + 4);
	for (i = 0; i < 9000; i++)
		family_learn(&b, 3, weight, 1);
	assert_true(family_tokens(&b, 3, weight) >= fixed / 4);
	/* Nothing is learned of next to nothing, or of no family. */
	b = (struct family_board){ { { 0 } } };
	family_learn(&b, 3, 0, 50);
	family_learn(&b, 3, 1000, 50);
	family_learn(&b, 3, UINT64_MAX, 50);
	assert_int_equal(family_tokens(&b, 3, weight), fixed);
	family_learn(&b, FAMILIES, weight, 9000);
	assert_true(family_tokens(&b, 0, weight) >
		    family_tokens(NULL, 0, weight));
}

/* Whatever lies in the cells. */
static void test_damage(void **state)
{
	static const uint64_t cells[] = {
		UINT64_MAX, 1, (uint64_t)1 << 32, (uint64_t)0xffff << 32,
		(uint64_t)1 << 63, ((uint64_t)7 << 32) | UINT32_MAX,
	};
	const uint64_t weight = 5000 << 10;
	struct family_board b;
	size_t fixed, n;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cells); i++) {
		for (unsigned f = 0; f < FAMILIES; f++) {
			for (unsigned k = 0; k < FAMILY_CELLS; k++)
				b.cell[f][k] = cells[i];
			fixed = family_tokens(NULL, f, weight);
			n = family_tokens(&b, f, weight);
			assert_in_range(n, fixed / 4, 4 * fixed + 4);
			for (int k = 0; k < 3000; k++)
				family_learn(&b, f, weight, 6000);
			assert_in_range(family_tokens(&b, f, weight), 5950,
					6050);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_weight),
		cmocka_unit_test(test_additive),
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_learns),
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
