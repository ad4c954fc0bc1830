#include "cmd/report.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/count.h"
#include "cmd/cmd.h"
#include "cmd/report_feed.h"

static const char usage[] =
	"usage: larder report [--since TIME] [--until TIME] [--by LIST]\n"
	"                     [--format text|csv|json|html] [--top N]\n"
	"                     [--entries N] [--prices FILE] [FILE...]\n";

static const char help[] =
	"\n"
	"Reads usage logs, plain or packed by gzip or zstd, of any number of\n"
	"hosts (standard input without FILE, or for -), and prints requests,\n"
	"cache hits, tokens, cost, savings and times.\n"
	"\n"
	"  --since TIME   leave out what was before: a day (2026-11-21) or a\n"
	"                 time (2026-11-21T03, ...T03:04, ...T03:04:05), UTC\n"
	"  --until TIME   leave out what was after that day, hour, ...\n"
	"  --by LIST      a row for each of these: day, hour, model, tenant,\n"
	"                 upstream, route, endpoint, tag, cache; several with\n"
	"                 commas. Without it: day,model\n"
	"  --format F     text, csv, json, or html: a page with charts\n"
	"  --top N        so many of those who spent most (5)\n"
	"  --entries N    so many stored answers that saved least for the\n"
	"                 room they took (0; 10 with html)\n"
	"  --prices FILE  what it would have cost by this table (LiteLLM's\n"
	"                 format)\n"
	"  --help         print this text\n"
	"\n"
	"HIT % is of the requests that could have been hits: not those that\n"
	"bypass the cache, nor errors. Tokens are those of calls to a\n"
	"provider. A cost of ? is not known: the price table in use when the\n"
	"request was made did not have its model. Times are within 1 %. What\n"
	"larder asked a model for itself (a summary, a judgement) is in the\n"
	"tokens and the cost, not in the requests.\n";

struct form {
	const char *name;
	void (*print)(const struct report_view *v, FILE *out);
	bool charts;
	size_t entries; /* unless --entries says */
};

static const struct form forms[] = {
	{ "text", report_view_text, false, 0 },
	{ "csv", report_view_csv, false, 0 },
	{ "json", report_view_json, false, 0 },
	{ "html", report_view_html, true, 10 },
};

struct asked {
	struct report_wish wish;
	const struct form *form;
	const char *prices;
	bool entries;  /* was said how many */
};

/* -- options --------------------------------------------------------------- */

static int say(const char *option, const char *must, const char *arg)
{
	fprintf(stderr, "larder report: --%s must be %s, not \"%s\"\n",
		option, must, arg);
	return -1;
}

static int take_time(const char **text_r, const char *option, const char *arg)
{
	int64_t first, last;

	if (!report_time_span(arg, &first, &last))
		return say(option, "a day such as 2026-11-21 or a time such "
			   "as 2026-11-21T03:04", arg);
	*text_r = arg;
	return 0;
}

static int take_number(size_t *n_r, const char *option, const char *arg)
{
	char *end;
	long n = strtol(arg, &end, 10);

	if (end == arg || *end || n < 0 || n > 1000)
		return say(option, "a number from 0 to 1000", arg);
	*n_r = (size_t)n;
	return 0;
}

static int take_form(const struct form **form_r, const char *arg)
{
	for (size_t i = 0; i < COUNT_OF(forms); i++)
		if (strcmp(arg, forms[i].name) == 0) {
			*form_r = &forms[i];
			return 0;
		}
	return say("format", "text, csv, json or html", arg);
}

static int take(struct asked *a, int c)
{
	switch (c) {
	case 's':
		return take_time(&a->wish.since, "since", optarg);
	case 'u':
		return take_time(&a->wish.until, "until", optarg);
	case 'b':
		if (report_by_parse(&a->wish.by, optarg) == 0)
			return 0;
		return say("by", "a list of day, hour, model, tenant, "
			   "upstream, route, endpoint, tag, cache", optarg);
	case 'f':
		return take_form(&a->form, optarg);
	case 't':
		return take_number(&a->wish.top, "top", optarg);
	case 'e':
		a->entries = true;
		return take_number(&a->wish.entries, "entries", optarg);
	case 'p':
		a->prices = optarg;
		return 0;
	default:
		return -1;
	}
}

static int check_span(const struct report_wish *w)
{
	int64_t since, until, ms;

	if (!w->since || !w->until)
		return 0;
	report_time_span(w->since, &since, &ms);
	report_time_span(w->until, &ms, &until);
	return since <= until ? 0 :
	       say("until", "no earlier than --since", w->until);
}

/* -1: go on; else the exit status. */
static int read_options(struct asked *a, int argc, char **argv)
{
	static const struct option options[] = {
		{ "since", required_argument, NULL, 's' },
		{ "until", required_argument, NULL, 'u' },
		{ "by", required_argument, NULL, 'b' },
		{ "format", required_argument, NULL, 'f' },
		{ "top", required_argument, NULL, 't' },
		{ "entries", required_argument, NULL, 'e' },
		{ "prices", required_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	int c, rc = 0;

	optind = 0; /* whoever called may have used getopt before */
	while (rc == 0 &&
	       (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h') {
			printf("%s%s", usage, help);
			return EXIT_DONE;
		}
		rc = take(a, c);
	}
	if (rc == 0)
		rc = check_span(&a->wish);
	if (rc == 0 && (optind < argc || !isatty(STDIN_FILENO)))
		return -1;
	fputs(usage, stderr);
	return EXIT_USAGE;
}

/* -- the command ----------------------------------------------------------- */

static void each_line(void *ctx, struct str line)
{
	report_line(ctx, line);
}

static int print(const struct asked *a, const struct report_view *v)
{
	a->form->print(v, stdout);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	fprintf(stderr, "larder report: standard output: %s\n",
		strerror(errno));
	return -1;
}

static int run(struct asked *a, char **path, int n)
{
	static char *const standard[] = { "-", NULL };
	struct report *r;
	int rc;

	if (!a->entries)
		a->wish.entries = a->form->entries;
	a->wish.charts = a->form->charts;
	r = report_new(&a->wish);
	if (n == 0)
		n = 1, path = (char **)standard;
	rc = report_feed_files("report", path, n, each_line, r);
	rc |= print(a, report_view(r, (size_t)n));
	report_free(&r);
	return rc < 0 ? EXIT_FAILED : EXIT_DONE;
}

int cmd_report(int argc, char **argv)
{
	struct asked a = { .form = forms, .wish = { .top = 5 } };
	struct prices *prices = NULL;
	char why[1024];
	int status;

	report_by_parse(&a.wish.by, "day,model");
	status = read_options(&a, argc, argv);
	if (status >= 0)
		return status;
	if (a.prices && !(prices = prices_load(a.prices, why, sizeof(why)))) {
		fprintf(stderr, "larder report: %s\n", why);
		return EXIT_FAILED;
	}
	a.wish.prices = prices;
	status = run(&a, argv + optind, argc - optind);
	prices_free(&prices);
	return status;
}
