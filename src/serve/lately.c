#include "serve/lately.h"

#include "base/clock.h"

#define UNKEPT_MS (60 * 1000)
#define RENEW_MS (10 * 1000)

void lately_set(struct req *r, const struct key *k, int64_t ms)
{
	int64_t now = clock_wall_ms();
	struct entry e = { now, now + ms, STR("lately") };

	if (r->site->store)
		store_put(r->site->store, k, &e);
}

bool lately(struct req *r, const struct key *k)
{
	struct entry e;

	return r->site->store && store_get(r->site->store, r->a, k,
					   clock_wall_ms(), &e) == 1;
}

void lately_drop(struct req *r, const struct key *k)
{
	if (r->site->store)
		store_drop(r->site->store, k);
}

/* -- questions ------------------------------------------------------------- */

static void question_key(const struct req *r, const char *what,
			 struct key *out)
{
	struct hash h;

	hash_begin_with(&h, &r->site->secret.cache);
	hash_field(&h, str_c(what));
	hash_add(&h, r->keyed.key.b, HASH_BYTES);
	hash_end(&h, out);
}

bool lately_unkept(struct req *r)
{
	struct key k;

	question_key(r, "not kept", &k);
	return lately(r, &k);
}

void lately_set_unkept(struct req *r)
{
	struct key k;

	question_key(r, "not kept", &k);
	lately_set(r, &k, UNKEPT_MS);
}

bool lately_may_renew(struct req *r)
{
	struct key k;

	question_key(r, "being renewed", &k);
	if (!r->site->store || lately(r, &k))
		return false;
	lately_set(r, &k, RENEW_MS);
	return true;
}
