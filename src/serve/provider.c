#include "serve/provider.h"

#include "base/buf.h"
#include "base/count.h"

#define BIT(shape) (1u << (shape))
#define BOTH (BIT(SHAPE_MODELS) | BIT(SHAPE_OTHER)) /* whoever it is */
#define CHATS (BIT(SHAPE_CHAT) | BIT(SHAPE_COMPLETION) | BIT(SHAPE_EMBEDDING))

/*
 * What every server of a kind answers, not what its newest does: a request
 * that is translated for nothing still gets its answer, one that is not gets
 * a 404. `endpoints` in the configuration says more. Of the two compatible
 * rows the first is taken unless the other dialect is asked for.
 */
static const struct provider rows[] = {
	{ "openai", "https://api.openai.com/v1", "authorization",
	  DIALECT_OPENAI, BOTH | CHATS | BIT(SHAPE_RESPONSES), true, false },
	{ "anthropic", "https://api.anthropic.com/v1", "x-api-key",
	  DIALECT_ANTHROPIC, BOTH | BIT(SHAPE_MESSAGES) | BIT(SHAPE_COUNT),
	  false, false },
	{ "openrouter", "https://openrouter.ai/api/v1", "authorization",
	  DIALECT_OPENAI, BOTH | CHATS, true, true },
	{ "azure", NULL, "api-key", DIALECT_OPENAI,
	  BOTH | CHATS | BIT(SHAPE_RESPONSES), true, false },
	{ "vllm", "http://127.0.0.1:8000/v1", "authorization",
	  DIALECT_OPENAI, BOTH | CHATS, true, false },
	{ "ollama", "http://127.0.0.1:11434/v1", "authorization",
	  DIALECT_OPENAI, BOTH | CHATS, true, false },
	{ "llamacpp", "http://127.0.0.1:8080/v1", "authorization",
	  DIALECT_OPENAI, BOTH | CHATS, true, false },
	{ "compatible", NULL, "authorization", DIALECT_OPENAI, BOTH | CHATS,
	  true, true },
	{ "compatible", NULL, "x-api-key", DIALECT_ANTHROPIC,
	  BOTH | BIT(SHAPE_MESSAGES) | BIT(SHAPE_COUNT), false, true },
};

const struct provider *provider_speaking(const char *name, int said)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(rows[i].name, name) == 0 &&
		    (!said || said == (int)rows[i].dialect + 1))
			return &rows[i];
	return NULL;
}

const struct provider *provider_named(const char *name)
{
	return provider_speaking(name, 0);
}

const struct provider *provider_of(const char *upstream_name, int said)
{
	const struct provider *p = provider_speaking(upstream_name, said);

	return p ? p : provider_speaking("compatible", said);
}

const char *provider_names(struct arena *a)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i + 1 < COUNT_OF(rows); i++)
		buf_printf(&b, i ? ", %s" : "%s", rows[i].name);
	return arena_cstr(a, buf_view(&b));
}
