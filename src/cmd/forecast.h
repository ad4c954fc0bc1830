/*
 * A month's bill before there is a log: what requests of so many tokens cost
 * at full price, with the provider's own prompt cache, and with larder before
 * it. All of it is arithmetic on what is assumed; money is exact.
 */
#ifndef CMD_FORECAST_H
#define CMD_FORECAST_H

#include "thrift/price.h"

typedef __int128 forecast_money; /* picodollars */

/* Shares are in millionths. */
#define FORECAST_ALL 1000000

struct forecast_ask {
	int64_t requests;        /* a month */
	int64_t system;          /* tokens that many requests begin with */
	int64_t input, output;   /* the rest of the prompt; the answer */
	int64_t trimmed;         /* of input: what trimming the history takes */
	int64_t repeats;         /* share that asks what was asked before */
	int64_t prefix_min;      /* the provider keeps no shorter prefixes */

	/* Of what larder asks for itself (a classifier, a judge, a summary):
	 * for a share of the requests that miss. */
	int64_t asides;
	struct usage aside;

	picousd hosting;         /* a month */
};

/* What nobody knows beforehand. */
struct forecast_guess {
	int64_t hits;   /* share of the repeats that are answered from the
			 * cache: not expired, evicted or sampled */
	int64_t prefix; /* share of calls whose beginning the provider still
			 * has; the others write it there, unless it is less
			 * to have none kept */
};

/* What one call costs; PRICE_UNKNOWN when not known. */
struct forecast_prices {
	picousd (*call)(const void *ctx, const struct usage *u);
	picousd (*aside)(const void *ctx, const struct usage *u);
	const void *ctx;
};

struct forecast {
	forecast_money full;     /* nobody keeps anything */
	forecast_money provider; /* his own prompt cache, without larder */
	forecast_money calls, asides, hosting;
	forecast_money larder;   /* the sum of these three */

	/* What makes up full - larder. */
	forecast_money saved_cache, saved_prompt_cache, saved_history;
};

/* 0, or -1 when a price is not known. */
int forecast_make(struct forecast *f_r, const struct forecast_ask *a,
		  const struct forecast_guess *g,
		  const struct forecast_prices *p);

/* How much less b is than a, in hundredths of a percent of a, halves away
 * from 0; 0 when a is 0. */
int64_t forecast_share(forecast_money a, forecast_money b);

/* Tokens at prices per million of them: picodollars, rounded once. */
struct forecast_million {
	picousd input, output, read, write; /* read, write: PRICE_UNKNOWN is
					     * the price of input */
};
picousd forecast_at_million(const struct forecast_million *m,
			    const struct usage *u);

#endif
