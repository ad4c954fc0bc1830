#include "cmd/curve_own.h"

#include <stdlib.h>

#include "store/layout.h"

const char *const curve_policy_name[CURVE_POLICIES] = {
	"lru", "s3fifo", "gdsf",
};

#define SEVERAL UINT64_MAX

/* A weight of 2^62 times the dearest ask has room in 128 bits. */
#define MOST_THIN 62

/* LRU without a lifetime needs no cache of its own. */
static bool has_cache(const struct curve *c, int policy)
{
	return c->plan.policy[policy] &&
	       (policy != CURVE_LRU || c->plan.ttl != CURVE_FOREVER);
}

static void each_cache(struct curve *c, void (*act)(struct curve *c,
						    int policy, size_t i))
{
	for (int p = 0; p < CURVE_POLICIES; p++)
		for (size_t i = 0; has_cache(c, p) && i < c->plan.sizes; i++)
			act(c, p, i);
}

static void init_cache(struct curve *c, int policy, size_t i)
{
	curve_cache_init(&c->cache[policy][i], (enum curve_policy)policy,
			 c->plan.size[i]);
}

static void fini_cache(struct curve *c, int policy, size_t i)
{
	curve_cache_fini(&c->cache[policy][i]);
}

static void halve_cache(struct curve *c, int policy, size_t i)
{
	curve_cache_halve(&c->cache[policy][i], &c->set);
}

struct curve *curve_new(const struct curve_plan *plan)
{
	struct curve *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->plan = *plan;
	curve_set_init(&c->set, plan->keep);
	curve_set_init(&c->apart, plan->keep);
	curve_set_init(&c->alike, plan->keep);
	curve_set_init(&c->tenants, CURVE_TENANTS);
	curve_stack_init(&c->stack, plan->keep);
	each_cache(c, init_cache);
	return c;
}

void curve_free(struct curve **c)
{
	if (!*c)
		return;
	curve_set_fini(&(*c)->set);
	curve_set_fini(&(*c)->apart);
	curve_set_fini(&(*c)->alike);
	curve_set_fini(&(*c)->tenants);
	curve_stack_fini(&(*c)->stack);
	each_cache(*c, fini_cache);
	free((*c)->born);
	free(*c);
	*c = NULL;
}

/* -- counting -------------------------------------------------------------- */

static unsigned group_of(uint64_t mixed)
{
	return (unsigned)(mixed >> 16) % CURVE_GROUPS;
}

static void add_count(int64_t *sum, int64_t n)
{
	if (__builtin_add_overflow(*sum, n, sum))
		*sum = n < 0 ? INT64_MIN : INT64_MAX;
}

static void add_money(curve_money *sum, curve_money v)
{
	const curve_money most = (curve_money)((unsigned __int128)-1 / 2);

	if (__builtin_add_overflow(*sum, v, sum))
		*sum = v < 0 ? -most : most;
}

/* n asks like this one missed; below 0: they did not after all. */
static void count(struct curve_point *p, uint64_t mixed, picousd worth,
		  int64_t n)
{
	curve_money bill = (curve_money)worth * n;

	p->sampled |= n > 1 || n < -1;
	add_count(&p->missed, n);
	add_money(&p->bill, bill);
	add_count(&p->missed_of[group_of(mixed)], n);
	add_money(&p->bill_of[group_of(mixed)], bill);
}

static void miss(struct curve_point *p, uint64_t mixed, picousd worth,
		 unsigned thin)
{
	count(p, mixed, worth, (int64_t)1 << thin);
}

static void ask_stack(struct curve *c, const struct curve_ask *ask,
		      uint64_t mixed, uint64_t far)
{
	unsigned thin = c->set.thin;

	for (size_t i = 0; i < c->plan.sizes; i++) {
		if (far <= c->plan.size[i] / LAYOUT_CHUNK >> thin)
			break;
		miss(&c->size[CURVE_LRU][i], mixed, ask->worth, thin);
	}
}

static void ask_caches(struct curve *c, const struct curve_ask *ask,
		       uint32_t id, uint64_t mixed, int policy)
{
	uint32_t chunks = (uint32_t)c->set.value[id];
	struct curve_cache *cache;

	for (size_t i = 0; i < c->plan.sizes; i++) {
		cache = &c->cache[policy][i];
		if (!curve_cache_ask(cache, id, chunks, ask, c->plan.ttl))
			miss(&c->size[policy][i], mixed, ask->worth,
			     c->set.thin);
	}
}

static void ask_sizes(struct curve *c, const struct curve_ask *ask,
		      uint32_t id, uint64_t mixed)
{
	uint64_t far = curve_stack_touch(&c->stack, id,
					 (uint32_t)c->set.value[id]);

	for (int p = 0; p < CURVE_POLICIES; p++)
		if (has_cache(c, p))
			ask_caches(c, ask, id, mixed, p);
		else if (c->plan.policy[p])
			ask_stack(c, ask, mixed, far);
}

static void ask_lives(struct curve *c, const struct curve_ask *ask,
		      uint32_t id, uint64_t mixed, bool is_new)
{
	size_t n = c->plan.lives;
	int64_t *born;

	c->born = curve_grow(c->born, &c->born_room, n * (id + 1u),
			     sizeof(*c->born));
	born = c->born + n * id;
	for (size_t i = 0; i < n; i++)
		if (is_new || ask->ms - born[i] >= c->plan.life[i]) {
			born[i] = ask->ms;
			miss(&c->life[i], mixed, ask->worth, c->set.thin);
		}
}

/* -- scope ----------------------------------------------------------------- */

/* Has another tenant asked something that might be this? Numbers of tenants
 * are never SEVERAL nor 0. */
static bool asked_elsewhere(struct curve *c, const struct curve_ask *ask)
{
	uint64_t who = ask->tenant | 1, *seen;
	uint64_t mixed = curve_mix(ask->alike);
	bool is_new, elsewhere;
	uint32_t id;

	if (!curve_set_follows(&c->alike, mixed))
		return false;
	id = curve_set_at(&c->alike, mixed, &is_new);
	if (id == CURVE_NOBODY)
		return false;
	seen = &c->alike.value[id];
	elsewhere = !is_new && *seen != who;
	*seen = elsewhere ? SEVERAL : who;
	while (curve_set_full(&c->alike))
		curve_set_thin(&c->alike, NULL, NULL);
	return elsewhere;
}

static void ask_apart(struct curve *c, const struct curve_ask *ask,
		      uint64_t mixed)
{
	const uint64_t low = 0xffffff;
	uint64_t own = (mixed & ~low) |
		       ((mixed ^ curve_mix(ask->tenant)) & low);
	bool is_new;

	if (!curve_set_follows(&c->apart, own))
		return;
	curve_set_at(&c->apart, own, &is_new);
	if (is_new)
		miss(&c->total.apart, mixed, ask->worth, c->apart.thin);
	while (curve_set_full(&c->apart))
		curve_set_thin(&c->apart, NULL, NULL);
}

static void note_tenant(struct curve *c, uint64_t tenant)
{
	bool is_new;

	if (c->tenants.n < CURVE_TENANTS)
		curve_set_at(&c->tenants, curve_mix(tenant), &is_new);
}

/* -- a request ------------------------------------------------------------- */

static void drop(void *ctx, uint32_t id)
{
	struct curve *c = ctx;

	curve_stack_drop(&c->stack, id);
	for (int p = 0; p < CURVE_POLICIES; p++)
		for (size_t i = 0; i < c->plan.sizes; i++)
			curve_cache_drop(&c->cache[p][i], id);
}

static void first_ask(struct curve *c, const struct curve_ask *ask,
		      uint64_t mixed, bool elsewhere)
{
	unsigned thin = c->set.thin + c->alike.thin;

	miss(&c->total.ever, mixed, ask->worth, c->set.thin);
	miss(&c->total.shared, mixed, ask->worth, c->set.thin);
	if (elsewhere)
		count(&c->total.shared, mixed, ask->worth,
		      -((int64_t)1 << (thin < MOST_THIN ? thin : MOST_THIN)));
}

static void follow(struct curve *c, const struct curve_ask *ask,
		   uint64_t mixed, bool elsewhere)
{
	bool is_new;
	uint32_t id = curve_set_at(&c->set, mixed, &is_new);

	if (id == CURVE_NOBODY)
		return;
	miss(&c->all, mixed, ask->worth, c->set.thin);
	if (is_new || !ask->guessed)
		c->set.value[id] = curve_chunks(ask->bytes);
	if (is_new)
		first_ask(c, ask, mixed, elsewhere);
	ask_sizes(c, ask, id, mixed);
	ask_lives(c, ask, id, mixed, is_new);
	while (curve_set_full(&c->set)) {
		curve_set_thin(&c->set, drop, c);
		each_cache(c, halve_cache);
	}
}

void curve_add(struct curve *c, const struct curve_ask *ask)
{
	uint64_t mixed = curve_mix(ask->key);
	bool elsewhere;

	c->total.asks++;
	add_money(&c->total.worth, ask->worth);
	note_tenant(c, ask->tenant);
	ask_apart(c, ask, mixed);
	elsewhere = asked_elsewhere(c, ask);
	if (curve_set_follows(&c->set, mixed))
		follow(c, ask, mixed, elsewhere);
}

/* -- what came out --------------------------------------------------------- */

void curve_total(const struct curve *c, struct curve_total *t_r)
{
	uint64_t chunks = 0, most = UINT64_MAX / LAYOUT_CHUNK >> c->set.thin;

	for (uint32_t id = 0; id < c->set.top; id++)
		if (id < c->stack.place_room && c->stack.place[id])
			chunks += c->stack.chunks[id];
	*t_r = c->total;
	t_r->one_in = (int64_t)1 << c->set.thin;
	t_r->questions = (int64_t)c->set.n << c->set.thin;
	t_r->bytes = (chunks < most ? chunks : most) * LAYOUT_CHUNK <<
		     c->set.thin;
	t_r->tenants = c->tenants.n;
}

const struct curve_point *curve_size(const struct curve *c,
				     enum curve_policy policy, size_t i)
{
	return &c->size[policy][i];
}

const struct curve_point *curve_life(const struct curve *c, size_t i)
{
	return &c->life[i];
}
