/* The hall itself and its guests. */
#include "share_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

/* -- waiting -------------------------------------------------------------- */

void hall_moment(struct timespec *ts, int64_t ms)
{
	clock_gettime(CLOCK_REALTIME, ts);
	ts->tv_sec += ms / 1000;
	ts->tv_nsec += ms % 1000 * 1000000;
	if (ts->tv_nsec >= 1000000000) {
		ts->tv_sec++;
		ts->tv_nsec -= 1000000000;
	}
}

void hall_says(struct hall *h)
{
	pthread_cond_broadcast(&h->news);
}

void hall_wait(struct hall *h, bool (*so)(const void *ctx),
		       const void *ctx, const char *what)
{
	int64_t until = clock_mono_ms() + HALL_PATIENCE_MS;
	struct timespec ts;

	while (!so(ctx)) {
		if (clock_mono_ms() > until) {
			pthread_mutex_unlock(&h->lock);
			bed_fail("waited too long for %s\n", what);
		}
		hall_moment(&ts, 5);
		pthread_cond_timedwait(&h->news, &h->lock, &ts);
	}
}

void hall_await(struct hall *h, bool (*so)(const void *ctx),
		  const void *ctx, const char *what)
{
	pthread_mutex_lock(&h->lock);
	hall_wait(h, so, ctx, what);
	pthread_mutex_unlock(&h->lock);
}

/* -- a guest's door ------------------------------------------------------- */

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
		hall_says(g->h);
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

/* Its thread is done with the walk before it begins with this. */
static bool door_later(struct door *d, struct errand *e)
{
	struct guest *g = (struct guest *)d;

	e->front = d;
	g->errand = e;
	pthread_mutex_lock(&g->h->lock);
	g->finished = true;
	hall_says(g->h);
	pthread_mutex_unlock(&g->h->lock);
	return true;
}

/* What is waited for. */
struct seen {
	const struct hall *h;
	int site;
	enum board_count which;
	uint64_t n;
};

/* -- guests --------------------------------------------------------------- */

static struct guest *guest_new(struct hall *h, int site, const struct ask *q)
{
	struct guest *g = calloc(1, sizeof(*g));

	if (!g || pipe(g->gone) < 0 || h->nguests == HALL_GUESTS)
		abort();
	g->door = (struct door){ .out = { door_write, door_flush },
				 .param = door_param, .read = door_read,
				 .later = door_later,
				 .gone_fd = g->gone[0], .out_fd = -1 };
	g->h = h;
	g->site = h->site[site];
	g->ask = *q;
	g->rest = str_c(q->body);
	snprintf(g->length, sizeof(g->length), "%zu", g->rest.n);
	lane_init(&g->lane, &h->slots);
	if (site == 1)
		g->lane.stop_fd = h->stop[0];
	g->lane.ops = &hall_net;
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
	if (g->errand)
		g->errand->work(g->errand, &g->lane);
	pthread_mutex_lock(&g->h->lock);
	g->ended = true;
	hall_says(g->h);
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
	struct heard q = { g, text };

	hall_await(g->h, has_heard, &q, text);
}

static bool is_finished(const void *ctx)
{
	const struct guest *g = ctx;

	return g->finished || g->ended;
}

void guest_let_go(struct guest *g)
{
	hall_await(g->h, is_finished, g, "a guest to be let go");
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
	hall_await(h, so_many, &(struct seen){ .h = h, .n = n },
		   "guests to end");
}

int guest_ends(struct guest *g)
{
	struct bed *b = &g->h->bed[0];
	const char *end;
	struct str all;

	if (g->thread) {
		hall_await(g->h, has_ended, g, "a guest's end");
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

/* -- what is going on ----------------------------------------------------- */

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
	struct seen q = { h, site, BOARD_FLIGHT_FOLLOWS, n };

	hall_await(h, counted, &q, "followers");
}

void hall_leads(struct hall *h, int site, uint64_t n)
{
	hall_await(h, counted, &(struct seen){ h, site, BOARD_FLIGHT_LEADS, n },
		   "a leader");
}

static bool called(const void *ctx)
{
	const struct seen *s = ctx;

	return s->h->ncalls > (int)s->n;
}

struct upcall *hall_call(struct hall *h, int n)
{
	hall_await(h, called, &(struct seen){ .h = h, .n = (uint64_t)n },
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

/* -- the hall ------------------------------------------------------------- */

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
	const struct memc_ops *ops;

	bed_open(&h->bed[1], c);
	share_secret(h, c);
	h->hosts = true;
	h->site[1] = h->bed[1].site;
	ops = hall_memcached();
	tier_use(h->site[0]->tier, ops);
	tier_use(h->site[1]->tier, ops);
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
		hall_memcached_ends();
	close(h->stop[0]);
	if (h->stop[1] >= 0)
		close(h->stop[1]);
	pthread_cond_destroy(&h->news);
	pthread_mutex_destroy(&h->lock);
	free(h);
}
