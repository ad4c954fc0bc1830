#include "serve/settings_check.h"

#include "base/count.h"

/* -- rules ----------------------------------------------------------------- */

static bool anybody_else(const struct settings *s)
{
	const struct upstream *u = s->upstreams.item;

	for (size_t i = 0; i < s->upstreams.n; i++)
		if (u[i].models.n)
			return true;
	return false;
}

/* A misspelt name would be found out by the first caller it is meant for. */
static bool exists(const struct settings *s, const char *model)
{
	return !model || settings_model(s, str_c(model)) || anybody_else(s);
}

static int check_names(const struct settings *s, struct arena *a,
		       const struct route_rule *r, const struct complaint *c)
{
	const char *use = NULL, *better = NULL;
	const struct {
		const char *name;
		const char *model;
	} names[] = {
		{ "small", r->small }, { "large", r->large },
		{ "classifier", r->classifier }, { "else", r->otherwise },
		{ "judge", r->judge },
	};

	if (!r->use && !(r->small && r->large))
		return COMPLAIN(c, r, "[route %s] needs `use`, the model to "
				"ask, or `small` and `large`");
	if (r->use && route_use(a, r->use, &use, &better) < 0)
		return 0; /* route_new() says what is wrong with it */
	if (!exists(s, use) || !exists(s, better))
		return COMPLAIN(c, r, "[route %s]: use: there is no "
				"[model %s]", exists(s, use) ? better : use);
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (!exists(s, names[i].model))
			return COMPLAIN(c, r, "[route %s]: %s: there is no "
					"[model %s]", names[i].name,
					names[i].model);
	return 0;
}

/* -- history --------------------------------------------------------------- */

static int check_history(const struct settings *s, const struct complaint *c)
{
	const struct trim_conf *t = &s->history;

	if (t->max_tokens && t->keep_tokens >= t->max_tokens)
		return settings_complain(c, 1, "[history] keep_tokens (%d) "
				"must be below max_tokens (%d): a cut goes "
				"from one down to the other", t->keep_tokens,
				t->max_tokens);
	if (t->method == TRIM_SUMMARISE && !t->summary_model)
		return settings_complain(c, 1, "[history] method = summarise "
				"needs summary_model, the model that writes "
				"the summaries");
	if (t->method == TRIM_SUMMARISE && !exists(s, t->summary_model))
		return settings_complain(c, 1, "[history] summary_model: "
				"there is no [model %s]", t->summary_model);
	return 0;
}

int settings_check_thrift(struct settings *s, struct arena *a,
			  const struct complaint *c)
{
	const struct route_rule *r = s->routes.item;

	for (size_t i = 0; i < s->routes.n; i++)
		if (check_names(s, a, &r[i], c) < 0)
			return -1;
	return check_history(s, c);
}
