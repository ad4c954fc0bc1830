#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */

#include "serve/provider.h"
#include "serve/url.h"

#define COUNT(x) (sizeof(x) / sizeof(*(x)))
#define OPENAI (DIALECT_OPENAI + 1)
#define ANTHROPIC (DIALECT_ANTHROPIC + 1)

static const char *const names[] = { "openai", "anthropic", "openrouter",
				     "azure", "vllm", "ollama", "llamacpp",
				     "compatible" };

static void test_rows(void **state)
{
	unsigned either = 1u << SHAPE_MODELS | 1u << SHAPE_OTHER;
	const struct provider *p;
	struct url u;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		p = provider_named(names[i]);
		assert_non_null(p);
		assert_string_equal(p->name, names[i]);
		assert_int_equal(p->shapes & either, either);
		for (const char *c = p->key_header; *c; c++)
			assert_false(*c >= 'A' && *c <= 'Z');
		if (!p->url)
			continue;
		assert_null(url_base(&u, str_c(p->url)));
		assert_true(u.tls || u.loopback);
	}
	assert_null(provider_named("OpenAI"));
	assert_null(provider_named(""));
}

/* Each can be talked to in its own dialect at least. */
static void test_shapes(void **state)
{
	const struct provider *p;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		p = provider_named(names[i]);
		assert_true(p->shapes >> (p->dialect == DIALECT_OPENAI ?
				  SHAPE_CHAT : SHAPE_MESSAGES) & 1);
		for (int s = SHAPE_CHAT; s < SHAPE_MODELS; s++)
			if (p->shapes >> s & 1)
				assert_int_equal(shape_dialect((enum shape)s),
						 p->dialect);
	}
	assert_true(provider_named("openai")->shapes >> SHAPE_RESPONSES & 1);
	assert_false(provider_named("compatible")->shapes >>
		     SHAPE_RESPONSES & 1);
}

static const struct {
	const char *upstream;
	int said;
	const char *name;
	enum dialect dialect;
} of[] = {
	{ "openai", 0, "openai", DIALECT_OPENAI },
	{ "openai", OPENAI, "openai", DIALECT_OPENAI },
	{ "openai", ANTHROPIC, "compatible", DIALECT_ANTHROPIC },
	{ "anthropic", 0, "anthropic", DIALECT_ANTHROPIC },
	{ "anthropic", OPENAI, "compatible", DIALECT_OPENAI },
	{ "mine", 0, "compatible", DIALECT_OPENAI },
	{ "mine", OPENAI, "compatible", DIALECT_OPENAI },
	{ "mine", ANTHROPIC, "compatible", DIALECT_ANTHROPIC },
	{ "compatible", ANTHROPIC, "compatible", DIALECT_ANTHROPIC },
};

static void test_of(void **state)
{
	const struct provider *p;

	(void)state;
	for (size_t i = 0; i < COUNT(of); i++) {
		p = provider_of(of[i].upstream, of[i].said);
		assert_string_equal(p->name, of[i].name);
		assert_int_equal(p->dialect, of[i].dialect);
	}
	assert_null(provider_speaking("openai", ANTHROPIC));
	assert_null(provider_speaking("mine", 0));
}

static void test_names(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(provider_names(a), "openai, anthropic, "
			    "openrouter, azure, vllm, ollama, llamacpp, "
			    "compatible");
	arena_free(&a);
}

#define MARKS 1
#define KEY 2

static const struct {
	const char *provider, *model;
	int takes;
	size_t min_tokens;
} caches[] = {
	{ "anthropic", "claude-sonnet-4-5-20250929", MARKS, 1024 },
	{ "anthropic", "claude-opus-4-20250514", MARKS, 1024 },
	{ "anthropic", "claude-opus-4-1", MARKS, 1024 },
	{ "anthropic", "claude-opus-4-5-20251101", MARKS, 4096 },
	{ "anthropic", "claude-haiku-4-5", MARKS, 4096 },
	{ "anthropic", "claude-3-5-haiku-latest", MARKS, 2048 },
	{ "anthropic", "claude-3-haiku-20240307", MARKS, 2048 },
	{ "anthropic", "claude-3-opus-20240229", MARKS, 1024 },
	{ "anthropic", "claude-opus-4-7", MARKS, 2048 },
	{ "anthropic", "claude-opus-5", MARKS, 512 },
	{ "anthropic", "somebody-else", MARKS, 1024 },
	{ "anthropic", "", MARKS, 1024 },
	{ "openrouter", "anthropic/claude-opus-4.5", MARKS, 4096 },
	{ "openrouter", "anthropic/claude-4.5-opus-20251124", MARKS, 4096 },
	{ "openrouter", "anthropic/claude-sonnet-4.5", MARKS, 1024 },
	{ "openrouter", "openai/gpt-4o", 0, 1024 },
	{ "openai", "gpt-4o", KEY, 1024 },
	{ "azure", "gpt-4o", 0, 1024 },
	{ "vllm", "claude-me", 0, 1024 },
	{ "compatible", "claude-sonnet-4-5", 0, 1024 },
};

static void test_cache(void **state)
{
	struct provider_cache c;

	(void)state;
	for (size_t i = 0; i < COUNT(caches); i++) {
		c = provider_cache(provider_named(caches[i].provider),
				   str_c(caches[i].model));
		assert_int_equal(c.marks, !!(caches[i].takes & MARKS));
		assert_int_equal(c.hour, c.marks);
		assert_int_equal(c.key, !!(caches[i].takes & KEY));
		assert_int_equal(c.min_tokens, caches[i].min_tokens);
	}
	c = provider_cache(provider_speaking("compatible", ANTHROPIC),
			   STR("glm-4.6"));
	assert_false(c.marks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_of),
		cmocka_unit_test(test_cache),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
