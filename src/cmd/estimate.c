#include "cmd/estimate.h"

#include <errno.h>
#include <getopt.h>

#include "base/count.h"
#include "cmd/cmd.h"
#include "serve/settings.h"
#include "thrift/decimal.h"

static const char usage[] =
	"usage: larder estimate --model NAME --requests N [OPTION...]\n"
	"       larder estimate --scenarios [--prices FILE]\n"
	"       larder estimate --from LOG...\n";

static const char help[] =
	"\n"
	"Forecasts a month's bill: from what is assumed, for three published\n"
	"scenarios, or for a month like the time that usage logs are of.\n"
	"\n"
	"  --model NAME        as the price table has it\n"
	"  --requests N        a month\n"
	"  --system N          tokens that many prompts begin with (0)\n"
	"  --input N           the other tokens of a prompt (100)\n"
	"  --output N          tokens of an answer (200)\n"
	"  --hit-rate P        percent that ask what was asked before (0)\n"
	"  --history N         of --input, what trimming takes (0)\n"
	"  --prices FILE       LiteLLM's table (that of the configuration,\n"
	"                      else larder's own)\n"
	"  --price IN,OUT[,READ[,WRITE]]\n"
	"                      instead of a table: USD for a million tokens;\n"
	"                      READ and WRITE of the provider's prompt cache\n"
	"  --asides P,IN,OUT[,MODEL]\n"
	"                      percent of the misses that larder asks a model\n"
	"                      about (a classifier, a judge), and the tokens\n"
	"  --hosting USD       what running larder costs a month (0)\n"
	"  --repeats-hit L,M,H percent of the repeats that hit: least saved,\n"
	"                      likely, most saved (90,98,100)\n"
	"  --prefix-hit L,M,H  percent of calls whose beginning the provider\n"
	"                      still has (0,70,95)\n"
	"  --prefix-min N      tokens of the shortest beginning that he keeps\n"
	"                      (1024)\n"
	"  --format FORMAT     text, csv or json\n"
	"  --help              print this text\n"
	"\n"
	"Examples:\n"
	"  larder estimate --model gpt-4.1 --requests 300000 --system 1200 \\\n"
	"      --input 45 --output 150 --hit-rate 82\n"
	"  larder estimate --price 3,15,0.3,3.75 --requests 100000 \\\n"
	"      --system 4000 --hit-rate 40 --hosting 20\n"
	"  larder estimate --from /var/log/larder/usage.log\n";

#define MOST_REQUESTS 1000000000 /* forecast.c multiplies within 128 bits */
#define MOST_TOKENS 2000000
#define MOST_MILLION INT64_C(10000000000000000) /* 10,000 USD */

struct job {
	struct estimate e;
	struct arena *a;
	const char *path;  /* of the price table */
	uint32_t given;    /* a bit for each option that was */
	void (*print)(const struct estimate_table *t, FILE *out);
};

/* -- options --------------------------------------------------------------- */

/* Numbers with commas between them: at least `least` of `most`, each a whole
 * number of 10^-places from 0 to top. How many, or -1. */
static int read_list(struct str rest, int places, int64_t top, int least,
		     int most, int64_t *out)
{
	struct str word;
	int n = 0;

	for (; n < most && str_cut(&rest, ',', &word); n++)
		if (!decimal_read(word, places, false, &out[n]) ||
		    out[n] < 0 || out[n] > top)
			return -1;
	return n < least || rest.n ? -1 : n;
}

static const struct {
	size_t at;
	int64_t top;
} counts[] = {
	{ offsetof(struct forecast_ask, requests), MOST_REQUESTS },
	{ offsetof(struct forecast_ask, system), MOST_TOKENS },
	{ offsetof(struct forecast_ask, input), MOST_TOKENS },
	{ offsetof(struct forecast_ask, output), MOST_TOKENS },
	{ offsetof(struct forecast_ask, trimmed), MOST_TOKENS },
	{ offsetof(struct forecast_ask, prefix_min), MOST_TOKENS },
};

static int take_count(struct job *j, int which, const char *arg)
{
	int64_t v;

	if (read_list(str_c(arg), 0, counts[which].top, 1, 1, &v) < 0)
		return -1;
	memcpy((char *)&j->e.ask + counts[which].at, &v, sizeof(v));
	return 0;
}

/* Percent with four digits behind the point are millionths. */
static int take_rate(struct job *j, const char *arg)
{
	return read_list(str_c(arg), 4, FORECAST_ALL, 1, 1,
			 &j->e.ask.repeats) < 0 ? -1 : 0;
}

static int take_guess(struct job *j, const char *arg, size_t at)
{
	int64_t v[ESTIMATE_VIEWS];

	if (read_list(str_c(arg), 4, FORECAST_ALL, ESTIMATE_VIEWS,
		      ESTIMATE_VIEWS, v) < 0)
		return -1;
	for (int i = 0; i < ESTIMATE_VIEWS; i++)
		memcpy((char *)&j->e.guess[i] + at, &v[i], sizeof(v[i]));
	return 0;
}

static int take_price(struct job *j, const char *arg)
{
	struct forecast_million *m = &j->e.million;
	int64_t v[4];
	int n = read_list(str_c(arg), 12, MOST_MILLION, 2, 4, v);

	if (n < 0)
		return -1;
	m->input = v[0];
	m->output = v[1];
	m->read = n > 2 ? v[2] : PRICE_UNKNOWN;
	m->write = n > 3 ? v[3] : PRICE_UNKNOWN;
	return 0;
}

static int take_asides(struct job *j, const char *arg)
{
	struct forecast_ask *a = &j->e.ask;
	struct str rest = str_c(arg), word[3];
	int64_t tokens[2];

	for (int i = 0; i < 3; i++)
		if (!str_cut(&rest, ',', &word[i]))
			return -1;
	for (int i = 0; i < 2; i++)
		if (read_list(word[i + 1], 0, MOST_TOKENS, 1, 1,
			      &tokens[i]) < 0)
			return -1;
	a->aside = (struct usage){ .input = tokens[0], .output = tokens[1] };
	if (rest.n)
		j->e.aside_model = arena_cstr(j->a, rest);
	return read_list(word[0], 4, FORECAST_ALL, 1, 1, &a->asides) < 0 ?
		       -1 : 0;
}

static int take_hosting(struct job *j, const char *arg)
{
	return read_list(str_c(arg), 12, INT64_MAX / 4, 1, 1,
			 &j->e.ask.hosting) < 0 ? -1 : 0;
}

static int take_format(struct job *j, const char *arg)
{
	static const struct {
		const char *name;
		void (*print)(const struct estimate_table *t, FILE *out);
	} formats[] = {
		{ "text", estimate_print_text },
		{ "csv", estimate_print_csv },
		{ "json", estimate_print_json },
	};

	for (size_t i = 0; i < COUNT_OF(formats); i++)
		if (strcmp(arg, formats[i].name) == 0) {
			j->print = formats[i].print;
			return 0;
		}
	return -1;
}

/* What getopt_long() returns; the counts first, as in their table. */
enum {
	OPT_PREFIX_MIN = COUNT_OF(counts) - 1, OPT_MODEL, OPT_RATE,
	OPT_PRICES, OPT_PRICE, OPT_ASIDES, OPT_HOSTING, OPT_REPEATS,
	OPT_PREFIX, OPT_FORMAT, OPT_SCENARIOS, OPT_FROM, OPT_HELP
};

static const struct option options[] = {
	{ "requests", required_argument, NULL, 0 },
	{ "system", required_argument, NULL, 1 },
	{ "input", required_argument, NULL, 2 },
	{ "output", required_argument, NULL, 3 },
	{ "history", required_argument, NULL, 4 },
	{ "prefix-min", required_argument, NULL, OPT_PREFIX_MIN },
	{ "model", required_argument, NULL, OPT_MODEL },
	{ "hit-rate", required_argument, NULL, OPT_RATE },
	{ "prices", required_argument, NULL, OPT_PRICES },
	{ "price", required_argument, NULL, OPT_PRICE },
	{ "asides", required_argument, NULL, OPT_ASIDES },
	{ "hosting", required_argument, NULL, OPT_HOSTING },
	{ "repeats-hit", required_argument, NULL, OPT_REPEATS },
	{ "prefix-hit", required_argument, NULL, OPT_PREFIX },
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ "scenarios", no_argument, NULL, OPT_SCENARIOS },
	{ "from", no_argument, NULL, OPT_FROM },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 }
};

static int take(struct job *j, int c, const char *arg)
{
	switch (c) {
	case OPT_MODEL: j->e.model = arg; return 0;
	case OPT_PRICES: j->path = arg; return 0;
	case OPT_RATE: return take_rate(j, arg);
	case OPT_PRICE: return take_price(j, arg);
	case OPT_ASIDES: return take_asides(j, arg);
	case OPT_HOSTING: return take_hosting(j, arg);
	case OPT_REPEATS:
		return take_guess(j, arg,
				  offsetof(struct forecast_guess, hits));
	case OPT_PREFIX:
		return take_guess(j, arg,
				  offsetof(struct forecast_guess, prefix));
	case OPT_FORMAT: return take_format(j, arg);
	case OPT_SCENARIOS: case OPT_FROM: return 0;
	default: return take_count(j, c, arg);
	}
}

#define BIT(option) (UINT32_C(1) << (option))

/* Is what was said enough, and not too much? Else why not, in a sentence. */
static const char *why_not(const struct job *j, int rest)
{
	const uint32_t any = BIT(OPT_FORMAT);

	if (j->given & BIT(OPT_FROM)) {
		if (j->given & ~(any | BIT(OPT_FROM)))
			return "--from goes by logs alone, and takes no "
			       "option but --format";
		return rest ? NULL : "--from needs a log";
	}
	if (rest)
		return "only --from reads files";
	if (j->given & BIT(OPT_SCENARIOS))
		return j->given & ~(any | BIT(OPT_SCENARIOS) |
				    BIT(OPT_PRICES)) ?
			       "--scenarios takes no option but --prices and "
			       "--format" : NULL;
	if (!j->e.model && !(j->given & BIT(OPT_PRICE)))
		return "--model or --price is needed";
	if (!j->e.ask.requests)
		return "--requests is needed";
	return j->e.ask.trimmed > j->e.ask.input ?
		       "--history cannot be more than --input" : NULL;
}

/* What the value of an option must be; some may be anything. */
static const char *const must[] = {
	"a whole number up to 1000000000",
	[1 ... OPT_PREFIX_MIN] = "a whole number up to 2000000",
	[OPT_RATE] = "a percentage from 0 to 100",
	[OPT_PRICE] = "two to four prices of at most 10000, such as 3,15,0.3",
	[OPT_ASIDES] = "a percentage, two numbers of tokens and perhaps a "
		       "model, such as 10,500,1",
	[OPT_HOSTING] = "a sum such as 20 or 7.50",
	[OPT_REPEATS] = "three percentages such as 90,98,100",
	[OPT_PREFIX] = "three percentages such as 0,70,95",
	[OPT_FORMAT] = "text, csv or json",
};

static int take_all(struct job *j, int argc, char **argv)
{
	int c, at = 0;

	optind = 0; /* whoever called may have used getopt before */
	while ((c = getopt_long(argc, argv, "", options, &at)) != -1) {
		if (c == OPT_HELP || c == '?')
			return c;
		j->given |= BIT(c);
		if (take(j, c, optarg) == 0)
			continue;
		fprintf(stderr, "larder estimate: --%s must be %s, not "
			"\"%s\"\n", options[at].name, must[c], optarg);
		return '?';
	}
	return c;
}

/* -1: go on; else the exit status. */
static int read_options(struct job *j, int argc, char **argv)
{
	int c = take_all(j, argc, argv);
	const char *why = c == -1 && argc > 1 ?
				  why_not(j, argc - optind) : NULL;

	if (c == OPT_HELP) {
		printf("%s%s", usage, help);
		return EXIT_DONE;
	}
	if (c == -1 && argc > 1 && !why)
		return -1;
	if (why)
		fprintf(stderr, "larder estimate: %s\n", why);
	fputs(usage, stderr);
	return EXIT_USAGE;
}

/* -- the command ----------------------------------------------------------- */

/* --prices, else the configuration's, else larder's own. */
static struct prices *read_prices(struct job *j)
{
	struct settings conf;
	char why[1024];
	struct prices *p;

	if (!j->path &&
	    settings_load(&conf, j->a, settings_path(j->a, cmd_config_path()),
			  why, sizeof(why)) == 0)
		j->path = conf.log.prices;
	if (!j->path)
		j->path = PKGDATADIR "/prices.json";
	p = prices_load(j->path, why, sizeof(why));
	if (!p)
		fprintf(stderr, "larder estimate: %s%s\n", why,
			j->given & BIT(OPT_PRICES) ? "" :
			"; name a table with --prices");
	return p;
}

static int make_table(struct job *j, struct estimate_table *t, int argc,
		      char **argv)
{
	bool from = j->given & BIT(OPT_FROM);
	bool scenarios = j->given & BIT(OPT_SCENARIOS);
	struct prices *p = NULL;
	int rc;

	estimate_table_init(t, j->a, from ? "models" :
			    scenarios ? "scenarios" : "estimate");
	if (from)
		return estimate_of_logs(t, argv + optind, argc - optind);
	if (!(j->given & BIT(OPT_PRICE))) {
		p = read_prices(j);
		if (!p)
			return -1;
	}
	j->e.prices = p;
	if (!j->e.model)
		j->e.model = "the tokens";
	rc = scenarios ? estimate_of_scenarios(t, p) :
			 estimate_of_options(t, &j->e);
	prices_free(&p);
	return rc;
}

static int run(struct job *j, int argc, char **argv)
{
	struct estimate_table t;

	if (make_table(j, &t, argc, argv) < 0)
		return EXIT_FAILED;
	j->print(&t, stdout);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_DONE;
	fprintf(stderr, "larder estimate: standard output: %s\n",
		strerror(errno));
	return EXIT_FAILED;
}

int cmd_estimate(int argc, char **argv)
{
	struct job j = { .a = arena_new(), .print = estimate_print_text };
	int status;

	estimate_init(&j.e);
	status = read_options(&j, argc, argv);
	if (status < 0)
		status = run(&j, argc, argv);
	arena_free(&j.a);
	return status;
}
