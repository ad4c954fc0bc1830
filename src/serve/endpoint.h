/* Which request this is, by REQUEST_URI alone: SCRIPT_NAME and PATH_INFO
 * differ from server to server for the same URL. */
#ifndef SERVE_ENDPOINT_H
#define SERVE_ENDPOINT_H

#include "base/fail.h"
#include "base/str.h"
#include "dialect/shape.h"

enum endpoint_kind {
	ENDPOINT_API,    /* goes through the corridor */
	ENDPOINT_HEALTH, /* GET /larder/health */
	ENDPOINT_STATUS, /* GET /larder/status, with the admin key */
	ENDPOINT_METRICS, /* GET /larder/metrics, the same */
};

struct endpoint {
	enum endpoint_kind kind;
	enum shape shape;
	struct str tail;  /* behind /v1/, without the query */
	struct str query; /* with its '?'; empty when there is none */
};

/*
 * Reads uri. 0, or -1 with a 404 or 405 in *f; *e then has the shape the
 * path comes nearest to, so that the refusal has a dialect. With passthrough
 * off, unknown paths are a 404.
 */
int endpoint_find(struct endpoint *e, struct str uri, struct str method,
		  bool passthrough, struct fail *f);

#endif
