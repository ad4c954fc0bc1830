#include "serve/site.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sodium/utils.h>

#include "base/file.h"
#include "base/log.h"
#include "serve/alarm_queue.h"

#define KEY_FILE_MAX 4096
#define ADMIN_KEY_MIN 16

static pthread_mutex_t tables_lock = PTHREAD_MUTEX_INITIALIZER;

struct key_at {
	const char *file;
	int line; /* of its section, which is called that */
	const char *section;
};

/* One key on one line. */
static int read_key(struct site *s, const struct key_at *at,
		    struct str *key_r, char *err_r, size_t err_n)
{
	char why[400];
	struct str raw;

	if (file_read_secret(&raw, s->a, at->file, KEY_FILE_MAX, why,
			     sizeof(why)) < 0) {
		snprintf(err_r, err_n, "%s:%d: [%s] key_file %s",
			 s->conf.path, at->line, at->section, why);
		return -1;
	}
	*key_r = str_trim(raw);
	if (key_r->n && !memchr(key_r->p, '\n', key_r->n))
		return 0;
	snprintf(err_r, err_n, "%s:%d: [%s] key_file %s: must hold one key on "
		 "one line", s->conf.path, at->line, at->section, at->file);
	return -1;
}

/* Nobody counts the guesses, so there must be too many to try. */
static int check_admin_key(const struct site *s, const struct key_at *at,
			   char *err_r, size_t err_n)
{
	if (s->admin_key.n >= ADMIN_KEY_MIN)
		return 0;
	snprintf(err_r, err_n, "%s:%d: [%s] key_file %s: a key of less than %d "
		 "characters can be guessed; `openssl rand -hex 16` makes one",
		 s->conf.path, at->line, at->section, at->file, ADMIN_KEY_MIN);
	return -1;
}

static int read_keys(struct site *s, char *err_r, size_t err_n)
{
	const struct upstream *u = s->conf.upstreams.item;
	struct key_at at = { s->conf.admin.key_file, 1, "admin" };

	if (at.file && (read_key(s, &at, &s->admin_key, err_r, err_n) < 0 ||
			check_admin_key(s, &at, err_r, err_n) < 0))
		return -1;
	s->upstream_key = arena_new_n(s->a, struct str, s->conf.upstreams.n);
	for (size_t i = 0; i < s->conf.upstreams.n; i++) {
		at = (struct key_at){ u[i].key_file, u[i].item.line,
			arena_printf(s->a, "upstream %s", u[i].item.name) };
		if (at.file && read_key(s, &at, &s->upstream_key[i], err_r,
					err_n) < 0)
			return -1;
	}
	return 0;
}

/* Before the epoch, of which they are a part. */
static int read_pinned(struct site *s, char *err_r, size_t err_n)
{
	const char *path = s->conf.answers.file;

	if (!path)
		return 0;
	s->pinned = pinned_load(path, err_r, err_n);
	return s->pinned ? 0 : -1;
}

/* Any change of the file, or of pinned answers, makes memos of the old one
 * worthless. */
static void set_epoch(struct site *s)
{
	struct hash h;

	hash_begin_with(&h, &s->secret.memo);
	hash_field(&h, s->conf.text);
	if (s->pinned)
		hash_add(&h, pinned_id(s->pinned)->b, HASH_BYTES);
	hash_end(&h, &s->epoch);
}

static void begin_question(struct site *s)
{
	hash_begin_with(&s->question, &s->secret.cache);
	hash_field(&s->question, STR("larder 1"));
	hash_field(&s->question, str_c(arena_printf(s->a, "%d",
						s->conf.cache.version)));
}

static uint64_t pool_number(const struct site *s, const struct upstream *u)
{
	uint64_t number;
	struct key k;
	struct hash h;

	hash_begin(&h, &s->epoch);
	hash_field(&h, str_c(u->item.name));
	hash_field(&h, site_upstream_key(s, u));
	hash_end(&h, &k);
	memcpy(&number, k.b, sizeof(number));
	return number;
}

static void number_pools(struct site *s)
{
	const struct upstream *u = s->conf.upstreams.item;
	size_t n = s->conf.upstreams.n;

	s->upstream_pool = arena_new_n(s->a, uint64_t, n);
	for (size_t i = 0; i < n; i++)
		s->upstream_pool[i] = pool_number(s, &u[i]);
}

static void open_store(struct site *s)
{
	char why[512];

	if (s->conf.cache.when == WHEN_NEVER)
		return;
	s->store = store_open(&s->conf.cache.store, why, sizeof(why));
	if (!s->store)
		log_line("no cache: %s", why);
}

static void open_tier(struct site *s)
{
	const struct memcached_conf *m = &s->conf.memcached;
	struct tier_conf c = { m->servers.word, m->servers.n, m->sync_ms };

	if (s->conf.cache.when == WHEN_NEVER)
		c.nservers = 0;
	s->tier = tier_open(s->store, &c, &s->secret.tier);
}

/* Who only visits does without where there is none. */
static int open_book(struct site *s, char *err_r, size_t err_n)
{
	bool visit = s->conf.cache.store.as_is;

	if (!s->conf.budgets.n)
		return 0;
	s->book = budget_open(s->conf.larder.budget_file, visit, err_r, err_n);
	return s->book || visit ? 0 : -1;
}

static int open_parts(struct site *s, char *err_r, size_t err_n)
{
	if (secrets_load(&s->secret, s->conf.larder.secret_file, err_r,
			 err_n) < 0 ||
	    read_pinned(s, err_r, err_n) < 0 ||
	    read_keys(s, err_r, err_n) < 0)
		return -1;
	set_epoch(s);
	begin_question(s);
	number_pools(s);
	s->route = route_new(s->conf.routes.item, s->conf.routes.n, err_r,
			     err_n);
	if (!s->route)
		return -1;
	s->log = ledger_open(s->conf.log.path, err_r, err_n);
	if (!s->log)
		return -1;
	s->clients = clients_open(s->conf.clients_file);
	if (open_book(s, err_r, err_n) < 0)
		return -1;
	open_store(s);
	open_tier(s);
	ledger_count_lost(s->log,
			  &tier_board(s->tier)->count[BOARD_LOG_DROPS]);
	return 0;
}

static void site_free(struct site *s)
{
	for (size_t i = 0; s->upstream_key && i < s->conf.upstreams.n; i++)
		if (s->upstream_key[i].n)
			sodium_memzero((void *)s->upstream_key[i].p,
				       s->upstream_key[i].n);
	if (s->admin_key.n)
		sodium_memzero((void *)s->admin_key.p, s->admin_key.n);
	sodium_memzero(&s->secret, sizeof(s->secret));
	sodium_memzero(&s->question, sizeof(s->question));
	tier_close(&s->tier);
	store_close(&s->store);
	ledger_close(&s->log);
	clients_close(&s->clients);
	budget_close(&s->book);
	alarms_unref(&s->alarms);
	route_free(&s->route);
	pinned_free(&s->pinned);
	prices_free(&s->prices);
	for (size_t i = 0; i < TOKEN_SETS; i++)
		token_close(&s->tokens[i]);
	arena_free(&s->a);
	free(s);
}

static struct site *open_as(const char *path, bool visit, char *err_r,
			    size_t err_n)
{
	struct site *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->a = arena_new();
	s->refs = 1;
	s->alarms = alarms_new();
	if (settings_load(&s->conf, s->a, arena_strdup(s->a, path), err_r,
			  err_n) < 0) {
		site_free(s);
		return NULL;
	}
	s->conf.cache.store.as_is = visit;
	if (open_parts(s, err_r, err_n) < 0) {
		site_free(s);
		return NULL;
	}
	return s;
}

struct site *site_open(const char *path, char *err_r, size_t err_n)
{
	return open_as(path, false, err_r, err_n);
}

struct site *site_visit(const char *path, char *err_r, size_t err_n)
{
	return open_as(path, true, err_r, err_n);
}

void site_follow(struct site *s, const struct site *old)
{
	if (!s->conf.alarm.webhook && !s->conf.alarm.command)
		return; /* nobody is to be told */
	alarms_unref(&s->alarms);
	s->alarms = alarms_follow(old->alarms);
}

struct site *site_ref(struct site *s)
{
	atomic_fetch_add(&s->refs, 1);
	return s;
}

void site_unref(struct site **s)
{
	if (*s && atomic_fetch_sub(&(*s)->refs, 1) == 1)
		site_free(*s);
	*s = NULL;
}

/* Their compiled form lies beside the cache; who only visits makes none. */
static struct prices *open_prices(const struct site *s, char *why, size_t n)
{
	const struct store_conf *c = &s->conf.cache.store;
	char image[PATH_MAX];

	if (c->as_is || !c->path ||
	    snprintf(image, sizeof(image), "%s.prices", c->path) >= PATH_MAX)
		return prices_load(s->conf.log.prices, why, n);
	return prices_open(s->conf.log.prices, image, why, n);
}

const struct prices *site_prices(struct site *s)
{
	const struct prices *p;
	char why[512];

	pthread_mutex_lock(&tables_lock);
	if (!s->prices_tried && s->conf.log.prices) {
		s->prices_tried = true;
		s->prices = open_prices(s, why, sizeof(why));
		if (!s->prices)
			log_line("no prices: %s", why);
	}
	p = s->prices;
	pthread_mutex_unlock(&tables_lock);
	return p;
}

static struct token_table *open_tokens(const struct site *s,
				       enum token_set set)
{
	static const char *const files[] = {
		[TOKEN_O200K] = "o200k_base.tok",
		[TOKEN_CL100K] = "cl100k_base.tok",
	};
	struct token_table *t;
	char path[PATH_MAX], why[512];

	snprintf(path, sizeof(path), "%s/%s", s->conf.larder.data,
		 files[set]);
	t = token_open(path, why, sizeof(why));
	if (!t)
		log_line("tokens are estimated: %s", why);
	return t;
}

const struct token_table *site_tokens(struct site *s, enum token_set set)
{
	const struct token_table *t;

	pthread_mutex_lock(&tables_lock);
	if (!s->tokens_tried[set]) {
		s->tokens_tried[set] = true;
		s->tokens[set] = open_tokens(s, set);
	}
	t = s->tokens[set];
	pthread_mutex_unlock(&tables_lock);
	return t;
}

struct str site_upstream_key(const struct site *s, const struct upstream *u)
{
	const struct upstream *first = s->conf.upstreams.item;

	return s->upstream_key[u - first];
}

uint64_t site_upstream_pool(const struct site *s, const struct upstream *u)
{
	const struct upstream *first = s->conf.upstreams.item;

	return s->upstream_pool[u - first];
}

bool site_wants_clients(const struct site *s)
{
	for (size_t i = 0; i < s->conf.upstreams.n; i++)
		if (!s->upstream_key[i].n)
			return false;
	return true;
}
