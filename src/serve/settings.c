#include "serve/settings.h"

#include "base/count.h"
#include "store/board.h"
#include "store/memc_server.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* -- paths ----------------------------------------------------------------- */

static const char *home(void)
{
	const char *h = getenv("HOME");
	const struct passwd *pw;

	if (h && *h == '/')
		return h;
	pw = getpwuid(geteuid());
	return pw && pw->pw_dir ? pw->pw_dir : "/tmp";
}

/* "$XDG_STATE_HOME" or "$HOME/.local/state". */
static const char *xdg(struct arena *a, const char *var, const char *below)
{
	const char *dir = getenv(var);

	if (dir && *dir == '/')
		return dir;
	return arena_printf(a, "%s/%s", home(), below);
}

/* The system's directory for root and for who may write it, else the
 * user's own. */
static const char *place(struct arena *a, const char *system_dir,
			 const char *var, const char *below, const char *file)
{
	if (geteuid() == 0 || access(system_dir, W_OK) == 0)
		return arena_printf(a, "%s/%s", system_dir, file);
	return arena_printf(a, "%s/larder/%s", xdg(a, var, below), file);
}

static const char *place_listen(struct arena *a)
{
	const char *run = getenv("XDG_RUNTIME_DIR");

	if (geteuid() == 0 || access("/run/larder", W_OK) == 0)
		return "/run/larder/larder.sock";
	if (run && *run == '/')
		return arena_printf(a, "%s/larder.sock", run);
	return place(a, "/run/larder", "XDG_STATE_HOME", ".local/state",
		     "larder.sock");
}

static const char *place_prices(void)
{
	static const char *const at[] = { "/etc/larder/prices.json",
					  PKGDATADIR "/prices.json" };

	for (size_t i = 0; i < COUNT_OF(at); i++)
		if (access(at[i], R_OK) == 0)
			return at[i];
	return NULL;
}

static void fill_paths(struct settings *s, struct arena *a)
{
	static const char lib[] = "/var/lib/larder";
	static const char state[] = ".local/state";

	if (!s->larder.listen)
		s->larder.listen = place_listen(a);
	if (!s->larder.secret_file)
		s->larder.secret_file = place(a, lib, "XDG_STATE_HOME", state,
					      "secret");
	if (!s->clients_file)
		s->clients_file = place(a, lib, "XDG_STATE_HOME", state,
					"clients");
	if (!s->cache.store.path)
		s->cache.store.path = place(a, "/var/cache/larder",
					    "XDG_CACHE_HOME", ".cache",
					    "cache.slab");
	if (!s->log.path)
		s->log.path = place(a, "/var/log/larder", "XDG_STATE_HOME",
				    state, "usage.log");
	if (!s->log.prices)
		s->log.prices = place_prices();
}

const char *settings_path(struct arena *a, const char *given)
{
	const char *env = getenv("LARDER_CONF"), *own;

	if (given)
		return given;
	if (env && *env)
		return arena_strdup(a, env);
	own = arena_printf(a, "%s/larder/larder.conf",
			   xdg(a, "XDG_CONFIG_HOME", ".config"));
	if (access("/etc/larder/larder.conf", F_OK) != 0 &&
	    access(own, F_OK) == 0)
		return own;
	return "/etc/larder/larder.conf";
}

/* -- what rows alone cannot check ------------------------------------------ */

struct complaint {
	const char *path;
	char *err;
	size_t n;
};

static int complain(const struct complaint *c, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int complain(const struct complaint *c, int line, const char *fmt, ...)
{
	int at = snprintf(c->err, c->n, "%s:%d: ", c->path, line);
	va_list ap;

	if (at < 0 || (size_t)at >= c->n)
		return -1;
	va_start(ap, fmt);
	vsnprintf(c->err + at, c->n - (size_t)at, fmt, ap);
	va_end(ap);
	return -1;
}

static bool is_loopback_url(struct str url)
{
	static const char *const host[] = { "http://127.", "http://localhost",
					    "http://[::1]" };
	struct str rest;

	for (size_t i = 0; i < 3; i++) {
		if (!str_istarts(url, str_c(host[i])))
			continue;
		rest = str_from(url, strlen(host[i]));
		/* "http://127.evil.example" is not loopback. */
		if (i == 0)
			while (rest.n && (strchr("0123456789.", rest.p[0])))
				rest = str_from(rest, 1);
		return !rest.n || rest.p[0] == ':' || rest.p[0] == '/';
	}
	return false;
}

static int check_upstream(struct upstream *u, struct arena *a,
			  const struct complaint *c)
{
	struct str url = str_c(u->url);

	if (!u->url)
		return complain(c, u->item.line, "[upstream %s] needs a url, "
				"such as https://api.openai.com/v1",
				u->item.name);
	if (memchr(url.p, '@', url.n))
		return complain(c, u->item.line, "[upstream %s]: no user or "
				"password in url; use key_file",
				u->item.name);
	if (!str_istarts(url, STR("https://")) &&
	    !str_istarts(url, STR("http://")))
		return complain(c, u->item.line, "[upstream %s]: url must "
				"begin with https:// (or http://)",
				u->item.name);
	if (str_istarts(url, STR("http://")) && !u->insecure &&
	    !is_loopback_url(url))
		return complain(c, u->item.line, "[upstream %s]: url is plain "
				"http to another host; use https, or set "
				"insecure = yes", u->item.name);
	if (memchr(url.p, '?', url.n) || memchr(url.p, '#', url.n) ||
	    memmem(url.p, url.n, ":///", 4) || url.p[url.n - 1] == ':' ||
	    (url.n >= 3 && memcmp(url.p + url.n - 3, "://", 3) == 0))
		return complain(c, u->item.line, "[upstream %s]: url must be "
				"a host and a path, such as "
				"https://api.openai.com/v1", u->item.name);
	while (url.n && url.p[url.n - 1] == '/')
		url.n--;
	u->url = arena_cstr(a, url);
	if (u->models.n && (u->models.n > 1 ||
			    strcmp(u->models.word[0], "any") != 0))
		return complain(c, u->item.line, "[upstream %s]: models is "
				"`any` or nothing; name single models in "
				"[model] sections", u->item.name);
	return 0;
}

static int check_model(struct model *m, const struct settings *s,
		       const struct complaint *c)
{
	if (!m->upstream && s->upstreams.n == 1)
		m->upstream = ((struct conf_item *)s->upstreams.item)->name;
	if (!m->upstream)
		return complain(c, m->item.line, "[model %s] needs an "
				"upstream", m->item.name);
	m->to = settings_upstream(s, m->upstream);
	if (!m->to)
		return complain(c, m->item.line, "[model %s]: there is no "
				"[upstream %s]", m->item.name, m->upstream);
	if (!m->name)
		m->name = m->item.name;
	return 0;
}

static int check_route(const struct route_rule *r, const struct complaint *c)
{
	if (!r->use)
		return complain(c, r->item.line, "[route %s] needs `use`, the "
				"model to ask", r->item.name);
	return 0;
}

static int check_larder(struct larder_conf *l, const struct complaint *c)
{
	if (l->reserve < 0)
		l->reserve = l->threads < 2 ? 0 :
			     l->threads < 16 ? 1 : l->threads / 8;
	if (l->reserve >= l->threads && l->threads > 1)
		return complain(c, 1, "[larder] reserve (%d) must be below "
				"threads (%d)", l->reserve, l->threads);
	return 0;
}

static int check_memcached(const struct memcached_conf *m,
			   const struct complaint *c)
{
	struct memc_server s;

	for (size_t i = 0; i < m->servers.n; i++)
		if (memc_server_parse(m->servers.word[i], &s) < 0)
			return complain(c, 1, "[memcached] servers: \"%s\" is "
					"none: write host:port, [v6]:port or "
					"/path/of/socket",
					m->servers.word[i]);
	if (m->budget_ms < 5)
		return complain(c, 1, "[memcached] budget must be 5ms or more; "
				"leave servers empty to do without");
	if (m->sync_ms < 1000)
		return complain(c, 1, "[memcached] sync must be 1s or more");
	if (m->servers.n > BOARD_NODES)
		return complain(c, 1, "[memcached] servers: at most %d",
				BOARD_NODES);
	return 0;
}

static int check_all(struct settings *s, struct arena *a,
		     const struct complaint *c)
{
	struct upstream *u = s->upstreams.item;
	struct model *m = s->models.item;
	const struct route_rule *r = s->routes.item;

	if (!s->upstreams.n)
		return complain(c, 1, "no [upstream NAME] section: say where "
				"requests go, e.g. [upstream openai] with "
				"url = https://api.openai.com/v1");
	for (size_t i = 0; i < s->upstreams.n; i++)
		if (check_upstream(&u[i], a, c) < 0)
			return -1;
	for (size_t i = 0; i < s->models.n; i++)
		if (check_model(&m[i], s, c) < 0)
			return -1;
	for (size_t i = 0; i < s->routes.n; i++)
		if (check_route(&r[i], c) < 0)
			return -1;
	if (check_memcached(&s->memcached, c) < 0)
		return -1;
	return check_larder(&s->larder, c);
}

int settings_load(struct settings *s, struct arena *a, const char *path,
		  char *err_r, size_t err_n)
{
	const struct complaint c = { path, err_r, err_n };

	memset(s, 0, sizeof(*s));
	if (conf_load(settings_table, s, a, path, err_r, err_n) < 0)
		return -1;
	s->path = path;
	if (check_all(s, a, &c) < 0)
		return -1;
	fill_paths(s, a);
	return 0;
}

/* -- looking up ------------------------------------------------------------ */

const struct upstream *settings_upstream(const struct settings *s,
					 const char *name)
{
	const struct upstream *u = s->upstreams.item;

	for (size_t i = 0; i < s->upstreams.n; i++)
		if (strcmp(u[i].item.name, name) == 0)
			return &u[i];
	return NULL;
}

const struct model *settings_model(const struct settings *s, struct str name)
{
	const struct model *m = s->models.item;

	for (size_t i = 0; i < s->models.n; i++)
		if (str_is(name, m[i].item.name))
			return &m[i];
	return NULL;
}

const struct upstream *settings_any(const struct settings *s, enum dialect d)
{
	const struct upstream *u = s->upstreams.item;

	for (size_t i = 0; i < s->upstreams.n; i++)
		if (u[i].dialect == (int)d && u[i].models.n)
			return &u[i];
	return NULL;
}
