#include "serve/heading.h"

#include "base/count.h"
#include "serve/aside.h"
#include "serve/thread.h"
#include "thrift/classify.h"

/* -- the classifier -------------------------------------------------------- */

static struct str question_of(const struct chat *c)
{
	return c->shape == SHAPE_COMPLETION ? c->prompt : c->last_user;
}

static enum classify_word classify(struct req *r,
				   const struct route_rule *rule)
{
	struct aside q = { "classify", STR(""), rule->classifier_ms,
			   settings_server(&r->site->conf,
					   str_c(rule->small),
					   r->plan.shape) };
	struct str text;
	struct buf b;

	if (!q.upstream)
		return CLASSIFY_UNCLEAR;

	buf_init(&b, r->a);
	classify_body(&b, str_c(rule->classifier), question_of(&r->chat));
	q.body = buf_view(&b);
	return aside_ask(r, &q, &text) < 0 ? CLASSIFY_UNCLEAR :
					     classify_text(text);
}

/* -- the choice ------------------------------------------------------------ */

static void simple_or_complex(struct req *r, const struct route_choice *c,
			      struct heading *h)
{
	const struct route_rule *rule = c->rule;

	switch (classify(r, rule)) {
	case CLASSIFY_SIMPLE:
		h->model = str_c(c->model);
		r->plan.why = "simple";
		break;
	case CLASSIFY_COMPLEX:
		h->model = str_c(c->better);
		r->plan.why = "complex";
		break;
	case CLASSIFY_UNCLEAR:
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
	const char *best = c->rule->small ? c->rule->large : c->better;
	const char *had = thread_model(r, c->rule);

	return had && strcmp(had, best) == 0;
}

static void follow(struct req *r, const struct route_choice *c,
		   struct heading *h)
{
	r->plan.sticks = c->way == ROUTE_CASCADE || c->rule->small;
	r->plan.why = *c->why ? c->why : NULL;
	h->model = str_c(c->model);
	if (r->plan.sticks && has_risen(r, c)) {
		h->model = str_c(c->rule->small ? c->rule->large : c->better);
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

/*
 * Would any of its models take a credential of the caller's own to another
 * upstream than the one that serves the model it asked for? Of a name that
 * nobody serves, such as `auto`, it is for whom the rule says. The classifier
 * and the judge are just left out where they may not see it (aside.h).
 */
static bool leads_away(const struct req *r, const struct route_choice *c)
{
	const struct upstream *home =
		settings_server(&r->site->conf, r->chat.model_name,
				r->plan.shape);
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
