/* Between the files of report_view_text(). */
#ifndef CMD_REPORT_TEXT_H
#define CMD_REPORT_TEXT_H

#include "cmd/report_view.h"

/* Lines such as "Cache:  local 5, stale 1" behind an empty one; of no request
 * none. Money with so many places. */
void report_text_summary(const struct report_sum *s, int places, FILE *out);

/* report_notes() and damaged lines, behind an empty one. */
void report_text_notes(const struct report_view *v, FILE *out);

#endif
