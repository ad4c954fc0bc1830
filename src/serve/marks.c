#include "serve/marks.h"

#include "base/clock.h"

#define ACCEPTED_MS (3600 * 1000)
#define UNKEPT_MS (60 * 1000)
#define RENEW_MS (10 * 1000)

static void mark(struct req *r, const struct key *k, int64_t ms)
{
	int64_t now = clock_wall_ms();
	struct entry e = { now, now + ms, STR("mark") };

	if (r->site->store)
		store_put(r->site->store, k, &e);
}

static bool is_marked(struct req *r, const struct key *k)
{
	struct entry e;

	return r->site->store && store_get(r->site->store, r->a, k,
					   clock_wall_ms(), &e) == 1;
}

/* -- credentials ----------------------------------------------------------- */

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

bool marks_trusts(struct req *r, const struct plan *p)
{
	struct key k;

	if (!req_among_strangers(r))
		return true;
	accepted_key(r, p->target->upstream, &k);
	return is_marked(r, &k);
}

void marks_accepted(struct req *r)
{
	struct key k;

	if (!req_among_strangers(r))
		return;
	accepted_key(r, r->out.by->upstream, &k);
	mark(r, &k, ACCEPTED_MS);
}

void marks_rejected(struct req *r)
{
	struct key k;

	if (!req_among_strangers(r) || !r->site->store)
		return;
	accepted_key(r, r->out.by->upstream, &k);
	store_drop(r->site->store, &k);
}

/* -- questions ------------------------------------------------------------- */

static void question_key(const struct req *r, const char *what,
			 struct key *out)
{
	struct hash h;

	hash_begin(&h, &r->site->secret.cache);
	hash_field(&h, str_c(what));
	hash_add(&h, r->keyed.key.b, HASH_BYTES);
	hash_end(&h, out);
}

bool marks_unkept(struct req *r)
{
	struct key k;

	question_key(r, "not kept", &k);
	return is_marked(r, &k);
}

void marks_set_unkept(struct req *r)
{
	struct key k;

	question_key(r, "not kept", &k);
	mark(r, &k, UNKEPT_MS);
}

bool marks_renew(struct req *r)
{
	struct key k;

	question_key(r, "being renewed", &k);
	if (!r->site->store || is_marked(r, &k))
		return false;
	mark(r, &k, RENEW_MS);
	return true;
}
