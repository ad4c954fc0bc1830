/* One line of the usage log: what it was, what it cost, what it saved. Its
 * members are docs/larder.log.5's, which a test holds against this. */
#include <inttypes.h>

#include "base/clock.h"
#include "serve/bill.h"
#include "serve/cascade.h"
#include "serve/line.h"
#include "serve/steps.h"

/* What there is of the answer in the cache. */
static void what_is_kept(struct req *r, struct buf *b)
{
	int64_t left = r->hit.fresh_until_ms - clock_wall_ms();
	bool was = req_from_cache(r) && !r->hit.pinned;

	if (!was && !r->stored)
		return;
	line_count(b, "size", (int64_t)(was ? r->hit.size : r->out.size));
	buf_printf(b, ",\"ttl_ms\":%" PRId64, was ? left : r->out.ttl_ms);
}

static void identity(struct req *r, struct buf *b)
{
	char hex[17];

	line_begin(b, r->wall_ms);
	line_str(b, "tenant", str_c(r->who.name));
	line_str(b, "endpoint", str_c(shape_path(r->asked.endpoint.shape)));
	line_num(b, "status", r->out.aborted ? 499 : r->sent.status);
	line_str(b, "cache", str_c(tally_cache_word[tally_cache(r)]));
	if (r->keyed.use != USE_CACHE)
		return;
	key_hex(&r->keyed.base, 8, hex);
	line_str(b, "key", str_c(hex));
	line_str(b, "scope", r->site->conf.cache.scope == SCOPE_SITE ?
				     STR("site") : STR("tenant"));
	what_is_kept(r, b);
}

/* Said by few, and worth a place only then. */
static void rare_usage(struct buf *b, const struct usage *u)
{
	line_count(b, "cache_write_1h_tokens", u->cache_write_1h);
	line_count(b, "reasoning_tokens", u->reasoning);
	line_count(b, "audio_in_tokens", u->audio_in);
	line_count(b, "audio_read_tokens", u->audio_read);
	line_count(b, "audio_out_tokens", u->audio_out);
	line_count(b, "image_in_tokens", u->image_in);
	line_count(b, "image_out_tokens", u->image_out);
	line_count(b, "images", u->images);
	line_str(b, "service_tier", str_c(price_tier_name(u->tier)));
}

static void what_was_used(struct req *r, struct buf *b)
{
	bool kept = req_from_cache(r);
	const struct reply_facts *f = kept ? &r->hit.facts : &r->out.facts;

	if (req_target(r))
		line_str(b, "gen_ai.provider.name",
			 str_c(req_target(r)->upstream->item.name));
	line_str(b, "gen_ai.request.model", r->plan.requested);
	if (!kept && !r->out.answered)
		return;
	line_str(b, "gen_ai.response.model", str_c(f->model));
	line_str(b, "gen_ai.response.finish_reasons", str_c(f->finish));
	line_num(b, "gen_ai.usage.input_tokens", f->usage.input);
	line_num(b, "gen_ai.usage.output_tokens", f->usage.output);
	line_num(b, "gen_ai.usage.cache_read.input_tokens",
		 f->usage.cache_read);
	line_num(b, "gen_ai.usage.cache_creation.input_tokens",
		 f->usage.cache_write);
	rare_usage(b, &f->usage);
	line_true(b, "estimated", kept ? r->hit.estimated : r->out.estimated);
}

/* Larder's own word, or the upstream's status where that is all there is. */
static void error_type(struct req *r, struct buf *b)
{
	int status = r->fail.status;

	if (!status && r->out.answered && !req_from_cache(r) &&
	    r->out.status >= 400)
		status = r->out.status;
	line_str(b, "error.type", str_c(r->fail.code ? r->fail.code :
		 status ? arena_printf(r->a, "%d", status) : NULL));
}

/* A cheaper model's answer that was asked for and not given. */
static void what_was_weak(struct req *r, struct buf *b)
{
	const struct weak_calls *x = &r->weak;

	if (!x->calls)
		return;
	line_str(b, "weak_model", str_c(x->model));
	line_str(b, "weak", str_c(x->why));
	line_money(b, "weak_cost_usd", x->cost);
}

static void what_was_fitted(struct req *r, struct buf *b)
{
	const struct fit *f = &r->fit;

	if (f->trimmed_messages) {
		line_num(b, "trimmed_messages", f->trimmed_messages);
		line_num(b, "trimmed_tokens", f->trimmed_tokens);
	}
	line_true(b, "summarised", f->summarised);
	line_count(b, "cache_marks", f->marks);
}

static void circumstances(struct req *r, struct buf *b)
{
	line_str(b, "purpose", str_c(r->asked.purpose));
	line_str(b, "route", r->plan.route);
	line_str(b, "route_why", str_c(r->plan.why));
	what_was_weak(r, b);
	if (r->out.by || r->tries.made)
		line_num(b, "attempts", r->tries.made);
	line_count(b, "maybe_billed", r->tries.maybe_billed);
	if (r->fallen.any && !cascade_climbed(r))
		line_str(b, "fallback_from",
			   target_name(r->fallen.first.plan.target));
	what_was_fitted(r, b);
	buf_printf(b, ",\"stream\":%s", r->plan.stream ? "true" : "false");
	if (r->out.by && !r->out.collapsed && r->tries.made)
		line_num(b, "upstream_ms", r->out.took_ms);
	line_num(b, "ttfb_ms", r->sent.ttfb_ms);
	line_num(b, "duration_ms", clock_mono_ms() - r->mono_ms);
	line_true(b, "client_aborted", r->out.aborted);
	error_type(r, b);
	line_str(b, "tag", r->asked.header.tag);
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
	struct tally_bill x;
	struct buf b;

	if (r->asked.endpoint.kind != ENDPOINT_API)
		return GO_ON;
	if (r->asked.renew_before_ms && !r->out.by) /* another renews it */
		return GO_ON;
	count(r);
	bill_make(r, &x);
	buf_init(&b, r->a);
	identity(r, &b);
	what_was_used(r, &b);
	bill_write(r, &x, &b);
	circumstances(r, &b);
	usage_write(r->site->log, &b);
	tally(r, &x);
	return GO_ON;
}
