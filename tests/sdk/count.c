/*
 * Tokens of texts, for tokens.test.mjs:
 *
 *   count TABLE
 *
 * reads texts, each behind its length (4 bytes, little endian), and prints a
 * number a line.
 */
#include <endian.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "thrift/token.h"

#define LARGEST (64u << 20)

/* 1, or 0 at the end. */
static int text_read(char **text, size_t *n_r)
{
	uint32_t n;

	if (fread(&n, sizeof(n), 1, stdin) != 1)
		return 0;
	n = le32toh(n);
	free(*text);
	*text = n <= LARGEST ? malloc(n + 1) : NULL;
	if (!*text || fread(*text, 1, n, stdin) != n) {
		fputs("count: no whole text\n", stderr);
		exit(1);
	}
	*n_r = n;
	return 1;
}

int main(int argc, char **argv)
{
	struct token_table *t;
	char err[600], *text = NULL;
	size_t n;

	if (argc != 2) {
		fputs("usage: count TABLE\n", stderr);
		return 2;
	}
	t = token_open(argv[1], err, sizeof(err));
	if (!t) {
		fprintf(stderr, "count: %s\n", err);
		return 1;
	}
	while (text_read(&text, &n))
		printf("%zu\n", token_count(t, (struct str){ text, n }));
	free(text);
	token_close(&t);
	return 0;
}
