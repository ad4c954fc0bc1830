/*
 * How a text looks, in numbers: what detect.c weighs. Private to the
 * detectors; bench/detect prints it for those who train the weights.
 */
#ifndef THRIFT_DETECT_LOOK_H
#define THRIFT_DETECT_LOOK_H

#include <stdint.h>

#include "base/str.h"

/* Things that are counted. */
#define DETECT_SIGHTS(X)                                                      \
	/* lines */                                                           \
	X(lines) X(fence) X(indent) X(deeper) X(end_semi) X(end_brace)        \
	X(end_colon) X(item) X(opening) X(comment) X(command)                 \
	/* words */                                                           \
	X(words) X(snake) X(camel) X(pascal) X(caps) X(caps_snake) X(call)    \
	X(of_letter) X(index) X(dotted) X(file) X(error) X(letter)            \
	X(request) X(task) X(how_many)                                        \
	/* numbers */                                                         \
	X(number) X(year) X(decimal) X(money) X(percent) X(ratio) X(times)    \
	/* signs */                                                           \
	X(arith) X(equation) X(assign) X(compound) X(caret) X(latex)          \
	X(dollar) X(subscript) X(brace) X(bracket) X(tag) X(backtick)         \
	X(string) X(member) X(flag) X(path) X(question) X(quote) X(stop)      \
	X(comma) X(exclaim)                                                   \
	/* beyond ASCII */                                                    \
	X(wide) X(wide_math)                                                  \
	/* of the above together */                                           \
	X(asked) X(posed)

enum detect_sight {
#define X(name) SIGHT_##name,
	DETECT_SIGHTS(X)
#undef X
	DETECT_SIGHTS_N
};

/* What a word of the list is to its neighbours, in bits. */
enum detect_kind {
	KIND_MAKE = 1,   /* "write": with a KIND_CODE soon after, a request */
	KIND_CODE = 2,   /* "function" */
	KIND_FIND = 4,   /* "solve": with a KIND_MATH soon after, a task */
	KIND_MATH = 8,   /* "equation" */
	KIND_OPEN = 16,  /* "def": begins lines of programs */
	KIND_SHELL = 32, /* "git": begins lines of a shell */
};

#define DETECT_WORD_LONGEST 18

/* A word and how much more likely it makes code and math. */
struct detect_word {
	char word[DETECT_WORD_LONGEST + 1]; /* in lower case; no pointer, which
						each start would relocate */
	uint8_t kind;
	int16_t code, math;
};

/* What a sight counts: by its number of times and by its share of the words,
 * both as powers of two (detect_level, detect_share). */
struct detect_weight {
	int16_t level, share;
};

/* detect_weights.c, which bench/detect/train.py writes. The words are sorted
 * by their bytes. */
extern const struct detect_word detect_words[];
extern const int detect_words_n;
extern const uint16_t detect_words_from[257]; /* first with this byte or a
						 later one */
extern const struct detect_weight detect_code_weights[DETECT_SIGHTS_N];
extern const struct detect_weight detect_math_weights[DETECT_SIGHTS_N];
extern const int detect_code_bias, detect_math_bias;

#define DETECT_WORDS_MAX 1280

struct looks {
	uint32_t n[DETECT_SIGHTS_N];
	uint64_t seen[DETECT_WORDS_MAX / 64]; /* bits, by place in the list */
};

/* Time linear in the text, whatever it is. */
void detect_look(struct str text, struct looks *l_r);

/* How many bits n has, at most 6. */
int detect_level(uint32_t n);

/* The same of n in 256 words or so, at most 8. */
int detect_share(uint32_t n, uint32_t words);

/* What a word seen counts in a text of so many: 16, or less in long ones,
 * where any word may occur. */
int detect_worth(uint32_t words);

/* The list's word that w is but for case, or -1. */
int detect_word_find(struct str w);

#endif
