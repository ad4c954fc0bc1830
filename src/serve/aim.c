#include "serve/aim.h"

#include "dialect/canon.h"
#include "dialect/output_cap.h"
#include "dialect/translate.h"
#include "serve/cascade.h"
#include "serve/forget.h"
#include "serve/size.h"

bool aim_shape(const struct upstream *u, enum shape shape, enum shape *to_r)
{
	static const enum shape others[] = { SHAPE_CHAT, SHAPE_MESSAGES,
					     SHAPE_RESPONSES };

	*to_r = shape;
	if (u->shapes & 1u << shape)
		return true;
	for (size_t i = 0; i < 3; i++) {
		*to_r = others[i];
		if ((u->shapes & 1u << others[i]) &&
		    translate_can(shape, others[i]))
			return true;
	}
	return false;
}

/* -- the body -------------------------------------------------------------- */

static void replace_model(struct req *r)
{
	struct buf b;

	if (str_eq(r->plan.target->model, r->chat.model_name))
		return;
	buf_init(&b, r->a);
	buf_json(&b, r->plan.target->model);
	splice_value(&r->edits.list, &r->doc, r->chat.model, buf_view(&b));
	r->edits.any = true;
}

/* What the operator allows an answer to cost in tokens. */
static void cap_output(struct req *r)
{
	const struct target *t = r->plan.target;

	if (output_cap_set(&r->edits.list, r->a, &r->chat, t->model,
			   t->section ? t->section->max_output_tokens : 0))
		r->edits.any = true;
}

/* The edited body as a document: the caller's own unless it is edited. */
static int edited(struct req *r, struct splices *edits, struct json *doc)
{
	struct json_error err;

	if (!edits->n && !edits->nchild) {
		*doc = r->doc;
		return 0;
	}
	return json_parse(doc, r->a, splices_apply(edits, r->asked.body),
			  &err);
}

int aim_translate(struct req *r, struct target *t, struct splices *edits)
{
	const struct translate_ask q = {
		.from = r->plan.shape, .to = t->shape, .model = t->model,
		.stream = r->plan.stream, .lossy = t->upstream->lossy,
		.max_tokens = t->section && t->section->max_output_tokens ?
			      t->section->max_output_tokens : AIM_MAX_TOKENS,
	};
	struct buf body, dropped;
	struct json doc;

	if (edited(r, edits, &doc) < 0)
		return fail(&r->fail, 400, "untranslatable",
			    "The request could not be put together anew.");
	buf_init(&body, r->a);
	buf_init(&dropped, r->a);
	if (translate_request(&body, &doc, &q, &dropped, &r->fail) < 0)
		return -1;
	t->body = buf_view(&body);
	t->dropped = dropped.n ? dropped.p : NULL;
	return 0;
}

/* Reasoning that another provider's model made, or that nobody signed, and
 * that came to the caller as a thinking block: Anthropic takes none but its
 * own. */
static bool is_foreign(const struct json *doc, uint32_t block)
{
	struct str mark;

	if (!json_string_is(doc, json_get(doc, block, "type"), "thinking"))
		return false;
	mark = json_inner(doc, json_get(doc, block, "signature"));
	return !mark.n || str_starts(mark, STR("openai:")) ||
	       str_starts(mark, STR("chat:"));
}

/* A message that is nothing else is left as it is, to be refused. */
static void cut_foreign(struct req *r, uint32_t content)
{
	const struct json *doc = &r->doc;
	size_t all = json_count(doc, content), n = 0;
	uint32_t *gone, i;

	if (!json_is(doc, content, JSON_ARRAY))
		return;
	gone = arena_new_n(r->a, uint32_t, all + 1);
	for (i = json_first(doc, content); i; i = json_next(doc, content, i))
		if (is_foreign(doc, i))
			gone[n++] = i;
	if (!n || n == all)
		return;
	splice_cut(&r->edits.list, doc, content, gone, n);
	r->edits.any = true;
}

static void cut_foreign_thinking(struct req *r)
{
	for (size_t i = 0; i < r->chat.nturn; i++)
		if (r->chat.turn[i].role == ROLE_ASSISTANT)
			cut_foreign(r, json_get(&r->doc, r->chat.turn[i].tok,
						"content"));
}

int aim_body(struct req *r)
{
	struct target *t = r->plan.target;

	r->edits = (struct edits){ 0 };
	splices_init(&r->edits.list, r->a);
	cap_output(r);
	if (req_translates(r, t))
		return aim_translate(r, t, &r->edits.list);
	replace_model(r);
	if (t->shape == SHAPE_MESSAGES)
		cut_foreign_thinking(r);
	return 0;
}

/* -- the name -------------------------------------------------------------- */

static bool is_sampled_shape(enum shape s)
{
	return s != SHAPE_EMBEDDING && s != SHAPE_COUNT;
}

/* Why the cache has no part in this request; NULL when it has. */
static const char *bypass(const struct req *r)
{
	const struct chat *c = &r->chat;
	int when = r->site->conf.cache.when;

	if (when == WHEN_NEVER)
		return "off";
	if (r->keyed.directive.no_store)
		return "no-store";
	if (c->stateful)
		return "stateful";
	if (!is_sampled_shape(c->shape) || r->asked.purpose)
		return NULL;
	if ((when == WHEN_UNLESS_SAMPLED && c->sampled) ||
	    (when == WHEN_TEMPERATURE_ZERO && !c->greedy))
		return "sampled";
	return NULL;
}

/* The document to make a name of, and what to read into it. */
static int asked_doc(struct req *r, struct json *doc, struct canon_ask *q)
{
	const struct target *t = r->plan.target;
	struct json_error err;

	if (t->body.n)
		return json_parse(doc, r->a, t->body, &err);
	*doc = r->doc;
	if (splices_top(&r->edits.list, doc, &q->edit, &q->nedit))
		return 0;
	return edited(r, &r->edits.list, doc);
}

/* What becomes of a long conversation follows from it and from this, so the
 * name of the question is made without counting its tokens. */
static void hash_history(struct req *r, struct hash *h)
{
	const struct trim_conf *c = &r->site->conf.history;

	if (r->asked.purpose || !size_may_cut(c, &r->chat))
		hash_field(h, STR(""));
	else
		hash_field(h, str_c(arena_printf(r->a, "%d %d %d %d %d %d %s",
			c->method, c->max_tokens, c->keep_tokens,
			c->keep_last, c->pin_first, c->summary_tokens,
			c->summary_model ? c->summary_model : "")));
}

/* Under the name of a question whose answer is judged stands what the better
 * model said where it was weak: not for those who ask the other one alone, nor
 * those whose judge is another. */
static void hash_better(struct req *r, struct hash *h)
{
	const struct route_rule *rule = r->plan.rule;
	const struct target *t;

	if (!cascade_judges(r)) {
		hash_field(h, STR(""));
		return;
	}
	t = &r->plan.target[1];
	hash_field(h, t->model);
	hash_field(h, str_c(t->upstream->item.name));
	hash_field(h, str_c(t->upstream->url));
	hash_field(h, str_c(arena_printf(r->a, "%zu", rule->weak_on.n)));
	for (size_t i = 0; i < rule->weak_on.n; i++)
		hash_field(h, str_c(rule->weak_on.word[i]));
	hash_field(h, str_c(rule->judge ? rule->judge : ""));
	hash_field(h, str_c(rule->min_logprob ? rule->min_logprob : ""));
}

static void hash_scope(struct req *r, struct hash *h)
{
	const struct cache_conf *c = &r->site->conf.cache;
	const struct target *t = r->plan.target;

	if (c->scope == SCOPE_SITE)
		hash_field(h, STR("site"));
	else
		hash_add(h, r->who.tenant.b, HASH_BYTES);
	hash_field(h, r->keyed.directive.ns);
	hash_field(h, str_c(shape_path(t->shape)));
	hash_field(h, req_translates(r, t) ? STR("") : r->asked.endpoint.query);
	hash_field(h, str_c(t->upstream->item.name));
	hash_field(h, str_c(t->upstream->url));
	hash_field(h, str_c(t->upstream->query));
	req_hash_headers(r, h);
	hash_history(r, h);
	hash_better(r, h);
}

int aim_key(struct req *r)
{
	const struct conf_words *ignore = &r->site->conf.cache.ignore;
	struct canon_ask q = { .shape = r->plan.target->shape,
			       .ignore = ignore->word, .nignore = ignore->n };
	struct keyed *k = &r->keyed;
	struct arena_mark mark;
	struct json doc;
	struct hash h;

	*k = (struct keyed){ 0 };
	if (req_directive(r, &k->directive, &r->fail) < 0)
		return -1;
	k->why = bypass(r);
	if (!k->why && asked_doc(r, &doc, &q) < 0)
		k->why = "unkeyed";
	k->use = k->why ? USE_BYPASS : USE_CACHE;
	if (k->why)
		return 0;
	h = r->site->question;
	hash_scope(r, &h);
	mark = arena_mark(r->a); /* a stream would keep its notes */
	canon_hash(&h, r->a, &doc, &q);
	arena_back(r->a, &mark);
	hash_end(&h, &k->base);
	req_name(r, &r->plan, k);
	k->stamp = (struct forget_stamp){
		.tenant = str_c(r->who.name), .tag = k->directive.tag,
		.model = r->plan.target->model };
	forget_stamp(req_board(r), &k->stamp);
	return 0;
}
