/*
 * Byte pair encoding of one piece: how many tokens merging makes of it.
 *
 * Short pieces are merged as the reference does, pair by pair. For long ones
 * that would be quadratic, so the encodings of all prefixes are followed: the
 * encoding of a prefix is that of a shorter prefix and one more token, which
 * is the only one whose bytes stand there and that merging keeps apart from
 * the token before. All it takes is to remember the last token of the 256
 * prefixes before: memory is fixed, time linear.
 */
#ifndef THRIFT_TOKEN_MERGE_H
#define THRIFT_TOKEN_MERGE_H

#include "thrift/token_table.h"

/* Pieces of a text that were merged already: words come again. */
#define TOKEN_KNOWN 8192
struct token_memo {
	const uint8_t *text;
	size_t mask; /* a short text has few, and there is less to clear */
	struct token_known {
		uint32_t at;
		uint8_t n, count;
	} known[TOKEN_KNOWN];
};
void token_memo_begin(struct token_memo *memo, struct str text);

/* Large, written before it is read, and not to be cleared by compilers that
 * are told to clear what is on the stack. */
#define TOKEN_ROOM __attribute__((uninitialized))

/* Tokens of a piece of n > 0 bytes, valid UTF-8. memo may be NULL. */
size_t token_merge(const struct token_table *t, struct token_memo *memo,
		   const uint8_t *p, size_t n);

/* The same for pieces that come in parts. */
#define TOKEN_WINDOW 256
#define TOKEN_BEFORE (2 * TOKEN_WINDOW) /* bytes that must stay before p */
#define TOKEN_PAIRS 512
#define TOKEN_STARTS 4
struct token_run {
	uint32_t rank[TOKEN_WINDOW]; /* of a prefix's last token */
	size_t count[TOKEN_WINDOW];
	size_t at; /* bytes so far */
	size_t start[TOKEN_STARTS]; /* of last tokens, the latest first */
	uint64_t pair[TOKEN_PAIRS]; /* what was found out about pairs */
};
void token_run_begin(struct token_run *r);
void token_run_add(struct token_run *r, const struct token_table *t,
		   const uint8_t *p, size_t n);
size_t token_run_count(const struct token_run *r);

#endif
