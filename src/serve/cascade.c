#include "serve/cascade.h"

#include "serve/aside.h"
#include "serve/share.h"
#include "thrift/opinion.h"

/* The first of the list: behind it others come for another reason. */
bool cascade_judges(const struct req *r)
{
	return r->plan.better_at && r->plan.better_at == r->plan.at + 1;
}

/* The request in the shape that the answer has: what it asks for is there
 * under the names that the judge knows. */
static const struct json *request(struct req *r)
{
	const struct target *t = r->plan.target;
	struct json_error err;
	struct json *doc;

	if (!t->body.n)
		return &r->doc;
	doc = arena_new_n(r->a, struct json, 1);
	return json_parse(doc, r->a, t->body, &err) < 0 ? &r->doc : doc;
}

static const struct route_weak *criteria(const struct req *r)
{
	return route_weak(r->site->route, r->plan.rule);
}

static struct judge *judge_for(struct req *r, unsigned on)
{
	const struct judge_ask q = {
		.shape = r->plan.target->shape,
		.doc = request(r),
		.on = on,
		.min_logprob = criteria(r)->min_logprob,
	};

	return judge_new(r->a, &q);
}

struct judge *cascade_judge(struct req *r)
{
	return cascade_judges(r) ? judge_for(r, criteria(r)->on) : NULL;
}

/* An answer, or the beginning of one; not a document that is none. */
static bool is_answer(const struct req *r)
{
	const struct fetched *o = &r->out;

	return o->answered && o->status == 200 && o->end == NET_DONE &&
	       !r->fail.status && !r->sent.begun &&
	       (o->storable || o->form == FORM_SSE);
}

enum weak cascade_weak(struct req *r)
{
	struct judge *j;

	if (!cascade_judges(r) || !is_answer(r))
		return WEAK_NOT;
	j = cascade_judge(r);
	judge_whole(j, r->out.bytes, r->out.form == FORM_SSE);
	return judge_end(j);
}

/* -- another model's opinion ----------------------------------------------- */

static struct str question(const struct req *r)
{
	return r->chat.last_user.n ? r->chat.last_user : r->chat.prompt;
}

enum weak cascade_opinion(struct req *r)
{
	const struct route_rule *rule = r->plan.rule;
	struct judge *j;
	struct aside q;
	struct str of[2], said;
	struct buf b;

	if (!cascade_judges(r) || !rule->judge || !is_answer(r) ||
	    r->out.aborted)
		return WEAK_NOT;
	j = judge_for(r, 1u << WEAK_JUDGE);
	judge_whole(j, r->out.bytes, r->out.form == FORM_SSE);
	if (!judge_text(j).n)
		return WEAK_NOT;
	buf_init(&b, r->a);
	of[0] = question(r);
	of[1] = judge_text(j);
	opinion_body(&b, &opinion_quality, str_c(rule->judge), of);
	q = (struct aside){ "judge", buf_view(&b), rule->judge_ms,
			    r->plan.target->upstream };
	return aside_ask(r, &q, &said) == 0 &&
	       opinion_said(&opinion_quality, said) == OPINION_WEAK ?
		       WEAK_JUDGE : WEAK_NOT;
}

/* -- what is said of it ---------------------------------------------------- */

void cascade_put_aside(struct req *r, enum weak weak)
{
	struct weak_calls *x = &r->weak;

	x->model = arena_cstr(r->a, target_name(r->plan.target));
	x->why = weak_word(weak);
	if (r->out.collapsed) /* another's call, and bill */
		return;
	x->calls++;
	x->cost = price_sum(x->cost, r->out.cost);
}

void cascade_take_back(struct req *r)
{
	r->weak.calls = 0;
	r->weak.cost = 0;
}

bool cascade_climbed(const struct req *r)
{
	return r->weak.why && r->fallen.first &&
	       r->fallen.first->plan.better_at;
}

bool cascade_betters(const struct req *r)
{
	return r->hit.found && cascade_judges(r) &&
	       str_eq(r->hit.stamp.model, r->plan.target[1].model);
}

bool cascade_made_do(const struct req *r)
{
	return r->weak.why && !r->fallen.first;
}

const char *cascade_words(const struct req *r)
{
	if (!cascade_made_do(r) || !r->fallen.why || !r->out.by)
		return NULL;
	return arena_printf(r->a, "a weak answer (%s) of %.60s, because the "
			    "better model failed (%s)", r->weak.why,
			    r->weak.model, r->fallen.why);
}
