#include "serve/endpoint.h"

#include "base/count.h"

#include <stddef.h>

static const struct {
	const char *method;
	const char *tail; /* behind /v1/ */
	enum shape shape;
} table[] = {
	{ "POST", "chat/completions", SHAPE_CHAT },
	{ "POST", "responses", SHAPE_RESPONSES },
	{ "POST", "messages", SHAPE_MESSAGES },
	{ "POST", "messages/count_tokens", SHAPE_COUNT },
	{ "POST", "embeddings", SHAPE_EMBEDDING },
	{ "POST", "completions", SHAPE_COMPLETION },
	{ "GET", "models", SHAPE_MODELS },
};

/* Where `what` begins in s, or -1. */
static ptrdiff_t find(struct str s, struct str what)
{
	const char *at = s.n ? memmem(s.p, s.n, what.p, what.n) : NULL;

	return at ? at - s.p : -1;
}

/* Blanks and control bytes would end the URL of a request. */
static bool one_line(struct str query)
{
	for (size_t i = 0; i < query.n; i++)
		if ((unsigned char)query.p[i] <= ' ' || query.p[i] == 0x7f)
			return false;
	return true;
}

/* A path that could mean another one upstream, where our key opens doors. */
static bool crooked(struct str tail)
{
	struct str part, rest = tail;

	for (size_t i = 0; i < tail.n; i++)
		if (tail.p[i] <= ' ' || tail.p[i] >= 0x7f ||
		    strchr("\\\"<>^`{|}#", tail.p[i]))
			return true;
	while (str_cut(&rest, '/', &part))
		if (str_is(part, "."))
			return true;
	/* Anywhere, for "x%2f..%2fy" is a path to some servers. */
	return find(tail, STR("..")) >= 0 || find(tail, STR("%2e")) >= 0 ||
	       find(tail, STR("%2E")) >= 0 || find(tail, STR("//")) >= 0 ||
	       str_starts(tail, STR("/"));
}

static int find_api(struct endpoint *e, struct str method, bool passthrough,
		    struct fail *f)
{
	e->shape = str_starts(e->tail, STR("messages")) ? SHAPE_MESSAGES :
							  SHAPE_OTHER;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		if (!str_is(e->tail, table[i].tail))
			continue;
		e->shape = table[i].shape;
		if (str_is(method, table[i].method))
			return 0;
		if (!passthrough)
			return fail(f, 405, "method_not_allowed",
				    "Use %s for /v1/%s.", table[i].method,
				    table[i].tail);
	}
	if (!passthrough)
		return fail(f, 404, "unknown_url",
			    "Unknown request URL: %.*s /v1/%.*s. larder "
			    "serves chat/completions, responses, messages, "
			    "embeddings, completions and models; set "
			    "passthrough = yes in [larder] for the rest.",
			    (int)method.n, method.p,
			    (int)(e->tail.n > 100 ? 100 : e->tail.n),
			    e->tail.p);
	e->shape = SHAPE_OTHER;
	return 0;
}

int endpoint_find(struct endpoint *e, struct str uri, struct str method,
		  bool passthrough, struct fail *f)
{
	struct str path = uri;
	ptrdiff_t at = find(uri, STR("?"));

	*e = (struct endpoint){ .shape = SHAPE_OTHER };
	if (at >= 0) {
		path.n = (size_t)at;
		e->query = str_from(uri, (size_t)at);
	}
	if (path.n >= 14 &&
	    str_is(str_from(path, path.n - 14), "/larder/health")) {
		e->kind = ENDPOINT_HEALTH;
		return 0;
	}
	at = find(path, STR("/v1/"));
	if (at < 0)
		return fail(f, 404, "unknown_url",
			    "Unknown request URL. Point the client's base URL "
			    "at .../v1 (Anthropic clients: at the address "
			    "before /v1).");
	e->tail = str_from(path, (size_t)at + 4);
	if (crooked(e->tail) || !one_line(e->query) || e->query.n > 2048)
		return fail(f, 404, "unknown_url",
			    "The request path has characters or segments "
			    "that larder does not pass on.");
	return find_api(e, method, passthrough, f);
}
