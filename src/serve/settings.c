#include "serve/settings.h"

#include "base/count.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define AT(type, member) offsetof(struct type, member)

static const struct conf_row larder_rows[] = {
	{ "listen", CONF_STRING, AT(larder_conf, listen), NULL, NULL,
	  "Where `larder serve` listens: the path of a Unix socket (made with "
	  "mode 0660) or a loopback address such as 127.0.0.1:9000. FastCGI "
	  "has no authentication of its own, so other addresses are refused. "
	  "Default: /run/larder/larder.sock, or larder.sock in the user's "
	  "runtime directory." },
	{ "workers", CONF_INT, AT(larder_conf, workers), "2", "1..256",
	  "Processes that `larder serve` keeps." },
	{ "threads", CONF_INT, AT(larder_conf, threads), "64", "1..4096",
	  "Requests one process serves at once. With fastcgi_keep_conn, "
	  "workers times threads must be at least the number of connections "
	  "the web server keeps open. Always 1 as CGI." },
	{ "reserve", CONF_INT, AT(larder_conf, reserve), "-1", "-1..4095",
	  "Threads that never wait for an upstream, so that hits are answered "
	  "when misses are slow; past it a miss gets 503 with Retry-After. "
	  "-1: an eighth of the threads, at least one if there are two." },
	{ "max_body", CONF_SIZE, AT(larder_conf, max_body), "32M", NULL,
	  "Largest request body; more is answered with 413." },
	{ "max_reply", CONF_SIZE, AT(larder_conf, max_reply), "16M", NULL,
	  "Largest reply that is kept; a larger one is passed on uncached." },
	{ "passthrough", CONF_BOOL, AT(larder_conf, passthrough), "no", NULL,
	  "Pass every other request below /v1/ to the upstream, uncached. With "
	  "a key_file, whoever has a larder key then reaches everything that "
	  "the provider's key may do." },
	{ "secret_file", CONF_STRING, AT(larder_conf, secret_file), NULL,
	  NULL,
	  "32 random bytes that key every hash, made on first use with mode "
	  "0600. Default: /var/lib/larder/secret, or larder/secret in the "
	  "user's state directory." },
	{ "grace", CONF_DURATION, AT(larder_conf, grace_ms), "30s", NULL,
	  "How long answers in flight may go on after SIGTERM." },
	{ "on_client_abort", CONF_CHOICE, AT(larder_conf, on_client_abort),
	  "cancel", "cancel|finish",
	  "When the caller leaves before the answer is whole: cancel the "
	  "upstream call, or finish it and keep the answer." },
	{ 0 }
};

static const struct conf_row cache_rows[] = {
	{ "path", CONF_STRING, AT(cache_conf, store.path), NULL, NULL,
	  "The cache file that all processes of this host share. Default: "
	  "/var/cache/larder/cache.slab, or larder/cache.slab in the user's "
	  "cache directory." },
	{ "size", CONF_SIZE, AT(cache_conf, store.size), "256M", NULL,
	  "Size of that file; it is allocated at once." },
	{ "ttl", CONF_DURATION, AT(cache_conf, ttl_ms), "3d", NULL,
	  "How long an answer is fresh." },
	{ "when", CONF_CHOICE, AT(cache_conf, when), "unless-sampled",
	  "temperature-zero|unless-sampled|always|never",
	  "Which requests are cached: only those with temperature 0, all but "
	  "those that set a temperature above 0, all, or none. Embeddings and "
	  "token counts are cached unless it is never." },
	{ "scope", CONF_CHOICE, AT(cache_conf, scope), "tenant",
	  "tenant|site",
	  "Who shares answers: only requests with the same credential, or "
	  "everybody on this site whose credential was accepted." },
	{ "version", CONF_INT, AT(cache_conf, version), "1", "0..2147483647",
	  "Part of every key: raise it to forget everything." },
	{ "ignore", CONF_LIST, AT(cache_conf, ignore), "", NULL,
	  "Further members of the body, at its top level, that do not change "
	  "the answer and stay out of the key." },
	{ 0 }
};

static const struct conf_row upstream_rows[] = {
	{ "dialect", CONF_CHOICE, AT(upstream, dialect), "openai",
	  "openai|anthropic",
	  "Which API the upstream speaks." },
	{ "url", CONF_STRING, AT(upstream, url), NULL, NULL,
	  "Its base, up to and with /v1: https://api.openai.com/v1. Plain "
	  "http is for loopback only, unless insecure = yes." },
	{ "key_file", CONF_STRING, AT(upstream, key_file), NULL, NULL,
	  "A file with the provider's API key, readable by larder alone. With "
	  "it, callers must present a key made by `larder key add`. Without "
	  "it, each caller's own credential is passed on." },
	{ "models", CONF_LIST, AT(upstream, models), "", NULL,
	  "`any`: also models that no [model] section names." },
	{ "ca_file", CONF_STRING, AT(upstream, ca_file), NULL, NULL,
	  "Certificates to trust instead of the system's." },
	{ "insecure", CONF_BOOL, AT(upstream, insecure), "no", NULL,
	  "Allow plain http to other hosts than loopback." },
	{ "stream_usage", CONF_BOOL, AT(upstream, stream_usage), "yes", NULL,
	  "Ask for token usage in every streamed chat completion "
	  "(stream_options.include_usage); callers who did not ask never see "
	  "it. Set to no for servers that refuse the member." },
	{ "connect_timeout", CONF_DURATION, AT(upstream, connect_ms), "5s",
	  NULL, "Time to connect." },
	{ "first_byte_timeout", CONF_DURATION, AT(upstream, first_byte_ms),
	  "120s", NULL, "Time until the reply begins." },
	{ "idle_timeout", CONF_DURATION, AT(upstream, idle_ms), "60s", NULL,
	  "Longest silence within a reply." },
	{ 0 }
};

static const struct conf_row model_rows[] = {
	{ "upstream", CONF_STRING, AT(model, upstream), NULL, NULL,
	  "The [upstream] that serves it." },
	{ "name", CONF_STRING, AT(model, name), NULL, NULL,
	  "What the upstream calls it, if that differs." },
	{ 0 }
};

static const struct conf_row route_rows[] = {
	{ "model", CONF_LIST, AT(route_rule, model), "", NULL,
	  "Requested models this rule is for; empty: every model." },
	{ "min_chars", CONF_INT, AT(route_rule, min_chars), "-1",
	  "-1..1000000000",
	  "Fewest characters the last user message may have." },
	{ "max_chars", CONF_INT, AT(route_rule, max_chars), "-1",
	  "-1..1000000000",
	  "Most characters the last user message may have." },
	{ "pattern", CONF_STRING, AT(route_rule, pattern), NULL, NULL,
	  "A Perl-compatible expression that must match somewhere in the last "
	  "user message." },
	{ "use", CONF_STRING, AT(route_rule, use), NULL, NULL,
	  "The model to ask instead." },
	{ 0 }
};

static const struct conf_row history_rows[] = {
	{ "max_tokens", CONF_INT, AT(trim_conf, max_tokens), "0",
	  "0..1000000000",
	  "Prompts estimated above this lose their oldest messages; 0: never. "
	  "The estimate is four bytes a token." },
	{ "keep_last", CONF_INT, AT(trim_conf, keep_last), "10",
	  "1..1000000", "The newest messages, which always stay." },
	{ "method", CONF_CHOICE, AT(trim_conf, method), "drop", "off|drop",
	  "What happens to older messages. System messages always stay and a "
	  "tool call is never parted from its result." },
	{ 0 }
};

static const struct conf_row clients_rows[] = {
	{ "file", CONF_STRING, 0, NULL, NULL,
	  "Client keys, hashed; written by `larder key`, read again when it "
	  "changes. Default: /var/lib/larder/clients, or larder/clients in "
	  "the user's state directory." },
	{ 0 }
};

static const struct conf_row log_rows[] = {
	{ "path", CONF_STRING, AT(log_conf, path), NULL, NULL,
	  "The usage log, one JSON object a line. Default: "
	  "/var/log/larder/usage.log, or larder/usage.log in the user's state "
	  "directory." },
	{ "prices", CONF_STRING, AT(log_conf, prices), NULL, NULL,
	  "Prices in LiteLLM's model_prices_and_context_window.json format. "
	  "Default: /etc/larder/prices.json if it exists, else the table "
	  "larder was installed with." },
	{ 0 }
};

const struct conf_section settings_table[] = {
	{ "larder", false, 0, AT(settings, larder), larder_rows,
	  "The program itself." },
	{ "cache", false, 0, AT(settings, cache), cache_rows,
	  "The shared cache." },
	{ "upstream", true, sizeof(struct upstream), AT(settings, upstreams),
	  upstream_rows, "A provider. At least one is needed." },
	{ "model", true, sizeof(struct model), AT(settings, models),
	  model_rows, "A model clients may ask for, and where it goes." },
	{ "route", true, sizeof(struct route_rule), AT(settings, routes),
	  route_rows,
	  "A rule that changes the model. The first rule whose conditions all "
	  "hold wins, in file order." },
	{ "history", false, 0, AT(settings, history), history_rows,
	  "Bounds on the conversation that is sent." },
	{ "clients", false, 0, AT(settings, clients_file), clients_rows,
	  "Who may use the upstreams that have a key_file." },
	{ "log", false, 0, AT(settings, log), log_rows,
	  "What is written down." },
	{ 0 }
};

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
