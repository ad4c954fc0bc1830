/*
 * The reading of a text by detect_look.c and detect_sign.c: a line at a time,
 * from word to number to sign. Each of the *_look functions takes what begins
 * at p, which has `prev` or `start` (the line's first) before it, counts it,
 * and says where it ends.
 */
#ifndef THRIFT_DETECT_GAZE_H
#define THRIFT_DETECT_GAZE_H

#include <stdbool.h>

#include "thrift/detect_look.h"

/* Where the reading of a text is. */
struct gaze {
	struct looks *l;
	const char *p, *end;   /* of the line */
	size_t indent;         /* of the last line with anything on it */
	bool opened;           /* it ended in something that opens a block */
	uint32_t made, found;  /* at which word there was a verb; 0: none */
	int how;               /* words since "how" */
};

static inline bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static inline bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_letter(char c)
{
	return is_lower(c) || is_upper(c);
}

/* The lead or tail of a Latin, Greek or Cyrillic letter; not of the signs
 * U+0080 to U+00BF. */
static inline bool is_accented(char c)
{
	unsigned char u = (unsigned char)c;

	return (u >= 0xc3 && u <= 0xd4) || (u >= 0x80 && u <= 0xbf);
}

static inline bool is_among(char c, const char *set)
{
	return c && strchr(set, c);
}

/* The character n behind at; 0 outside of the line. */
static inline char ahead(const struct gaze *g, const char *at, size_t n)
{
	return n < (size_t)(g->end - at) ? at[n] : '\0';
}

static inline char before(const char *start, const char *at)
{
	return at > start ? at[-1] : '\0';
}

static inline void see(struct gaze *g, enum detect_sight s)
{
	g->l->n[s]++;
}


const char *detect_number_look(struct gaze *g, const char *p, char prev);
const char *detect_sign_look(struct gaze *g, const char *start, const char *p);

/* Superscripts, operators, geometric shapes and the mathematical letters, of
 * a sequence of n bytes. */
bool detect_is_wide_math(const unsigned char *u, size_t n);

#endif
