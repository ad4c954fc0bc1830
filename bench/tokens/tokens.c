/*
 * How fast larder counts tokens: bench/tokens/run.sh.
 *
 *   tokens --linear TABLE...   a megabyte of each kind beside 16 times 64 KB
 *   tokens TABLE FILE...       for compare.py: reads the number of a file and
 *                              how often, writes tokens and nanoseconds
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/count.h"
#include "thrift/token.h"

#define LARGE ((size_t)1 << 20)
#define PARTS 16
#define SMALL (LARGE / PARTS)
#define ROUNDS 3
#define LARGEST ((size_t)16 << 20)

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * (int64_t)1000000000 + t.tv_nsec;
}

static int64_t took(const struct token_table *t, struct str text,
		    size_t *tokens_r)
{
	int64_t from = now();

	*tokens_r = token_count(t, text);
	return now() - from;
}

static struct token_table *table_open(const char *path)
{
	char err[600];
	struct token_table *t = token_open(path, err, sizeof(err));

	if (!t) {
		fprintf(stderr, "tokens: %s\n", err);
		exit(1);
	}
	return t;
}

static void *room(size_t n)
{
	void *p = malloc(n);

	if (!p) {
		fputs("tokens: no memory\n", stderr);
		exit(1);
	}
	return p;
}

/* -- linear ---------------------------------------------------------------- */

static const struct {
	const char *name, *of;
	bool random; /* characters drawn from it, else again and again */
} kinds[] = {
	{ "a", "a", false },
	{ "spaces", " ", false },
	{ "line ends", "\n", false },
	{ "dashes", "-", false },
	{ "=-", "=-", false },
	{ "/*", "/*", false },
	{ "Ab", "Ab", false },
	{ "Korean syllable", "\xea\xb0\x80", false },
	{ "emoji", "\xf0\x9f\x98\x80", false },
	{ "random letters", "abcdefghijklmnopqrstuvwxyz", true },
	{ "random signs", "=-*/#.~_", true },
	{ "base64", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		    "0123456789+/", true },
	{ "random bytes", NULL, true },
};

static void fill(char *p, size_t k)
{
	size_t n = kinds[k].of ? strlen(kinds[k].of) : 256, at;
	uint64_t seed = 5;

	for (size_t i = 0; i < LARGE; i++) {
		seed = seed * 48271 % 2147483647;
		at = (kinds[k].random ? seed : i) % n;
		p[i] = kinds[k].of ? kinds[k].of[at] : (char)at;
	}
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median share; the two sizes take turns. */
static double share_of(const struct token_table *t, const char *p,
		       double *rate_r)
{
	double share[ROUNDS], rate[ROUNDS];
	int64_t large, small;
	size_t n;

	for (int i = 0; i < ROUNDS; i++) {
		large = took(t, (struct str){ p, LARGE }, &n);
		small = 0;
		for (size_t k = 0; k < PARTS; k++)
			small += took(t, (struct str){ p + k * SMALL, SMALL },
				      &n);
		share[i] = (double)large / (double)small;
		rate[i] = (double)LARGE * 1e3 / (double)large;
	}
	qsort(share, ROUNDS, sizeof(*share), ascending);
	qsort(rate, ROUNDS, sizeof(*rate), ascending);
	*rate_r = rate[ROUNDS / 2];
	return share[ROUNDS / 2];
}

static void linear(char **paths, int n)
{
	char *p = room(LARGE);
	double share, rate, worst = 0;
	struct token_table *t;

	for (int i = 0; i < n; i++) {
		t = table_open(paths[i]);
		printf("%s: time of 1 MB / linear share of 64 KB\n",
		       strrchr(paths[i], '/') ? strrchr(paths[i], '/') + 1 :
						paths[i]);
		for (size_t k = 0; k < COUNT_OF(kinds); k++) {
			fill(p, k);
			share = share_of(t, p, &rate);
			worst = share > worst ? share : worst;
			printf("  %-16s %5.2f %8.1f MB/s\n", kinds[k].name,
			       share, rate);
		}
		token_close(&t);
	}
	printf("worst share %.2f (wanted: at most 2)\n", worst);
	free(p);
}

/* -- beside another -------------------------------------------------------- */

static struct str file_of(const char *path)
{
	FILE *f = fopen(path, "re");
	char *p = room(LARGEST);
	struct str s;

	if (!f) {
		perror(path);
		exit(1);
	}
	s.n = fread(p, 1, LARGEST, f);
	s.p = p;
	fclose(f);
	return s;
}

static void answer(char **argv, int n)
{
	struct token_table *t = table_open(argv[0]);
	struct str *texts = room((size_t)n * sizeof(*texts));
	size_t tokens = 0;
	int64_t ns;
	int i, times;

	for (i = 1; i < n; i++)
		texts[i] = file_of(argv[i]);
	while (scanf("%d %d", &i, &times) == 2 && i >= 0 && i < n - 1) {
		for (ns = 0; times > 0; times--)
			ns += took(t, texts[i + 1], &tokens);
		printf("%zu %lld\n", tokens, (long long)ns);
		fflush(stdout);
	}
	for (i = 1; i < n; i++)
		free((void *)(uintptr_t)texts[i].p);
	free(texts);
	token_close(&t);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fputs("usage: tokens --linear TABLE... | TABLE FILE...\n",
		      stderr);
		return 2;
	}
	if (strcmp(argv[1], "--linear") == 0)
		linear(argv + 2, argc - 2);
	else
		answer(argv + 1, argc - 1);
	return 0;
}
