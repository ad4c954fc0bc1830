#include "serve/trust.h"

#include "serve/lately.h"

#define ACCEPTED_MS (3600 * 1000)

static void accepted_key(const struct req *r, const struct upstream *u,
			 struct key *out)
{
	struct hash h;

	hash_begin(&h, &r->site->secret.tenant);
	hash_field(&h, STR("accepted"));
	hash_field(&h, str_c(u->item.name));
	hash_field(&h, str_c(u->url));
	hash_add(&h, r->who.tenant.b, HASH_BYTES);
	hash_end(&h, out);
}

bool trust_is_stranger(struct req *r, const struct plan *p)
{
	struct key k;

	if (r->who.client)
		return false;
	accepted_key(r, p->target->upstream, &k);
	return !lately(r, &k);
}

bool trust_holds(struct req *r, const struct plan *p)
{
	return !req_among_strangers(r) || !trust_is_stranger(r, p);
}

/* Does anybody ask? */
static bool matters(const struct req *r)
{
	return req_among_strangers(r) || (r->site->book && !r->who.client);
}

void trust_accepted(struct req *r)
{
	struct key k;

	if (!matters(r))
		return;
	accepted_key(r, r->out.by->upstream, &k);
	lately_set(r, &k, ACCEPTED_MS);
}

void trust_rejected(struct req *r)
{
	struct key k;

	if (!matters(r))
		return;
	accepted_key(r, r->out.by->upstream, &k);
	lately_drop(r, &k);
}
