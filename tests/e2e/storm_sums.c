#include "storm_sums.h"

#include <string.h>

void times_add(struct times *t, int64_t us)
{
	int64_t at = us / 100;

	if (us > t->max_us)
		t->max_us = us;
	t->step[at < 0 ? 0 : at < TIMES_STEPS ? at : TIMES_STEPS - 1]++;
	t->n++;
}

/* The time that so many of a thousand did not exceed. */
static double part(const struct times *t, uint64_t per_mille)
{
	uint64_t want = (t->n * per_mille + 999) / 1000, seen = 0;
	size_t i;

	for (i = 0; i < TIMES_STEPS && t->n; i++) {
		seen += t->step[i];
		if (seen >= want)
			return (double)(i + 1) / 10;
	}
	return 0;
}

void times_print(const struct times *t, FILE *f)
{
	fprintf(f, "{\"n\":%llu,\"p1\":%.1f,\"p50\":%.1f,\"p99\":%.1f,"
		   "\"p999\":%.1f,\"max\":%.1f}", (unsigned long long)t->n,
		part(t, 10), part(t, 500), part(t, 990), part(t, 999),
		(double)t->max_us / 1000);
}

/* Its place; past the last one when there is no room. */
static size_t find(const struct words *w, const char *word)
{
	size_t i;

	for (i = 0; i < w->used; i++)
		if (strncmp(w->word[i], word, sizeof(w->word[i]) - 1) == 0)
			break;
	return i;
}

void words_add(struct words *w, const char *word)
{
	size_t i = find(w, word);

	if (i == WORDS_MAX)
		i--;
	if (i == w->used) {
		snprintf(w->word[i], sizeof(w->word[i]), "%s", word);
		w->used++;
	}
	w->n[i]++;
}

uint64_t words_count(const struct words *w, const char *word)
{
	size_t i = find(w, word);

	return i < w->used ? w->n[i] : 0;
}

void words_print(const struct words *w, FILE *f)
{
	size_t i;

	fputc('{', f);
	for (i = 0; i < w->used; i++)
		fprintf(f, "%s\"%s\":%llu", i ? "," : "", w->word[i],
			(unsigned long long)w->n[i]);
	fputc('}', f);
}
