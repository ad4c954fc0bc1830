/*
 * The kinds of upstream larder knows, as a table: what tells one API server
 * from another is a row, and a server without a row is `compatible`.
 */
#ifndef SERVE_PROVIDER_H
#define SERVE_PROVIDER_H

#include <stdbool.h>

#include "base/arena.h"
#include "dialect/shape.h"

struct provider {
	const char *name;
	const char *url;        /* its usual base, or NULL */
	const char *key_header; /* lower case; "authorization": Bearer */
	enum dialect dialect;   /* of its errors, versions and model lists */
	unsigned shapes;        /* what it answers, 1 << enum shape */
	bool stream_usage;      /* takes stream_options.include_usage */
	bool attribution;       /* is, or may be in front of, OpenRouter */
	bool cache_marks;       /* takes cache_control, at least for Claude */
	bool cache_key;         /* takes prompt_cache_key */
};

/* What a provider's cache of prompts can be told about one model. */
struct provider_cache {
	bool marks;        /* with cache_control */
	bool hour;         /* and a life of an hour */
	bool key;          /* with prompt_cache_key */
	size_t min_tokens; /* of a prefix; it keeps no shorter ones */
};

/* The row of that name, or NULL. */
const struct provider *provider_named(const char *name);

/* The row of that name which speaks a dialect, or NULL. said: as below. */
const struct provider *provider_speaking(const char *name, int said);

/* The row of an upstream that names none: its own name's, or a compatible
 * one. said: 0, or an enum dialect + 1 that the row must have. */
const struct provider *provider_of(const char *upstream_name, int said);

/* Models by their usual names; of one that is not known, what most of its kind
 * have. A mark on too short a prefix costs nothing and does nothing. */
struct provider_cache provider_cache(const struct provider *p,
				     struct str model);

/* "openai, anthropic, ..." for people. */
const char *provider_names(struct arena *a);

#endif
