#include "serve/way.h"

#define OPEN_DOUBLED 16 /* times the first */
#define PROBE_SLACK_MS 2000

static void way_id(const char *what, const struct upstream *u,
		   const char *model, struct key *id_r)
{
	struct hash h;

	hash_begin(&h, NULL);
	hash_field(&h, str_c(what));
	hash_field(&h, str_c(u->item.name));
	hash_field(&h, str_c(u->url));
	hash_field(&h, str_c(model));
	hash_end(&h, id_r);
}

void way_breaker_id(const struct upstream *u, const char *model,
		    struct key *id_r)
{
	way_id("breaker", u, model, id_r);
}

void way_breaker_own_id(const struct upstream *u, const char *model,
			const struct key *tenant, struct key *id_r)
{
	struct key all;
	struct hash h;

	way_breaker_id(u, model, &all);
	hash_begin(&h, NULL);
	hash_add(&h, all.b, HASH_BYTES);
	hash_add(&h, tenant->b, HASH_BYTES);
	hash_end(&h, id_r);
}

void way_breaker_conf(const struct upstream *u, struct breaker_conf *c_r)
{
	*c_r = (struct breaker_conf){
		.row = u->breaker_failures,
		.percent = 50, .least = 20, .window_ms = 30000,
		.first_ms = u->breaker_open_ms,
		.most_ms = u->breaker_open_ms * OPEN_DOUBLED,
		/* Longer than the call can be without a sign of life. */
		.probe_ms = u->connect_ms + u->first_byte_ms + PROBE_SLACK_MS,
	};
}

void way_limit_id(const struct upstream *u, struct key *id_r)
{
	way_id("limit", u, NULL, id_r);
}

void way_limit_conf(const struct upstream *u, struct limit_conf *c_r)
{
	*c_r = (struct limit_conf){
		.concurrent = u->max_concurrent,
		.requests = u->requests_per_minute,
		.tokens = u->tokens_per_minute,
		.queue = u->queue,
	};
}
