/*
 * What the caller says about caching: Cache-Control request directives (RFC
 * 9111, section 5.2.1), X-Larder-* headers and the body's "cache" member.
 */
#ifndef SERVE_DIRECTIVE_H
#define SERVE_DIRECTIVE_H

#include "base/fail.h"
#include "base/json.h"

#define TAG_MAX 128 /* bytes of X-Larder-Tag */

struct directive {
	bool no_cache, no_store, only_if_cached;
	int64_t max_age_s;   /* -1: not said */
	int64_t max_stale_s; /* -1: not said; INT64_MAX: any */
	int64_t ttl_s;       /* -1: not said */
	struct str ns, tag;
	bool any;            /* anything said but a tag */
};

void directive_init(struct directive *d);

/* Unknown directives are ignored, as the RFC wants it. */
void directive_cache_control(struct directive *d, struct str value);

/* X-Larder-TTL. 0, or -1 with a 400 in *f. */
int directive_ttl(struct directive *d, struct str value, struct fail *f);

/* X-Larder-Namespace: 1 to 128 bytes. 0, or -1 with a 400 in *f. */
int directive_namespace(struct directive *d, struct str value,
			struct fail *f);

/* The "cache" member, as LiteLLM has it: {"ttl", "s-maxage", "no-cache",
 * "no-store", "namespace"}. 0, or -1 with a 400 in *f. */
int directive_body(struct directive *d, struct arena *a,
		   const struct json *doc, uint32_t cache, struct fail *f);

#endif
