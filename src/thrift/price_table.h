/* Reads LiteLLM's model_prices_and_context_window.json. Private to price*.c. */
#ifndef THRIFT_PRICE_TABLE_H
#define THRIFT_PRICE_TABLE_H

#include "thrift/price_image.h"

/*
 * The image (price_image.h) of the table in path, made in `a`. 0, or -1 with
 * err_r naming the path and the place. Models that have no price of a token
 * or an image, and members that larder does not know, are left out.
 */
int price_table_read(struct str *image_r, struct arena *a, const char *path,
		     const struct price_stamp *stamp, char *err_r,
		     size_t err_n);

#endif
