/*
 * A line of the usage log (docs/larder.log.5), member by member. What does not
 * apply is left out: an empty text, a number below 0, money that is not known.
 * What does not fit any more is left out, too, and the line says "cut": so
 * those come first that a bill is made of.
 */
#ifndef SERVE_LINE_H
#define SERVE_LINE_H

#include "base/buf.h"
#include "thrift/price.h"

struct line {
	struct buf text;
	bool cut;
};

/* {"time":...,"pid":...,"host":... from a. */
void line_begin(struct line *l, struct arena *a, int64_t wall_ms);

/* Cut to a length of which a line holds a dozen. */
void line_str(struct line *l, const char *name, struct str v);
void line_num(struct line *l, const char *name, int64_t v);
void line_int(struct line *l, const char *name, int64_t v); /* below 0, too */
void line_count(struct line *l, const char *name, int64_t v); /* not 0 */
void line_true(struct line *l, const char *name, bool v);
void line_truth(struct line *l, const char *name, bool v); /* false, too */
void line_money(struct line *l, const char *name, picousd v);

/* The object, still open, for ledger_write(). */
struct buf *line_end(struct line *l);

#endif
