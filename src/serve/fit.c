#include "serve/fit.h"

#include <inttypes.h>

#include "dialect/summary.h"
#include "serve/aim.h"
#include "serve/aside.h"
#include "serve/cascade.h"
#include "serve/learn.h"
#include "serve/prefix.h"
#include "serve/size.h"
#include "serve/spend.h"

#define SUMMARY_MS 20000

/* -- history --------------------------------------------------------------- */

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
	if (aside_ask(r, &q, &text) < 0)
		text = STR("");
	text = str_trim(text);
	r->fit.unsummarised = !text.n;
	return text;
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
	size_leave_out(&f->chat, r->a, t); /* for those who look at it */
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

static int64_t most_tokens(const struct req *r)
{
	return size_most(r->plan.target, r->chat.shape);
}

/* OpenAI's clients know the code, Anthropic's the first words. */
static int check_length(struct req *r, bool exact)
{
	int64_t most = most_tokens(r);

	if (!most || r->fit.tokens <= most)
		return 0;
	return fail_param(&r->fail, "messages", 400,
			  FIT_TOO_LONG,
			  "prompt is too long: %" PRId64 " tokens > %" PRId64
			  " maximum (reject_input_tokens of [model %s]%s). "
			  "Send a shorter conversation.", r->fit.tokens, most,
			  r->plan.target->section->item.name,
			  exact ? "" : ", by estimate");
}

/* Where there is a limit, something to learn from, or an answer that may be
 * cut short before its upstream has said what it cost. */
static bool wants_count(struct req *r)
{
	return !size_table(r->site, r->plan.target) || most_tokens(r) ||
	       prefix_counts(r) || spend_counts(r) ||
	       (cascade_judges(r) && r->plan.stream);
}

/* What is sent. (A summary is short.) An exact count of the whole is as good
 * for what is left whole. */
static void count_sent(struct req *r, struct prompt *p)
{
	struct fit *f = &r->fit;

	if (!wants_count(r))
		return;
	if (!p->exact || f->trimmed_messages ||
	    req_translates(r, r->plan.target))
		size_count(p, r->a, r->site, r->plan.target, &f->chat,
			   &learn_board(req_board(r))->family);
	f->tokens = (int64_t)p->total;
	f->beside = p->beside;
	if (!size_table(r->site, r->plan.target) && !f->summarised)
		f->weight = p->weight;
}

/* p: counts it all. */
static struct str cut_history(struct req *r, struct prompt *p)
{
	struct str summary = STR("");
	struct trim t;

	if (r->asked.purpose ||
	    !size_may_cut(&r->site->conf.history, &r->chat))
		return summary;
	size_count(p, r->a, r->site, r->plan.target, &r->chat, NULL);
	size_cut(&t, r->a, r->site, r->plan.target, &r->chat, p);
	if (!t.n)
		return summary;
	summary = summarise(r, &t);
	cut(r, &t, summary);
	return summary;
}

int fit_make(struct req *r)
{
	struct prompt p = { 0 };
	struct str summary;

	r->fit = (struct fit){ .tokens = -1 };
	if (shape_unread(r->asked.endpoint.shape))
		return 0;
	begin(r);
	summary = cut_history(r, &p);
	if (req_translates(r, r->plan.target) && translated(r) < 0)
		return -1;
	count_sent(r, &p);
	if (check_length(r, p.exact) < 0)
		return -1;
	prefix_mark(r, &p, summary);
	return 0;
}

/* What is not text is a guess, and a poor one of what text costs. */
static void learn_ratio(struct req *r)
{
	const struct usage *u = &r->out.facts.usage;
	int64_t beside = (int64_t)r->fit.beside;

	if (r->out.estimated) /* nothing to learn from oneself */
		return;
	if (r->fit.weight && u->input / 4 > beside)
		family_learn(&learn_board(req_board(r))->family,
			     family_of(r->out.by->model), r->fit.weight,
			     u->input - beside);
}

void fit_learn(struct req *r)
{
	if (!r->out.answered || r->out.status != 200 || r->fail.status)
		return;
	prefix_sent(r);
	if (r->out.whole)
		learn_ratio(r);
}
