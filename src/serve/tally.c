#include "serve/tally.h"

#include <assert.h>
#include <inttypes.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/utf8.h"
#include "serve/cascade.h"
#include "serve/meter.h"
#include "store/word.h"

#define NOW_MS 5000

static_assert(sizeof(struct tally) <= sizeof(uint64_t[BOARD_TALLY]),
	      "it has its place on the board");

const char *const tally_cache_word[TALLY_CACHES] = {
	"local", "memcached", "stale", "pinned", "collapsed", "miss", "bypass",
};

const char *const tally_token_word[USAGE_PARTS] = {
	[USAGE_FRESH] = "input", [USAGE_READ] = "cache_read",
	[USAGE_WRITE_5M] = "cache_write_5m",
	[USAGE_WRITE_1H] = "cache_write_1h", [USAGE_OUTPUT] = "output",
	[USAGE_REASONING] = "reasoning",
};

const char *const tally_status_word[TALLY_STATUSES] = {
	"2xx", "4xx", "5xx", "aborted",
};

/* As OpenTelemetry has them, and three for the cache's own. */
static const int64_t ms_bound[] = {
	1, 2, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240,
	20480, 40960, 81920,
};
static const int64_t first_bound[] = {
	1, 5, 10, 20, 40, 60, 80, 100, 250, 500, 750, 1000, 2500, 5000, 7500,
	10000,
};
static const int64_t many_bound[] = {
	1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304,
	16777216, 67108864,
};
static_assert(COUNT_OF(ms_bound) < TALLY_CELLS, "there is a last cell");

const struct tally_scale tally_ms = { ms_bound, COUNT_OF(ms_bound) };
const struct tally_scale tally_first_ms = { first_bound,
					    COUNT_OF(first_bound) };
const struct tally_scale tally_many = { many_bound, COUNT_OF(many_bound) };

struct tally *tally_of(struct board *b)
{
	return (struct tally *)b->tally;
}

enum tally_cache tally_cache(const struct req *r)
{
	if (req_from_cache(r))
		return r->hit.pinned ? TALLY_PINNED :
		       r->hit.stale ? TALLY_STALE :
		       r->hit.where == TIER_LOCAL ? TALLY_LOCAL :
						    TALLY_MEMCACHED;
	if (r->out.collapsed)
		return TALLY_COLLAPSED;
	if (r->keyed.use == USE_CACHE)
		return TALLY_MISS;
	return r->out.by ? TALLY_BYPASS : TALLY_NONE;
}

/* -- adding ---------------------------------------------------------------- */

static void add(uint64_t *p, uint64_t n)
{
	if (n)
		__atomic_fetch_add(p, n, __ATOMIC_RELAXED);
}

static void add_to(struct tally_hist *h, const struct tally_scale *s,
		   int64_t v)
{
	size_t i = 0;

	if (v < 0)
		return;
	while (i < s->n && v > s->bound[i])
		i++;
	add(&h->n[i], 1);
	add(&h->sum, (uint64_t)v);
}

/* No more than a call may cost: no line of a liar's turns a counter around. */
static void add_money(uint64_t *p, picousd v)
{
	if (v > 0)
		add(p, v < METER_MOST ? (uint64_t)v : METER_MOST);
}

static void add_saved(uint64_t *saved, uint64_t *burnt, picousd v)
{
	if (v == PRICE_UNKNOWN)
		return;
	add_money(saved, v);
	add_money(burnt, -v);
}

static void add_tokens(uint64_t *token, const struct usage *u)
{
	int64_t part[USAGE_PARTS];

	usage_split(part, u);
	for (size_t i = 0; i < USAGE_PARTS; i++)
		add(&token[i], (uint64_t)part[i]);
}

/* -- what it was ----------------------------------------------------------- */

/* The first who comes in a quarter of an hour puts down what was before. One
 * who dies over it leaves a gap, which the next quarter stands in for. */
static bool claim(int64_t *at, int64_t slot)
{
	int64_t was = word_get(at);

	return was != slot && was != -slot && word_swap(at, was, -slot);
}

static void remember(struct tally *t, int64_t wall_ms)
{
	int64_t slot = wall_ms / TALLY_QUARTER_MS;
	int64_t now = wall_ms / NOW_MS;
	size_t i = (size_t)slot % TALLY_PAST, j = (size_t)now % TALLY_NOW;

	if (wall_ms <= 0)
		return;
	if (claim(&t->past[i].slot, slot)) {
		tally_copy(&t->past[i].was, &t->pulse);
		word_put(&t->past[i].slot, slot);
	}
	if (claim(&t->now[j].slot, now)) {
		word_put(&t->now[j].requests, tally_requests(&t->pulse));
		word_put(&t->now[j].slot, now);
	}
}

/* -- models ---------------------------------------------------------------- */

static const char *operation(enum shape s)
{
	return s == SHAPE_EMBEDDING ? "embeddings" :
	       s == SHAPE_COMPLETION ? "text_completion" : "chat";
}

/* How long the character at the front of s is that may be in a name: 0 when
 * there is none. */
static size_t plain(struct str s)
{
	return (unsigned char)s.p[0] < ' ' ? 0 : utf8_len(s.p, s.n);
}

/* Whole characters, as many as there is room for; '?' for what is none. */
static size_t put_part(char *to, size_t room, struct str s)
{
	size_t n = 0, len;

	for (; s.n; s = str_from(s, len)) {
		len = plain(s);
		if (n + (len ? len : 1) > room)
			break;
		if (len)
			memcpy(to + n, s.p, len);
		else
			to[n] = '?';
		len = len ? len : 1;
		n += len;
	}
	return n;
}

static void make_name(char name[TALLY_NAME], const struct req *r,
		      const struct target *t)
{
	const char *op = operation(r->asked.endpoint.shape);
	size_t n;

	memset(name, 0, TALLY_NAME);
	n = put_part(name, 16, str_c(op));
	name[n++] = '\n';
	n += put_part(name + n, 24, str_c(t->upstream->item.name));
	name[n++] = '\n';
	put_part(name + n, TALLY_NAME - 1 - n, target_name(t));
}

/* FNV-1a: who chooses names that meet has them added up, and no more. */
static uint64_t name_id(const char name[TALLY_NAME])
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < TALLY_NAME; i++)
		h = (h ^ (unsigned char)name[i]) * 0x100000001b3;
	return h ? h : 1;
}

/* All who have that place write the same, and others read it meanwhile. */
static void put_name(char *to, const char name[TALLY_NAME])
{
	for (size_t i = 0; i < TALLY_NAME; i++)
		if (__atomic_load_n(&to[i], __ATOMIC_RELAXED) != name[i])
			__atomic_store_n(&to[i], name[i], __ATOMIC_RELAXED);
}

/* A place is taken for what was answered: a name that anybody makes up costs
 * at least that. */
static struct tally_model *model_of(struct tally *t, const struct req *r)
{
	const struct board_row row = { t->model, sizeof(*t->model),
				       TALLY_MODELS };
	bool known = r->hit.found || r->out.storable;
	struct tally_model *m;
	char name[TALLY_NAME];
	uint64_t id;

	make_name(name, r, req_target(r));
	id = name_id(name);
	m = known ? board_place(&row, id) : board_seen(&row, id);
	if (!m)
		return &t->other;
	put_name(m->name, name);
	return m;
}

/* The next line of a name, as put_part() makes them; NULL: it did not. */
static const char *get_part(char **rest)
{
	char *part = strsep(rest, "\n");
	struct str s = str_c(part);

	while (s.n && plain(s))
		s = str_from(s, plain(s));
	return s.n ? NULL : part;
}

bool tally_names(const struct tally_model *m, struct arena *a,
		 struct tally_names *n_r)
{
	struct tally_names n;
	uint64_t id = word_get(&m->id);
	char *rest = arena_alloc(a, TALLY_NAME);

	for (size_t i = 0; i < TALLY_NAME; i++)
		rest[i] = __atomic_load_n(&m->name[i], __ATOMIC_RELAXED);
	if (!id || rest[TALLY_NAME - 1] || name_id(rest) != id)
		return false;
	n.operation = get_part(&rest);
	n.upstream = get_part(&rest);
	n.model = get_part(&rest);
	if (!n.operation || !n.upstream || !n.model || rest)
		return false;
	*n_r = n;
	return true;
}

/* -- one request ----------------------------------------------------------- */

struct outcome {
	enum tally_cache cache;
	enum tally_status status;
	int64_t took_ms;
	bool own;    /* an upstream answered this one */
	bool hit, miss; /* as reports have it */
	picousd saved;
};

/* A stream may break long after its head. */
static enum tally_status status_of(const struct req *r)
{
	int status = r->fail.status && !req_from_cache(r) ? r->fail.status :
							    r->sent.status;

	return r->out.aborted ? TALLY_ABORTED : status < 400 ? TALLY_2XX :
	       status < 500 ? TALLY_4XX : TALLY_5XX;
}

/* Has the caller got what looks like an answer? */
static bool is_well(const struct req *r)
{
	return !r->out.aborted && r->sent.status < 400;
}

/* Also one that came with a 200, or behind half of an answer. */
static bool is_error(const struct req *r)
{
	return r->fail.status || (r->out.answered && r->out.status >= 400);
}

static struct outcome outcome_of(const struct req *r,
				 const struct bill *bill)
{
	struct outcome o = {
		.cache = tally_cache(r),
		.status = status_of(r),
		.took_ms = clock_mono_ms() - r->mono_ms,
		.own = !req_from_cache(r) && !r->out.collapsed &&
			  r->out.answered,
	};

	o.hit = o.cache <= TALLY_COLLAPSED && is_well(r);
	o.miss = o.cache == TALLY_MISS && is_well(r) && !is_error(r);
	for (size_t i = 0; i < BILL_SAVERS; i++)
		if (bill->saved[i] != PRICE_UNKNOWN)
			o.saved = price_sum(o.saved, bill->saved[i]);
	return o;
}

/* As report_entry_called() has it of the line. */
static bool is_billed(const struct req *r, const struct outcome *o)
{
	return o->own && o->status == TALLY_2XX && !r->fail.status &&
	       r->plan.requested.n &&
	       !shape_is_free(r->asked.endpoint.shape);
}

/* What was paid for, whoever wanted it. */
static void add_bill(struct tally *t, const struct req *r,
		     const struct bill *bill, const struct outcome *o)
{
	struct tally_pulse *p = &t->pulse;

	add_money(&p->cost, bill->known);
	add_saved(&p->saved, &p->burnt, o->saved);
	for (size_t i = 0; i < BILL_SAVERS; i++)
		add_saved(&t->saved[i], &t->burnt[i], bill->saved[i]);
	add(&t->unpriced, is_billed(r, o) && bill->cost == PRICE_UNKNOWN);
	if (o->own)
		add_tokens(p->token, &r->out.facts.usage);
}

static void add_request(struct tally *t, const struct req *r,
			const struct outcome *o)
{
	struct tally_pulse *p = &t->pulse;

	add(&p->cache[o->cache], 1);
	add(&p->hits, o->hit);
	add(&p->misses, o->miss);
	add(&p->errors, o->status == TALLY_4XX || o->status == TALLY_5XX);
	add(&t->status[o->status], 1);
	add_to(o->cache <= TALLY_COLLAPSED ? &p->hit_ms :
	       r->out.answered ? &p->call_ms : &t->refused_ms,
	       &tally_ms, o->took_ms);
	add_to(&t->first_ms, &tally_first_ms, r->sent.ttfb_ms);
}

static void add_model_request(struct tally_model *m, const struct req *r,
			      const struct outcome *o)
{
	add(&m->requests, 1);
	add(&m->hits, o->hit);
	add(&m->errors, o->status == TALLY_4XX || o->status == TALLY_5XX);
	if (o->status != TALLY_2XX)
		return;
	add_to(&m->ms, &tally_ms, o->took_ms);
	add_to(&m->first_ms, &tally_first_ms, r->sent.ttfb_ms);
}

static void add_model_bill(struct tally_model *m, const struct req *r,
			   const struct bill *bill,
			   const struct outcome *o)
{
	const struct usage *u = &r->out.facts.usage;

	add_money(&m->cost, bill->known);
	add_saved(&m->saved, &m->burnt, o->saved);
	if (!o->own)
		return;
	add_tokens(m->token, u);
	add_to(&m->input, &tally_many, u->input);
	add_to(&m->output, &tally_many, u->output);
}

void tally(struct req *r, const struct bill *bill)
{
	struct outcome o = outcome_of(r, bill);
	struct tally *t = tally_of(req_board(r));
	struct tally_model *m;

	remember(t, clock_wall_ms());
	add_bill(t, r, bill, &o);
	if (r->asked.purpose)
		add(&t->asides, 1);
	else
		add_request(t, r, &o);
	if (!req_target(r))
		return;
	m = model_of(t, r);
	add_model_bill(m, r, bill, &o);
	if (!r->asked.purpose)
		add_model_request(m, r, &o);
}
