/*
 * The effective request: which model and upstream by the rules, which
 * messages go, and the splices that turn the caller's bytes into that.
 */
#include "serve/steps.h"

static int no_model(struct req *r, struct str name)
{
	return fail_param(&r->fail, "model", 404, "model_not_found",
		    "The model `%.*s` does not exist here. Name it in a "
		    "[model %.*s] section, or set models = any in an "
		    "[upstream] of this dialect.",
		    (int)(name.n > 100 ? 100 : name.n), name.p,
		    (int)(name.n > 100 ? 100 : name.n), name.p);
}

static int wrong_dialect(struct req *r, const struct target *t)
{
	return fail_param(&r->fail, "model", 400, "model_dialect",
		    "The model `%.100s` is served by [upstream %s], which "
		    "speaks another API than this endpoint.",
		    arena_cstr(r->a, t->model), t->upstream->item.name);
}

/* The [model] section of that name, or any upstream of the dialect. */
static int find_target(struct req *r, struct str name)
{
	const struct settings *s = &r->site->conf;
	const struct model *m = settings_model(s, name);
	struct target *t = arena_new_n(r->a, struct target, 1);

	t->model = m ? str_c(m->name) : name;
	t->upstream = m ? m->to : settings_any(s, r->asked.dialect);
	t->ttl_ms = m && m->ttl_ms >= 0 ? m->ttl_ms : s->cache.ttl_ms;
	if (!t->upstream)
		return no_model(r, name);
	if (t->upstream->dialect != (int)r->asked.dialect)
		return wrong_dialect(r, t);
	r->plan.target = t;
	r->plan.ntargets = 1;
	return 0;
}

/* With larder's own provider key only for its clients; a larder key never
 * goes upstream. */
static int check_credential(struct req *r)
{
	const struct upstream *u = r->plan.target->upstream;
	bool ours = site_upstream_key(r->site, u).n > 0;

	if (ours == r->who.client)
		return 0;
	if (ours)
		return fail(&r->fail, 401, "invalid_api_key",
			    "This model needs a larder key; the operator "
			    "makes one with `larder key add NAME`.");
	return fail_operator(&r->fail, 403, "no_provider_key",
		    "A larder key was sent, but [upstream %s] has no "
		    "key_file: send the provider's own key, or set key_file.",
		    u->item.name);
}

/* The model to ask for, by the first rule that matches. */
static struct str route(struct req *r)
{
	const struct route_rule *rule = route_match(r->site->route, &r->chat);

	if (!rule)
		return r->chat.model_name;
	r->plan.route = str_c(rule->item.name);
	return str_c(rule->use);
}

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

static void trim(struct req *r)
{
	struct trim t;

	if (!r->chat.turns || r->chat.shape == SHAPE_COUNT)
		return;
	trim_plan(&t, r->a, &r->site->conf.history, &r->chat);
	if (!t.n)
		return;
	splice_cut(&r->edits.list, &r->doc, r->chat.turns, t.gone, t.n);
	r->plan.trimmed_messages = (uint32_t)t.n;
	r->plan.trimmed_tokens = (uint32_t)t.tokens;
	r->edits.any = true;
}

/* What larder does not read goes to the first upstream of its dialect. */
static int shape_blind(struct req *r)
{
	struct target *t = arena_new_n(r->a, struct target, 1);

	t->upstream = settings_any(&r->site->conf, r->asked.dialect);
	if (!t->upstream)
		return fail(&r->fail, 404, "unknown_url",
			    "No [upstream] of this dialect has models = any, "
			    "so there is nobody to ask.");
	r->plan.target = t;
	r->plan.ntargets = 1;
	return check_credential(r);
}

enum go step_shape(struct req *r)
{
	if (shape_unread(r->asked.endpoint.shape))
		return shape_blind(r) < 0 ? GO_OUT : GO_ON;
	splices_init(&r->edits.list, r->a);
	r->plan.requested = r->chat.model_name;
	r->plan.stream = r->chat.stream;
	r->plan.usage = r->chat.include_usage;
	if (find_target(r, route(r)) < 0 || check_credential(r) < 0)
		return GO_OUT;
	replace_model(r);
	trim(r);
	return GO_ON;
}
