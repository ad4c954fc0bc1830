/* Tokens that a call used, as its reply says or larder counted. */
#ifndef DIALECT_USAGE_H
#define DIALECT_USAGE_H

#include <stdint.h>

#include "base/str.h"

enum usage_tier { USAGE_STANDARD, USAGE_BATCH, USAGE_PRIORITY, USAGE_FLEX };

/* -1 when not said. input includes what was read from or written to the
 * provider's cache, whatever the dialect (Anthropic's own input_tokens
 * excludes both; OpenAI's prompt_tokens includes them). cache_write_1h is the
 * part of cache_write that was written for an hour instead of 5 minutes;
 * audio_in and image_in are parts of input, audio_read is that part of
 * cache_read which is audio, and reasoning, audio_out and image_out are parts
 * of output. images is no number of tokens but of whole images made. tier is
 * the one the reply says it was served in. */
struct usage {
	int64_t input, output;
	int64_t cache_read, cache_write, cache_write_1h;
	int64_t reasoning, audio_in, audio_read, audio_out;
	int64_t image_in, image_out, images;
	enum usage_tier tier;
};

/* What is billed at prices of its own. */
enum usage_part {
	USAGE_FRESH,      /* input that no cache of the provider's knew */
	USAGE_READ,       /* read from that */
	USAGE_WRITE_5M,   /* written to it, for five minutes */
	USAGE_WRITE_1H,   /* for an hour */
	USAGE_OUTPUT,     /* with reasoning */
	USAGE_REASONING,  /* of that */
	USAGE_PARTS
};

/* The first four add up to the input, and no part is more than the whole,
 * whatever a reply or a line of a log says (some say the same tokens were read
 * and written: then they were read). Not said is 0. */
void usage_split(int64_t part_r[USAGE_PARTS], const struct usage *u);

/* The word of a reply or a log line. Words that are not known, "default",
 * "on_demand" and "auto" are the standard tier, the only one whose price is
 * sure to be there; its own name is "". */
enum usage_tier usage_tier_of(struct str word);
const char *usage_tier_name(enum usage_tier tier);

#endif
