/*
 * One section of a request as it is counted: a turn, or what is outside them.
 * prompt.c's helper.
 */
#ifndef THRIFT_PROMPT_WALK_H
#define THRIFT_PROMPT_WALK_H

#include "thrift/prompt.h"

struct tally {
	const struct prompt_ask *ask;
	const struct json *doc;
	struct arena *a; /* NULL: without a table, nothing is decoded whole */
	unsigned family;
	size_t tokens;   /* of text, by the table */
	uint64_t weight; /* of text */
	size_t beside;   /* tokens that are no text */
	bool guessed;    /* something whose price is not known for certain */
};

void tally_text(struct tally *t, struct str text);
/* A text of parts: they are counted as one. */
void tally_line(struct tally *t, const struct str *part, size_t n);
/* A string's decoded text; any other value as it stands. 0: nothing. */
void tally_value(struct tally *t, uint32_t v);
/* A string as text; of arrays and objects what a model reads of them. */
void tally_walk(struct tally *t, uint32_t v);

/* What becomes of a member's value; NULL: no model reads it. */
struct tally_row {
	const char *name;
	void (*count)(struct tally *t, uint32_t v);
};

/* What is not known may be text that somebody reads: it is counted as it
 * stands, so that no limit is evaded by a new name. Numbers are settings. */
void tally_rest(struct tally *t, uint32_t v);

/* Each member of an object by its row, or as what is not known. */
void tally_members(struct tally *t, uint32_t obj, const struct tally_row *row,
		   size_t n);

/* The array of tools, or of functions as they once were called. */
void tally_tools(struct tally *t, uint32_t tools);

#endif
