/* One line of the usage log: what it was, what it cost, what it saved. Its
 * members are docs/larder.log.5's, which a test holds against this. */
#include "base/clock.h"
#include "serve/bill.h"
#include "serve/cascade.h"
#include "serve/line.h"
#include "serve/steps.h"
#include "serve/tally.h"

/* What there is of the answer in the cache. */
static void what_is_kept(struct req *r, struct line *l)
{
	int64_t left = r->hit.fresh_until_ms - clock_wall_ms();
	bool was = req_from_cache(r) && !r->hit.pinned;

	if (!was && !r->stored)
		return;
	line_count(l, "size", (int64_t)(was ? r->hit.size : r->out.size));
	line_int(l, "ttl_ms", was ? left : r->out.ttl_ms);
}

static void identity(struct req *r, struct line *l)
{
	char hex[17];

	line_begin(l, r->a, r->wall_ms);
	line_str(l, "tenant", str_c(r->who.name));
	line_str(l, "endpoint", str_c(shape_path(r->asked.endpoint.shape)));
	line_num(l, "status", r->out.aborted ? 499 : r->sent.status);
	line_str(l, "cache", str_c(tally_cache_word[tally_cache(r)]));
	if (r->keyed.use != USE_CACHE)
		return;
	key_hex(&r->keyed.base, 8, hex);
	line_str(l, "key", str_c(hex));
	line_str(l, "scope", r->site->conf.cache.scope == SCOPE_SITE ?
				     STR("site") : STR("tenant"));
	what_is_kept(r, l);
}

/* Said by few, and worth a place only then. */
static void rare_usage(struct line *l, const struct usage *u)
{
	line_count(l, "cache_write_1h_tokens", u->cache_write_1h);
	line_count(l, "reasoning_tokens", u->reasoning);
	line_count(l, "audio_in_tokens", u->audio_in);
	line_count(l, "audio_read_tokens", u->audio_read);
	line_count(l, "audio_out_tokens", u->audio_out);
	line_count(l, "image_in_tokens", u->image_in);
	line_count(l, "image_out_tokens", u->image_out);
	line_count(l, "images", u->images);
	line_str(l, "service_tier", str_c(usage_tier_name(u->tier)));
}

/* What the answer says of itself; NULL: there is none. */
static const struct reply_facts *facts(const struct req *r)
{
	return req_from_cache(r) ? &r->hit.facts :
	       r->out.answered ? &r->out.facts : NULL;
}

static void what_was_used(struct req *r, struct line *l)
{
	const struct reply_facts *f = facts(r);
	bool kept = req_from_cache(r);

	if (req_target(r))
		line_str(l, "gen_ai.provider.name",
			 str_c(req_target(r)->upstream->item.name));
	line_str(l, "gen_ai.request.model", r->plan.requested);
	if (!f)
		return;
	line_str(l, "gen_ai.response.model", str_c(f->model));
	line_num(l, "gen_ai.usage.input_tokens", f->usage.input);
	line_num(l, "gen_ai.usage.output_tokens", f->usage.output);
	line_num(l, "gen_ai.usage.cache_read.input_tokens",
		 f->usage.cache_read);
	line_num(l, "gen_ai.usage.cache_creation.input_tokens",
		 f->usage.cache_write);
	rare_usage(l, &f->usage);
	line_true(l, "estimated", kept ? r->hit.estimated : r->out.estimated);
}

/* Larder's own word, or the upstream's status where that is all there is. */
static void error_type(struct req *r, struct line *l)
{
	int status = r->fail.status;

	if (!status && r->out.answered && !req_from_cache(r) &&
	    r->out.status >= 400)
		status = r->out.status;
	line_str(l, "error.type", str_c(r->fail.code ? r->fail.code :
		 status ? arena_printf(r->a, "%d", status) : NULL));
}

/* A cheaper model's answer that was asked for and not given. */
static void what_was_weak(struct req *r, struct line *l)
{
	const struct weak_calls *x = &r->weak;

	if (!x->calls)
		return;
	line_str(l, "weak_model", str_c(x->model));
	line_str(l, "weak", str_c(x->why));
}

static void what_was_fitted(struct req *r, struct line *l)
{
	const struct fit *f = &r->fit;

	if (f->trimmed_messages) {
		line_num(l, "trimmed_messages", f->trimmed_messages);
		line_num(l, "trimmed_tokens", f->trimmed_tokens);
	}
	line_true(l, "summarised", f->summarised);
	line_count(l, "cache_marks", f->marks);
}

static void circumstances(struct req *r, struct line *l)
{
	line_str(l, "purpose", str_c(r->asked.purpose));
	if (r->out.by || r->tries.made)
		line_num(l, "attempts", r->tries.made);
	line_count(l, "maybe_billed", r->tries.maybe_billed);
	what_was_fitted(r, l);
	line_truth(l, "stream", r->plan.stream);
	if (r->out.by && !r->out.collapsed && r->tries.made)
		line_num(l, "upstream_ms", r->out.took_ms);
	line_num(l, "ttfb_ms", r->sent.ttfb_ms);
	line_num(l, "duration_ms", clock_mono_ms() - r->mono_ms);
	line_true(l, "client_aborted", r->out.aborted);
	error_type(r, l);
}

/* Has another model answered, because the first one failed? */
static bool has_fallen(const struct req *r)
{
	return r->fallen.first && !cascade_climbed(r);
}

/* First to go where a line is too long, the last of them before the others. */
static void names(struct req *r, struct line *l)
{
	const struct reply_facts *f = facts(r);

	line_str(l, "route", r->plan.route);
	line_str(l, "route_why", str_c(r->plan.why));
	what_was_weak(r, l);
	if (has_fallen(r))
		line_str(l, "fallback_from",
			 target_name(r->fallen.first->plan.target));
	line_str(l, "tag", r->asked.header.tag);
	if (f)
		line_str(l, "gen_ai.response.finish_reasons",
			 str_c(f->finish));
}

enum go step_log(struct req *r)
{
	struct bill x;
	struct line l;

	if (r->asked.endpoint.kind != ENDPOINT_API)
		return GO_ON;
	if (r->asked.renew_before_ms && !r->out.by) /* another renews it */
		return GO_ON;
	if (has_fallen(r))
		board_count(req_board(r), BOARD_FALLBACKS);
	bill_make(r, &x);
	identity(r, &l);
	what_was_used(r, &l);
	bill_write(r, &x, &l);
	circumstances(r, &l);
	names(r, &l);
	ledger_write(r->site->log, line_end(&l));
	tally(r, &x);
	return GO_ON;
}
