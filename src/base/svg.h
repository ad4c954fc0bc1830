/*
 * Charts as inline SVG, drawn from columns of numbers: a figure with its
 * caption, a legend, an axis, and a title on every mark, for pointers and for
 * readers of screens. Colours are the page's (base/html.h).
 */
#ifndef BASE_SVG_H
#define BASE_SVG_H

#include "base/buf.h"

#define SVG_NONE __builtin_nan("")

enum svg_kind {
	SVG_STACK, /* bars, one series on top of the other; none below 0 */
	SVG_BARS,  /* bars side by side */
	SVG_LINES, /* on an axis of powers of ten; a gap at SVG_NONE */
};

struct svg_series {
	const char *name;
	const double *value; /* of each column; for drawing only */
	unsigned colour;     /* 0 to 7 */
};

struct svg_chart {
	enum svg_kind kind;
	const char *id;    /* unique on its page; letters only */
	const char *title; /* what it is, */
	const char *desc;  /* and what it shows, for who does not see it */
	size_t n;          /* columns */
	const char *const *label;
	size_t nseries;
	const struct svg_series *series;
	/* A number with its unit, shortly; out has room for 32 bytes. */
	void (*say)(double v, char *out);
};

void svg_chart(struct buf *b, const struct svg_chart *c);

/* One bar of parts, and what their colours mean. `all` may be more than their
 * sum. say: NULL, or their numbers with units for the titles. */
struct svg_part {
	const char *name;
	double value;
	unsigned colour;
};
void svg_meter(struct buf *b, const char *title, const struct svg_part *part,
	       size_t n, double all, void (*say)(double v, char *out));
void svg_legend(struct buf *b, const struct svg_part *part, size_t n);

/* "12", "3.4k", "5M": a say() for counts; 24 bytes are enough. */
void svg_say_count(double v, char *out);

#endif
