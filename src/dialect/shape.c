#include "dialect/shape.h"

#include "base/count.h"

struct row {
	enum dialect dialect;
	const char *path;
};

static const struct row rows[] = {
	[SHAPE_CHAT] = { DIALECT_OPENAI, "chat/completions" },
	[SHAPE_RESPONSES] = { DIALECT_OPENAI, "responses" },
	[SHAPE_COMPLETION] = { DIALECT_OPENAI, "completions" },
	[SHAPE_EMBEDDING] = { DIALECT_OPENAI, "embeddings" },
	[SHAPE_MESSAGES] = { DIALECT_ANTHROPIC, "messages" },
	[SHAPE_COUNT] = { DIALECT_ANTHROPIC, "messages/count_tokens" },
	[SHAPE_MODELS] = { DIALECT_OPENAI, "models" },
	[SHAPE_OTHER] = { DIALECT_OPENAI, "other" },
};

enum dialect shape_dialect(enum shape s)
{
	return rows[s].dialect;
}

const char *shape_path(enum shape s)
{
	return rows[s].path;
}

enum shape shape_of_path(struct str path)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (str_is(path, rows[i].path))
			return (enum shape)i;
	return SHAPE_OTHER;
}
