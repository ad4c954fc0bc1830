#include "serve/settings_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/count.h"
#include "serve/url.h"
#include "store/board.h"
#include "store/memc_server.h"

int settings_complain(const struct complaint *c, int line, const char *fmt,
		      ...)
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

/* -- upstreams: what they are ---------------------------------------------- */

static int find_provider(struct upstream *u, struct arena *a,
			 const struct complaint *c)
{
	if (!u->provider) {
		u->as = provider_of(u->item.name, u->dialect_said);
		return 0;
	}
	if (!provider_named(u->provider))
		return COMPLAIN(c, u, "[upstream %s]: there is no provider "
				"\"%s\"; known are %s", u->provider,
				provider_names(a));
	u->as = provider_speaking(u->provider, u->dialect_said);
	if (!u->as)
		return COMPLAIN(c, u, "[upstream %s]: provider = %s speaks "
				"another dialect; leave out one of the two",
				u->provider);
	return 0;
}

/* The shapes a configuration can name. */
static bool speakable(enum shape s)
{
	return !shape_unread(s);
}

static int shape_named(const char *word)
{
	for (int s = SHAPE_CHAT; s <= SHAPE_OTHER; s++)
		if (speakable((enum shape)s) &&
		    strcmp(shape_path((enum shape)s), word) == 0)
			return s;
	return -1;
}

static const char *shape_names(struct arena *a)
{
	struct buf b;

	buf_init(&b, a);
	for (int s = SHAPE_CHAT; s <= SHAPE_OTHER; s++)
		if (speakable((enum shape)s))
			buf_printf(&b, b.n ? ", %s" : "%s",
				   shape_path((enum shape)s));
	return arena_cstr(a, buf_view(&b));
}

static int read_endpoints(struct upstream *u, struct arena *a,
			  const struct complaint *c)
{
	int s;

	u->shapes = u->as->shapes;
	if (!u->endpoints.n)
		return 0;
	u->shapes = 1u << SHAPE_MODELS | 1u << SHAPE_OTHER;
	for (size_t i = 0; i < u->endpoints.n; i++) {
		s = shape_named(u->endpoints.word[i]);
		if (s < 0)
			return COMPLAIN(c, u, "[upstream %s]: endpoints: "
					"\"%s\" is none; known are %s",
					u->endpoints.word[i],
					shape_names(a));
		u->shapes |= 1u << s;
	}
	return 0;
}

/* -- upstreams: the way there ---------------------------------------------- */

static int check_url(struct upstream *u, struct arena *a,
		     const struct complaint *c, struct url *url_r)
{
	struct str url;
	const char *why;

	if (!u->url)
		u->url = u->as->url;
	if (!u->url)
		return COMPLAIN(c, u, "[upstream %s] needs a url, such as "
				"https://api.openai.com/v1");
	why = url_base(url_r, str_c(u->url));
	if (why)
		return COMPLAIN(c, u, "[upstream %s]: url %s", why);
	if (!url_r->tls && !url_r->loopback && !u->insecure)
		return COMPLAIN(c, u, "[upstream %s]: url is plain http to "
				"another host; use https, or set "
				"insecure = yes");
	url = str_c(u->url);
	while (url.n && url.p[url.n - 1] == '/')
		url.n--;
	u->url = arena_cstr(a, url);
	return 0;
}

static int check_way(struct upstream *u, struct arena *a,
		     const struct complaint *c)
{
	struct url url, proxy;
	const char *why;

	if (check_url(u, a, c, &url) < 0)
		return -1;
	why = u->query ? url_query(str_c(u->query)) : NULL;
	if (why)
		return COMPLAIN(c, u, "[upstream %s]: query %s", why);
	if (!u->proxy)
		return 0;
	why = url_proxy(&proxy, str_c(u->proxy));
	if (why)
		return COMPLAIN(c, u, "[upstream %s]: proxy %s", why);
	if (!url.tls && !u->insecure)
		return COMPLAIN(c, u, "[upstream %s]: the proxy would read "
				"what goes to a plain http url; use https, or "
				"set insecure = yes");
	return 0;
}

static bool is_framing(const char *name)
{
	static const char *const framing[] = {
		"accept", "accept-encoding", "connection", "content-encoding",
		"content-length", "content-type", "expect", "host",
		"http2-settings", "keep-alive", "proxy",
		"proxy-authorization", "proxy-connection", "te", "trailer",
		"transfer-encoding", "upgrade", "user-agent",
	};

	for (size_t i = 0; i < COUNT_OF(framing); i++)
		if (strcasecmp(name, framing[i]) == 0)
			return true;
	return false;
}

static bool is_token(const char *s)
{
	for (; *s; s++)
		if (*s <= ' ' || *s >= 0x7f ||
		    strchr("()<>@,;:\\\"/[]?={}", *s))
			return false;
	return true;
}

static int check_key_header(struct upstream *u, struct arena *a,
			    const struct complaint *c)
{
	char *name;

	if (!u->key_header) {
		u->key_header = u->as->key_header;
		return 0;
	}
	if (!is_token(u->key_header))
		return COMPLAIN(c, u, "[upstream %s]: key_header must be the "
				"name of a header alone, such as api-key");
	if (is_framing(u->key_header))
		return COMPLAIN(c, u, "[upstream %s]: key_header: %s has a "
				"meaning of its own and cannot carry a key",
				u->key_header);
	name = arena_strdup(a, u->key_header);
	for (char *p = name; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p |= 0x20;
	u->key_header = name;
	return 0;
}

static int check_upstream(struct upstream *u, struct arena *a,
			  const struct complaint *c)
{
	if (find_provider(u, a, c) < 0 || read_endpoints(u, a, c) < 0 ||
	    check_way(u, a, c) < 0 || check_key_header(u, a, c) < 0)
		return -1;
	if (u->models.n && (u->models.n > 1 ||
			    strcmp(u->models.word[0], "any") != 0))
		return COMPLAIN(c, u, "[upstream %s]: models is `any` or "
				"nothing; name single models in [model] "
				"sections");
	if (u->breaker_failures && u->breaker_open_ms < 1)
		return COMPLAIN(c, u, "[upstream %s]: breaker_open must be "
				"more than 0; breaker_failures = 0 does "
				"without");
	return 0;
}

/* -- models ---------------------------------------------------------------- */

static bool named_before(const struct conf_words *w, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(w->word[i], w->word[at]) == 0)
			return true;
	return false;
}

/* Two models may name one another: a chain is the list of the model that was
 * asked for, and goes no further. */
static int check_fallback(const struct model *m, const struct settings *s,
			  const struct complaint *c)
{
	const char *word;

	for (size_t i = 0; i < m->fallback.n; i++) {
		word = m->fallback.word[i];
		if (named_before(&m->fallback, i))
			return COMPLAIN(c, m, "[model %s]: fallback names %s "
					"twice", word);
		if (strcmp(word, "stale") == 0)
			continue;
		if (strcmp(word, m->item.name) == 0)
			return COMPLAIN(c, m, "[model %s]: fallback names the "
					"model itself");
		if (!settings_model(s, str_c(word)))
			return COMPLAIN(c, m, "[model %s]: fallback: there is "
					"no [model %s]; another word that may "
					"stand there is `stale`", word);
	}
	return 0;
}

/* A word, a status that can be a failure, or all of a hundred. */
static bool is_failure(const char *word)
{
	static const char *const words[] = { "connect", "timeout", "context",
					     "credentials", "4xx", "5xx" };
	char *end;
	long status = strtol(word, &end, 10);

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return end == word + 3 && !*end && word[0] >= '4' &&
	       status >= 400 && status <= 599;
}

static int check_fallback_on(const struct model *m, const struct complaint *c)
{
	for (size_t i = 0; i < m->fallback_on.n; i++)
		if (!is_failure(m->fallback_on.word[i]))
			return COMPLAIN(c, m, "[model %s]: fallback_on: "
					"\"%s\" is none of connect, timeout, "
					"context, credentials, 400 to 599, "
					"4xx and 5xx",
					m->fallback_on.word[i]);
	return 0;
}

static int check_model(struct model *m, const struct settings *s,
		       const struct complaint *c)
{
	if (!m->upstream && s->upstreams.n == 1)
		m->upstream = ((struct conf_item *)s->upstreams.item)->name;
	if (!m->upstream)
		return COMPLAIN(c, m, "[model %s] needs an upstream");
	m->to = settings_upstream(s, m->upstream);
	if (!m->to)
		return COMPLAIN(c, m, "[model %s]: there is no [upstream %s]",
				m->upstream);
	if (!m->name)
		m->name = m->item.name;
	if (check_fallback(m, s, c) < 0)
		return -1;
	return check_fallback_on(m, c);
}

/* -- the rest -------------------------------------------------------------- */

static int check_larder(struct larder_conf *l, const struct complaint *c)
{
	if (l->reserve < 0)
		l->reserve = l->threads < 2 ? 0 :
			     l->threads < 16 ? 1 : l->threads / 8;
	if (l->reserve >= l->threads && l->threads > 1)
		return settings_complain(c, 1, "[larder] reserve (%d) must be "
				"below threads (%d)", l->reserve, l->threads);
	return 0;
}

static int check_memcached(const struct memcached_conf *m,
			   const struct complaint *c)
{
	struct memc_server s;

	for (size_t i = 0; i < m->servers.n; i++)
		if (memc_server_parse(m->servers.word[i], &s) < 0)
			return settings_complain(c, 1, "[memcached] servers: "
					"\"%s\" is none: write host:port, "
					"[v6]:port or /path/of/socket",
					m->servers.word[i]);
	if (m->budget_ms < 5)
		return settings_complain(c, 1, "[memcached] budget must be 5ms "
				"or more; leave servers empty to do without");
	if (m->sync_ms < 1000)
		return settings_complain(c, 1, "[memcached] sync must be 1s or "
				"more");
	if (m->servers.n > BOARD_NODES)
		return settings_complain(c, 1, "[memcached] servers: at most "
				"%d", BOARD_NODES);
	return 0;
}

static int check_items(struct settings *s, struct arena *a,
		       const struct complaint *c)
{
	struct upstream *u = s->upstreams.item;
	struct model *m = s->models.item;

	for (size_t i = 0; i < s->upstreams.n; i++)
		if (check_upstream(&u[i], a, c) < 0)
			return -1;
	for (size_t i = 0; i < s->models.n; i++)
		if (check_model(&m[i], s, c) < 0)
			return -1;
	if (settings_check_thrift(s, a, c) < 0)
		return -1;
	return settings_check_ledger(s, a, c);
}

int settings_check(struct settings *s, struct arena *a, char *err_r,
		   size_t err_n)
{
	const struct complaint c = { s->path, err_r, err_n };

	if (!s->upstreams.n)
		return settings_complain(&c, 1, "no [upstream NAME] section: "
				"say where requests go, e.g. [upstream openai] "
				"with url = https://api.openai.com/v1");
	if (check_items(s, a, &c) < 0 ||
	    check_memcached(&s->memcached, &c) < 0)
		return -1;
	return check_larder(&s->larder, &c);
}
