#include "serve/head.h"

#include <assert.h>
#include <inttypes.h>

#include "base/clock.h"
#include "base/count.h"

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" }, { 400, "Bad Request" }, { 401, "Unauthorized" },
	{ 403, "Forbidden" }, { 404, "Not Found" },
	{ 405, "Method Not Allowed" }, { 408, "Request Timeout" },
	{ 409, "Conflict" }, { 413, "Content Too Large" },
	{ 422, "Unprocessable Content" }, { 429, "Too Many Requests" },
	{ 500, "Internal Server Error" }, { 502, "Bad Gateway" },
	{ 503, "Service Unavailable" }, { 504, "Gateway Timeout" },
	{ 529, "Overloaded" },
};

static const char *reason(int status)
{
	for (size_t i = 0; i < COUNT_OF(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return status < 400 ? "OK" : "Error";
}

static void line(struct buf *b, const char *name, struct str value)
{
	if (!value.n)
		return;
	buf_puts(b, name);
	buf_puts(b, ": ");
	buf_str(b, value);
	buf_puts(b, "\r\n");
}

static void line_c(struct buf *b, const char *name, const char *value)
{
	line(b, name, str_c(value));
}

/* A word from outside as a header value: printable ASCII only, and no more
 * than a web server's buffer for the head will surely take. */
static void line_safe(struct buf *b, const char *name, struct str v)
{
	if (v.n > 256)
		return;
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] < ' ' || v.p[i] > '~')
			return;
	line(b, name, v);
}

static void hit_status(struct buf *b, const struct hit *h, int64_t now)
{
	buf_printf(b, "Cache-Status: larder; hit; ttl=%" PRId64
		   "; detail=%s\r\n",
		   (h->fresh_until_ms - now) / 1000,
		   h->stale ? "stale" :
		   h->where == TIER_LOCAL ? "local" : "memcached");
	buf_printf(b, "Age: %" PRId64 "\r\n",
		   now > h->born_ms ? (now - h->born_ms) / 1000 : 0);
}

/* Why the request went (or would have gone) forward. */
static void forward_status(struct buf *b, const struct req *r)
{
	bool asked_fresh = r->keyed.directive.no_cache ||
			   (r->hit.refused &&
			    strcmp(r->hit.refused, "max-age") == 0);

	buf_printf(b, "Cache-Status: larder; fwd=%s%s%s%s%s\r\n",
		   asked_fresh ? "request" : "miss",
		   r->stored ? "; stored" : "",
		   r->out.collapsed ? "; collapsed" : "",
		   r->hit.refused ? "; detail=" : "",
		   r->hit.refused ? r->hit.refused : "");
}

static void cache_status(struct buf *b, const struct req *r)
{
	if (r->keyed.use == USE_NONE)
		return;
	if (r->keyed.use == USE_BYPASS) {
		buf_printf(b, "Cache-Status: larder; fwd=bypass; "
			   "detail=%s\r\n", r->keyed.why);
		return;
	}
	if (req_from_cache(r))
		hit_status(b, &r->hit, clock_wall_ms());
	else
		forward_status(b, r);
}

static void key_line(struct buf *b, const struct req *r)
{
	char hex[17];

	if (r->keyed.use != USE_CACHE)
		return;
	key_hex(&r->keyed.base, 8, hex);
	line_c(b, "X-Larder-Key", hex);
}

static void money_lines(struct buf *b, const struct req *r)
{
	char text[32];

	picousd saved = req_from_cache(r) ? r->hit.cost : r->out.cost;

	if (req_from_cache(r) || (r->out.collapsed && r->out.whole)) {
		line_c(b, "X-Larder-Cost", "0");
		if (saved == PRICE_UNKNOWN)
			return;
		price_text(saved, text);
		line_c(b, "X-Larder-Saved", text);
	} else if (r->out.whole && r->out.cost != PRICE_UNKNOWN) {
		price_text(r->out.cost, text);
		line_c(b, "X-Larder-Cost", text);
	}
}

static void degraded_line(struct buf *b, const struct req *r)
{
	if (r->out.spared)
		line_c(b, "X-Larder-Degraded", "an expired answer, because "
		       "the upstream failed");
	else if (r->hit.found && r->hit.stale)
		line_c(b, "X-Larder-Degraded", r->hit.renew ?
		       "an expired answer, while it is asked for again" :
		       "an expired answer, as max-stale allows");
}

static void larder_lines(struct buf *b, const struct req *r)
{
	const struct target *t = req_target(r);

	cache_status(b, r);
	key_line(b, r);
	if (t)
		line_safe(b, "X-Larder-Model", t->model);
	if (t)
		line_c(b, "X-Larder-Upstream", t->upstream->item.name);
	if (r->plan.trimmed_messages)
		buf_printf(b, "X-Larder-Trimmed: %u\r\n",
			   (unsigned)r->plan.trimmed_messages);
	degraded_line(b, r);
	money_lines(b, r);
}

/* The caller's own id, else the upstream's, else one of ours. */
static void id_lines(struct buf *b, const struct req *r)
{
	bool x = false, plain = r->asked.dialect != DIALECT_ANTHROPIC;

	for (size_t i = 0; i < r->out.nheader; i++) {
		x |= str_ieq(r->out.header[i].name, STR("x-request-id"));
		plain |= str_ieq(r->out.header[i].name, STR("request-id"));
	}
	if (!x || r->asked.own_id)
		line_c(b, "X-Request-Id", r->asked.id);
	if (!plain)
		line_c(b, "request-id", r->asked.id);
}

static void upstream_lines(struct buf *b, const struct req *r)
{
	const struct net_header *h = r->out.header;

	if (r->out.spared) /* they belong to the answer that failed */
		return;
	for (size_t i = 0; i < r->out.nheader; i++) {
		if (r->asked.own_id &&
		    str_ieq(h[i].name, STR("x-request-id")))
			continue;
		if (r->fail.status && /* fail_lines has its own */
		    (str_ieq(h[i].name, STR("x-should-retry")) ||
		     str_istarts(h[i].name, STR("retry-after"))))
			continue;
		buf_str(b, h[i].name);
		buf_puts(b, ": ");
		buf_str(b, h[i].value);
		buf_puts(b, "\r\n");
	}
}

static void fail_lines(struct buf *b, const struct fail *f)
{
	if (!f->status)
		return;
	if (f->retry_after_s > 0)
		buf_printf(b, "Retry-After: %d\r\n", f->retry_after_s);
	if (f->operator_fault)
		line_c(b, "x-should-retry", "false");
	if (f->status == 401)
		line_c(b, "WWW-Authenticate", "Bearer");
}

int head_send(struct req *r, int status, const char *type, int64_t length)
{
	struct buf b;

	assert(!r->sent.status);
	buf_init(&b, r->a);
	buf_printf(&b, "Status: %d %s\r\n", status, reason(status));
	line_c(&b, "Content-Type", type);
	if (length >= 0)
		buf_printf(&b, "Content-Length: %" PRId64 "\r\n", length);
	else
		line_c(&b, "X-Accel-Buffering", "no");
	larder_lines(&b, r);
	id_lines(&b, r);
	upstream_lines(&b, r);
	if (!req_from_cache(r))
		fail_lines(&b, &r->fail);
	line_c(&b, "X-Content-Type-Options", "nosniff");
	buf_puts(&b, "\r\n");
	r->sent.status = status;
	r->sent.ttfb_ms = clock_mono_ms() - r->mono_ms;
	return sink_write(&r->door->out, buf_view(&b));
}
