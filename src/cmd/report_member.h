/* The members of a line that larder writes, and finding them by name. */
#ifndef CMD_REPORT_MEMBER_H
#define CMD_REPORT_MEMBER_H

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

/* By their numbers, 0 to fewer than REPORT_MEMBERS_MOST. */
#define REPORT_MEMBERS_MOST 64
extern const struct report_member report_members[];

/* The member of that name, or NULL: foreign. */
const struct report_member *report_member_find(struct str name);

/* -- for the scanner, which is in a hurry ---------------------------------- */

/* Before any of what follows; again does nothing. */
void report_members_ready(void);

/* How a member begins in a line: "name": with its quotes and colon, n bytes
 * of text. */
extern struct report_head {
	char text[48];
	size_t n;
} report_heads[REPORT_MEMBERS_MOST];

/* A hash of a name that is not empty. */
uint64_t report_member_mix(struct str name);

/* The number of the member of that name and hash; -1: foreign. */
int report_member_number(struct str name, uint64_t mixed);

#endif
