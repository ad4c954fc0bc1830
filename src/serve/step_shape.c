/*
 * The effective request: which model and upstream by the rules, which
 * messages go, and the splices that turn the caller's bytes into that.
 */
#include "serve/steps.h"

static int no_model(struct req *r, struct str name)
{
	r->fail.param = "model";
	return fail(&r->fail, 404, "model_not_found",
		    "The model `%.*s` does not exist here. Name it in a "
		    "[model %.*s] section, or set models = any in an "
		    "[upstream] of this dialect.",
		    (int)(name.n > 100 ? 100 : name.n), name.p,
		    (int)(name.n > 100 ? 100 : name.n), name.p);
}

static int wrong_dialect(struct req *r)
{
	r->fail.param = "model";
	return fail(&r->fail, 400, "model_dialect",
		    "The model `%.100s` is served by [upstream %s], which "
		    "speaks another API than this endpoint.",
		    arena_cstr(r->a, r->plan.model),
		    r->plan.upstream->item.name);
}

/* The [model] section of that name, or any upstream of the dialect. */
static int find_upstream(struct req *r, struct str name)
{
	const struct settings *s = &r->site->conf;
	const struct model *m = settings_model(s, name);
	struct plan *p = &r->plan;

	p->model = m ? str_c(m->name) : name;
	p->upstream = m ? settings_upstream(s, m->upstream) :
			  settings_any(s, r->asked.dialect);
	if (!p->upstream)
		return no_model(r, name);
	if (p->upstream->dialect != (int)r->asked.dialect)
		return wrong_dialect(r);
	return 0;
}

/* With larder's own provider key only for its clients; a larder key never
 * goes upstream. */
static int check_credential(struct req *r)
{
	bool ours = site_upstream_key(r->site, r->plan.upstream).n > 0;

	if (ours == r->who.client)
		return 0;
	if (ours)
		return fail(&r->fail, 401, "invalid_api_key",
			    "This model needs a larder key; the operator "
			    "makes one with `larder key add NAME`.");
	r->fail.operator_fault = true;
	return fail(&r->fail, 403, "no_provider_key",
		    "A larder key was sent, but [upstream %s] has no "
		    "key_file: send the provider's own key, or set key_file.",
		    r->plan.upstream->item.name);
}

static void route(struct req *r)
{
	const struct route_rule *rule = route_match(r->site->route, &r->chat);

	if (rule)
		r->plan.route = str_c(rule->item.name);
	r->plan.model = rule ? str_c(rule->use) : r->chat.model_name;
}

static void replace_model(struct req *r)
{
	struct buf b;

	if (str_eq(r->plan.model, r->chat.model_name))
		return;
	buf_init(&b, r->a);
	buf_json(&b, r->plan.model);
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

/* Requests without a body go to the first upstream of their dialect. */
static int shape_bodyless(struct req *r)
{
	r->plan.upstream = settings_any(&r->site->conf, r->asked.dialect);
	if (!r->plan.upstream)
		return fail(&r->fail, 404, "unknown_url",
			    "No [upstream] of this dialect has models = any, "
			    "so there is nobody to ask.");
	return check_credential(r);
}

enum go step_shape(struct req *r)
{
	if (r->asked.endpoint.shape >= SHAPE_MODELS)
		return shape_bodyless(r) < 0 ? GO_OUT : GO_ON;
	splices_init(&r->edits.list, r->a);
	r->plan.requested = r->chat.model_name;
	r->plan.stream = r->chat.stream;
	r->plan.usage = r->chat.include_usage;
	route(r);
	if (find_upstream(r, r->plan.model) < 0 || check_credential(r) < 0)
		return GO_OUT;
	replace_model(r);
	trim(r);
	return GO_ON;
}
