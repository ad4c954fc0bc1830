/*
 * Where bytes go next. A chain of sinks carries an answer one way, from the
 * upstream to the door; a sink keeps its own `next`.
 */
#ifndef BASE_SINK_H
#define BASE_SINK_H

#include "base/str.h"

struct sink {
	/* 0, or -1 when nobody behind it wants more. */
	int (*write)(struct sink *s, struct str bytes);
	/* Makes what was written visible to the caller now; NULL: no need. */
	int (*flush)(struct sink *s);
};

static inline int sink_write(struct sink *s, struct str bytes)
{
	return s->write(s, bytes);
}

static inline int sink_flush(struct sink *s)
{
	return s->flush ? s->flush(s) : 0;
}

#endif
