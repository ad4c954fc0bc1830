#include "serve/admin.h"

#include <sodium/utils.h>

#include "base/clock.h"
#include "serve/metrics.h"
#include "serve/page.h"

#define PASSWORD_MAX 1024

/* "Basic dXNlcjprZXk=": what stands behind the colon. */
static struct str password(struct req *r, struct str basic)
{
	char *text = arena_alloc(r->a, PASSWORD_MAX);
	struct str pair = { text, 0 }, user;

	if (sodium_base642bin((unsigned char *)text, PASSWORD_MAX, basic.p,
			      basic.n, NULL, &pair.n, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    !memchr(pair.p, ':', pair.n))
		return STR("");
	str_cut(&pair, ':', &user);
	return pair;
}

static struct str key_sent(struct req *r)
{
	struct str auth = req_header(r, "HTTP_AUTHORIZATION");

	if (!auth.n)
		auth = req_header(r, "REDIRECT_HTTP_AUTHORIZATION");
	if (str_istarts(auth, STR("Bearer ")))
		return str_trim(str_from(auth, 7));
	if (str_istarts(auth, STR("Basic ")))
		return password(r, str_trim(str_from(auth, 6)));
	return STR("");
}

/* By hashes, so that the time it takes says nothing. */
static bool same(struct req *r, struct str a, struct str b)
{
	struct key ka, kb;

	hash_of(&ka, &r->site->secret.tenant.key, a);
	hash_of(&kb, &r->site->secret.tenant.key, b);
	return sodium_memcmp(ka.b, kb.b, HASH_BYTES) == 0;
}

int admin_check(struct req *r)
{
	if (!r->site->admin_key.n)
		return fail(&r->fail, 404, "unknown_url",
			    "Status and metrics are off: set key_file in "
			    "[admin].");
	if (same(r, key_sent(r), r->site->admin_key))
		return 0;
	return fail(&r->fail, 401, "invalid_api_key",
		    "Status and metrics need the key in [admin] key_file, as "
		    "\"Authorization: Bearer ...\" or as a password.");
}

static bool accepts(struct str accept, const char *type)
{
	return accept.n && memmem(accept.p, accept.n, type, strlen(type));
}

const char *admin_page(struct req *r, struct buf *out)
{
	const struct status_of of = { &r->site->conf, r->site->store,
				      req_board(r), clock_mono_ms(),
				      clock_wall_ms(), &r->site->secret,
				      r->site->book };
	struct str accept = req_header(r, "HTTP_ACCEPT");

	if (r->asked.endpoint.kind == ENDPOINT_METRICS)
		return metrics_text(out, &of, accepts(accept, METRICS_OPEN));

	if (accepts(accept, "application/json") &&
	    !accepts(accept, "text/html")) {
		page_json(out, &of);
		return "application/json";
	}
	page_html(out, &of);
	return "text/html; charset=utf-8";
}
