/* Forecasts from what is assumed, and the three published scenarios. */
#include "base/count.h"
#include "cmd/estimate.h"

/* Hits: bench/scenarios had every repeat answered from the cache; some will
 * have expired, been evicted, or been sampled. Prefixes: what calls that come
 * evenly find at a provider who keeps them for five minutes or more. */
static const struct forecast_guess guesses[ESTIMATE_VIEWS] = {
	{ .hits = 900000, .prefix = 0 },
	{ .hits = 980000, .prefix = 700000 },
	{ .hits = 1000000, .prefix = 950000 },
};

void estimate_init(struct estimate *e)
{
	*e = (struct estimate){
		.million = { .read = PRICE_UNKNOWN, .write = PRICE_UNKNOWN },
		.ask = { .input = 100, .output = 200, .prefix_min = 1024 },
	};
	memcpy(e->guess, guesses, sizeof(guesses));
}

static picousd price(const struct estimate *e, const char *model,
		     const struct usage *u)
{
	return e->prices ? price_of(e->prices, model, u) :
			   forecast_at_million(&e->million, u);
}

static picousd price_call(const void *ctx, const struct usage *u)
{
	const struct estimate *e = ctx;

	return price(e, e->model, u);
}

static picousd price_aside(const void *ctx, const struct usage *u)
{
	const struct estimate *e = ctx;

	return price(e, e->aside_model ? e->aside_model : e->model, u);
}

int estimate_make(struct estimate *e)
{
	const struct forecast_prices p = { price_call, price_aside, e };

	for (int i = 0; i < ESTIMATE_VIEWS; i++)
		if (forecast_make(&e->f[i], &e->ask, &e->guess[i], &p) < 0) {
			fprintf(stderr, "larder estimate: the price of %s is "
				"not known; see --prices and --price\n",
				e->model);
			return -1;
		}
	return 0;
}

/* -- of options ------------------------------------------------------------ */

#define SUM(field) offsetof(struct forecast, field)
#define GUESS(field) offsetof(struct forecast_guess, field)

static const struct {
	const char *title, *member;
	size_t at;
} sums[] = {
	{ "at full price", "full_usd", SUM(full) },
	{ "with the provider's prompt cache", "provider_usd", SUM(provider) },
	{ "with larder", "larder_usd", SUM(larder) },
	{ "  calls", "calls_usd", SUM(calls) },
	{ "  what it asks for itself", "asides_usd", SUM(asides) },
	{ "  hosting", "hosting_usd", SUM(hosting) },
	{ "saved by its cache", "saved_cache_usd", SUM(saved_cache) },
	{ "saved by the prompt cache", "saved_prompt_cache_usd",
	  SUM(saved_prompt_cache) },
	{ "saved by trimming", "saved_history_usd", SUM(saved_history) },
};

static void name_row(struct estimate_table *t, const char *title,
		     const char *member)
{
	estimate_text(t, title);
	estimate_text(t, member);
}

static void put_shares(struct estimate_table *t, const struct estimate *e)
{
	const struct forecast *f;

	name_row(t, "saved of full price, %", "saved_of_full_percent");
	for (f = e->f; f < e->f + ESTIMATE_VIEWS; f++)
		estimate_put(t, ESTIMATE_PERCENT,
			     forecast_share(f->full, f->larder));
	name_row(t, "saved of the provider's, %",
		 "saved_of_provider_percent");
	for (f = e->f; f < e->f + ESTIMATE_VIEWS; f++)
		estimate_put(t, ESTIMATE_PERCENT,
			     forecast_share(f->provider, f->larder));
}

static void put_guesses(struct estimate_table *t, const struct estimate *e)
{
	name_row(t, "assumed: repeats that hit, %", "repeats_hit_percent");
	for (int i = 0; i < ESTIMATE_VIEWS; i++)
		estimate_put(t, ESTIMATE_PERCENT, e->guess[i].hits / 100);
	name_row(t, "assumed: beginnings the provider has, %",
		 "prefix_hit_percent");
	for (int i = 0; i < ESTIMATE_VIEWS; i++)
		estimate_put(t, ESTIMATE_PERCENT, e->guess[i].prefix / 100);
}

int estimate_of_options(struct estimate_table *t, struct estimate *e)
{
	if (estimate_make(e) < 0)
		return -1;
	estimate_column(t, "A MONTH, USD", NULL);
	estimate_column(t, NULL, "name");
	estimate_column(t, "LOW", "low");
	estimate_column(t, "LIKELY", "likely");
	estimate_column(t, "HIGH", "high");
	for (size_t i = 0; i < COUNT_OF(sums); i++) {
		name_row(t, sums[i].title, sums[i].member);
		for (int v = 0; v < ESTIMATE_VIEWS; v++)
			estimate_put(t, ESTIMATE_MONEY,
				     *(const forecast_money *)((const char *)
					     &e->f[v] + sums[i].at));
	}
	put_shares(t, e);
	put_guesses(t, e);
	t->note = arena_printf(t->a,
		"%lld requests a month; %lld + %lld tokens in, %lld out; "
		"%g %% ask what was asked before.\n"
		"LOW and HIGH are of savings. The provider's cache counts "
		"for beginnings of %lld tokens\nand more, at its prices in "
		"the table.\n", (long long)e->ask.requests,
		(long long)e->ask.system, (long long)e->ask.input,
		(long long)e->ask.output, (double)e->ask.repeats / 10000,
		(long long)e->ask.prefix_min);
	return 0;
}

/* -- the three that were published ----------------------------------------- */

/* A cache's page promises these: so many requests a month, tokens, and hits
 * save so much of the bill. Questions of 45 tokens and answers of 150 are
 * bench/scenarios'. */
static const struct {
	const char *model;
	int64_t requests, tokens, repeats, published;
} scenarios[] = {
	{ "deepseek-v3.2", 1500000, 600, 750000, 6820 },
	{ "gpt-4.1", 300000, 1200, 820000, 7450 },
	{ "gemini-2.5-flash", 800000, 400, 650000, 5870 },
};

static const char scenario_note[] =
	"PUBLISHED is what another cache's page promises: 90 to 91 % of the "
	"hits. It gives no\nformula, and none of the form a * hits - b makes "
	"all three. SIMPLE is a hit that costs\nnothing. LOW, LIKELY and HIGH "
	"are what larder saves of the full price, with questions\nof 45 tokens "
	"and answers of 150.\n";

static int put_scenario(struct estimate_table *t, size_t i,
			const struct prices *prices)
{
	struct estimate e;

	estimate_init(&e);
	e.prices = prices;
	e.model = scenarios[i].model;
	e.ask.requests = scenarios[i].requests;
	e.ask.system = scenarios[i].tokens;
	e.ask.input = 45;
	e.ask.output = 150;
	e.ask.repeats = scenarios[i].repeats;
	if (estimate_make(&e) < 0)
		return -1;
	estimate_text(t, e.model);
	estimate_put(t, ESTIMATE_COUNT, e.ask.requests);
	estimate_put(t, ESTIMATE_COUNT, e.ask.system);
	estimate_put(t, ESTIMATE_PERCENT, e.ask.repeats / 100);
	estimate_put(t, ESTIMATE_PERCENT, scenarios[i].published);
	estimate_put(t, ESTIMATE_PERCENT, e.ask.repeats / 100);
	for (int v = 0; v < ESTIMATE_VIEWS; v++)
		estimate_put(t, ESTIMATE_PERCENT,
			     forecast_share(e.f[v].full, e.f[v].larder));
	estimate_put(t, ESTIMATE_MONEY, e.f[ESTIMATE_LIKELY].full);
	estimate_put(t, ESTIMATE_MONEY, e.f[ESTIMATE_LIKELY].larder);
	return 0;
}

int estimate_of_scenarios(struct estimate_table *t,
			  const struct prices *prices)
{
	static const char *const column[][2] = {
		{ "MODEL", "model" }, { "REQUESTS", "requests" },
		{ "TOKENS", "system_tokens" }, { "HIT %", "repeats_percent" },
		{ "PUBLISHED", "published_percent" },
		{ "SIMPLE", "simple_percent" }, { "LOW", "low_percent" },
		{ "LIKELY", "likely_percent" }, { "HIGH", "high_percent" },
		{ "FULL USD", "full_usd" },
		{ "LIKELY USD", "likely_usd" },
	};

	for (size_t i = 0; i < COUNT_OF(column); i++)
		estimate_column(t, column[i][0], column[i][1]);
	for (size_t i = 0; i < COUNT_OF(scenarios); i++)
		if (put_scenario(t, i, prices) < 0)
			return -1;
	t->note = scenario_note;
	return 0;
}
