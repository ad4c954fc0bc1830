/* `larder estimate`: a month's bill, from what is assumed or from a log. */
#ifndef CMD_ESTIMATE_H
#define CMD_ESTIMATE_H

#include <stdio.h>

#include "base/arena.h"
#include "cmd/forecast.h"

/* Least saved, likely, most saved. */
enum { ESTIMATE_LOW, ESTIMATE_LIKELY, ESTIMATE_HIGH, ESTIMATE_VIEWS };

struct estimate {
	const char *model, *aside_model;
	const struct prices *prices;    /* or, without it: */
	struct forecast_million million;
	struct forecast_ask ask;
	struct forecast_guess guess[ESTIMATE_VIEWS];
	struct forecast f[ESTIMATE_VIEWS];
};

/* What is assumed unless options say otherwise. */
void estimate_init(struct estimate *e);

/* Fills f. 0, or -1 when a price is not known. */
int estimate_make(struct estimate *e);

/* -- what is printed ------------------------------------------------------- */

enum estimate_kind {
	ESTIMATE_MONEY,   /* picodollars */
	ESTIMATE_PERCENT, /* hundredths of a percent */
	ESTIMATE_COUNT,
	ESTIMATE_TEXT,
};

struct estimate_cell {
	enum estimate_kind kind;
	forecast_money v;
	const char *text;
	bool absent;     /* "-", or nothing */
};

#define ESTIMATE_COLUMNS 12

/* A table: every cell of a column but the first is flush right. */
struct estimate_table {
	const char *name;               /* of the list in JSON */
	const char *title[ESTIMATE_COLUMNS];  /* for people, or NULL */
	const char *member[ESTIMATE_COLUMNS]; /* for programs, or NULL */
	size_t columns, rows, room;
	struct estimate_cell *cell;     /* in a */
	struct arena *a;
	const char *note;               /* below it, for people; or NULL */
};

void estimate_table_init(struct estimate_table *t, struct arena *a,
			 const char *name);
void estimate_column(struct estimate_table *t, const char *title,
		     const char *member);

/* Appends a cell; a row is full when all columns have one. Text is copied. */
void estimate_text(struct estimate_table *t, const char *text);
void estimate_put(struct estimate_table *t, enum estimate_kind kind,
		  forecast_money v);
void estimate_none(struct estimate_table *t);

void estimate_print_text(const struct estimate_table *t, FILE *out);
void estimate_print_csv(const struct estimate_table *t, FILE *out);
void estimate_print_json(const struct estimate_table *t, FILE *out);

/* The tables of the three ways to ask. -1 after a line on stderr. */
int estimate_of_options(struct estimate_table *t, struct estimate *e);
int estimate_of_scenarios(struct estimate_table *t,
			  const struct prices *prices);
int estimate_of_logs(struct estimate_table *t, char *const *path, int n);

#endif
