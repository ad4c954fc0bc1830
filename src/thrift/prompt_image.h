/*
 * What an image costs in tokens, and how large one is that comes in base64.
 * prompt.c's helper.
 */
#ifndef THRIFT_PROMPT_IMAGE_H
#define THRIFT_PROMPT_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct image_size {
	uint32_t wide, high; /* pixels, 1 or more */
};

/* Of a PNG, JPEG, GIF or WebP whose bytes are base64, by its head alone.
 * 1, or 0 and *out_r untouched when it is none of these. */
int image_size(struct str base64, struct image_size *out_r);

/* What follows "data:...;base64," in a URL; empty when it is another. */
struct str image_inline(struct str url);

/* By the model's name and family; low: OpenAI's "detail": "low". */
size_t image_tokens(struct str model, unsigned family,
		    const struct image_size *size, bool low);

#endif
