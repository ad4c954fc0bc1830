/*
 * Reading a line of the usage log fast: one flat JSON object of strings,
 * numbers and truth values, nothing escaped, as larder writes it. Everything
 * else is left to the strict reader (base/json.h), which is ten times slower;
 * on what both take they agree.
 */
#ifndef CMD_REPORT_SCAN_H
#define CMD_REPORT_SCAN_H

#include "cmd/report_entry.h"

/* Whole lines only. True with every member of the line in *e, which the
 * caller has filled with what is absent; false: *e is anything. */
bool report_scan(struct report_entry *e, struct str line);

#endif
