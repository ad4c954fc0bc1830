/*
 * How large a prompt is for a model, what of a long conversation goes, and
 * which limit there is. A worker goes by it (serve/fit.h), and `larder route`,
 * which says what a worker would do.
 */
#ifndef SERVE_SIZE_H
#define SERVE_SIZE_H

#include "serve/req.h"
#include "thrift/prompt.h"
#include "thrift/trim.h"

/* The encoding a model's tokens are counted in; NULL: they are estimated. */
const struct token_table *size_table(struct site *s, const struct target *t);

/* Counts, by what was learned or (NULL) by what holds at all times: that is
 * for what must not change from one turn of a conversation to the next. */
void size_count(struct prompt *p, struct arena *a, struct site *s,
		const struct target *t, const struct chat *c,
		const struct family_board *learned);

/* Is there something to cut behind what must stay? */
bool size_may_cut(const struct trim_conf *conf, const struct chat *c);

/* What goes; c, as it came, was counted to p by what holds at all times. */
void size_cut(struct trim *cut, struct arena *a, struct site *s,
	      const struct target *t, const struct chat *c,
	      const struct prompt *p);

/* The turns that are left. */
void size_leave_out(struct chat *c, struct arena *a, const struct trim *cut);

/* How many tokens a request of that shape may have; 0: any number. */
int64_t size_most(const struct target *t, enum shape shape);

#endif
