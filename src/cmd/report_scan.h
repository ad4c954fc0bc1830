/*
 * Reading a line of the usage log fast: one flat JSON object of strings,
 * numbers and truth values, nothing escaped, as larder writes it. Everything
 * else is left to the strict reader (base/json.h), which is ten times slower;
 * on what both take they agree.
 */
#ifndef CMD_REPORT_SCAN_H
#define CMD_REPORT_SCAN_H

#include "cmd/report_entry.h"

enum report_kind {
	REPORT_TEXT,
	REPORT_COUNT, /* a whole number, not below 0 */
	REPORT_WHOLE, /* or below it */
	REPORT_MONEY, /* USD, as a number or in quotes */
	REPORT_TRUTH,
	REPORT_CRC,   /* where it stands is the caller's business */
	REPORT_OTHER, /* larder writes it, no report needs it */
};

/* A member of the line and the field of struct report_entry it is for. */
struct report_member {
	const char *name;
	enum report_kind kind;
	size_t at;
};

/* The member of that name, or NULL: foreign. */
const struct report_member *report_member_find(struct str name);

/* Whole lines only. True with every member of the line in *e, which the
 * caller has filled with what is absent; false: *e is anything. */
bool report_scan(struct report_entry *e, struct str line);

#endif
