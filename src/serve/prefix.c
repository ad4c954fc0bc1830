#include "serve/prefix.h"

#include "base/clock.h"
#include "dialect/cache_mark.h"
#include "serve/learn.h"
#include "serve/thread.h"

#define LOOKS 8 /* earlier ends that are looked for; see thrift/mark.h */
#define POINTS (LOOKS + 2)

struct place {
	size_t where; /* turns before it */
	const struct key *id;
};

struct prefix {
	struct req *r;
	struct thread thread;
	struct mark_ask ask;
	struct mark_point point[POINTS]; /* in document order */
	struct place place[POINTS];
	size_t n;
	size_t nsystem; /* leading turns that are system text */
};

static struct provider_cache cache_of(const struct target *t)
{
	return provider_cache(t->upstream->as, t->model);
}

/* -- points ---------------------------------------------------------------- */

/* Whose cache it is: that of larder's own account, or of the caller's. But
 * where it only has to keep conversations apart it is the caller's. */
static struct str account(struct req *r, bool apart)
{
	const struct target *t = r->plan.target;
	struct buf b;

	buf_init(&b, r->a);
	buf_puts(&b, "prefix ");
	if (apart || !site_upstream_key(r->site, t->upstream).n)
		buf_add(&b, (const char *)r->who.tenant.b, HASH_BYTES);
	buf_puts(&b, t->upstream->item.name);
	buf_puts(&b, " ");
	buf_str(&b, t->model);
	return buf_view(&b);
}

static void recall(struct prefix *p, struct mark_point *m,
		   const struct key *id)
{
	struct store *s = p->r->site->store;
	struct entry e;

	if (!s || store_get(s, p->r->a, id, clock_wall_ms(), &e) != 1 ||
	    e.bytes.n != MARK_MEMORY)
		return;
	memcpy(m->memory, e.bytes.p, MARK_MEMORY);
	m->known = true;
}

/* The prompt up to the turn `where`. They come from the end to the front. */
static void add_point(struct prefix *p, size_t where, size_t tokens)
{
	struct mark_point *m = &p->point[POINTS - ++p->n];
	struct place *at = &p->place[POINTS - p->n];

	*m = (struct mark_point){ .tokens = tokens,
				  .turn = (unsigned)where,
				  .system = where <= p->nsystem };
	at->where = where;
	at->id = &p->thread.at[where];
	recall(p, m, at->id);
}

static size_t tokens_before(const struct prompt *t, size_t where)
{
	size_t n = t->fixed;

	for (size_t i = 0; i < where; i++)
		n += t->turn[i];
	return n;
}

static void find_points(struct prefix *p, const struct prompt *t)
{
	const struct chat *c = p->thread.chat;
	size_t end = c->nturn;

	add_point(p, end, tokens_before(t, end));
	p->point[POINTS - 1].last = true;
	for (int i = 0; i < LOOKS; i++) {
		end = thread_end_before(c, end);
		if (end <= p->nsystem)
			break;
		add_point(p, end, tokens_before(t, end));
		if (p->point[POINTS - p->n].known)
			break;
	}
	if (p->nsystem < c->nturn)
		add_point(p, p->nsystem, tokens_before(t, p->nsystem));
}

/* -- marks ----------------------------------------------------------------- */

/* Not every turn can have one. */
static void put_mark(struct prefix *p, struct mark_point *m,
		     const struct place *at)
{
	struct fit *f = &p->r->fit;
	size_t where = at->where <= p->nsystem ? CACHE_MARK_SYSTEM :
						 at->where - 1;

	if (!cache_mark_can(&f->chat, where)) {
		m->mark = MARK_NONE;
		return;
	}
	cache_mark_set(&f->list, p->r->a, &f->chat, where,
		       m->mark == MARK_1H);
	f->marks++;
}

static void put_marks(struct prefix *p)
{
	for (size_t i = POINTS - p->n; i < POINTS; i++)
		if (p->point[i].mark != MARK_NONE)
			put_mark(p, &p->point[i], &p->place[i]);
}

static void remember(struct prefix *p)
{
	struct store *s = p->r->site->store;
	int64_t now = clock_wall_ms();
	struct entry e = { now, now, STR("") };

	for (size_t i = POINTS - p->n; s && i < POINTS; i++) {
		if (!p->point[i].remember)
			continue;
		e.expires_ms = now + p->point[i].keep_ms;
		e.bytes = (struct str){ p->point[i].memory, MARK_MEMORY };
		store_put(s, p->place[i].id, &e);
	}
}

static uint64_t who(const struct req *r)
{
	uint64_t id;

	memcpy(&id, r->who.tenant.b, sizeof(id));
	return id;
}

/* As Anthropic publishes them. */
static struct mark_terms terms_of(const struct req *r)
{
	const struct provider_cache c = cache_of(r->plan.target);

	return (struct mark_terms){
		.read = 100, .write_5m = 1250, .write_1h = 2000,
		.min_tokens = c.min_tokens,
		.hour = c.hour && r->site->conf.prompt_cache.hour,
	};
}

static void mark(struct prefix *p, const struct prompt *t)
{
	struct req *r = p->r;

	p->ask = (struct mark_ask){
		.board = &learn_board(req_board(r))->mark,
		.terms = terms_of(r),
		.who = who(r),
		.now_ms = clock_wall_ms(),
		.max = cache_marks(&r->fit.chat) ? 0 : MARKS_MAX,
	};
	if (t->total < p->ask.terms.min_tokens)
		return;
	find_points(p, t);
	mark_plan(&p->ask, &p->point[POINTS - p->n], p->n);
	put_marks(p);
	r->fit.prefix = p;
}

void prefix_sent(struct req *r)
{
	struct prefix *p = r->fit.prefix;

	if (!p)
		return;
	r->fit.prefix = NULL;
	mark_sent(&p->ask, &p->point[POINTS - p->n], p->n);
	remember(p);
}

/* -- keys ------------------------------------------------------------------ */

/* Bytes of what requests may have in common before the first user turn. */
static size_t shared_bytes(const struct prefix *p)
{
	const struct chat *c = &p->r->fit.chat;
	size_t n = json_span(c->doc, c->system).n +
		   json_span(c->doc, json_get(c->doc, 0, "tools")).n;

	for (size_t i = 0; i < p->nsystem; i++)
		n += json_span(c->doc, c->turn[i].tok).n;
	return n;
}

/*
 * OpenAI finds a prompt again where requests with its key went before. So
 * conversations that begin with the same long text share a key, or each would
 * pay for that text anew; others have one each, of what they began with. (A
 * responses input that is a string is no turn, and the last of its kind.)
 * True, and the turns they begin with; false: there is nothing to go by.
 */
static bool key_turns(const struct prefix *p, size_t *n_r)
{
	const struct provider_cache cache = cache_of(p->r->plan.target);
	size_t all = p->r->fit.chat.nturn;
	bool shared = shared_bytes(p) / 4 >= cache.min_tokens;
	size_t n = p->nsystem + !shared;

	*n_r = n < all ? n : all;
	return shared || all;
}

static void set_key(struct prefix *p, size_t turns)
{
	char hex[33];

	key_hex(&p->thread.at[turns], 16, hex);
	cache_key_set(&p->r->fit.list, p->r->a, p->thread.chat,
		      arena_strdup(p->r->a, hex));
}

/* -- what the provider takes ----------------------------------------------- */

static bool takes_marks(const struct site *s, const struct target *t)
{
	return cache_of(t).marks &&
	       s->conf.prompt_cache.anthropic == PROMPT_CACHE_AUTO &&
	       (t->shape == SHAPE_MESSAGES || t->shape == SHAPE_CHAT);
}

static bool takes_key(const struct site *s, const struct target *t)
{
	return cache_of(t).key &&
	       s->conf.prompt_cache.openai == PROMPT_CACHE_AUTO &&
	       (t->shape == SHAPE_CHAT || t->shape == SHAPE_RESPONSES);
}

static size_t leading_system(const struct chat *c)
{
	size_t n = 0;

	while (n < c->nturn && c->turn[n].role == ROLE_SYSTEM)
		n++;
	return n;
}

static bool is_off(const struct target *t)
{
	return t->upstream->prompt_cache != PROMPT_CACHE_AUTO;
}

bool prefix_kept(const struct site *s, const struct target *t,
		 const struct chat *c)
{
	return !cache_of(t).marks || (!is_off(t) && takes_marks(s, t)) ||
	       cache_marks(c);
}

bool prefix_counts(const struct req *r)
{
	const struct target *t = r->plan.target;

	return !is_off(t) && takes_marks(r->site, t);
}

void prefix_mark(struct req *r, const struct prompt *t, struct str summary)
{
	struct fit *f = &r->fit;
	const struct target *at = r->plan.target;
	bool marks = takes_marks(r->site, at);
	size_t turns = f->chat.nturn;
	struct prefix *p;

	if (at->upstream->prompt_cache == PROMPT_CACHE_STRIP)
		cache_marks_cut(&f->list, r->a, &f->chat);
	if (is_off(at) || (marks ? !f->chat.nturn : !takes_key(r->site, at)))
		return;
	p = arena_new_n(r->a, struct prefix, 1);
	*p = (struct prefix){ .r = r,
			      .nsystem = leading_system(&f->chat),
			      .thread.chat = &f->chat };
	if (marks)
		p->thread.brief = &r->site->secret.body;
	else if (!key_turns(p, &turns))
		return;
	thread_name(&p->thread, r, account(r, !marks), summary, turns);
	if (marks)
		mark(p, t);
	else
		set_key(p, turns);
}
