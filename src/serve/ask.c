#include "serve/ask.h"

#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"

/* Whom a header is of any use to. */
enum for_whom { FOR_ALL, FOR_OPENAI, FOR_ANTHROPIC, FOR_OPENROUTER };

/*
 * Request headers that reach the upstream; everything else (cookies, proxy
 * headers, larder's own) stays here. What names an account goes along only
 * with the caller's own credential. Idempotency-Key stays here too: with it a
 * provider answers one question with the answer to another.
 */
static const struct {
	const char *cgi_name, *name;
	enum for_whom whom;
	bool own_only;
} passed[] = {
	{ "HTTP_ACCEPT", "accept", FOR_ALL, false },
	{ "HTTP_USER_AGENT", "user-agent", FOR_ALL, false },
	{ "HTTP_X_CLIENT_REQUEST_ID", "x-client-request-id", FOR_ALL, false },
	{ "HTTP_ANTHROPIC_VERSION", "anthropic-version", FOR_ANTHROPIC,
	  false },
	{ "HTTP_ANTHROPIC_BETA", "anthropic-beta", FOR_ANTHROPIC, false },
	{ "HTTP_OPENAI_BETA", "openai-beta", FOR_OPENAI, false },
	{ "HTTP_OPENAI_ORGANIZATION", "openai-organization", FOR_OPENAI,
	  true },
	{ "HTTP_OPENAI_PROJECT", "openai-project", FOR_OPENAI, true },
	{ "HTTP_HTTP_REFERER", "http-referer", FOR_OPENROUTER, false },
	{ "HTTP_X_TITLE", "x-title", FOR_OPENROUTER, false },
};

/* -- whom, and how --------------------------------------------------------- */

/* Some servers speak both dialects: which one is this request in? */
static enum dialect spoken(const struct target *t)
{
	return shape_unread(t->shape) ? t->upstream->as->dialect :
					shape_dialect(t->shape);
}

static bool is_for(enum for_whom whom, const struct target *t)
{
	switch (whom) {
	case FOR_OPENAI:
		return spoken(t) == DIALECT_OPENAI;
	case FOR_ANTHROPIC:
		return spoken(t) == DIALECT_ANTHROPIC;
	case FOR_OPENROUTER:
		return t->upstream->as->attribution;
	case FOR_ALL:
		break;
	}
	return true;
}

/* -- the URL --------------------------------------------------------------- */

static struct str name_of(struct str parameter)
{
	const char *at = parameter.n ? memchr(parameter.p, '=', parameter.n) :
				       NULL;

	return (struct str){ parameter.p, at ? (size_t)(at - parameter.p) :
					       parameter.n };
}

static bool has_parameter(struct str query, struct str name)
{
	struct str one;

	while (str_cut(&query, '&', &one))
		if (one.n && str_ieq(name_of(one), name))
			return true;
	return false;
}

/* The caller's query but for what the configuration says itself, and for a
 * larder key. */
static void add_query(struct buf *b, struct str own, struct str query)
{
	struct str one;

	if (query.n) /* its '?' */
		query = str_from(query, 1);
	while (str_cut(&query, '&', &one)) {
		if (has_parameter(own, name_of(one)) ||
		    client_key_inside(one))
			continue;
		buf_putc(b, memchr(b->p, '?', b->n) ? '&' : '?');
		buf_str(b, one);
	}
}

/* Whatever the caller wrote stands behind the base, a slash and a path that
 * endpoint.c found to be one: it cannot change the host or climb. */
static const char *build_url(struct req *r, const struct target *t)
{
	const struct endpoint *e = &r->asked.endpoint;
	const struct upstream *u = t->upstream;
	struct buf b;

	buf_init(&b, r->a);
	buf_puts(&b, u->url);
	buf_putc(&b, '/');
	if (req_translates(r, t))
		buf_puts(&b, shape_path(t->shape));
	else
		buf_str(&b, e->tail);
	if (u->query)
		buf_printf(&b, "?%s", u->query);
	if (!req_translates(r, t))
		add_query(&b, str_c(u->query), e->query);
	return arena_cstr(r->a, buf_view(&b));
}

/* -- headers --------------------------------------------------------------- */

struct headers {
	struct arena *a;
	struct net_header *list;
	size_t n;
};

static void add(struct headers *h, const char *name, struct str value)
{
	if (value.n)
		h->list[h->n++] = (struct net_header){ str_c(name), value };
}

/* A key in the header that carries it. */
static void add_key(struct headers *h, const char *name, struct str key)
{
	if (key.n && strcmp(name, "authorization") == 0)
		key = str_c(arena_printf(h->a, "Bearer %.*s", (int)key.n,
					 key.p));
	add(h, name, key);
}

/* The key in "Bearer KEY"; empty when it is another scheme's. */
static struct str bearer(struct str authorization)
{
	if (!str_istarts(authorization, STR("Bearer ")))
		return STR("");
	return str_trim(str_from(authorization, 7));
}

struct str ask_own_key(const struct req *r)
{
	struct str auth = bearer(r->who.authorization);
	struct str xkey = r->who.x_api_key;

	if (r->asked.dialect == DIALECT_ANTHROPIC)
		return xkey.n ? xkey : auth;
	return auth.n ? auth : xkey;
}

/* Is the credential one that this upstream knows as it came? Both APIs have
 * more than one way to send theirs. */
static bool as_it_came(const struct req *r, const struct target *t)
{
	const char *usual = spoken(t) == DIALECT_ANTHROPIC ? "x-api-key" :
							     "authorization";

	return !req_translates(r, t) && spoken(t) == r->asked.dialect &&
	       strcmp(t->upstream->key_header, usual) == 0;
}

static void add_credential(struct req *r, const struct target *t,
			   struct headers *h)
{
	const struct upstream *u = t->upstream;
	struct str key = site_upstream_key(r->site, u);

	if (key.n) {
		add_key(h, u->key_header, key);
	} else if (as_it_came(r, t)) {
		add(h, "authorization", r->who.authorization);
		add(h, "x-api-key", r->who.x_api_key);
	} else {
		add_key(h, u->key_header, ask_own_key(r));
	}
}

static void add_passed(struct req *r, const struct target *t,
		       struct headers *h)
{
	struct str value;

	for (size_t i = 0; i < COUNT_OF(passed); i++) {
		if (!is_for(passed[i].whom, t) ||
		    (passed[i].own_only && r->who.client) ||
		    /* `key_header` may be any of them */
		    strcmp(passed[i].name, t->upstream->key_header) == 0)
			continue;
		value = req_header(r, passed[i].cgi_name);
		if (!client_key_inside(value))
			add(h, passed[i].name, value);
	}
	if (spoken(t) == DIALECT_ANTHROPIC &&
	    !req_header(r, "HTTP_ANTHROPIC_VERSION").n)
		add(h, "anthropic-version", STR("2023-06-01"));
}

static void build_headers(struct req *r, const struct target *t,
			  struct net_call *c)
{
	struct headers h = { .a = r->a };

	h.list = arena_new_n(r->a, struct net_header, COUNT_OF(passed) + 4);
	/* What the key was made of is JSON, whatever a caller calls it. */
	add(&h, "content-type", shape_unread(t->shape) ?
	    req_header(r, "CONTENT_TYPE") : STR("application/json"));
	add_passed(r, t, &h);
	add_credential(r, t, &h);
	c->header = h.list;
	c->nheader = h.n;
}

/* -- the body -------------------------------------------------------------- */

static bool takes_stream_options(const struct req *r, const struct upstream *u)
{
	if (r->tries.no_usage) /* it has just said so */
		return false;
	return u->stream_usage == SAY_AUTO ? u->as->stream_usage :
					     u->stream_usage == SAY_YES;
}

/* A stream whose usage the caller has not asked for, but could have. */
static bool lacks_usage(const struct req *r)
{
	const struct chat *c = &r->chat;

	return (c->shape == SHAPE_CHAT || c->shape == SHAPE_COMPLETION) &&
	       c->stream && !c->include_usage;
}

/* Usage is asked of every stream that has it, for the log and for later
 * callers who want it; who did not ask never sees the chunk. */
static void ask_usage(struct req *r, const struct upstream *u,
		      struct splices *edits)
{
	const struct chat *c = &r->chat;

	if (!lacks_usage(r) || !takes_stream_options(r, u))
		return;
	if (json_is(&r->doc, c->stream_options, JSON_OBJECT))
		splice_set(edits, &r->doc, c->stream_options,
			   "include_usage", STR("true"));
	else
		splice_set(edits, &r->doc, 0, "stream_options",
			   STR("{\"include_usage\":true}"));
}

/* What is translated asks for it, whoever is asked. */
static void unask_usage(struct req *r, const struct upstream *u,
			struct splices *edits)
{
	uint32_t name = r->fit.chat.stream_options - 1;

	if (r->fit.chat.stream_options && !takes_stream_options(r, u))
		splice_cut(edits, &r->fit.doc, 0, &name, 1);
}

/* What it is sent, with the edits that are nobody's question but the wire's;
 * they are made on a copy. */
static struct str build_body(struct req *r, const struct target *t)
{
	struct splices edits = r->fit.list;
	uint32_t name = r->chat.cache - 1;

	if (shape_unread(t->shape))
		return r->asked.body;
	edits.cap = edits.n;
	edits.child_cap = edits.nchild;
	if (req_translates(r, t)) {
		unask_usage(r, t->upstream, &edits);
	} else {
		if (r->chat.cache)
			splice_cut(&edits, &r->doc, 0, &name, 1);
		ask_usage(r, t->upstream, &edits);
	}
	return splices_apply(&edits, r->fit.doc.text);
}

/* Some compatible servers know no stream_options, and say so in many ways. */
bool ask_less(struct req *r)
{
	const struct target *t = r->out.by;
	struct str said = r->out.bytes;

	if (!t || (r->out.status != 400 && r->out.status != 422) ||
	    r->sent.begun || !said.n || !takes_stream_options(r, t->upstream) ||
	    !(req_translates(r, t) ? r->fit.chat.stream_options != 0 :
				     lacks_usage(r)) ||
	    !(memmem(said.p, said.n, "stream_options", 14) ||
	      memmem(said.p, said.n, "include_usage", 13)))
		return false;
	log_seldom("[upstream %s] takes no stream_options; with stream_usage "
		   "= no it is not asked twice", t->upstream->item.name);
	r->tries.no_usage = true;
	return true;
}

/* What larder asks for itself has an end of its own. */
int64_t ask_total_ms(const struct req *r, const struct upstream *u)
{
	int64_t left = r->asked.until_ms - clock_mono_ms();

	if (!r->asked.until_ms)
		return u->total_ms;
	if (left < 1)
		left = 1;
	return u->total_ms && u->total_ms < left ? u->total_ms : left;
}

void ask_build(struct req *r, const struct target *t, struct net_call *c)
{
	const struct upstream *u = t->upstream;

	c->method = arena_strdup(r->a, r->door->param(r->door,
						      "REQUEST_METHOD"));
	c->url = build_url(r, t);
	build_headers(r, t, c);
	c->body = build_body(r, t);
	c->connect_ms = u->connect_ms;
	c->first_byte_ms = u->first_byte_ms;
	c->idle_ms = u->idle_ms;
	c->ca_file = u->ca_file;
	c->proxy = u->proxy;
	c->pool = site_upstream_pool(r->site, u);
}
