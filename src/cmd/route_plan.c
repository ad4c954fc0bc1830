#include "cmd/route.h"

#include "base/clock.h"
#include "dialect/output_cap.h"
#include "dialect/translate.h"
#include "serve/aim.h"
#include "serve/size.h"

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
	struct target *at = &leg->at;

	*leg = (struct route_leg){ .name = name, .most = -1,
				   .input = PRICE_UNKNOWN,
				   .thousand = PRICE_UNKNOWN,
				   .answer = PRICE_UNKNOWN };
	at->section = settings_model(s, name);
	at->model = at->section ? str_c(at->section->name) : name;
	at->shape = t->chat->shape;
	at->upstream = settings_server(s, name, t->chat->shape);
	if (!at->upstream)
		leg->refused = "no [model] or [upstream] has it";
	else if (!aim_shape(at->upstream, t->chat->shape, &at->shape))
		leg->refused = "its upstream has nothing like this endpoint";
}

static bool has_answer(const struct chat *c)
{
	return c->shape != SHAPE_EMBEDDING && c->shape != SHAPE_COUNT;
}

/* -- what it is sent ------------------------------------------------------- */

static void trim(struct thought *t, struct route_leg *leg,
		 const struct prompt *p, struct trim *cut)
{
	const struct trim_conf *c = &t->site->conf.history;

	if (leg->refused || !size_may_cut(c, t->chat))
		return;
	size_cut(cut, t->a, t->site, &leg->at, t->chat, p);
	leg->gone = cut->n;
	leg->gone_tokens = cut->tokens;
	if (cut->n && c->method == TRIM_SUMMARISE && c->summary_model)
		leg->summary = (size_t)c->summary_tokens;
}

/* In the words of its API. 0, or -1: it has none for this. */
static int translate(struct thought *t, struct route_leg *leg,
		     struct json *doc)
{
	int64_t most = leg->at.section ? leg->at.section->max_output_tokens : 0;
	const struct translate_ask q = {
		.from = t->chat->shape, .to = leg->at.shape,
		.model = leg->at.model, .stream = t->chat->stream,
		.lossy = leg->at.upstream->lossy,
		.max_tokens = most ? most : AIM_MAX_TOKENS,
	};
	struct fail f = { 0 };
	struct json_error err;
	struct buf body, dropped;

	buf_init(&body, t->a);
	buf_init(&dropped, t->a);
	if (translate_request(&body, doc, &q, &dropped, &f) < 0) {
		leg->refused = arena_strdup(t->a, f.text);
		return -1;
	}
	return json_parse(doc, t->a, buf_view(&body), &err);
}

/* The body as a worker would make it, but for a summary and marks. 0, or -1
 * when it cannot be made. */
static int make(struct thought *t, struct route_leg *leg,
		const struct trim *cut, struct chat *c)
{
	struct json *doc = arena_new_n(t->a, struct json, 1);
	const struct model *m = leg->at.section;
	struct fail f = { 0 };
	struct json_error err;
	struct splices list;

	splices_init(&list, t->a);
	output_cap_set(&list, t->a, t->chat, leg->at.model,
		       m ? m->max_output_tokens : 0);
	if (cut->n)
		splice_cut(&list, t->chat->doc, t->chat->turns, cut->gone,
			   cut->n);
	if (json_parse(doc, t->a, splices_apply(&list, t->chat->doc->text),
		       &err) < 0)
		return -1;
	if (leg->at.shape != t->chat->shape && translate(t, leg, doc) < 0)
		return -1;
	return chat_view(c, t->a, doc, leg->at.shape, &f);
}

static void size(struct thought *t, struct route_leg *leg, bool trimmed)
{
	struct trim cut = { 0 };
	struct prompt p;
	struct chat c;

	size_count(&p, t->a, t->site, &leg->at, t->chat, NULL);
	leg->tokens = leg->sent = p.total;
	leg->exact = p.exact;
	if (trimmed)
		trim(t, leg, &p, &cut);
	if (leg->refused || make(t, leg, &cut, &c) < 0)
		return;
	if (cut.n || c.shape != t->chat->shape)
		size_count(&p, t->a, t->site, &leg->at, &c, NULL);
	leg->sent = p.total;
	leg->most = has_answer(t->chat) ? output_cap(&c) : 0;
}

/* -- what it may be and cost ----------------------------------------------- */

static void bound(struct thought *t, struct route_leg *leg)
{
	int64_t most = size_most(&leg->at, t->chat->shape);

	if (most && !leg->refused && leg->sent > (size_t)most)
		leg->refused = arena_printf(t->a, "prompt is too long: %zu "
					    "tokens > %lld maximum", leg->sent,
					    (long long)most);
}

static void price(struct thought *t, struct route_leg *leg)
{
	const struct prices *p = site_prices(t->site);
	const char *model = arena_cstr(t->a, leg->at.model);
	const struct usage thousand = { .output = 1000 },
		input = { .input = (int64_t)(leg->sent + leg->summary) },
		answer = { .output = leg->most };

	if (!p)
		return;
	if (t->chat->shape == SHAPE_COUNT) {
		leg->input = 0; /* to be told how many they are */
		return;
	}
	leg->input = price_of(p, model, &input);
	if (!has_answer(t->chat))
		return;
	leg->thousand = price_of(p, model, &thousand);
	if (leg->most >= 0)
		leg->answer = price_of(p, model, &answer);
}

static void think(struct thought *t, struct route_leg *leg, struct str name,
		  bool trimmed)
{
	find_leg(t, leg, name);
	size(t, leg, trimmed);
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
