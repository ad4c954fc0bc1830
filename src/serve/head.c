#include "serve/head.h"

#include <assert.h>
#include <inttypes.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/html.h"
#include "serve/bill.h"
#include "serve/cascade.h"

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

static void line_of(struct buf *b, const char *name, int64_t value)
{
	buf_puts(b, name);
	buf_puts(b, ": ");
	buf_int(b, value);
	buf_puts(b, "\r\n");
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
	buf_puts(b, "Cache-Status: larder; hit; ttl=");
	buf_int(b, (h->fresh_until_ms - now) / 1000);
	buf_puts(b, h->stale ? "; detail=stale\r\n" :
		    h->where == TIER_LOCAL ? "; detail=local\r\n" :
					     "; detail=memcached\r\n");
	line_of(b, "Age",
		 now > h->born_ms ? (now - h->born_ms) / 1000 : 0);
}

/* Why the request went (or would have gone) forward. */
static void forward_status(struct buf *b, const struct req *r)
{
	bool asked_fresh = r->keyed.directive.no_cache ||
			   (r->hit.refused &&
			    strcmp(r->hit.refused, "max-age") == 0);

	buf_puts(b, "Cache-Status: larder; fwd=");
	buf_puts(b, asked_fresh ? "request" : "miss");
	buf_puts(b, r->stored ? "; stored" : "");
	buf_puts(b, r->out.collapsed ? "; collapsed" : "");
	buf_puts(b, r->hit.refused ? "; detail=" : "");
	buf_puts(b, r->hit.refused ? r->hit.refused : "");
	buf_puts(b, "\r\n");
}

static void cache_status(struct buf *b, const struct req *r)
{
	if (r->hit.pinned) {
		line_c(b, "Cache-Status", "larder; hit; detail=pinned");
		return;
	}
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

static void money_line(struct buf *b, const char *name, picousd v)
{
	char text[32];

	if (v == PRICE_UNKNOWN)
		return;
	price_text(v, text);
	line_c(b, name, text);
}

static void money_lines(struct buf *b, const struct req *r)
{
	bool cached = req_from_cache(r);

	if (!cached && !r->out.whole)
		return;
	money_line(b, "X-Larder-Cost", bill_cost(r));
	if (cached || r->out.collapsed)
		money_line(b, "X-Larder-Saved", cached ? r->hit.cost :
							 r->out.cost);
}

/* Names come from callers and configurations: a head has not room for all. */
#define NAME_SHOWN 60

static const char *shown(struct arena *a, struct str name)
{
	return arena_cstr(a, name.n <= NAME_SHOWN ? name :
			     (struct str){ name.p, NAME_SHOWN });
}

/* By whom, and why not by the one that was asked for. */
static const char *fallback_words(const struct req *r)
{
	const struct fallen *f = &r->fallen;

	if (!f->first || cascade_climbed(r))
		return NULL;
	return arena_printf(r->a, "answered by %s, because %s failed (%s)",
			    shown(r->a, target_name(req_target(r))),
			    shown(r->a, target_name(f->first->plan.target)),
			    f->why);
}

/* Kept as the answer of a model that had failed when it was asked. */
static bool is_anothers(const struct req *r)
{
	const struct target *t = req_target(r);

	return r->hit.found && t && !str_eq(r->hit.stamp.model, t->model);
}

static const char *kept_words(const struct req *r)
{
	if (!is_anothers(r) || cascade_betters(r))
		return NULL;
	return arena_printf(r->a, "answered by %s, when %s had failed",
			    shown(r->a, r->hit.stamp.model),
			    shown(r->a, req_target(r)->model));
}

static const char *stale_words(const struct req *r)
{
	if (r->out.spared)
		return "an expired answer, because the upstream failed";
	if (!r->hit.found || !r->hit.stale)
		return NULL;
	return r->hit.renew ?
		       "an expired answer, while it is asked for again" :
		       "an expired answer, as max-stale allows";
}

static void degraded_line(struct buf *b, const struct req *r)
{
	const struct target *t = req_target(r);
	const char *words[] = { stale_words(r), fallback_words(r),
				kept_words(r), cascade_words(r),
		t && t->dropped ? arena_printf(r->a, "left out: %.90s",
					       t->dropped) : NULL };
	struct buf all;

	buf_init(&all, r->a);
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (words[i])
			buf_printf(&all, "%s%s", all.n ? "; " : "", words[i]);
	line_safe(b, "X-Larder-Degraded", buf_view(&all));
}

static void trimmed_line(struct buf *b, const struct req *r)
{
	unsigned n = req_from_cache(r) ? r->hit.trimmed_messages :
					 r->fit.trimmed_messages;

	if (n)
		buf_printf(b, "X-Larder-Trimmed: %u%s\r\n", n,
			   !req_from_cache(r) && r->fit.summarised ?
				   "; summarised" : "");
}

static void larder_lines(struct buf *b, const struct req *r)
{
	const struct target *t = req_target(r);

	cache_status(b, r);
	key_line(b, r);
	if (t)
		line_safe(b, "X-Larder-Model", is_anothers(r) ?
			  r->hit.stamp.model : t->model);
	if (t && !is_anothers(r))
		line_c(b, "X-Larder-Upstream", t->upstream->item.name);
	trimmed_line(b, r);
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

/* Is the refusal larder's, or the upstream's in other words? */
static bool own_words(const struct req *r)
{
	return r->fail.status && (r->fail.retry_after_s > 0 ||
				  r->fail.operator_fault ||
				  r->out.end != NET_DONE);
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
		if (own_words(r) && /* fail_lines says what there is to say */
		    (str_ieq(h[i].name, STR("x-should-retry")) ||
		     str_istarts(h[i].name, STR("retry-after"))))
			continue;
		buf_str(b, h[i].name);
		buf_puts(b, ": ");
		buf_str(b, h[i].value);
		buf_puts(b, "\r\n");
	}
}

static void fail_lines(struct buf *b, const struct req *r)
{
	const struct fail *f = &r->fail;

	if (!f->status)
		return;
	if (f->retry_after_s > 0)
		buf_printf(b, "Retry-After: %d\r\n", f->retry_after_s);
	if (f->operator_fault)
		line_c(b, "x-should-retry", "false");
	if (f->status == 401) /* a browser asks for a password */
		line_c(b, "WWW-Authenticate",
		       r->asked.endpoint.kind == ENDPOINT_API ? "Bearer" :
		       "Basic realm=\"larder\"");
}

/* Of a limit that larder itself keeps, as the caller's provider words it. */
static void limit_line(struct buf *b, const struct req *r, const char *what,
		       int64_t most, int64_t left, int64_t full_ms)
{
	char at[25];

	if (!most)
		return;
	if (r->asked.dialect == DIALECT_ANTHROPIC) {
		clock_rfc3339(clock_wall_ms() + full_ms, at);
		buf_printf(b, "anthropic-ratelimit-%s-limit: %" PRId64 "\r\n"
			   "anthropic-ratelimit-%s-remaining: %" PRId64 "\r\n"
			   "anthropic-ratelimit-%s-reset: %s\r\n",
			   what, most, what, left, what, at);
		return;
	}
	buf_printf(b, "x-ratelimit-limit-%s: %" PRId64 "\r\n"
		   "x-ratelimit-remaining-%s: %" PRId64 "\r\n"
		   "x-ratelimit-reset-%s: %" PRId64 "ms\r\n",
		   what, most, what, left, what, full_ms);
}

static void limit_lines(struct buf *b, const struct req *r)
{
	const struct refusal *f = &r->refusal;

	if (!f->limited)
		return;
	limit_line(b, r, "requests", f->conf.requests, f->state.requests_left,
		   f->state.requests_full_ms);
	limit_line(b, r, "tokens", f->conf.tokens, f->state.tokens_left,
		   f->state.tokens_full_ms);
}

static void first_lines(struct buf *b, int status, const char *type,
			int64_t length)
{
	buf_puts(b, "Status: ");
	buf_int(b, status);
	buf_putc(b, ' ');
	buf_puts(b, reason(status));
	buf_puts(b, "\r\n");
	line_c(b, "Content-Type", type);
	if (length >= 0)
		line_of(b, "Content-Length", length);
	else
		line_c(b, "X-Accel-Buffering", "no");
}

/* How larder is, is of now, and for who asked. */
static void own_lines(struct buf *b, const struct req *r, const char *type)
{
	if (r->asked.endpoint.kind == ENDPOINT_API)
		return;
	line_c(b, "Cache-Control", "no-store");
	line_c(b, "Vary", "Accept, Authorization");
	if (str_starts(str_c(type), STR("text/html")))
		line_c(b, "Content-Security-Policy", HTML_POLICY_SENT);
}

static int send(struct req *r, int status, struct buf *b)
{
	assert(!r->sent.status);
	line_c(b, "X-Content-Type-Options", "nosniff");
	buf_puts(b, "\r\n");
	r->sent.status = status;
	r->sent.at_ms = clock_mono_ms();
	r->sent.ttfb_ms = r->sent.at_ms - r->mono_ms;
	return sink_write(&r->door->out, buf_view(b));
}

int head_send(struct req *r, int status, const char *type, int64_t length)
{
	struct buf b;

	buf_init(&b, r->a);
	first_lines(&b, status, type, length);
	own_lines(&b, r, type);
	larder_lines(&b, r);
	id_lines(&b, r);
	upstream_lines(&b, r);
	if (!req_from_cache(r)) {
		fail_lines(&b, r);
		limit_lines(&b, r);
	}
	return send(r, status, &b);
}

int head_send_early(struct req *r)
{
	struct buf b;

	buf_init(&b, r->a);
	first_lines(&b, 200, HEAD_STREAM, -1);
	if (r->keyed.use == USE_CACHE)
		line_c(&b, "Cache-Status", "larder; fwd=miss");
	key_line(&b, r);
	line_c(&b, "X-Request-Id", r->asked.id);
	return send(r, 200, &b);
}
