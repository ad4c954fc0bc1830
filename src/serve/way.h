/* The places on the board that belong to an upstream: its breakers and its
 * limits, and the numbers they go by. */
#ifndef SERVE_WAY_H
#define SERVE_WAY_H

#include "serve/settings.h"
#include "store/breaker.h"
#include "store/limit.h"

/* The breaker of one model, or (NULL) of all that no section names: strangers
 * choose the names of those. */
void way_breaker_id(const struct upstream *u, const char *model,
		    struct key *id_r);
/* The same for one account alone. */
void way_breaker_own_id(const struct upstream *u, const char *model,
			const struct key *tenant, struct key *id_r);
void way_breaker_conf(const struct upstream *u, struct breaker_conf *c_r);

void way_limit_id(const struct upstream *u, struct key *id_r);
void way_limit_conf(const struct upstream *u, struct limit_conf *c_r);

#endif
