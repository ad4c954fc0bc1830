#include "serve/trust.h"

#include "base/clock.h"
#include "serve/lately.h"
#include "store/budget_known.h"
#include "store/le.h"

#define ACCEPTED_MS (3600 * 1000)

static void accepted_key(const struct req *r, const struct upstream *u,
			 struct key *out)
{
	struct hash h;

	hash_begin_with(&h, &r->site->secret.tenant);
	hash_field(&h, STR("accepted"));
	hash_field(&h, str_c(u->item.name));
	hash_field(&h, str_c(u->url));
	hash_add(&h, r->who.tenant.b, HASH_BYTES);
	hash_end(&h, out);
}

/* In the file of sums, which knows accounts. */
static uint64_t accepted_id(const struct req *r, const struct upstream *u)
{
	struct hash h;
	struct key k;

	hash_begin_with(&h, &r->site->secret.tenant);
	hash_field(&h, STR("accepted account"));
	hash_field(&h, str_c(u->item.name));
	hash_field(&h, str_c(u->url));
	hash_field(&h, str_c(r->who.account));
	hash_end(&h, &k);
	return le_get(k.b, 8);
}

bool trust_holds(struct req *r, const struct plan *p)
{
	struct key k;

	if (!req_among_strangers(r))
		return true;
	accepted_key(r, p->target->upstream, &k);
	return lately(r, &k);
}

bool trust_is_stranger(const struct req *r, const struct plan *p)
{
	if (r->who.client)
		return false;
	return !r->site->book ||
	       !budget_knows(budget_known(r->site->book),
			     accepted_id(r, p->target->upstream),
			     clock_wall_ms());
}

void trust_accepted(struct req *r)
{
	const struct upstream *u = r->out.by->upstream;
	struct key k;

	if (r->site->book && !r->who.client)
		budget_know(budget_known(r->site->book), accepted_id(r, u),
			    clock_wall_ms());
	if (!req_among_strangers(r))
		return;
	accepted_key(r, u, &k);
	lately_set(r, &k, ACCEPTED_MS);
}

void trust_rejected(struct req *r)
{
	const struct upstream *u = r->out.by->upstream;
	struct key k;

	if (r->site->book && !r->who.client && r->out.status == 401)
		budget_unknow(budget_known(r->site->book), accepted_id(r, u));
	if (!req_among_strangers(r))
		return;
	accepted_key(r, u, &k);
	lately_drop(r, &k);
}
