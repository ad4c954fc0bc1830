#include "cmd/report_keys.h"

#include <stdlib.h>

#include "cmd/report_mix.h"

#define LARGEST ((int64_t)1 << 40) /* bytes; no answer is as large, and sums
				    * of it by time never overflow */
#define ROOM (1 << 17) /* a power of two */
#define MOST (ROOM / 4 * 3)

struct node {
	uint64_t key;
	int64_t stored_ms;   /* when it was put there; -1: it is not there */
	int64_t gone_ms;     /* when it expires; INT64_MAX: not logged */
	struct report_key sum;
};

struct report_keys {
	struct node **slot;
	uint64_t seed;
	int64_t n, one_in;
	int64_t last_ms;     /* the latest time of the log */
};

struct report_keys *report_keys_new(void)
{
	struct report_keys *k = calloc(1, sizeof(*k));

	if (!k || !(k->slot = calloc(ROOM, sizeof(*k->slot))))
		abort();
	k->seed = report_mix_seed();
	k->one_in = 1;
	return k;
}

void report_keys_free(struct report_keys **k)
{
	if (!*k)
		return;
	for (size_t i = 0; i < ROOM; i++)
		free((*k)->slot[i]);
	free((*k)->slot);
	free(*k);
	*k = NULL;
}

/* -- the keys that are followed -------------------------------------------- */

static bool read_key(struct str hex, uint64_t *key_r)
{
	uint64_t v = 0;
	char c;

	if (hex.n != 16)
		return false;
	for (size_t i = 0; i < hex.n; i++) {
		c = hex.p[i];
		if (c >= '0' && c <= '9')
			v = v << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	*key_r = v;
	return true;
}

/* Keys are hashes, but who writes a log chooses them: where they are must not
 * be foreseen. (Who is followed, by their low digits, must: the same log
 * gives the same report.) */
static struct node **place_of(const struct report_keys *k, uint64_t key)
{
	size_t at = report_mix(k->seed, key) % ROOM;

	while (k->slot[at] && k->slot[at]->key != key)
		at = (at + 1) % ROOM;
	return &k->slot[at];
}

static bool is_followed(const struct report_keys *k, uint64_t key)
{
	return (key & ((uint64_t)k->one_in - 1)) == 0;
}

/* Every second of those that were followed goes. */
static void thin_out(struct report_keys *k)
{
	struct node **old = k->slot;

	k->slot = calloc(ROOM, sizeof(*k->slot));
	if (!k->slot)
		abort();
	k->one_in *= 2;
	k->n = 0;
	for (size_t i = 0; i < ROOM; i++) {
		if (!old[i])
			continue;
		if (is_followed(k, old[i]->key)) {
			*place_of(k, old[i]->key) = old[i];
			k->n++;
		} else {
			free(old[i]);
		}
	}
	free(old);
}

static struct node *follow(struct report_keys *k, uint64_t key, struct str hex)
{
	struct node **at = place_of(k, key);

	if (*at)
		return *at;
	while (k->n >= MOST && k->one_in < INT64_MAX / 2)
		thin_out(k);
	if (!is_followed(k, key) || k->n >= MOST)
		return NULL;
	at = place_of(k, key);
	*at = calloc(1, sizeof(**at));
	if (!*at)
		abort();
	(*at)->key = key;
	(*at)->stored_ms = -1;
	(*at)->sum.size = -1;
	memcpy((*at)->sum.key, hex.p, 16);
	k->n++;
	return *at;
}

/* -- what happens to them -------------------------------------------------- */

/* How long it has been there now. Logs of several hosts overlap: what came
 * earlier does not end it. */
static int64_t kept(const struct node *x, int64_t now_ms)
{
	int64_t until = x->gone_ms < now_ms ? x->gone_ms : now_ms;

	return x->stored_ms < 0 || until < x->stored_ms ? 0 :
	       until - x->stored_ms;
}

static void close_up(struct report_key *sum, const struct node *x,
		     int64_t now_ms)
{
	int64_t ms = kept(x, now_ms);

	if (__builtin_add_overflow(sum->kept_ms, ms, &sum->kept_ms))
		sum->kept_ms = INT64_MAX;
	if (sum->size > 0)
		sum->byte_ms += (__int128)ms * sum->size;
}

static int64_t size_of(const struct report_entry *e)
{
	return e->size < LARGEST ? e->size : LARGEST;
}

static void put(struct node *x, const struct report_entry *e)
{
	close_up(&x->sum, x, e->ms);
	x->stored_ms = e->ms;
	x->gone_ms = e->ttl_ms < 0 || e->ttl_ms > INT64_MAX / 4 ? INT64_MAX :
		     e->ms + e->ttl_ms;
	x->sum.size = size_of(e);
	x->sum.stored++;
}

static void hit(struct node *x, const struct report_entry *e)
{
	if (x->stored_ms < 0) { /* it is older than the log */
		x->stored_ms = e->ms;
		x->gone_ms = INT64_MAX;
		x->sum.size = size_of(e);
	}
	x->sum.hits++;
	if (e->saved != PRICE_UNKNOWN)
		x->sum.saved += e->saved;
}

void report_keys_add(struct report_keys *k, const struct report_entry *e)
{
	bool is_put = e->tier < 0 && e->size >= 0;
	bool is_hit = e->tier >= 0 && e->tier != REPORT_COLLAPSED &&
		      e->tier != REPORT_PINNED;
	struct node *x;
	uint64_t key;

	if (e->ms > k->last_ms)
		k->last_ms = e->ms;
	if ((!is_put && !is_hit) || !read_key(e->key, &key) ||
	    !is_followed(k, key))
		return;
	x = follow(k, key, e->key);
	if (!x)
		return;
	if (is_put)
		put(x, e);
	else
		hit(x, e);
}

/* -- telling --------------------------------------------------------------- */

static struct report_key told(const struct report_keys *k,
			      const struct node *x)
{
	struct report_key sum = x->sum;

	close_up(&sum, x, k->last_ms);
	return sum;
}

/* What saved nothing comes first, the largest of it first; then what saved
 * little for its room. */
static int compare(const void *a, const void *b)
{
	const struct report_key *x = a, *y = b;
	double p = (double)x->saved * (double)y->byte_ms;
	double q = (double)y->saved * (double)x->byte_ms;

	if (p < q || p > q)
		return p < q ? -1 : 1;
	if (x->byte_ms != y->byte_ms)
		return x->byte_ms > y->byte_ms ? -1 : 1;
	return strcmp(x->key, y->key);
}

/* Those with a size that is known, and that stayed a while. */
static struct report_key *gather(const struct report_keys *k, size_t *n_r)
{
	struct report_key *list = calloc((size_t)k->n + 1, sizeof(*list));
	size_t n = 0;

	if (!list)
		abort();
	for (size_t i = 0; i < ROOM; i++) {
		if (!k->slot[i])
			continue;
		list[n] = told(k, k->slot[i]);
		n += list[n].byte_ms > 0;
	}
	*n_r = n;
	return list;
}

size_t report_keys_worst(struct report_keys *k, size_t n,
			 struct report_key *list)
{
	struct report_key *all;
	size_t nall;

	all = gather(k, &nall);
	qsort(all, nall, sizeof(*all), compare);
	if (n > nall)
		n = nall;
	memcpy(list, all, n * sizeof(*list));
	free(all);
	return n;
}

void report_keys_total(struct report_keys *k, struct report_keys_total *t_r)
{
	struct report_keys_total t = { .one_in = k->one_in };
	struct report_key *all;
	size_t n;

	all = gather(k, &n);
	for (size_t i = 0; i < n; i++) {
		t.keys++;
		t.byte_ms += all[i].byte_ms;
		if (all[i].hits)
			continue;
		t.never_hit++;
		t.byte_ms_never_hit += all[i].byte_ms;
	}
	free(all);
	*t_r = t;
}
