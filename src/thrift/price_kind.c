#include "thrift/price_kind.h"

#include "base/count.h"

#define MOST_TOKENS 1000000000u

/* A name before the one it begins with. */
static const struct {
	const char *name;
	enum price_kind kind;
} names[] = {
	{ "input_cost_per_token", PRICE_INPUT },
	{ "output_cost_per_token", PRICE_OUTPUT },
	{ "cache_read_input_token_cost", PRICE_READ },
	{ "cache_creation_input_token_cost_above_1hr", PRICE_WRITE_1H },
	{ "cache_creation_input_token_cost", PRICE_WRITE },
	{ "output_cost_per_reasoning_token", PRICE_REASONING },
	{ "input_cost_per_audio_token", PRICE_AUDIO_IN },
	{ "cache_read_input_audio_token_cost", PRICE_AUDIO_READ },
	{ "output_cost_per_audio_token", PRICE_AUDIO_OUT },
	{ "input_cost_per_image_token", PRICE_IMAGE_IN },
	{ "output_cost_per_image_token", PRICE_IMAGE_OUT },
	{ "output_cost_per_image", PRICE_IMAGE },
};

static const struct {
	const char *suffix;
	enum usage_tier tier;
} tiers[] = {
	{ "_batches", USAGE_BATCH },
	{ "_priority", USAGE_PRIORITY },
	{ "_flex", USAGE_FLEX },
};

static bool take(struct str *s, const char *head)
{
	if (!str_starts(*s, str_c(head)))
		return false;
	*s = str_from(*s, strlen(head));
	return true;
}

/* _above_200k_tokens, _above_512_tokens */
static bool take_above(struct str *s, uint32_t *above_r)
{
	struct str rest = *s;
	uint64_t n = 0;
	size_t digits = 0;

	if (!take(&rest, "_above_"))
		return false;
	for (; rest.n && rest.p[0] >= '0' && rest.p[0] <= '9'; digits++) {
		n = 10 * n + (uint64_t)(rest.p[0] - '0');
		if (n > MOST_TOKENS)
			return false;
		rest = str_from(rest, 1);
	}
	if (take(&rest, "k"))
		n *= 1000;
	if (!digits || n > MOST_TOKENS || !take(&rest, "_tokens"))
		return false;
	*above_r = (uint32_t)n;
	*s = rest;
	return true;
}

static bool take_tier(struct str *s, enum usage_tier *tier_r)
{
	for (size_t i = 0; i < COUNT_OF(tiers); i++) {
		if (!take(s, tiers[i].suffix))
			continue;
		*tier_r = tiers[i].tier;
		return true;
	}
	return false;
}

/* Either suffix may come first; both are seen. */
static bool read_suffixes(struct str rest, struct price_sort *out_r)
{
	struct price_sort sort = { .kind = out_r->kind };
	bool above = false, tier = false;

	while (rest.n) {
		if (!above && take_above(&rest, &sort.above))
			above = true;
		else if (!tier && take_tier(&rest, &sort.tier))
			tier = true;
		else
			return false;
	}
	*out_r = sort;
	return true;
}

bool price_sort_read(struct str member, struct price_sort *out_r)
{
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct str rest = member;
		struct price_sort sort = { .kind = names[i].kind };

		if (!take(&rest, names[i].name) ||
		    !read_suffixes(rest, &sort))
			continue;
		*out_r = sort;
		return true;
	}
	return false;
}

enum price_kind price_kind_parent(enum price_kind kind)
{
	static const enum price_kind parent[PRICE_KINDS] = {
		[PRICE_INPUT] = PRICE_KINDS,
		[PRICE_OUTPUT] = PRICE_KINDS,
		[PRICE_READ] = PRICE_INPUT,
		[PRICE_WRITE] = PRICE_INPUT,
		[PRICE_WRITE_1H] = PRICE_WRITE,
		[PRICE_REASONING] = PRICE_OUTPUT,
		[PRICE_AUDIO_IN] = PRICE_INPUT,
		[PRICE_AUDIO_READ] = PRICE_READ,
		[PRICE_AUDIO_OUT] = PRICE_OUTPUT,
		[PRICE_IMAGE_IN] = PRICE_INPUT,
		[PRICE_IMAGE_OUT] = PRICE_OUTPUT,
		[PRICE_IMAGE] = PRICE_KINDS,
	};

	return parent[kind];
}
