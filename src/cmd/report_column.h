/* The columns of the machine-readable forms: CSV and JSON show the same. */
#ifndef CMD_REPORT_COLUMN_H
#define CMD_REPORT_COLUMN_H

#include "cmd/report_sum.h"

#define REPORT_COLUMNS 41

/* "requests", "cost_usd", "latency_p95_ms". */
const char *report_column_name(int column);

/* As a JSON number; "" when it is not known. Money has all its digits. */
void report_column_text(int column, const struct report_sum *s,
			char out[REPORT_MONEY_TEXT]);

#endif
