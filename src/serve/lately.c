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

enum about { NOT_KEPT = 'K', RENEWED = 'R' };

/* Its name is a keyed hash: with each byte changed it is no other question's,
 * but by chance. */
static struct key question_key(const struct req *r, enum about about)
{
	struct key k = r->keyed.key;

	for (int i = 0; i < HASH_BYTES; i++)
		k.b[i] ^= (uint8_t)about;
	return k;
}

bool lately_unkept(struct req *r)
{
	struct key k = question_key(r, NOT_KEPT);

	return lately(r, &k);
}

void lately_set_unkept(struct req *r)
{
	struct key k = question_key(r, NOT_KEPT);

	lately_set(r, &k, UNKEPT_MS);
}

bool lately_may_renew(struct req *r)
{
	struct key k = question_key(r, RENEWED);

	if (!r->site->store || lately(r, &k))
		return false;
	lately_set(r, &k, RENEW_MS);
	return true;
}
