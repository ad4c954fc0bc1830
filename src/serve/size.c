#include "serve/size.h"

#include "serve/prefix.h"

/* -- counting -------------------------------------------------------------- */

const struct token_table *size_table(struct site *s, const struct target *t)
{
	static const int sets[] = { [TOKENIZER_O200K] = TOKEN_O200K,
				    [TOKENIZER_CL100K] = TOKEN_CL100K,
				    [TOKENIZER_ESTIMATE] = -1 };
	int how = t->section ? t->section->tokenizer : TOKENIZER_AUTO;
	int set = how == TOKENIZER_AUTO ? token_set_of(t->model) : sets[how];

	return set < 0 ? NULL : site_tokens(s, (enum token_set)set);
}

void size_count(struct prompt *p, struct arena *a, struct site *s,
		const struct target *t, const struct chat *c,
		const struct family_board *learned)
{
	const struct prompt_ask q = {
		.chat = c, .model = t->model, .table = size_table(s, t),
		.learned = learned,
	};

	prompt_count(p, a, &q);
}

/* -- history --------------------------------------------------------------- */

/* There is something to cut behind what must stay (thrift/trim.h). */
bool size_may_cut(const struct trim_conf *conf, const struct chat *c)
{
	return conf->method != TRIM_OFF && conf->max_tokens > 0 && c->turns &&
	       c->nturn > 1 && c->nturn > (size_t)conf->keep_last &&
	       c->shape != SHAPE_COUNT;
}

/* In thousandths of the price of a fresh token; 1000 when it is not known. */
static int relative(struct site *s, const char *model, const struct usage *u)
{
	const struct prices *p = site_prices(s);
	const struct usage fresh = { .input = u->input };
	picousd one = p ? price_of(p, model, u) : PRICE_UNKNOWN;
	picousd all = p ? price_of(p, model, &fresh) : PRICE_UNKNOWN;

	return one == PRICE_UNKNOWN || all <= 0 ? 1000 :
						  (int)(one * 1000 / all);
}

void size_cut(struct trim *cut, struct arena *a, struct site *s,
	      const struct target *t, const struct chat *c,
	      const struct prompt *p)
{
	static const struct usage read = { .input = 1000, .cache_read = 1000 };
	static const struct usage write = { .input = 1000,
					    .cache_write = 1000 };
	const char *model = arena_cstr(a, t->model);
	bool kept = prefix_kept(s, t, c);
	const struct trim_ask q = {
		.conf = &s->conf.history, .chat = c,
		.turn = p->turn, .fixed = p->fixed,
		.read = kept ? relative(s, model, &read) : 1000,
		.write = kept ? relative(s, model, &write) : 1000,
	};

	trim_plan(cut, a, &q);
}

void size_leave_out(struct chat *c, struct arena *a, const struct trim *cut)
{
	struct turn *left = arena_new_n(a, struct turn, c->nturn);
	size_t n = 0, g = 0;

	for (size_t i = 0; i < c->nturn; i++) {
		if (g < cut->n && cut->gone[g] == c->turn[i].tok)
			g++;
		else
			left[n++] = c->turn[i];
	}
	c->turn = left;
	c->nturn = n;
}

/* -- limits ---------------------------------------------------------------- */

/* To be told how many they are costs nothing. */
int64_t size_most(const struct target *t, enum shape shape)
{
	return t->section && shape != SHAPE_COUNT ?
		       t->section->reject_input_tokens : 0;
}
