#include "serve/fit.h"

#include <inttypes.h>

#include "dialect/summary.h"
#include "serve/aim.h"
#include "serve/aside.h"
#include "serve/learn.h"
#include "serve/prefix.h"
#include "thrift/prompt.h"
#include "thrift/trim.h"

#define SUMMARY_MS 20000

/* -- counting -------------------------------------------------------------- */

static const struct token_table *table_of(struct req *r,
					  const struct target *t)
{
	int set = token_set_of(t->model);

	switch (t->section ? t->section->tokenizer : TOKENIZER_AUTO) {
	case TOKENIZER_O200K:
		set = TOKEN_O200K;
		break;
	case TOKENIZER_CL100K:
		set = TOKEN_CL100K;
		break;
	case TOKENIZER_ESTIMATE:
		set = -1;
		break;
	}
	return set < 0 ? NULL : site_tokens(r->site, (enum token_set)set);
}

/* fixed: by what holds at all times, for what must not change from one turn
 * of a conversation to the next. */
static void count(struct req *r, struct prompt *p, bool fixed)
{
	const struct target *t = r->plan.target;
	const struct prompt_ask q = {
		.chat = &r->chat,
		.model = t->model,
		.table = table_of(r, t),
		.learned = fixed ? NULL :
			   &learn_board(req_board(r))->family,
	};

	prompt_count(p, r->a, &q);
}

/* -- history --------------------------------------------------------------- */

/* In thousandths of the price of a fresh token; 1000 when it is not known. */
static int relative(struct req *r, const struct usage *u)
{
	const struct prices *p = site_prices(r->site);
	const char *model = arena_cstr(r->a, r->plan.target->model);
	const struct usage fresh = { u->input, 0, 0, 0 };
	picousd one, all;

	if (!p)
		return 1000;
	one = price_of(p, model, u);
	all = price_of(p, model, &fresh);
	return one == PRICE_UNKNOWN || all <= 0 ? 1000 :
						  (int)(one * 1000 / all);
}

static void plan_cut(struct req *r, const struct prompt *p, struct trim *t)
{
	static const struct usage read = { 1000, 0, 1000, 0 };
	static const struct usage write = { 1000, 0, 0, 1000 };
	const struct trim_ask q = {
		.conf = &r->site->conf.history, .chat = &r->chat,
		.turn = p->turn, .fixed = p->fixed,
		.read = relative(r, &read), .write = relative(r, &write),
	};

	trim_plan(t, r->a, &q);
}

static struct str summary_ask(struct req *r, const struct trim *t)
{
	const struct trim_conf *c = &r->site->conf.history;
	struct buf b;

	buf_init(&b, r->a);
	buf_puts(&b, "{\"model\":");
	buf_json(&b, str_c(c->summary_model));
	buf_printf(&b, ",\"max_tokens\":%d,\"messages\":[{\"role\":"
		   "\"system\",\"content\":", c->summary_tokens);
	buf_json(&b, str_c(summary_task));
	buf_puts(&b, "},{\"role\":\"user\",\"content\":");
	summary_transcript(&b, &r->chat, t->gone, t->n);
	buf_puts(&b, "}]}");
	return buf_view(&b);
}

/* What stands in the place of what went; empty: nothing does. */
static struct str summarise(struct req *r, const struct trim *t)
{
	const struct trim_conf *c = &r->site->conf.history;
	struct aside q = { "summary", STR(""), SUMMARY_MS,
			   r->plan.target->upstream };
	struct str text = STR("");

	if (c->method != TRIM_SUMMARISE || !c->summary_model)
		return text;
	q.body = summary_ask(r, t);
	if (aside_ask(r, &q, &text) < 0 || !str_trim(text).n)
		return STR("");
	return str_trim(text);
}

/* The turns that are left, for those who look at what is sent. */
static void leave_out(struct req *r, const struct trim *t)
{
	struct chat *c = &r->fit.chat;
	size_t n = 0, g = 0;

	c->turn = arena_new_n(r->a, struct turn, c->nturn);
	for (size_t i = 0; i < c->nturn; i++) {
		if (g < t->n && t->gone[g] == r->chat.turn[i].tok)
			g++;
		else
			c->turn[n++] = r->chat.turn[i];
	}
	c->nturn = n;
}

static void cut(struct req *r, const struct trim *t, struct str summary)
{
	struct fit *f = &r->fit;

	splice_cut(&f->list, &r->doc, r->chat.turns, t->gone, t->n);
	if (summary.n)
		summary_insert(&f->list, &r->chat, t->gone, t->n, summary);
	f->trimmed_messages = (uint32_t)t->n;
	f->trimmed_tokens = (uint32_t)t->tokens;
	f->summarised = summary.n > 0;
	leave_out(r, t);
}

/* Can it be so many tokens at all? A picture is few bytes and many tokens,
 * but not more than so many. */
#define TOKENS_PER_BYTE 16

static bool may_reach(const struct req *r, int64_t tokens)
{
	return tokens > 0 &&
	       (int64_t)r->asked.body.n * TOKENS_PER_BYTE >= tokens;
}

static bool has_history(const struct req *r)
{
	const struct trim_conf *c = &r->site->conf.history;

	return c->method != TRIM_OFF && r->chat.turns && !r->asked.purpose &&
	       r->chat.shape != SHAPE_COUNT && may_reach(r, c->max_tokens);
}

/* -- the whole ------------------------------------------------------------- */

/* As the caller's own body was, with the edits that make it this target's. */
static void begin(struct req *r)
{
	r->fit = (struct fit){ .doc = r->doc, .chat = r->chat,
			       .list = r->edits.list, .tokens = -1 };
}

/* In the target's own words from here on. */
static int translated(struct req *r)
{
	struct target *t = r->plan.target;
	struct fit *f = &r->fit;
	struct json_error err;

	if (f->trimmed_messages && aim_translate(r, t, &f->list) < 0)
		return -1;
	if (json_parse(&f->doc, r->a, t->body, &err) < 0 ||
	    chat_view(&f->chat, r->a, &f->doc, t->shape, &r->fail) < 0)
		return fail(&r->fail, 400, "untranslatable",
			    "The request could not be put together anew.");
	splices_init(&f->list, r->a);
	return 0;
}

/* OpenAI's clients know the code, Anthropic's the first words. */
static int check_length(struct req *r)
{
	const struct target *t = r->plan.target;
	int most = t->section ? t->section->reject_input_tokens : 0;
	struct prompt p;

	if (!may_reach(r, most))
		return 0;
	count(r, &p, false);
	r->fit.weight = p.weight;
	r->fit.tokens = (int64_t)p.total - r->fit.trimmed_tokens;
	if (r->fit.tokens <= most)
		return 0;
	return fail_param(&r->fail, "messages", 400,
			  FIT_TOO_LONG,
			  "prompt is too long: %" PRId64 " tokens > %d maximum "
			  "(reject_input_tokens of [model %s]%s). Send a "
			  "shorter conversation.", r->fit.tokens, most,
			  t->section->item.name,
			  p.exact ? "" : ", by estimate");
}

static struct str cut_history(struct req *r)
{
	struct str summary = STR("");
	struct prompt p;
	struct trim t;

	if (!has_history(r))
		return summary;
	count(r, &p, true);
	plan_cut(r, &p, &t);
	if (!t.n)
		return summary;
	summary = summarise(r, &t);
	cut(r, &t, summary);
	return summary;
}

int fit_make(struct req *r)
{
	struct str summary;

	r->fit = (struct fit){ .tokens = -1 };
	if (shape_unread(r->asked.endpoint.shape))
		return 0;
	begin(r);
	summary = cut_history(r);
	if (check_length(r) < 0 ||
	    (req_translates(r, r->plan.target) && translated(r) < 0))
		return -1;
	prefix_mark(r, summary);
	return 0;
}

/* Pictures would be taken for words. */
void fit_learn(struct req *r)
{
	struct learned *l = learn_board(req_board(r));
	const struct usage *u = &r->out.facts.usage;

	if (r->fit.weight && r->out.whole && u->input > 0)
		family_learn(&l->family, family_of(r->out.by->model),
			     r->fit.weight, u->input);
}
