/* Sums in groups: what `--by` names, and the tables a chart needs. */
#ifndef CMD_REPORT_TABLE_H
#define CMD_REPORT_TABLE_H

#include <stddef.h>

#include "cmd/report_sum.h"

/*
 * Names come from strangers, so the room of a table is bounded. Lines of names
 * there is no room for are added up as "(others)", and so is all that comes of
 * them later: totals are exact, and so is every group. Half of the room is kept
 * for groups that begin with a line that cost something or is an answer of a
 * provider: requests that were refused, with a made-up key each, do not push out
 * those who pay.
 *
 * Which names those were is remembered in 4 MB, by their hashes: after five
 * million of them one in twenty-five new names is taken for one of them.
 */
#define REPORT_MOST_GROUPS 65536
/* Of names and sums half, of times all there is. Where there is no room for
 * the times of a group they are not known. */
#define REPORT_MOST_BYTES ((size_t)80 << 20)

/* What to group by, in the order of the columns. */
struct report_by {
	size_t n;
	enum report_dim dim[REPORT_DIMS];
};

/* "day,model". 0, or -1 when a word is none of report_dim_name or comes
 * twice. */
int report_by_parse(struct report_by *by_r, const char *text);

struct report_group {
	const char *name[REPORT_DIMS]; /* of by.dim[i]; "-" when the log does
					* not say. Bytes of a stranger: valid
					* UTF-8, but quote them */
	bool others; /* all that has no group; a name may be "(others)", too */
	struct report_sum sum;
};

struct report_table;

struct report_table *report_table_new(const struct report_by *by);
void report_table_free(struct report_table **t);

const struct report_by *report_table_by(const struct report_table *t);

void report_table_add(struct report_table *t, const struct report_entry *e);

/* What all groups are together. */
void report_table_total(const struct report_table *t,
			struct report_sum *total_r);

/* All groups, in the order of their names, column by column; the others, if
 * there are any, are the last. The list is the table's and good until
 * something is added. */
const struct report_group *const *
report_table_groups(struct report_table *t, size_t *n_r);

/* The n groups that cost most, dearest first (then by name): at most n of
 * list, whose length is returned. The others are none. */
size_t report_table_dearest(struct report_table *t, size_t n,
			    const struct report_group **list);

/* What there was no room for. */
struct report_table_doubt {
	int64_t lumped; /* lines that are in the others */
	bool timeless;  /* there are groups whose times are not known */
};
struct report_table_doubt report_table_doubt(const struct report_table *t);

#endif
