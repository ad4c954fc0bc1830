/*
 * Exact token counts: o200k_base and cl100k_base, as OpenAI's models count.
 * A table (data/o200k_base.tok, data/cl100k_base.tok) is mapped, never read
 * whole; counting allocates nothing and takes time linear in the text, what-
 * ever the text is. Never used on the way of a hit.
 */
#ifndef THRIFT_TOKEN_H
#define THRIFT_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum token_set { TOKEN_O200K, TOKEN_CL100K, TOKEN_SETS };

struct token_table; /* read-only, shared by threads */

/* Maps a table. NULL with one line in err_r: not there, or damaged. */
struct token_table *token_open(const char *path, char *err_r, size_t err_n);
void token_close(struct token_table **t);

/* Do its bytes have the checksum in its head? Reads all of it (some 10 ms),
 * so token_open() does not: a damaged table may make counts wrong, and no-
 * thing worse. For `doctor` and tests. */
bool token_sound(const struct token_table *t);

/* Tokens of a text. Special tokens' names are plain text, as a provider
 * counts what callers write; bytes that are no UTF-8 count as U+FFFD. */
size_t token_count(const struct token_table *t, struct str text);

/* The encoding of a model by its name, with or without a provider's prefix:
 * o200k for gpt-4o, gpt-4.1, gpt-5, o1, o3, o4, gpt-oss ..., cl100k for
 * gpt-4, gpt-3.5-turbo and embeddings; -1 for other families. */
int token_set_of(struct str model);

#endif
