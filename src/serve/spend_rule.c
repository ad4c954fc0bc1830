#include "serve/spend_rule.h"

#include "dialect/model_name.h"
#include "serve/spend_price.h"
#include "store/le.h"

/* -- whom and what it is for ----------------------------------------------- */

static bool lists(const struct conf_words *w, struct str name)
{
	for (size_t i = 0; i < w->n; i++)
		if (str_is(name, w->word[i]))
			return true;
	return false;
}

/* One without names is not for those whom another section names. */
static bool is_for(const struct settings *s, const struct budget_rule *b,
		   struct str tenant)
{
	const struct budget_rule *other = s->budgets.item;

	if (b->tenant.n)
		return lists(&b->tenant, tenant);
	for (size_t i = 0; b->per_tenant && i < s->budgets.n; i++)
		if (other[i].every == b->every &&
		    lists(&other[i].tenant, tenant))
			return false;
	return true;
}

/* Without who sells it and how (":free", ":online"), and blanks. */
static struct str plain_name(struct str model)
{
	struct str rest = model_bare(str_trim(model)), name = rest;

	str_cut(&rest, ':', &name);
	return name;
}

/* Under any of its names: else an edition, or what stands before it, would
 * lead past the budget. */
static bool is_model(struct req *r, const struct budget_rule *b)
{
	const struct target *t = r->plan.target;
	const struct prices *p = site_prices(r->site);
	const struct spend_price *by = spend_price(r);
	const char *model = arena_cstr(r->a, t->model);

	if (lists(&b->model, target_name(t)))
		return true;
	for (size_t i = 0; i < b->model.n; i++)
		if (str_ieq(plain_name(t->model),
			    plain_name(str_c(b->model.word[i]))) ||
		    price_is(p, model, b->model.word[i]) ||
		    (by->name && !by->guessed &&
		     price_is(p, by->name, b->model.word[i])))
			return true;
	return false;
}

bool spend_rule_applies(struct req *r, const struct budget_rule *b)
{
	const struct target *t = r->plan.target;

	if (b->upstream.n &&
	    !lists(&b->upstream, str_c(t->upstream->item.name)))
		return false;
	return is_for(&r->site->conf, b, str_c(r->who.account)) &&
	       (!b->model.n || is_model(r, b));
}

/* -- its name -------------------------------------------------------------- */

static uint64_t hash_who(const struct secrets *s, const struct budget_rule *b,
			 const char *what, const char *tenant)
{
	struct hash h;
	struct key k;

	hash_begin_with(&h, &s->tenant);
	hash_field(&h, str_c(what));
	hash_field(&h, str_c(b->item.name));
	hash_field(&h, str_c(spend_rule_word(b)));
	hash_field(&h, str_c(tenant));
	hash_end(&h, &k);
	return budget_id(le_get(k.b, 8));
}

void spend_rule_who(const struct secrets *s, const struct budget_rule *b,
		    const char *tenant, struct budget_who *w_r)
{
	*w_r = (struct budget_who){
		.id = hash_who(s, b, "budget", tenant),
		.of = hash_who(s, b, "budgets", ""),
		.label = tenant,
		.every = (enum budget_every)b->every,
	};
}

void spend_rule_strangers(const struct secrets *s,
			  const struct budget_rule *b, struct budget_who *w_r)
{
	*w_r = (struct budget_who){
		.id = hash_who(s, b, "strangers", ""),
		.of = hash_who(s, b, "queues", ""),
		.label = "",
		.every = BUDGET_HOUR,
	};
}

picousd spend_rule_queue(const struct budget_rule *b)
{
	return b->per_tenant ? b->limit : (b->limit + 15) / 16;
}

const char *spend_rule_word(const struct budget_rule *b)
{
	return b->every == BUDGET_DAY ? "day" : "month";
}

int64_t spend_rule_ends_ms(const struct budget_rule *b, uint32_t period)
{
	return budget_begins_ms((enum budget_every)b->every, period + 1);
}
