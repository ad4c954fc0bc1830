/* Bodies to make keys of: the same bytes at every run. */
#ifndef BENCH_KEY_BODIES_H
#define BENCH_KEY_BODIES_H

#include "base/buf.h"
#include "dialect/shape.h"

struct body_kind {
	const char *name;
	enum shape shape;
	void (*put)(struct buf *b, size_t n); /* about n bytes more */
};

extern const struct body_kind body_kinds[];
extern const size_t body_nkinds;

/* A request of about n bytes that asks for that model. */
struct str body_make(struct arena *a, const struct body_kind *k,
		     const char *model, size_t n);

#endif
