#include "dialect/usage.h"

#include "base/count.h"

/* Takes a part, at most all of it, off the rest. */
static int64_t take(int64_t *rest, int64_t n)
{
	n = n < 0 ? 0 : n < *rest ? n : *rest;
	*rest -= n;
	return n;
}

void usage_split(int64_t part_r[USAGE_PARTS], const struct usage *u)
{
	int64_t input = u->input > 0 ? u->input : 0;
	int64_t output = u->output > 0 ? u->output : 0, write;

	part_r[USAGE_OUTPUT] = output;
	part_r[USAGE_REASONING] = take(&output, u->reasoning);
	part_r[USAGE_READ] = take(&input, u->cache_read);
	write = take(&input, u->cache_write);
	part_r[USAGE_FRESH] = input;
	part_r[USAGE_WRITE_1H] = take(&write, u->cache_write_1h);
	part_r[USAGE_WRITE_5M] = write;
}

/* The first of a tier's is its name. */
static const struct {
	const char *word;
	enum usage_tier tier;
} words[] = {
	{ "batch", USAGE_BATCH },
	{ "priority", USAGE_PRIORITY },
	{ "fast", USAGE_PRIORITY },
	{ "flex", USAGE_FLEX },
};

enum usage_tier usage_tier_of(struct str word)
{
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (str_is(word, words[i].word))
			return words[i].tier;
	return USAGE_STANDARD;
}

const char *usage_tier_name(enum usage_tier tier)
{
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (words[i].tier == tier)
			return words[i].word;
	return "";
}
