/*
 * The effective request: which model and upstream by the rules, who else when
 * that fails, and the caller's bytes turned into what the first is asked.
 */
#include "serve/aim.h"
#include "serve/heading.h"
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
		    "has nothing like this endpoint.",
		    arena_cstr(r->a, t->model), t->upstream->item.name);
}

/* -- who is asked ---------------------------------------------------------- */

/* The [model] section of that name, or any upstream of the shape. */
static void fill_target(struct req *r, struct target *t, struct str name)
{
	const struct settings *s = &r->site->conf;

	t->section = settings_model(s, name);
	t->model = t->section ? str_c(t->section->name) : name;
	t->upstream = settings_server(s, name, r->plan.shape);
	t->ttl_ms = t->section && t->section->ttl_ms >= 0 ?
			    t->section->ttl_ms : s->cache.ttl_ms;
}

static bool has_key(struct req *r, const struct upstream *u)
{
	return site_upstream_key(r->site, u).n > 0;
}

/* May this caller's question go there? A caller's own credential is for the
 * upstream that serves the model it named, and for no other. */
static bool may_fall_to(struct req *r, const struct target *t)
{
	if (has_key(r, t->upstream) != r->who.client)
		return false;
	return r->who.client || t->upstream == r->plan.target->upstream;
}

/* Nor what larder asks for itself in its name. */
static bool may_ask(const struct req *r, const struct upstream *u)
{
	return r->who.client || !r->door->upstream || r->door->upstream == u;
}

static int find_target(struct req *r, struct str name)
{
	const struct model *m = settings_model(&r->site->conf, name);
	struct target *t = arena_new_n(r->a, struct target,
				       2 + (m ? m->fallback.n : 0));

	fill_target(r, t, name);
	if (!t->upstream || !may_ask(r, t->upstream))
		return no_model(r, name);
	if (!aim_shape(t->upstream, r->plan.shape, &t->shape))
		return wrong_dialect(r, t);
	r->plan.target = t;
	r->plan.ntargets = 1;
	return 0;
}

/* Behind it the one that is asked when its answer is weak. */
static void add_better(struct req *r, const char *name)
{
	struct plan *p = &r->plan;
	struct target *t = &p->target[1];

	if (!name)
		return;
	fill_target(r, t, str_c(name));
	if (t->upstream && may_fall_to(r, t) &&
	    aim_shape(t->upstream, p->shape, &t->shape))
		p->better_at = p->ntargets++;
}

/* Behind the first target, those its model falls back to. */
static void add_fallbacks(struct req *r)
{
	const struct model *m = r->plan.target->section;
	struct plan *p = &r->plan;
	struct target *t;

	for (size_t i = 0; m && i < m->fallback.n; i++) {
		if (strcmp(m->fallback.word[i], "stale") == 0) {
			p->stale_at = p->ntargets;
			continue;
		}
		t = &p->target[p->ntargets];
		fill_target(r, t, str_c(m->fallback.word[i]));
		if (t->upstream && may_fall_to(r, t) &&
		    aim_shape(t->upstream, p->shape, &t->shape))
			p->ntargets++;
	}
}

/* With larder's own provider key only for its clients; a larder key never
 * goes upstream. */
static int check_credential(struct req *r)
{
	const struct upstream *u = r->plan.target->upstream;
	bool ours = has_key(r, u);

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

/* What larder does not read goes to the first upstream of its dialect. */
static int shape_blind(struct req *r)
{
	struct target *t = arena_new_n(r->a, struct target, 1);

	t->upstream = settings_any(&r->site->conf, r->asked.dialect);
	t->shape = r->plan.shape;
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
	struct heading h;

	if (shape_unread(r->plan.shape))
		return shape_blind(r) < 0 ? GO_OUT : GO_ON;
	heading_choose(r, &h);
	if (find_target(r, h.model) < 0 || check_credential(r) < 0)
		return GO_OUT;
	add_better(r, h.better);
	add_fallbacks(r);
	return aim_body(r) < 0 ? GO_OUT : GO_ON;
}
