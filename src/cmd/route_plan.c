#include "cmd/route.h"

#include "base/clock.h"
#include "dialect/output_cap.h"
#include "serve/aim.h"
#include "thrift/prompt.h"

/* What answers are told to be at most where their API must be told. */
#define MUST_SAY 4096

struct thought {
	struct site *site;
	struct arena *a;
	const struct chat *chat;
};

/* -- who ------------------------------------------------------------------- */

static void find_leg(struct thought *t, struct route_leg *leg,
		     struct str name)
{
	const struct settings *s = &t->site->conf;

	*leg = (struct route_leg){ .name = name, .most = -1,
				   .input = PRICE_UNKNOWN,
				   .thousand = PRICE_UNKNOWN,
				   .answer = PRICE_UNKNOWN };
	leg->section = settings_model(s, name);
	leg->model = leg->section ? leg->section->name :
				    arena_cstr(t->a, name);
	leg->shape = t->chat->shape;
	leg->upstream = settings_server(s, name, t->chat->shape);
	if (!leg->upstream)
		leg->refused = "no [model] or [upstream] has it";
	else if (!aim_shape(leg->upstream, t->chat->shape, &leg->shape))
		leg->refused = "its upstream has nothing like this endpoint";
}

/* -- how many tokens ------------------------------------------------------- */

const struct token_table *route_table(struct site *s,
				      const struct model *section,
				      const char *model)
{
	static const int sets[] = { [TOKENIZER_O200K] = TOKEN_O200K,
				    [TOKENIZER_CL100K] = TOKEN_CL100K,
				    [TOKENIZER_ESTIMATE] = -1 };
	int how = section ? section->tokenizer : TOKENIZER_AUTO;
	int set = how == TOKENIZER_AUTO ? token_set_of(str_c(model)) :
					  sets[how];

	return set < 0 ? NULL : site_tokens(s, (enum token_set)set);
}

/* In thousandths of the price of fresh tokens. */
static int relative(struct thought *t, const char *model,
		    const struct usage *u)
{
	const struct prices *p = site_prices(t->site);
	const struct usage fresh = { .input = u->input };
	picousd some = p ? price_of(p, model, u) : PRICE_UNKNOWN;
	picousd all = p ? price_of(p, model, &fresh) : PRICE_UNKNOWN;

	return some == PRICE_UNKNOWN || all <= 0 ? 1000 :
						   (int)(some * 1000 / all);
}

static void trim(struct thought *t, struct route_leg *leg,
		 const struct prompt *p)
{
	static const struct usage read = { .input = 1000, .cache_read = 1000 };
	static const struct usage write = { .input = 1000,
					    .cache_write = 1000 };
	const struct trim_conf *c = &t->site->conf.history;
	const struct trim_ask ask = {
		.conf = c, .chat = t->chat, .turn = p->turn,
		.fixed = p->fixed, .read = relative(t, leg->model, &read),
		.write = relative(t, leg->model, &write),
	};
	struct trim cut;

	if (c->method == TRIM_OFF || !t->chat->turns ||
	    t->chat->shape == SHAPE_COUNT)
		return;
	trim_plan(&cut, t->a, &ask);
	leg->gone = cut.n;
	leg->gone_tokens = cut.tokens;
	if (cut.n && c->method == TRIM_SUMMARISE && c->summary_model)
		leg->summary = (size_t)c->summary_tokens;
}

static void count(struct thought *t, struct route_leg *leg, bool trimmed)
{
	const struct prompt_ask ask = {
		.chat = t->chat, .model = str_c(leg->model),
		.table = route_table(t->site, leg->section, leg->model),
	};
	struct prompt p;

	prompt_count(&p, t->a, &ask);
	leg->tokens = p.total;
	leg->exact = p.exact;
	if (trimmed)
		trim(t, leg, &p);
}

static size_t sent(const struct route_leg *leg)
{
	return leg->tokens - (leg->gone_tokens < leg->tokens ?
			      leg->gone_tokens : leg->tokens);
}

/* -- what it may be and cost ----------------------------------------------- */

static bool has_answer(const struct chat *c)
{
	return c->shape != SHAPE_EMBEDDING && c->shape != SHAPE_COUNT;
}

static void bound(struct thought *t, struct route_leg *leg)
{
	const struct model *m = leg->section;
	int64_t most = m ? m->max_output_tokens : 0;

	leg->most = has_answer(t->chat) ? output_cap(t->chat) : 0;
	if (most && has_answer(t->chat) &&
	    (leg->most < 0 || leg->most > most))
		leg->most = most;
	if (leg->most < 0 && leg->shape == SHAPE_MESSAGES)
		leg->most = MUST_SAY;
	if (m && m->reject_input_tokens &&
	    sent(leg) > (size_t)m->reject_input_tokens)
		leg->refused = arena_printf(t->a, "prompt is too long: %zu "
					    "tokens > %d maximum", sent(leg),
					    m->reject_input_tokens);
}

static void price(struct thought *t, struct route_leg *leg)
{
	const struct prices *p = site_prices(t->site);
	const struct usage thousand = { .output = 1000 },
		input = { .input = (int64_t)(sent(leg) + leg->summary) },
		answer = { .output = leg->most };

	if (!p || t->chat->shape == SHAPE_COUNT)
		return;
	leg->input = price_of(p, leg->model, &input);
	if (!has_answer(t->chat))
		return;
	leg->thousand = price_of(p, leg->model, &thousand);
	if (leg->most >= 0)
		leg->answer = price_of(p, leg->model, &answer);
}

static void think(struct thought *t, struct route_leg *leg, struct str name,
		  bool trimmed)
{
	find_leg(t, leg, name);
	count(t, leg, trimmed);
	bound(t, leg);
	price(t, leg);
}

/* -- the plan -------------------------------------------------------------- */

struct route_ask route_plan_ask(const struct route_line *l)
{
	return (struct route_ask){
		.chat = &l->chat,
		.endpoint = str_c(shape_path(l->chat.shape)),
		.tenant = l->tenant, .tag = l->tag,
		.wall_ms = clock_wall_ms(),
	};
}

void route_plan_make(struct route_plan *p, struct arena *a, struct site *s,
		     const struct route_line *l)
{
	const struct route_ask ask = route_plan_ask(l);
	struct thought t = { s, a, &l->chat };
	const struct route_choice *c = &p->choice;

	*p = (struct route_plan){ .n = 1 };
	route_choose(s->route, &ask, &p->choice);
	p->pinned = s->pinned && pinned_find(s->pinned, a, &l->chat);
	think(&t, &p->leg[0], c->rule ? str_c(c->model) : l->chat.model_name,
	      true);
	if (c->better) {
		p->n = 2;
		think(&t, &p->leg[1], str_c(c->better), true);
	}
	think(&t, &p->asked, l->chat.model_name, false);
	p->moved = p->n > 1 || p->leg[0].gone ||
		   !str_eq(p->leg[0].name, p->asked.name);
}

/* The second of two may be asked instead of the first, or as well. */
static picousd saved(const struct route_plan *p, picousd asked, picousd first)
{
	if (p->pinned)
		return asked;
	if (!p->moved)
		return 0;
	if (p->n > 1 || asked == PRICE_UNKNOWN || first == PRICE_UNKNOWN)
		return PRICE_UNKNOWN;
	return asked - first;
}

picousd route_plan_saved(const struct route_plan *p)
{
	return saved(p, p->asked.input, p->leg[0].input);
}

picousd route_plan_saved_thousand(const struct route_plan *p)
{
	return saved(p, p->asked.thousand, p->leg[0].thousand);
}

const char *route_when(const struct route_plan *p, size_t leg)
{
	if (p->choice.way == ROUTE_CLASSIFY)
		return leg ? "complex" : "simple";
	if (p->choice.way == ROUTE_CASCADE)
		return leg ? "if weak" : "first";
	return "";
}
