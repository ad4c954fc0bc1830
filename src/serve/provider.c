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
 *
 * cache_marks and cache_key are for servers of which none refuses them: GLM
 * behind Anthropic's API answers cache_control with a 400, and Azure, though
 * it documents prompt_cache_key, one to that from its DeepSeek and Kimi.
 */
static const struct provider rows[] = {
	{ "openai", "https://api.openai.com/v1", "authorization",
	  DIALECT_OPENAI, BOTH | CHATS | BIT(SHAPE_RESPONSES), true, false,
	  false, true },
	{ "anthropic", "https://api.anthropic.com/v1", "x-api-key",
	  DIALECT_ANTHROPIC, BOTH | BIT(SHAPE_MESSAGES) | BIT(SHAPE_COUNT),
	  false, false, true, false },
	{ "openrouter", "https://openrouter.ai/api/v1", "authorization",
	  DIALECT_OPENAI, BOTH | CHATS, true, true, true, false },
	{ "azure", NULL, "api-key", DIALECT_OPENAI,
	  BOTH | CHATS | BIT(SHAPE_RESPONSES), true, false, false, false },
	{ "vllm", "http://127.0.0.1:8000/v1", "authorization",
	  DIALECT_OPENAI, BOTH | CHATS, true, false, false, false },
	{ "ollama", "http://127.0.0.1:11434/v1", "authorization",
	  DIALECT_OPENAI, BOTH | CHATS, true, false, false, false },
	{ "llamacpp", "http://127.0.0.1:8080/v1", "authorization",
	  DIALECT_OPENAI, BOTH | CHATS, true, false, false, false },
	{ "compatible", NULL, "authorization", DIALECT_OPENAI, BOTH | CHATS,
	  true, true, false, false },
	{ "compatible", NULL, "x-api-key", DIALECT_ANTHROPIC,
	  BOTH | BIT(SHAPE_MESSAGES) | BIT(SHAPE_COUNT), false, true, false,
	  false },
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

/*
 * The shortest prefix that is kept, by what a Claude's name has in it: as
 * Anthropic's page on prompt caching has it in November 2026, and 1,024 for
 * all others. Its names were turned around once (claude-3-5-haiku).
 */
static const struct {
	const char *part;
	size_t tokens;
} claude_min[] = {
	{ "opus-4-5", 4096 },  { "4-5-opus", 4096 },  { "opus-4-6", 4096 },
	{ "4-6-opus", 4096 },  { "haiku-4-5", 4096 }, { "4-5-haiku", 4096 },
	{ "opus-4-7", 2048 },  { "4-7-opus", 2048 },  { "3-haiku", 2048 },
	{ "3-5-haiku", 2048 }, { "haiku-3", 2048 },   { "opus-5", 512 },
	{ "fable-5", 512 },    { "mythos-5", 512 },
};

#define USUAL_MIN 1024 /* of Claude, and of OpenAI's models */

static size_t min_tokens(struct str model)
{
	char name[80];
	size_t n = model.n < sizeof(name) ? model.n : sizeof(name);

	for (size_t i = 0; i < n; i++)
		name[i] = model.p[i] == '.' ? '-' : model.p[i];
	for (size_t i = 0; i < COUNT_OF(claude_min); i++)
		if (memmem(name, n, claude_min[i].part,
			   strlen(claude_min[i].part)))
			return claude_min[i].tokens;
	return USUAL_MIN;
}

/* Marks are for Claude only: OpenRouter has all kinds of models. */
struct provider_cache provider_cache(const struct provider *p,
				     struct str model)
{
	bool marks = p->cache_marks &&
		     (p->dialect == DIALECT_ANTHROPIC ||
		      memmem(model.p, model.n, "claude", 6));

	return (struct provider_cache){ .marks = marks, .hour = marks,
					.key = p->cache_key,
					.min_tokens = marks ? min_tokens(model)
							    : USUAL_MIN };
}

const char *provider_names(struct arena *a)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i + 1 < COUNT_OF(rows); i++)
		buf_printf(&b, i ? ", %s" : "%s", rows[i].name);
	return arena_cstr(a, buf_view(&b));
}
