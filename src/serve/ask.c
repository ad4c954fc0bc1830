#include "serve/ask.h"

#include "base/count.h"

/*
 * Request headers that reach the upstream; everything else (cookies, proxy
 * headers, larder's own) stays here. What names an account goes along only
 * with the caller's own credential. Idempotency-Key stays here too: with it a
 * provider answers one question with the answer to another.
 */
static const struct {
	const char *cgi_name, *name;
	bool own_only;
} passed[] = {
	{ "HTTP_ACCEPT", "accept", false },
	{ "HTTP_USER_AGENT", "user-agent", false },
	{ "HTTP_ANTHROPIC_VERSION", "anthropic-version", false },
	{ "HTTP_ANTHROPIC_BETA", "anthropic-beta", false },
	{ "HTTP_OPENAI_BETA", "openai-beta", false },
	{ "HTTP_OPENAI_ORGANIZATION", "openai-organization", true },
	{ "HTTP_OPENAI_PROJECT", "openai-project", true },
	{ "HTTP_X_CLIENT_REQUEST_ID", "x-client-request-id", false },
	{ "HTTP_HTTP_REFERER", "http-referer", false }, /* OpenRouter */
	{ "HTTP_X_TITLE", "x-title", false },
};

static void add(struct net_header *h, size_t *n, const char *name,
		struct str value)
{
	if (value.n)
		h[(*n)++] = (struct net_header){ str_c(name), value };
}

static void add_credential(struct req *r, const struct upstream *u,
			   struct net_header *h, size_t *n)
{
	struct str key = site_upstream_key(r->site, u);

	if (!key.n) {
		add(h, n, "authorization", r->who.authorization);
		add(h, n, "x-api-key", r->who.x_api_key);
	} else if (u->dialect == DIALECT_ANTHROPIC) {
		add(h, n, "x-api-key", key);
	} else {
		add(h, n, "authorization",
		    str_c(arena_printf(r->a, "Bearer %.*s", (int)key.n,
				       key.p)));
	}
}

static void build_headers(struct req *r, const struct upstream *u,
			  struct net_call *c)
{
	struct net_header *h = arena_new_n(r->a, struct net_header,
					   COUNT_OF(passed) + 4);
	size_t n = 0;

	/* What the key was made of is JSON, whatever a caller calls it. */
	add(h, &n, "content-type", shape_unread(r->asked.endpoint.shape) ?
	    req_header(r, "CONTENT_TYPE") : STR("application/json"));
	for (size_t i = 0; i < COUNT_OF(passed); i++)
		if (!r->who.client || !passed[i].own_only)
			add(h, &n, passed[i].name,
			    req_header(r, passed[i].cgi_name));
	if (u->dialect == DIALECT_ANTHROPIC &&
	    !req_header(r, "HTTP_ANTHROPIC_VERSION").n)
		add(h, &n, "anthropic-version", STR("2023-06-01"));
	add_credential(r, u, h, &n);
	c->header = h;
	c->nheader = n;
}

/* Usage is asked of every stream that has it, for the log and for later
 * callers who want it; who did not ask never sees the chunk. */
static void ask_usage(const struct req *r, const struct upstream *u,
		      struct splices *edits)
{
	const struct chat *c = &r->chat;
	bool can = c->shape == SHAPE_CHAT || c->shape == SHAPE_COMPLETION;

	if (!can || !c->stream || c->include_usage ||
	    !u->stream_usage)
		return;
	if (json_is(&r->doc, c->stream_options, JSON_OBJECT))
		splice_set(edits, &r->doc, c->stream_options,
			   "include_usage", STR("true"));
	else
		splice_set(edits, &r->doc, 0, "stream_options",
			   STR("{\"include_usage\":true}"));
}

/* The edits of the effective request, and those that are nobody's question
 * but the wire's. */
static struct str build_body(struct req *r, const struct upstream *u)
{
	struct splices edits = r->edits.list;
	uint32_t name;

	if (shape_unread(r->asked.endpoint.shape))
		return r->asked.body;
	if (r->chat.cache) {
		name = r->chat.cache - 1;
		splice_cut(&edits, &r->doc, 0, &name, 1);
	}
	ask_usage(r, u, &edits);
	return splices_apply(&edits, r->asked.body);
}

void ask_build(struct req *r, const struct target *t, struct net_call *c)
{
	const struct upstream *u = t->upstream;
	const struct endpoint *e = &r->asked.endpoint;

	c->method = arena_strdup(r->a, r->door->param(r->door,
						      "REQUEST_METHOD"));
	c->url = arena_printf(r->a, "%s/%.*s%.*s", u->url, (int)e->tail.n,
			      e->tail.p, (int)e->query.n, e->query.p);
	build_headers(r, u, c);
	c->body = build_body(r, u);
	c->connect_ms = u->connect_ms;
	c->first_byte_ms = u->first_byte_ms;
	c->idle_ms = u->idle_ms;
	c->ca_file = u->ca_file;
}
