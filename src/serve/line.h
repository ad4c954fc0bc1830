/* Members of a line of the usage log (docs/larder.log.5). What does not apply
 * is left out: an empty text, a number below 0, money that is not known. */
#ifndef SERVE_LINE_H
#define SERVE_LINE_H

#include "base/buf.h"
#include "thrift/price.h"

/* {"time":...,"pid":...,"host":... The object is left open, for
 * usage_write(). */
void line_begin(struct buf *b, int64_t wall_ms);

/* Cut to a length of which a line holds a dozen. */
void line_str(struct buf *b, const char *name, struct str v);
void line_num(struct buf *b, const char *name, int64_t v);
void line_count(struct buf *b, const char *name, int64_t v); /* not 0, too */
void line_true(struct buf *b, const char *name, bool v);
void line_money(struct buf *b, const char *name, picousd v);

#endif
