/*
 * What tokens cost. Reads LiteLLM's model_prices_and_context_window.json
 * unchanged; USD. Money is kept in picodollars (1e-12 USD), exactly: prices
 * are decimal text and token counts are whole, so no float touches a bill.
 */
#ifndef THRIFT_PRICE_H
#define THRIFT_PRICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "dialect/reply.h"
#include "thrift/price_kind.h"

typedef int64_t picousd; /* 1e-12 USD; PRICE_UNKNOWN when not known */
#define PRICE_UNKNOWN INT64_MIN

/* Whoever tells of costs may say what it likes: no sum goes round, it stays
 * at the most that there is, or below 0 at the least. Of what is not known no
 * sum is. */
picousd price_sum(picousd a, picousd b);

struct prices; /* read-only once loaded */

/* NULL with err_r (naming path and place) when it cannot be read. */
struct prices *prices_load(const char *path, char *err_r, size_t err_n);

/*
 * The same, by way of its compiled form in the file image_path (NULL: none),
 * which is mapped when it was made of this very file: same device, inode,
 * size and times. Otherwise the table is read and image_path put in place
 * anew; where that cannot be done, or what is there is damaged, nothing is
 * said and only time is lost.
 */
struct prices *prices_open(const char *path, const char *image_path,
			   char *err_r, size_t err_n);
void prices_free(struct prices **p);

/* First 16 hex digits of the table's hash: the log's price_table. */
const char *prices_id(const struct prices *p);

/*
 * The cost of one call, each token by its kind, in the tier it was served in.
 *
 *  - A price with a threshold (..._above_200k_tokens, "tiered_pricing") holds
 *    for every token of a call whose input, cached tokens included, has more
 *    than that; xAI's from that number on. The highest one passed counts.
 *  - Without a price of their own, tokens read from the provider's cache,
 *    written to it, of audio and of images cost what input does, an hour's
 *    writes what other writes do, reasoning, audio and images what output
 *    does.
 *  - A tier without a price has the standard one, a batch half of it.
 *  - Images are paid for one by one only where their tokens are not said.
 *
 * Names are found as thrift/price_name.h has it. PRICE_UNKNOWN when the model
 * is not in the table, a price is needed that it does not have, or the usage
 * was not said; never 0 for unknown.
 */
picousd price_of(const struct prices *p, const char *model,
		 const struct usage *u);

/* What the table says of a model besides its prices. */
struct price_window {
	int64_t input, output; /* most tokens; 0: not said */
	bool reasons;          /* it thinks before it answers */
};

/* False, with *out_r untouched, when the model is not in the table. */
bool price_window(const struct prices *p, const char *model,
		  struct price_window *out_r);

/* Is model what `name` means? That, one behind a provider, an edition of it,
 * or whatever else has the same row in the table. p may be NULL. */
bool price_is(const struct prices *p, const char *model, const char *name);

/* Decimal USD without a float: "0.0000123", "0", at most 12 digits behind
 * the point, no trailing zeros. v must be known. */
void price_text(picousd v, char out[32]);

/* The reverse, for reports: 1, or 0 when s is not such a number. */
int price_parse(struct str s, picousd *out_r);

#endif
