/* What came of the requests, in numbers. */
#ifndef STORM_SUMS_H
#define STORM_SUMS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Times in steps of 0.1 ms, up to a minute. */
#define TIMES_STEPS 600000

struct times {
	uint32_t step[TIMES_STEPS];
	uint64_t n;
	int64_t max_us;
};

void times_add(struct times *t, int64_t us);
/* {"p50":1.2,"p99":...,"p999":...,"max":...} in ms. */
void times_print(const struct times *t, FILE *f);

/* How often which word. */
#define WORDS_MAX 40
struct words {
	char word[WORDS_MAX][64];
	uint64_t n[WORDS_MAX];
	size_t used;
};

void words_add(struct words *w, const char *word);
uint64_t words_count(const struct words *w, const char *word);
/* {"word":3,...} */
void words_print(const struct words *w, FILE *f);

#endif
