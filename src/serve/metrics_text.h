/* The words of metrics.c and metrics_hist.c: heads, names, labels. */
#ifndef SERVE_METRICS_TEXT_H
#define SERVE_METRICS_TEXT_H

#include "base/buf.h"
#include "serve/tally.h"

struct metrics_text {
	struct buf *out;
	bool open; /* OpenMetrics */
};

/* Adds name="value", with a comma before it where there is something. */
void metrics_label(struct buf *b, const char *name, const char *value);
/* The labels of a model, as OpenTelemetry calls them. */
void metrics_model(struct buf *b, const char *operation,
		   const char *upstream, const char *model);

/* HELP, TYPE and, by the end of the name, UNIT. type: "counter", ... */
void metrics_head(const struct metrics_text *m, const char *name,
		  const char *type, const char *help);

/* A sample up to its value: both lists of labels may be empty. */
void metrics_name(const struct metrics_text *m, const char *name,
		  const char *tail, const char *labels, const char *more);

void metrics_seconds(const struct metrics_text *m, uint64_t ms);

bool metrics_ends(const char *s, const char *with);

/* All histograms. */
void metrics_hists(const struct metrics_text *m, const struct tally *t);

#endif
