/*
 * What tokens cost. Reads LiteLLM's model_prices_and_context_window.json
 * unchanged; USD. Money is kept in picodollars (1e-12 USD), exactly: prices
 * are decimal text and token counts are whole, so no float touches a bill.
 */
#ifndef THRIFT_PRICE_H
#define THRIFT_PRICE_H

#include <stdint.h>

#include "base/arena.h"
#include "dialect/reply.h"

typedef int64_t picousd; /* 1e-12 USD; PRICE_UNKNOWN when not known */
#define PRICE_UNKNOWN INT64_MIN

struct prices; /* read-only once loaded */

/* NULL with err_r (naming path and place) when it cannot be read. */
struct prices *prices_load(const char *path, char *err_r, size_t err_n);
void prices_free(struct prices **p);

/* First 16 hex digits of the table's hash: the log's price_table. */
const char *prices_id(const struct prices *p);

/*
 * The cost of one call: uncached input, cache reads and writes at their own
 * prices (writes for an hour at that of other writes, both at that of input,
 * when the table has none), output. A model is
 * found by its name, then without a provider prefix ("openai/gpt-4o"), then
 * without a date at its end (-2024-08-06, -20250929). PRICE_UNKNOWN when the
 * model is not in the table or the usage was not said; never 0 for unknown.
 */
picousd price_of(const struct prices *p, const char *model,
		 const struct usage *u);

/* Decimal USD without a float: "0.0000123", "0", at most 12 digits behind
 * the point, no trailing zeros. v must be known. */
void price_text(picousd v, char out[32]);

/* The reverse, for reports: 1, or 0 when s is not such a number. */
int price_parse(struct str s, picousd *out_r);

#endif
