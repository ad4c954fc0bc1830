/* The hall itself: guests, their upstream, and the log. */
#include "share_bed.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "memc_fake.h"

/* -- waiting --------------------------------------------------------------- */

static void moment(struct timespec *ts, int64_t ms)
{
	clock_gettime(CLOCK_REALTIME, ts);
	ts->tv_sec += ms / 1000;
	ts->tv_nsec += ms % 1000 * 1000000;
	if (ts->tv_nsec >= 1000000000) {
		ts->tv_sec++;
		ts->tv_nsec -= 1000000000;
	}
}

static void says(struct hall *h)
{
	pthread_cond_broadcast(&h->news);
}

/* Waits, with the lock held, until so() or for too long. What nobody tells
 * us, numbers on the board, is looked at again and again. */
static void wait_until(struct hall *h, bool (*so)(const void *ctx),
		       const void *ctx, const char *what)
{
	int64_t until = clock_mono_ms() + HALL_PATIENCE_MS;
	struct timespec ts;

	while (!so(ctx)) {
		if (clock_mono_ms() > until) {
			pthread_mutex_unlock(&h->lock);
			bed_fail("waited too long for %s\n", what);
		}
		moment(&ts, 5);
		pthread_cond_timedwait(&h->news, &h->lock, &ts);
	}
}

static void await(struct hall *h, bool (*so)(const void *ctx),
		  const void *ctx, const char *what)
{
	pthread_mutex_lock(&h->lock);
	wait_until(h, so, ctx, what);
	pthread_mutex_unlock(&h->lock);
}

/* -- the upstream ---------------------------------------------------------- */

struct net {
	struct hall *h;
};

static void net_close(struct net **n)
{
	free(*n);
	*n = NULL;
}

static int play_head(const struct play *p, const struct net_call *c)
{
	struct net_header h[16];
	size_t n = 0;

	h[n++] = (struct net_header){ STR("Content-Type"), str_c(p->type) };
	for (size_t i = 0; p->header && p->header[i]; i += 2)
		h[n++] = (struct net_header){ str_c(p->header[i]),
					      str_c(p->header[i + 1]) };
	return c->head(c->ctx, p->status, h, n);
}

static enum net_end play_all(const struct play *p, const struct net_call *c)
{
	if (p->status && (play_head(p, c) ||
			  c->data(c->ctx, str_c(p->body))))
		return NET_REFUSED;
	return p->end;
}

static struct upcall *call_new(struct hall *h, const struct net_call *c)
{
	struct upcall *u = &h->call[h->ncalls];

	if (h->ncalls == HALL_CALLS)
		abort();
	u->h = h;
	for (size_t i = 0; i < c->nheader; i++)
		if (str_ieq(c->header[i].name, STR("authorization")))
			snprintf(u->auth, sizeof(u->auth), "%.*s",
				 (int)c->header[i].value.n,
				 c->header[i].value.p);
	h->ncalls++;
	says(h);
	return u;
}

/* Does what it was told to, without the lock. True when that was the end. */
static bool obey(struct upcall *u, const struct net_call *c, enum order order,
		 enum net_end *end_r)
{
	*end_r = NET_REFUSED;
	switch (order) {
	case ORDER_HEAD:
		u->result = play_head(&u->play, c);
		break;
	case ORDER_DATA:
		u->result = c->data(c->ctx, str_c(u->play.body));
		break;
	case ORDER_TICK:
		u->result = c->tick(c->ctx);
		break;
	case ORDER_GONE:
		*end_r = NET_CALLER_GONE;
		u->result = c->gone(c->ctx);
		break;
	case ORDER_END:
		*end_r = u->end;
		return true;
	case ORDER_NONE: /* nobody said anything */
		return c->tick(c->ctx) != 0;
	}
	return u->result != 0;
}

/* With the lock held: waits for an order. A second of silence is a tick, as
 * everywhere. */
static enum order next_order(struct upcall *u, const struct net_call *c)
{
	struct timespec ts;

	moment(&ts, c->tick_ms);
	while (u->order == ORDER_NONE)
		if (u->h->no_ticks)
			pthread_cond_wait(&u->h->news, &u->h->lock);
		else if (pthread_cond_timedwait(&u->h->news, &u->h->lock, &ts))
			break;
	return u->order;
}

static enum net_end call_led(struct upcall *u, const struct net_call *c)
{
	struct hall *h = u->h;
	enum net_end end = NET_REFUSED;
	enum order order;
	bool over = false;

	pthread_mutex_lock(&h->lock);
	while (!over) {
		order = next_order(u, c);
		pthread_mutex_unlock(&h->lock);
		over = obey(u, c, order, &end);
		pthread_mutex_lock(&h->lock);
		if (order != ORDER_NONE) /* else one may have come since */
			u->order = ORDER_NONE;
		u->ended |= over;
		says(h);
	}
	pthread_mutex_unlock(&h->lock);
	return end;
}

static enum net_end net_call(struct net *n, const struct net_call *c,
			     char *err_r, size_t err_n)
{
	struct hall *h = n->h;
	struct upcall *u;

	snprintf(err_r, err_n, "as the test has it");
	if (h->instead)
		h->instead(h, c);
	pthread_mutex_lock(&h->lock);
	u = call_new(h, c);
	u->ended = h->plays;
	pthread_mutex_unlock(&h->lock);
	return u->ended ? play_all(&h->bed[0].play, c) : call_led(u, c);
}

static const struct net_ops ops = { NET_ABI, NULL, net_close, net_call };

static bool obeyed(const void *ctx)
{
	const struct upcall *u = ctx;

	return u->order == ORDER_NONE || u->ended;
}

static int tell(struct upcall *u, enum order order)
{
	struct hall *h = u->h;
	int result;

	pthread_mutex_lock(&h->lock);
	if (u->ended) {
		pthread_mutex_unlock(&h->lock);
		bed_fail("the call has ended already\n");
	}
	u->result = 0;
	u->order = order;
	says(h);
	wait_until(h, obeyed, u, "the upstream");
	result = u->result;
	pthread_mutex_unlock(&h->lock);
	return result;
}

int up_head(struct upcall *u, int status, const char *type,
	    const char *const *header)
{
	u->play = (struct play){ .status = status, .type = type,
				 .header = header };
	return tell(u, ORDER_HEAD);
}

int up_data(struct upcall *u, const char *text)
{
	u->play.body = text;
	return tell(u, ORDER_DATA);
}

int up_tick(struct upcall *u)
{
	return tell(u, ORDER_TICK);
}

int up_gone(struct upcall *u)
{
	return tell(u, ORDER_GONE);
}

void up_ends(struct upcall *u, enum net_end end)
{
	u->end = end;
	tell(u, ORDER_END);
}

void up_plays(struct upcall *u, const struct play *p)
{
	if (p->status && (up_head(u, p->status, p->type, p->header) ||
			  up_data(u, p->body)))
		return; /* larder has had enough */
	up_ends(u, p->end);
}

void up_streams(struct upcall *u, const char *events)
{
	up_plays(u, &(struct play){ .status = 200, .type = SSE,
				    .body = events });
}

void up_replies(struct upcall *u, const char *body)
{
	up_plays(u, &(struct play){ .status = 200, .body = body,
				    .type = "application/json" });
}

/* -- a guest's door -------------------------------------------------------- */

static struct guest *of_sink(struct sink *s)
{
	return (struct guest *)((char *)s - offsetof(struct guest, door.out));
}

static int door_write(struct sink *s, struct str bytes)
{
	struct guest *g = of_sink(s);
	bool dead;

	pthread_mutex_lock(&g->h->lock);
	dead = g->dead;
	if (!dead && bytes.n) {
		g->out = realloc(g->out, g->out_n + bytes.n);
		if (!g->out)
			abort();
		memcpy(g->out + g->out_n, bytes.p, bytes.n);
		g->out_n += bytes.n;
		says(g->h);
	}
	pthread_mutex_unlock(&g->h->lock);
	return dead ? -1 : 0;
}

static int door_flush(struct sink *s)
{
	return door_write(s, STR(""));
}

static const char *door_param(struct door *d, const char *name)
{
	const struct guest *g = (struct guest *)d;
	const struct ask *q = &g->ask;

	for (size_t i = 0; q->param[i]; i += 2)
		if (strcmp(q->param[i], name) == 0)
			return q->param[i + 1];
	if (strcmp(name, "REQUEST_URI") == 0)
		return q->uri ? q->uri : "/v1/chat/completions";
	if (strcmp(name, "REQUEST_METHOD") == 0)
		return "POST";
	if (strcmp(name, "HTTP_AUTHORIZATION") == 0)
		return q->auth ? q->auth : "Bearer sk-own";
	if (strcmp(name, "CONTENT_LENGTH") == 0)
		return g->length;
	if (strcmp(name, "CONTENT_TYPE") == 0)
		return "application/json";
	return NULL;
}

static ssize_t door_read(struct door *d, char *p, size_t n)
{
	struct guest *g = (struct guest *)d;

	if (n > g->rest.n)
		n = g->rest.n;
	memcpy(p, g->rest.p, n);
	g->rest = str_from(g->rest, n);
	return (ssize_t)n;
}

static void door_finish(struct door *d)
{
	struct guest *g = (struct guest *)d;

	pthread_mutex_lock(&g->h->lock);
	g->finished = true;
	says(g->h);
	pthread_mutex_unlock(&g->h->lock);
}

/* What is waited for. */
struct seen {
	const struct hall *h;
	int site;
	enum board_count which;
	uint64_t n;
};

/* -- guests ---------------------------------------------------------------- */

static struct guest *guest_new(struct hall *h, int site, const struct ask *q)
{
	struct guest *g = calloc(1, sizeof(*g));

	if (!g || pipe(g->gone) < 0 || h->nguests == HALL_GUESTS)
		abort();
	g->door = (struct door){ .out = { door_write, door_flush },
				 .param = door_param, .read = door_read,
				 .finish = door_finish,
				 .gone_fd = g->gone[0] };
	g->h = h;
	g->site = h->site[site];
	g->ask = *q;
	g->rest = str_c(q->body);
	snprintf(g->length, sizeof(g->length), "%zu", g->rest.n);
	lane_init(&g->lane, &h->slots);
	if (site == 1)
		g->lane.stop_fd = h->stop[0];
	g->lane.ops = &ops;
	g->lane.net = malloc(sizeof(*g->lane.net));
	if (!g->lane.net)
		abort();
	g->lane.net->h = h;
	h->guest[h->nguests++] = g;
	return g;
}

static void *guest_walk(void *arg)
{
	struct guest *g = arg;

	corridor_walk(g->site, &g->lane, &g->door);
	pthread_mutex_lock(&g->h->lock);
	g->ended = true;
	says(g->h);
	pthread_mutex_unlock(&g->h->lock);
	return NULL;
}

static void guest_free(struct guest *g)
{
	lane_fini(&g->lane);
	close(g->gone[0]);
	if (g->gone[1] >= 0)
		close(g->gone[1]);
	free(g->out);
	free(g);
}

struct guest *hall_sends(struct hall *h, int site, const struct ask *q)
{
	struct guest *g = guest_new(h, site, q);

	if (pthread_create(&g->thread, NULL, guest_walk, g))
		abort();
	return g;
}

pid_t hall_forks(struct hall *h, const struct ask *q)
{
	pid_t child = fork();

	if (child)
		return child;
	guest_walk(guest_new(h, 0, q));
	_exit(1);
}

struct heard {
	const struct guest *g;
	const char *text;
};

static bool has_heard(const void *ctx)
{
	const struct heard *q = ctx;

	return bed_has((struct str){ q->g->out, q->g->out_n }, q->text);
}

void guest_hears(struct guest *g, const char *text)
{
	await(g->h, has_heard, &(struct heard){ g, text }, text);
}

static bool is_finished(const void *ctx)
{
	const struct guest *g = ctx;

	return g->finished || g->ended;
}

void guest_let_go(struct guest *g)
{
	await(g->h, is_finished, g, "a guest to be let go");
}

void guest_leaves(struct guest *g)
{
	pthread_mutex_lock(&g->h->lock);
	g->dead = true;
	pthread_mutex_unlock(&g->h->lock);
	close(g->gone[1]);
	g->gone[1] = -1;
}

static bool has_ended(const void *ctx)
{
	return ((const struct guest *)ctx)->ended;
}

static bool so_many(const void *ctx)
{
	const struct seen *s = ctx;
	size_t n = 0;

	for (size_t i = 0; i < s->h->nguests; i++)
		n += s->h->guest[i]->thread && s->h->guest[i]->ended;
	return n >= s->n;
}

void hall_ended(struct hall *h, size_t n)
{
	await(h, so_many, &(struct seen){ .h = h, .n = n }, "guests to end");
}

int guest_ends(struct guest *g)
{
	struct bed *b = &g->h->bed[0];
	const char *end;
	struct str all;

	if (g->thread) {
		await(g->h, has_ended, g, "a guest's end");
		pthread_join(g->thread, NULL);
		g->thread = 0;
	}
	b->status = 0;
	b->head = b->body = STR("");
	all = arena_str(b->a, (struct str){ g->out ? g->out : "", g->out_n });
	end = all.n ? memmem(all.p, all.n, "\r\n\r\n", 4) : NULL;
	if (!end)
		return 0;
	b->head = (struct str){ all.p, (size_t)(end - all.p) + 2 };
	b->body = str_from(all, b->head.n + 2);
	assert_true(str_starts(b->head, STR("Status: ")));
	b->status = atoi(b->head.p + 8);
	return b->status;
}

/* -- what is going on ------------------------------------------------------ */

uint64_t hall_count(const struct hall *h, int site, enum board_count c)
{
	return __atomic_load_n(&tier_board(h->site[site]->tier)->count[c],
			       __ATOMIC_RELAXED);
}

static bool counted(const void *ctx)
{
	const struct seen *s = ctx;

	return hall_count(s->h, s->site, s->which) >= s->n;
}

void hall_follows(struct hall *h, int site, uint64_t n)
{
	await(h, counted, &(struct seen){ h, site, BOARD_FLIGHT_FOLLOWS, n },
	      "followers");
}

void hall_leads(struct hall *h, int site, uint64_t n)
{
	await(h, counted, &(struct seen){ h, site, BOARD_FLIGHT_LEADS, n },
	      "a leader");
}

static bool called(const void *ctx)
{
	const struct seen *s = ctx;

	return s->h->ncalls > (int)s->n;
}

struct upcall *hall_call(struct hall *h, int n)
{
	await(h, called, &(struct seen){ .h = h, .n = (uint64_t)n },
	      "a call");
	return &h->call[n];
}

int hall_calls(struct hall *h)
{
	int n;

	pthread_mutex_lock(&h->lock);
	n = h->ncalls;
	pthread_mutex_unlock(&h->lock);
	return n;
}

/* -- the log --------------------------------------------------------------- */

static size_t read_log(struct hall *h, struct bed *b, size_t n)
{
	struct json_error err;
	struct str text, line;
	char why[256];

	if (access(b->log, F_OK) != 0)
		return n;
	assert_int_equal(file_read(&text, b->a, b->log, 64u << 20, why,
				   sizeof(why)), 0);
	text = str_from(text, b->log_seen);
	b->log_seen += text.n;
	for (; str_cut(&text, '\n', &line) && line.n; n++) {
		assert_in_range(n, 0, HALL_GUESTS * 2 - 1);
		assert_false(bed_has(line, PROVIDER_KEY));
		assert_int_equal(json_parse(&h->line[n], b->a, line, &err), 0);
	}
	return n;
}

static const char *member(struct hall *h, size_t i, const char *name)
{
	const struct json *doc = &h->line[i];
	struct arena *a = h->bed[0].a;
	uint32_t v = json_get(doc, 0, name);

	if (!v)
		return "(absent)";
	if (json_is(doc, v, JSON_STRING))
		return arena_cstr(a, json_string(doc, v, a));
	return arena_cstr(a, json_span(doc, v));
}

static void show_lines(struct hall *h)
{
	for (size_t i = 0; i < h->nlines; i++)
		print_error("%s\n", arena_cstr(h->bed[0].a,
					       json_span(&h->line[i], 0)));
}

void hall_bills(struct hall *h, size_t n, int calls)
{
	long long cost = 0;

	h->line = arena_new_n(h->bed[0].a, struct json, HALL_GUESTS * 2);
	h->nlines = read_log(h, &h->bed[0], 0);
	if (h->hosts)
		h->nlines = read_log(h, &h->bed[1], h->nlines);
	for (size_t i = 0; i < h->nlines; i++)
		if (json_get(&h->line[i], 0, "cost_usd"))
			cost += llround(atof(member(h, i, "cost_usd")) * 1e6);
	if (h->nlines != n || cost != (long long)calls * CALL_COST) {
		show_lines(h);
		bed_fail("%zu lines, not %zu; they cost %lld, not %d\n",
			 h->nlines, n, cost, calls * CALL_COST);
	}
}

size_t hall_logged(struct hall *h, const char *name, const char *value)
{
	size_t n = 0;

	for (size_t i = 0; i < h->nlines; i++)
		n += strcmp(member(h, i, name), value) == 0;
	return n;
}

/* -- memcached, which is for one thread at a time -------------------------- */

static struct fake fake;
static const struct memc_ops *fakes;
static pthread_mutex_t fake_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic unsigned adds;

static struct memc *memc_open(const char *const *server, size_t n,
			      char *err_r, size_t err_n)
{
	struct memc *m;

	pthread_mutex_lock(&fake_lock);
	m = fakes->open(server, n, err_r, err_n);
	pthread_mutex_unlock(&fake_lock);
	return m;
}

static void memc_close(struct memc **m)
{
	pthread_mutex_lock(&fake_lock);
	fakes->close(m);
	pthread_mutex_unlock(&fake_lock);
}

static size_t memc_node_of(struct memc *m, struct str name)
{
	return fakes->node_of(m, name);
}

static enum memc_end memc_get(struct memc *m, size_t node, struct str name,
			      int64_t wait_ms, struct str *value_r)
{
	enum memc_end end;

	pthread_mutex_lock(&fake_lock);
	end = fakes->get(m, node, name, wait_ms, value_r);
	pthread_mutex_unlock(&fake_lock);
	return end;
}

static enum memc_end memc_set(struct memc *m, size_t node, struct str name,
			      struct str value, int64_t expires_s,
			      int64_t wait_ms)
{
	enum memc_end end;

	pthread_mutex_lock(&fake_lock);
	end = fakes->set(m, node, name, value, expires_s, wait_ms);
	pthread_mutex_unlock(&fake_lock);
	return end;
}

static enum memc_end memc_add(struct memc *m, size_t node, struct str name,
			      struct str value, int64_t expires_s,
			      int64_t wait_ms)
{
	enum memc_end end;

	pthread_mutex_lock(&fake_lock);
	end = fakes->add(m, node, name, value, expires_s, wait_ms);
	pthread_mutex_unlock(&fake_lock);
	adds++;
	return end;
}

static enum memc_end memc_drop(struct memc *m, size_t node, struct str name,
			       int64_t wait_ms)
{
	enum memc_end end;

	pthread_mutex_lock(&fake_lock);
	end = fakes->drop(m, node, name, wait_ms);
	pthread_mutex_unlock(&fake_lock);
	return end;
}

static const struct memc_ops memc_guarded = {
	.abi = MEMC_ABI, .open = memc_open, .close = memc_close,
	.node_of = memc_node_of, .get = memc_get, .set = memc_set,
	.add = memc_add, .drop = memc_drop,
};

static bool added(const void *ctx)
{
	return adds >= *(const unsigned *)ctx;
}

void hall_lease_asked(struct hall *h, unsigned more)
{
	unsigned n = adds + more;

	await(h, added, &n, "a lease to be asked for");
}

void hall_memcached_ages(long long s)
{
	pthread_mutex_lock(&fake_lock);
	fake.now_s += s;
	pthread_mutex_unlock(&fake_lock);
}

/* -- the hall -------------------------------------------------------------- */

static struct hall *hall_new(const struct bed_conf *c)
{
	struct hall *h = calloc(1, sizeof(*h));

	assert_non_null(h);
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->news, NULL);
	h->slots.max = HALL_GUESTS;
	assert_int_equal(pipe(h->stop), 0);
	bed_open(&h->bed[0], c);
	h->site[0] = h->bed[0].site;
	return h;
}

void hall_stops(struct hall *h)
{
	close(h->stop[1]);
	h->stop[1] = -1;
}

struct hall *hall_open(const struct bed_conf *c)
{
	struct hall *h = hall_new(c);
	char err[600] = "";

	h->site[1] = site_open(h->bed[0].conf, err, sizeof(err));
	assert_string_equal(err, "");
	return h;
}

static void share_secret(struct hall *h, const struct bed_conf *c)
{
	char one[600], two[600], why[256];
	struct str secret;

	snprintf(one, sizeof(one), "%s/secret", h->bed[0].dir);
	snprintf(two, sizeof(two), "%s/secret", h->bed[1].dir);
	assert_int_equal(file_read(&secret, h->bed[0].a, one, 4096, why,
				   sizeof(why)), 0);
	assert_int_equal(file_put(two, secret, false), 0);
	bed_reconfigure(&h->bed[1], c);
}

struct hall *hall_open_hosts(const struct bed_conf *c)
{
	struct hall *h = hall_new(c);

	bed_open(&h->bed[1], c);
	share_secret(h, c);
	h->hosts = true;
	h->site[1] = h->bed[1].site;
	memset(&fake, 0, sizeof(fake));
	fakes = fake_ops(&fake);
	tier_use(h->site[0]->tier, &memc_guarded);
	tier_use(h->site[1]->tier, &memc_guarded);
	return h;
}

void hall_close(struct hall *h)
{
	for (size_t i = 0; i < h->nguests; i++)
		guest_ends(h->guest[i]);
	assert_int_equal(h->slots.busy, 0);
	for (size_t i = 0; i < h->nguests; i++)
		guest_free(h->guest[i]);
	assert_int_equal(store_check(h->bed[0].site->store), 0);
	if (h->hosts)
		bed_close(&h->bed[1]);
	else
		site_unref(&h->site[1]);
	bed_close(&h->bed[0]);
	if (h->hosts)
		fake_end(&fake);
	close(h->stop[0]);
	if (h->stop[1] >= 0)
		close(h->stop[1]);
	pthread_cond_destroy(&h->news);
	pthread_mutex_destroy(&h->lock);
	free(h);
}
