#include "serve/heading.h"

#include "base/count.h"
#include "serve/aside.h"
#include "serve/thread.h"
#include "thrift/opinion.h"

/* -- the classifier -------------------------------------------------------- */

static struct str question_of(const struct chat *c)
{
	return c->shape == SHAPE_COMPLETION ? c->prompt : c->last_user;
}

static enum opinion classify(struct req *r, const struct route_rule *rule)
{
	struct aside q = { "classify", STR(""), rule->classifier_ms,
			   settings_server(&r->site->conf,
					   str_c(rule->small),
					   r->plan.shape) };
	struct str text = question_of(&r->chat);
	struct buf b;

	if (!q.upstream)
		return OPINION_UNCLEAR;
	buf_init(&b, r->a);
	opinion_body(&b, &opinion_size, str_c(rule->classifier), &text);
	q.body = buf_view(&b);
	return aside_ask(r, &q, &text) < 0 ? OPINION_UNCLEAR :
					     opinion_said(&opinion_size, text);
}

/* -- the choice ------------------------------------------------------------ */

static void simple_or_complex(struct req *r, const struct route_choice *c,
			      struct heading *h)
{
	const struct route_rule *rule = c->rule;

	switch (classify(r, rule)) {
	case OPINION_SIMPLE:
		h->model = str_c(c->model);
		r->plan.why = "simple";
		break;
	case OPINION_COMPLEX:
		h->model = str_c(c->better);
		r->plan.why = "complex";
		break;
	default:
		h->model = str_c(c->otherwise);
		r->plan.why = "unclear";
		r->plan.passing = true;
		break;
	}
}

/* Up, but never down again: a dialogue that has once needed the better model
 * keeps it, and with it what the provider has cached. */
static bool has_risen(struct req *r, const struct route_choice *c)
{
	const char *had = thread_model(r, c->rule);

	return had && strcmp(had, c->best) == 0;
}

static void follow(struct req *r, const struct route_choice *c,
		   struct heading *h)
{
	r->plan.sticks = c->way == ROUTE_CASCADE || c->rule->small;
	r->plan.why = *c->why ? c->why : NULL;
	h->model = str_c(c->model);
	if (r->plan.sticks && has_risen(r, c)) {
		h->model = str_c(c->best);
		r->plan.why = "sticky";
	} else if (c->way == ROUTE_CLASSIFY) {
		simple_or_complex(r, c, h);
	} else if (c->way == ROUTE_CASCADE) {
		h->better = c->better;
	}
}

/* -- whose credential ------------------------------------------------------ */

static bool is_elsewhere(const struct req *r, const struct upstream *home,
			 const char *model)
{
	const struct upstream *u = !model ? NULL :
		settings_server(&r->site->conf, str_c(model), r->plan.shape);

	return u && u != home;
}

/* `auto` is nobody's model, though an upstream may take any name. */
static const struct upstream *home_of(const struct req *r)
{
	const struct settings *conf = &r->site->conf;
	struct str model = r->chat.model_name;

	if (str_is(model, "auto") && !settings_model(conf, model))
		return NULL;
	return settings_server(conf, model, r->plan.shape);
}

/*
 * Would any of its models take a credential of the caller's own to another
 * upstream than the one that serves the model it asked for? Of a name that
 * nobody serves it is for whom the rule says. The classifier
 * and the judge are just left out where they may not see it (aside.h).
 */
static bool leads_away(const struct req *r, const struct route_choice *c)
{
	const struct upstream *home = home_of(r);
	const char *const models[] = { c->model, c->better, c->rule->small,
				       c->rule->large, c->rule->otherwise };

	if (r->who.client || !home)
		return false;
	for (size_t i = 0; i < COUNT_OF(models); i++)
		if (is_elsewhere(r, home, models[i]))
			return true;
	return false;
}

/* -- the whole ------------------------------------------------------------- */

void heading_choose(struct req *r, struct heading *h)
{
	const struct route_ask q = {
		.chat = &r->chat,
		.endpoint = str_c(shape_path(r->plan.shape)),
		.tenant = str_c(r->who.name),
		.tag = r->asked.header.tag,
		.wall_ms = r->wall_ms,
	};
	struct route_choice c = { 0 };

	*h = (struct heading){ .model = r->chat.model_name };
	if (r->asked.purpose) /* it names the model that is meant */
		return;
	route_choose(r->site->route, &q, &c);
	r->plan.passing = c.timed;
	if (c.way == ROUTE_NONE)
		return;
	if (leads_away(r, &c)) {
		r->plan.why = "own key";
		return;
	}
	r->plan.rule = c.rule;
	r->plan.route = str_c(c.rule->item.name);
	follow(r, &c, h);
}
