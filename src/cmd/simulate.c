#include "cmd/simulate.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/conf_value.h"
#include "base/count.h"
#include "cmd/cmd.h"

static const char usage[] =
	"usage: larder simulate [--sizes LIST] [--ttl TIME] [--ttls LIST]\n"
	"                       [--policies LIST] [--keep N] [--seed N]\n"
	"                       [--format text|csv|json] FILE...\n";

static const char help[] =
	"\n"
	"Reads usage logs in the order they are given (- is standard input)\n"
	"and says what the bill would have been with another cache.\n"
	"\n"
	"  --sizes LIST     of the cache (1M,4M,16M,64M,256M,1G,4G,16G)\n"
	"  --ttl TIME       how long it keeps answers, or ever (ever)\n"
	"  --ttls LIST      lifetimes to try in a cache without end\n"
	"                   (1m,10m,1h,6h,1d,3d,7d,30d)\n"
	"  --policies LIST  of lru, s3fifo (larder's own) and gdsf (what is\n"
	"                   worth least for its room goes first); all three\n"
	"  --keep N         questions to follow; beyond, one in two, four, ...\n"
	"                   is, and what is said has an error (100000)\n"
	"  --seed N         chooses which: the same N, the same ones (by "
	"chance)\n"
	"  --format FORMAT  text, csv or json\n"
	"  --help           print this text\n"
	"\n"
	"Examples:\n"
	"  larder simulate /var/log/larder/usage.log\n"
	"  larder simulate --sizes 128M,512M --ttl 3d usage.log.1 "
	"usage.log\n"
	"  larder simulate --format csv usage.log >curve.csv\n";

struct job {
	struct curve_plan plan;
	uint32_t seed;
	struct arena *a;
	void (*print)(const struct simulate *s, FILE *out);
};

static const struct {
	const char *name;
	void (*print)(const struct simulate *s, FILE *out);
} formats[] = {
	{ "text", simulate_text },
	{ "csv", simulate_csv },
	{ "json", simulate_json },
};

/* -- options --------------------------------------------------------------- */

static int bad(const char *option, const char *must, const char *arg)
{
	fprintf(stderr, "larder simulate: --%s must be %s, not \"%s\"\n",
		option, must, arg);
	return -1;
}

static int read_size(struct job *j, const char *text, uint64_t *out_r)
{
	static const struct conf_row row = { .type = CONF_SIZE };
	size_t v;

	if (conf_value_set(&row, &v, j->a, text) < 0 || v == 0)
		return -1;
	*out_r = v;
	return 0;
}

static int read_time(struct job *j, const char *text, int64_t *out_r)
{
	static const struct conf_row row = { .type = CONF_DURATION };
	int64_t v;

	if (strcmp(text, "ever") == 0) {
		*out_r = CURVE_FOREVER;
		return 0;
	}
	if (conf_value_set(&row, &v, j->a, text) < 0 || v <= 0)
		return -1;
	*out_r = v;
	return 0;
}

/* Both are read as numbers above 0. */
static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* In order, each once: how many those are. */
static size_t put_in_order(uint64_t *v, size_t n)
{
	size_t to = 0;

	qsort(v, n, sizeof(*v), by_size);
	for (size_t i = 0; i < n; i++)
		if (!to || v[i] != v[to - 1])
			v[to++] = v[i];
	return to;
}

static int take_sizes(struct job *j, const char *arg)
{
	struct str rest = str_c(arg), word;
	size_t n = 0;

	while (str_cut(&rest, ',', &word))
		if (n == CURVE_SIZES ||
		    read_size(j, arena_cstr(j->a, word),
			      &j->plan.size[n++]) < 0)
			return bad("sizes", "up to 16 sizes such as 64M,1G",
				   arg);
	j->plan.sizes = put_in_order(j->plan.size, n);
	return 0;
}

/* For ever has a row in any case. */
static int take_ttls(struct job *j, const char *arg)
{
	struct str rest = str_c(arg), word;
	uint64_t life[CURVE_LIVES];
	size_t n = 0;
	int64_t ms;

	while (str_cut(&rest, ',', &word)) {
		if (n == CURVE_LIVES ||
		    read_time(j, arena_cstr(j->a, word), &ms) < 0)
			return bad("ttls", "up to 16 times such as 1h,3d",
				   arg);
		if (ms != CURVE_FOREVER)
			life[n++] = (uint64_t)ms;
	}
	j->plan.lives = put_in_order(life, n);
	for (size_t i = 0; i < j->plan.lives; i++)
		j->plan.life[i] = (int64_t)life[i];
	return 0;
}

static int take_ttl(struct job *j, const char *arg)
{
	if (read_time(j, arg, &j->plan.ttl) == 0)
		return 0;
	return bad("ttl", "a time such as 3d, or ever", arg);
}

static int take_policies(struct job *j, const char *arg)
{
	struct str rest = str_c(arg), word;
	int p;

	memset(j->plan.policy, 0, sizeof(j->plan.policy));
	while (str_cut(&rest, ',', &word)) {
		for (p = 0; p < CURVE_POLICIES; p++)
			if (str_is(word, curve_policy_name[p]))
				break;
		if (p == CURVE_POLICIES)
			return bad("policies", "a list of lru, s3fifo, gdsf",
				   arg);
		j->plan.policy[p] = true;
	}
	return 0;
}

static int take_keep(struct job *j, const char *arg)
{
	char *end;
	long n = strtol(arg, &end, 10);

	if (*end || end == arg || n < 100 || n > 100000000)
		return bad("keep", "a number from 100 to 100000000", arg);
	j->plan.keep = (uint32_t)n;
	return 0;
}

static int take_seed(struct job *j, const char *arg)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);

	if (*end || *arg < '0' || *arg > '9' || n > UINT32_MAX)
		return bad("seed", "a number from 0 to 4294967295", arg);
	j->seed = (uint32_t)n;
	return 0;
}

static int take_format(struct job *j, const char *arg)
{
	for (size_t i = 0; i < COUNT_OF(formats); i++)
		if (strcmp(arg, formats[i].name) == 0) {
			j->print = formats[i].print;
			return 0;
		}
	return bad("format", "text, csv or json", arg);
}

static int (*const takes[])(struct job *j, const char *arg) = {
	take_sizes, take_ttl, take_ttls, take_policies, take_keep,
	take_format, take_seed,
};

static const struct option options[] = {
	{ "sizes", required_argument, NULL, 0 },
	{ "ttl", required_argument, NULL, 1 },
	{ "ttls", required_argument, NULL, 2 },
	{ "policies", required_argument, NULL, 3 },
	{ "keep", required_argument, NULL, 4 },
	{ "format", required_argument, NULL, 5 },
	{ "seed", required_argument, NULL, 6 },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

/* -1: go on; else the exit status. */
static int read_options(struct job *j, int argc, char **argv)
{
	int c, rc = 0;

	optind = 0; /* whoever called may have used getopt before */
	while (rc == 0 &&
	       (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h') {
			printf("%s%s", usage, help);
			return EXIT_DONE;
		}
		rc = c == '?' ? -1 : takes[c](j, optarg);
	}
	if (rc == 0 && optind < argc)
		return -1;
	fputs(usage, stderr);
	return EXIT_USAGE;
}

/* -- the command ----------------------------------------------------------- */

static void each_line(void *ctx, struct str line)
{
	simulate_line(ctx, line);
}

static int print(const struct job *j, const struct simulate *s)
{
	j->print(s, stdout);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	fprintf(stderr, "larder simulate: standard output: %s\n",
		strerror(errno));
	return -1;
}

static int run(const struct job *j, int argc, char **argv)
{
	struct simulate s;
	int rc;

	simulate_init(&s, &j->plan, j->seed);
	rc = report_feed_files("simulate", argv + optind, argc - optind,
			       each_line, &s);
	if (s.feed.taken) {
		rc |= print(j, &s);
	} else {
		fputs("larder simulate: no lines of a usage log there\n",
		      stderr);
		rc = -1;
	}
	simulate_fini(&s);
	return rc < 0 ? EXIT_FAILED : EXIT_DONE;
}

int cmd_simulate(int argc, char **argv)
{
	struct job j = {
		.plan = { .ttl = CURVE_FOREVER, .keep = 100000,
			  .policy = { true, true, true } },
		.a = arena_new(), .print = simulate_text,
	};
	int status;

	if (getrandom(&j.seed, sizeof(j.seed), 0) != sizeof(j.seed))
		abort();
	take_sizes(&j, "1M,4M,16M,64M,256M,1G,4G,16G");
	take_ttls(&j, "1m,10m,1h,6h,1d,3d,7d,30d");
	status = read_options(&j, argc, argv);
	if (status < 0)
		status = run(&j, argc, argv);
	arena_free(&j.a);
	return status;
}
