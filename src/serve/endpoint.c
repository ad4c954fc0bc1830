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

static bool printable(struct str s, const char *but)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || strchr(but, s.p[i]))
			return false;
	return true;
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at;

	at = c ? strchr(digits, c >= 'A' ? c | 0x20 : c) : NULL;
	return at && *at ? (int)(at - digits) : -1;
}

/* The byte that %XX at p stands for, or -1. */
static int unescape(struct str p)
{
	int hi = p.n > 2 ? hex_digit(p.p[1]) : -1;
	int lo = p.n > 2 ? hex_digit(p.p[2]) : -1;

	return hi < 0 || lo < 0 ? -1 : hi << 4 | lo;
}

/* Escapes of what would be refused plain, of another escape, or of no UTF-8
 * at all; and slashes that stand at the beginning or side by side, escaped or
 * not. A single %2f is part of a name: models/org%2fmodel. */
static bool escapes_something(struct str tail)
{
	int c, before = '/';

	for (size_t i = 0; i < tail.n; i++, before = c) {
		c = tail.p[i];
		if (c == '%') {
			c = unescape(str_from(tail, i));
			i += 2;
			if (c < ' ' || c == 0x7f || c == 0xc0 || c == 0xc1 ||
			    strchr("%.\\", c))
				return true;
		}
		if (c == '/' && before == '/')
			return true;
	}
	return false;
}

/* A path that could mean another one upstream, where our key opens doors. */
static bool crooked(struct str tail)
{
	struct str part, rest = tail;

	if (!printable(tail, "\\\"<>[]^`{|}#") || escapes_something(tail))
		return true;
	while (str_cut(&rest, '/', &part))
		if (str_is(part, ".") || str_starts(part, STR(".;")))
			return true;
	/* Anywhere, for "x%2f..%2fy" is a path to some servers. */
	return find(tail, STR("..")) >= 0;
}

/* The path as a lenient server may read it: %XX decoded, no slash or blank
 * at its end. At most n bytes; how many there are. */
static size_t plain_spelling(struct str tail, char *out, size_t n)
{
	size_t at = 0, len = 0;

	for (; at < tail.n && len < n; at++, len++) {
		out[len] = tail.p[at];
		if (tail.p[at] != '%')
			continue;
		out[len] = (char)unescape(str_from(tail, at));
		at += 2; /* crooked() has seen to that */
	}
	while (len && strchr("/ \t", out[len - 1]) && out[len - 1])
		len--;
	return len;
}

/* One of ours in disguise: passed through, it would go unrouted, uncached
 * and unbilled. */
static bool disguised(struct str tail)
{
	char plain[64];
	size_t n = plain_spelling(tail, plain, sizeof(plain));

	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (str_ieq((struct str){ plain, n }, str_c(table[i].tail)))
			return !str_is(tail, table[i].tail);
	return false;
}

/* TRACE would show the provider's key to whoever asks. */
static bool method_passes(struct str method)
{
	static const char *const known[] = { "GET", "HEAD", "POST", "PUT",
					     "PATCH", "DELETE" };

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (str_is(method, known[i]))
			return true;
	return false;
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
	if (!method_passes(method))
		return fail(f, 405, "method_not_allowed",
			    "Only GET, HEAD, POST, PUT, PATCH and DELETE are "
			    "passed on.");
	e->shape = SHAPE_OTHER;
	if (disguised(e->tail))
		return fail(f, 404, "unknown_url",
			    "The path is an odd spelling of one that larder "
			    "serves; spell it plainly.");
	return 0;
}

static bool ends(struct str path, struct str with)
{
	return path.n >= with.n &&
	       str_eq(str_from(path, path.n - with.n), with);
}

static int find_admin(struct endpoint *e, enum endpoint_kind kind,
		      struct str method, struct fail *f)
{
	e->kind = kind;
	return str_is(method, "GET") || str_is(method, "HEAD") ? 0 :
	       fail(f, 405, "method_not_allowed",
		    "Status and metrics are asked for with GET.");
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
	if (ends(path, STR("/larder/health"))) {
		e->kind = ENDPOINT_HEALTH;
		return 0;
	}
	if (ends(path, STR("/larder/status")))
		return find_admin(e, ENDPOINT_STATUS, method, f);
	if (ends(path, STR("/larder/metrics")))
		return find_admin(e, ENDPOINT_METRICS, method, f);
	at = find(path, STR("/v1/"));
	if (at < 0)
		return fail(f, 404, "unknown_url",
			    "Unknown request URL. Point the client's base URL "
			    "at .../v1 (Anthropic clients: at the address "
			    "before /v1).");
	e->tail = str_from(path, (size_t)at + 4);
	/* Blanks would end the URL of a request, and a # its query. */
	if (crooked(e->tail) || !printable(e->query, "\\\"<>#") ||
	    e->query.n > 2048)
		return fail(f, 404, "unknown_url",
			    "The request path has characters or segments "
			    "that larder does not pass on.");
	return find_api(e, method, passthrough, f);
}
