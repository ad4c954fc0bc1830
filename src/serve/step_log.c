/* One line of the usage log: what it was, what it cost, what it saved. */
#include <inttypes.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/count.h"
#include "serve/cascade.h"
#include "serve/steps.h"

/* 4 KiB a line, whatever a caller names a model: about a dozen of these. */
#define VALUE_MAX 200

static void str_member(struct buf *b, const char *name, struct str v)
{
	struct buf quoted;

	if (!v.n)
		return;
	if (v.n > VALUE_MAX)
		v.n = VALUE_MAX;
	do { /* escapes make up to six bytes of one */
		buf_init(&quoted, b->a);
		buf_json(&quoted, v);
		v.n /= 2;
	} while (quoted.n > VALUE_MAX + 2);
	buf_printf(b, ",\"%s\":", name);
	buf_str(b, buf_view(&quoted));
}

static void num_member(struct buf *b, const char *name, int64_t v)
{
	if (v >= 0)
		buf_printf(b, ",\"%s\":%" PRId64, name, v);
}

static void money_member(struct buf *b, const char *name, picousd v)
{
	char text[32];

	if (v == PRICE_UNKNOWN)
		return;
	price_text(v, text);
	buf_printf(b, ",\"%s\":%s", name, text);
}

static const char *cache_word(const struct req *r)
{
	if (req_from_cache(r))
		return r->hit.pinned ? "pinned" :
		       r->hit.stale ? "stale" :
		       r->hit.where == TIER_LOCAL ? "local" : "memcached";
	if (r->out.collapsed)
		return "collapsed";
	if (r->keyed.use == USE_CACHE)
		return "miss";
	return r->out.by ? "bypass" : NULL;
}

/* -- savings --------------------------------------------------------------- */

/* What the same tokens would have cost on the model that was asked for. */
static picousd routing_saved(struct req *r)
{
	const struct prices *p = site_prices(r->site);
	picousd asked, paid = cascade_cost(r);

	if (!p || !r->plan.route.n || paid == PRICE_UNKNOWN)
		return 0;
	asked = price_of(p, arena_cstr(r->a, r->plan.requested),
			 &r->out.facts.usage);
	return asked == PRICE_UNKNOWN ? 0 : asked - paid;
}

/* What the dropped messages would have cost as fresh input. */
static picousd history_saved(struct req *r)
{
	const struct prices *p = site_prices(r->site);
	const struct usage u = { .input = r->fit.trimmed_tokens };
	picousd c;

	if (!p || !u.input || !r->out.whole)
		return 0;
	c = price_of(p, arena_cstr(r->a, r->out.by->model), &u);
	return c == PRICE_UNKNOWN ? 0 : c;
}

/* What reading from the provider's cache was worth, less what writing to it
 * cost; of larder's own marks only. */
static picousd prompt_cache_saved(struct req *r)
{
	const struct prices *p = site_prices(r->site);
	struct usage u = r->out.facts.usage;
	picousd fresh;

	if (!p || !r->fit.marks || r->out.cost == PRICE_UNKNOWN)
		return 0;
	u.cache_read = u.cache_write = u.cache_write_1h = 0;
	fresh = price_of(p, arena_cstr(r->a, r->out.by->model), &u);
	return fresh == PRICE_UNKNOWN ? 0 : fresh - r->out.cost;
}

static const struct saver {
	const char *name;
	picousd (*saved)(struct req *r); /* below 0: it cost */
} savers[] = {
	{ "routing", routing_saved },
	{ "history", history_saved },
	{ "prompt_cache", prompt_cache_saved },
};

static picousd add_saver(struct req *r, const struct saver *s, struct buf *by)
{
	picousd v = s->saved(r);

	if (v)
		buf_printf(by, "%s%s", by->n ? "," : "", s->name);
	return v;
}

static void savings(struct req *r, struct buf *b)
{
	struct buf by;
	picousd sum = 0;

	if (req_from_cache(r) || (r->out.collapsed && r->out.whole)) {
		money_member(b, "saved_usd", req_from_cache(r) ? r->hit.cost :
								 r->out.cost);
		str_member(b, "saved_by", STR("cache"));
		return;
	}
	if (r->fail.status)
		return;
	if (!r->out.whole || r->out.status != 200)
		return;
	buf_init(&by, r->a);
	for (size_t i = 0; i < COUNT_OF(savers); i++)
		sum += add_saver(r, &savers[i], &by);
	if (sum == 0)
		return;
	money_member(b, "saved_usd", sum);
	str_member(b, "saved_by", buf_view(&by));
}

/* -- the line -------------------------------------------------------------- */

static void identity(struct req *r, struct buf *b)
{
	char at[25], hex[17];

	clock_rfc3339(r->wall_ms, at);
	buf_printf(b, "{\"time\":\"%s\",\"seq\":%" PRIu64 ",\"pid\":%d", at,
		   usage_seq(), (int)getpid());
	str_member(b, "tenant", str_c(r->who.name));
	str_member(b, "endpoint", str_c(shape_path(r->asked.endpoint.shape)));
	num_member(b, "status", r->out.aborted ? 499 : r->sent.status);
	str_member(b, "cache", str_c(cache_word(r)));
	if (r->keyed.use != USE_CACHE)
		return;
	key_hex(&r->keyed.base, 8, hex);
	str_member(b, "key", str_c(hex));
}

static void what_was_used(struct req *r, struct buf *b)
{
	const struct reply_facts *f = req_from_cache(r) ? &r->hit.facts :
							  &r->out.facts;

	if (req_target(r))
		str_member(b, "gen_ai.provider.name",
			   str_c(req_target(r)->upstream->item.name));
	str_member(b, "gen_ai.request.model", r->plan.requested);
	if (!req_from_cache(r) && !r->out.answered)
		return;
	str_member(b, "gen_ai.response.model", str_c(f->model));
	str_member(b, "gen_ai.response.finish_reasons", str_c(f->finish));
	num_member(b, "gen_ai.usage.input_tokens", f->usage.input);
	num_member(b, "gen_ai.usage.output_tokens", f->usage.output);
	num_member(b, "gen_ai.usage.cache_read.input_tokens",
		   f->usage.cache_read);
	num_member(b, "gen_ai.usage.cache_creation.input_tokens",
		   f->usage.cache_write);
	num_member(b, "cache_write_1h_tokens", f->usage.cache_write_1h);
}

static void money(struct req *r, struct buf *b)
{
	if (req_from_cache(r) || r->out.answered || r->weak.calls)
		money_member(b, "cost_usd", cascade_cost(r));
	savings(r, b);
	if (r->out.answered && site_prices(r->site))
		str_member(b, "price_table",
			   str_c(prices_id(site_prices(r->site))));
}

/* Larder's own word, or the upstream's status where that is all there is. */
static void error_type(struct req *r, struct buf *b)
{
	int status = r->fail.status;

	if (!status && r->out.answered && !req_from_cache(r) &&
	    r->out.status >= 400)
		status = r->out.status;
	str_member(b, "error.type", str_c(r->fail.code ? r->fail.code :
		   status ? arena_printf(r->a, "%d", status) : NULL));
}

/* A cheaper model's answer that was asked for and not given. */
static void what_was_weak(struct req *r, struct buf *b)
{
	const struct weak_calls *x = &r->weak;

	if (!x->calls)
		return;
	str_member(b, "weak_model", str_c(x->model));
	str_member(b, "weak", str_c(x->why));
	money_member(b, "weak_cost_usd", x->cost);
}

static void what_was_fitted(struct req *r, struct buf *b)
{
	const struct fit *f = &r->fit;

	if (f->trimmed_messages) {
		num_member(b, "trimmed_messages", f->trimmed_messages);
		num_member(b, "trimmed_tokens", f->trimmed_tokens);
	}
	if (f->summarised)
		buf_puts(b, ",\"summarised\":true");
	if (f->marks)
		num_member(b, "cache_marks", f->marks);
}

static void circumstances(struct req *r, struct buf *b)
{
	str_member(b, "purpose", str_c(r->asked.purpose));
	str_member(b, "route", r->plan.route);
	str_member(b, "route_why", str_c(r->plan.why));
	what_was_weak(r, b);
	if (r->out.by || r->tries.made)
		num_member(b, "attempts", r->tries.made);
	if (r->tries.maybe_billed)
		num_member(b, "maybe_billed", r->tries.maybe_billed);
	if (r->fallen.any && !cascade_climbed(r))
		str_member(b, "fallback_from",
			   target_name(r->fallen.first.plan.target));
	what_was_fitted(r, b);
	buf_printf(b, ",\"stream\":%s", r->plan.stream ? "true" : "false");
	num_member(b, "ttfb_ms", r->sent.ttfb_ms);
	num_member(b, "duration_ms", clock_mono_ms() - r->mono_ms);
	if (r->out.aborted)
		buf_puts(b, ",\"client_aborted\":true");
	error_type(r, b);
	str_member(b, "tag", r->asked.header.tag);
}

/* For `larder stats`. */
static void count(struct req *r)
{
	struct board *b = req_board(r);

	if (r->fallen.any && !cascade_climbed(r))
		board_count(b, BOARD_FALLBACKS);
	if (r->keyed.use != USE_CACHE)
		return;
	board_count(b, BOARD_ASKED);
	if (req_from_cache(r))
		board_count(b, r->hit.stale ? BOARD_HIT_STALE :
			       r->hit.where == TIER_LOCAL ?
				       BOARD_HIT_LOCAL : BOARD_HIT_MEMCACHED);
	else if (r->out.collapsed)
		board_count(b, BOARD_COLLAPSED);
}

enum go step_log(struct req *r)
{
	struct buf b;

	if (r->asked.endpoint.kind != ENDPOINT_API)
		return GO_ON;
	if (r->asked.renew_before_ms && !r->out.by) /* another renews it */
		return GO_ON;
	count(r);
	buf_init(&b, r->a);
	identity(r, &b);
	what_was_used(r, &b);
	money(r, &b);
	circumstances(r, &b);
	usage_write(r->site->log, &b);
	return GO_ON;
}
