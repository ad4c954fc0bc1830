/*
 * What a table of prices can say: a kind of token, in which tier, from how
 * many tokens of input on. The names are those of LiteLLM's table, which
 * strings them together: cache_read_input_token_cost_above_200k_tokens_flex.
 */
#ifndef THRIFT_PRICE_KIND_H
#define THRIFT_PRICE_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "dialect/usage.h"

enum price_kind {
	PRICE_INPUT,
	PRICE_OUTPUT,
	PRICE_READ,     /* from the provider's cache */
	PRICE_WRITE,    /* to it, for five minutes */
	PRICE_WRITE_1H, /* for an hour */
	PRICE_REASONING,
	PRICE_AUDIO_IN,
	PRICE_AUDIO_READ,
	PRICE_AUDIO_OUT,
	PRICE_IMAGE_IN,
	PRICE_IMAGE_OUT,
	PRICE_IMAGE, /* no token: a whole image made */
	PRICE_KINDS,
};

struct price_sort {
	enum price_kind kind;
	enum usage_tier tier;
	uint32_t above; /* holds when the input has more tokens than that */
};

/* Reads a member's name: false when it is no price that larder knows. */
bool price_sort_read(struct str member, struct price_sort *out_r);

/* The kind whose price holds where this one has none, or PRICE_KINDS. */
enum price_kind price_kind_parent(enum price_kind kind);

#endif
