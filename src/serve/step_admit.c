/* Who asks, for what, with which directives, within which limits. */
#include <sodium/utils.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/admin.h"
#include "serve/ask.h"
#include "serve/steps.h"

#define PIECE 16384 /* of a body, read at once */

static struct str param(struct req *r, const char *name)
{
	return str_c(r->door->param(r->door, name));
}

/* By chance, so that nobody can tell others' from his own. */
static void own_id(struct req *r)
{
	enum { BYTES = 12 };

	memcpy(r->asked.id, "req_", 4);
	sodium_bin2hex(r->asked.id + 4, 2 * BYTES + 1,
		       lane_throw(r->lane, BYTES), BYTES);
}

/* The caller's X-Request-Id when it is a plain word, else one of our own. */
static void request_id(struct req *r)
{
	struct str id = req_header(r, "HTTP_X_REQUEST_ID");
	size_t n = 0;

	while (n < id.n && id.p[n] > ' ' && id.p[n] < 0x7f &&
	       !strchr("\"\\<>", id.p[n]))
		n++;
	if (n && n == id.n && n < sizeof(r->asked.id)) {
		memcpy(r->asked.id, id.p, n);
		r->asked.own_id = true;
		return;
	}
	own_id(r);
}

static int find_endpoint(struct req *r)
{
	struct asked *q = &r->asked;
	int rc = endpoint_find(&q->endpoint, param(r, "REQUEST_URI"),
			       param(r, "REQUEST_METHOD"),
			       r->site->conf.larder.passthrough, &r->fail);

	q->dialect = shape_dialect(q->endpoint.shape);
	if (shape_unread(q->endpoint.shape) && /* either's */
	    req_header(r, "HTTP_ANTHROPIC_VERSION").n)
		q->dialect = DIALECT_ANTHROPIC;
	return rc;
}

/* -- credentials ----------------------------------------------------------- */

/* The token, whatever scheme stands before it or none at all: a larder key
 * must be known as one however it was sent. */
static struct str bearer(struct str authorization)
{
	size_t n = authorization.n;

	while (n && authorization.p[n - 1] != ' ' &&
	       authorization.p[n - 1] != '\t')
		n--;
	return str_from(authorization, n);
}

static int no_credential(struct req *r)
{
	return fail_operator(&r->fail, 401, "missing_api_key",
		    "No API key came with the request: send it as "
		    "\"Authorization: Bearer ...\" or \"x-api-key: ...\". "
		    "If the client did send one, the web server removed it: "
		    "Apache needs \"CGIPassAuth On\" for this location (or "
		    "in .htaccess).");
}

/* A larder key: known here, and never shown to an upstream. */
static int admit_client(struct req *r, struct str key)
{
	struct client c;
	char why[400];
	int rc = clients_check(r->site->clients, key, &c, why, sizeof(why));

	if (rc < 0) {
		log_seldom("client keys: %s", why);
		return fail_operator(&r->fail, 500, "clients_unreadable",
			    "The file of client keys cannot be read.");
	}
	if (!rc)
		return fail(&r->fail, 401, "invalid_api_key",
			    "This larder key is not known or was revoked.");
	r->who.client = true;
	snprintf(r->who.name, sizeof(r->who.name), "%s", c.name);
	snprintf(r->who.account, sizeof(r->who.account), "%s", c.name);
	hash_of(&r->who.tenant, &r->site->secret.tenant.key,
		str_c(arena_printf(r->a, "client %s", c.id)));
	return 0;
}

static void hash_own(const struct req *r, struct str authorization,
		     struct str x_api_key, struct key *out)
{
	struct hash h;

	hash_begin_with(&h, &r->site->secret.tenant);
	hash_field(&h, STR("own"));
	hash_field(&h, authorization);
	hash_field(&h, x_api_key);
	hash_end(&h, out);
}

static struct str bearing(struct req *r, struct str key)
{
	struct buf b;

	buf_init(&b, r->a);
	buf_puts(&b, "Bearer ");
	buf_str(&b, key);
	return buf_view(&b);
}

/* Whatever is spelt otherwise is another tenant: its upstream may mind. But
 * who pays goes by the key alone, or a budget would not hold those who send
 * something of their own beside it. */
static void name_own(struct req *r)
{
	struct who *w = &r->who;
	struct str key = ask_own_key(r), none = STR("");
	struct str alone = w->authorization, beside = none;
	struct key account;

	if (key.n && key.p == w->x_api_key.p) {
		alone = none;
		beside = key;
	} else if (key.n) {
		alone = bearing(r, key);
	}
	hash_own(r, w->authorization, w->x_api_key, &w->tenant);
	account = w->tenant;
	if (!str_eq(alone, w->authorization) ||
	    !str_eq(beside, w->x_api_key))
		hash_own(r, alone, beside, &account);
	key_hex(&w->tenant, 8, w->name);
	key_hex(&account, 8, w->account);
}

static int admit_own(struct req *r, struct str authorization,
		     struct str x_api_key)
{
	/* Before a stranger's body is read. */
	if (site_wants_clients(r->site))
		return fail(&r->fail, 401, "invalid_api_key",
			    "A larder key is needed here; the operator makes "
			    "one with `larder key add NAME`.");

	r->who.authorization = authorization;
	r->who.x_api_key = x_api_key;
	name_own(r);
	return 0;
}

static int admit_caller(struct req *r)
{
	struct str auth = req_header(r, "HTTP_AUTHORIZATION");
	struct str xkey = req_header(r, "HTTP_X_API_KEY");

	if (!auth.n)
		auth = req_header(r, "REDIRECT_HTTP_AUTHORIZATION");
	if (!auth.n && !xkey.n)
		return no_credential(r);
	if (client_key_shaped(bearer(auth)))
		return admit_client(r, bearer(auth));
	if (client_key_shaped(bearer(xkey)))
		return admit_client(r, bearer(xkey));
	if (client_key_inside(auth) || client_key_inside(xkey))
		return fail(&r->fail, 401, "invalid_api_key",
			    "Send a larder key alone, as \"Authorization: "
			    "Bearer lk_...\" or \"x-api-key: lk_...\".");
	return admit_own(r, auth, xkey);
}

/* -- directives and body --------------------------------------------------- */

static int read_directives(struct req *r)
{
	struct directive *d = &r->asked.header;
	struct str v;

	if (r->door->directive) {
		*d = *r->door->directive;
		return 0;
	}
	directive_init(d);
	directive_cache_control(d, req_header(r, "HTTP_CACHE_CONTROL"));
	v = req_header(r, "HTTP_X_LARDER_TTL");
	if (v.n && directive_ttl(d, v, &r->fail) < 0)
		return -1;
	v = req_header(r, "HTTP_X_LARDER_NAMESPACE");
	if (v.n && directive_namespace(d, v, &r->fail) < 0)
		return -1;
	d->tag = req_header(r, "HTTP_X_LARDER_TAG");
	if (d->tag.n > TAG_MAX)
		return fail(&r->fail, 400, "invalid_header",
			    "X-Larder-Tag must be at most %d bytes.", TAG_MAX);
	return 0;
}

/* CONTENT_LENGTH, or -1 when it is not said. */
static long long said_length(struct req *r)
{
	struct str s = str_trim(param(r, "CONTENT_LENGTH"));
	char *end;
	long long n;

	if (!s.n)
		return -1;
	n = strtoll(s.p, &end, 10);
	return *end || n < 0 ? -1 : n;
}

static int too_large(struct req *r)
{
	return fail(&r->fail, 413, "request_too_large",
		    "The request body is larger than the %zu bytes that "
		    "max_body in [larder] allows.",
		    r->site->conf.larder.max_body);
}

/* A caller that trickles its body holds a thread: after half a minute it must
 * have kept up 16 KB a second. */
static bool too_slow(const struct req *r, size_t bytes)
{
	int64_t ms = clock_mono_ms() - r->mono_ms - 30000;

	return ms > 0 && (int64_t)bytes < ms * 16;
}

/* How much to read next: with one byte more than was said, more than that
 * shows itself. */
static size_t piece(long long said, size_t n)
{
	if (said < 0 || (size_t)said + 1 - n > PIECE)
		return PIECE;
	return (size_t)said + 1 - n;
}

/* Chunked uploads have no CONTENT_LENGTH behind some servers. */
static int read_body(struct req *r)
{
	size_t max = r->site->conf.larder.max_body, n;
	long long said = said_length(r);
	struct buf b;
	ssize_t got = 0;

	if (said > (long long)max)
		return too_large(r);
	buf_init(&b, r->a);
	if (said > 0)
		buf_room(&b, (size_t)said + 1);
	while ((n = piece(said, b.n)) > 0 &&
	       (got = r->door->read(r->door, buf_room(&b, n), n)) > 0) {
		buf_took(&b, (size_t)got);
		if (b.n > max)
			return too_large(r);
		if (too_slow(r, b.n))
			return fail(&r->fail, 408, "request_timeout",
				    "The request body came too slowly.");
	}
	if (got < 0 || (said >= 0 && b.n != (size_t)said))
		return fail(&r->fail, 400, "incomplete_body",
			    "The request body ended before it was whole.");
	r->asked.body = buf_view(&b);
	return 0;
}

enum go step_admit(struct req *r)
{
	request_id(r);
	r->asked.renew_before_ms = r->door->renew_before_ms;
	r->asked.purpose = r->door->purpose;
	r->asked.until_ms = r->door->until_ms;
	if (find_endpoint(r) < 0)
		return GO_OUT;
	if (r->asked.endpoint.kind == ENDPOINT_STATUS ||
	    r->asked.endpoint.kind == ENDPOINT_METRICS)
		admin_check(r);
	if (r->asked.endpoint.kind != ENDPOINT_API)
		return GO_OUT;
	if (admit_caller(r) < 0 || read_directives(r) < 0 ||
	    read_body(r) < 0)
		return GO_OUT;
	return GO_ON;
}
