/*
 * INI files by table. A row says what a name means, where its value goes and
 * what the manual says of it; reading, checking, `config --doc` and
 * `config --example` all come from the same rows. Knows nothing of what the
 * names are for.
 */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stdio.h>

#include "base/arena.h"

enum conf_type {
	CONF_STRING,   /* const char *, never empty; NULL when absent without
			* default */
	CONF_LIST,     /* struct conf_words, comma-separated, may be empty */
	CONF_SIZE,     /* size_t: 64M, 2G, 512K, 100 */
	CONF_DURATION, /* int64_t milliseconds: 90s 15m 3d 20ms 0; at most a
			* hundred years; -1 when absent without default */
	CONF_BOOL,     /* bool: yes no */
	CONF_INT,      /* int */
	CONF_CHOICE,   /* int: position in choices */
};

struct conf_words {
	const char **word;
	size_t n;
};

struct conf_row {
	const char *name; /* NULL ends a table */
	enum conf_type type;
	size_t offset;       /* in the section's struct */
	const char *dflt;    /* as it would be written; NULL: none */
	const char *choices; /* CONF_CHOICE: "a|b|c"; CONF_INT: "min..max" */
	const char *doc;     /* one or more sentences */
};

/* Every struct of a named section begins with this. */
struct conf_item {
	const char *name; /* [upstream NAME] */
	int line;         /* of its heading */
};

struct conf_items {
	void *item; /* n structs in file order */
	size_t n;
};

struct conf_section {
	const char *name; /* NULL ends the table */
	bool named;       /* [name X], any number of them */
	size_t size;      /* named: of one struct */
	size_t offset;    /* in the settings: a struct, or struct conf_items */
	const struct conf_row *row;
	const char *doc;
};

/*
 * Fills settings with the defaults, then with what the file says. path NULL:
 * defaults only. Values live in a. 0, or -1 with err_r holding one line such
 * as `/etc/larder/larder.conf:12: unknown name "tread" in [larder] (did you
 * mean "threads"?)`. Every section and name may stand once; lines may be
 * indented and up to 8 KiB long, none continues the one before; " ;" begins
 * a comment; a file is at most 1 MiB. *text_r is what was read, in a, and
 * untouched when nothing could be. Sets inih's global line length: for one
 * thread at a time.
 */
int conf_load(const struct conf_section *table, void *settings,
	      struct arena *a, const char *path, struct str *text_r,
	      char *err_r, size_t err_n);

/* The manual of the file as roff (for larder.conf.5), and a commented
 * example in which every name stands with its default. */
void conf_doc(const struct conf_section *table, FILE *out);
void conf_example(const struct conf_section *table, FILE *out);

#endif
