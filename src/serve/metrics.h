/*
 * How larder is (serve/status.h), for Prometheus: its own text format or
 * OpenMetrics 1.0. The same numbers as on the status page, and histograms.
 * Names of OpenTelemetry's conventions for generative AI begin with gen_ai.
 *
 * There are as many series as the configuration has upstreams and models (the
 * first 256), 64 models that answered, and the 64 tenants who have spent most
 * of a budget of their own; no other tenant, no tag and no route.
 */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include "base/buf.h"
#include "serve/status.h"

/* What Accept names when it is to be OpenMetrics. */
#define METRICS_OPEN "application/openmetrics-text"

/* Appends all of them; gives the Content-Type. */
const char *metrics_text(struct buf *out, const struct status_of *of,
			 bool open);

#endif
