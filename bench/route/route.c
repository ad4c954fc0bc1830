/*
 * What routing by larder's built-in heuristic costs and is worth, on requests
 * of which it is known whether a small and a large model answer them rightly
 * (run.sh gets RouteLLM's):
 *
 *   route [--json] TOKENS NAME LEFT_OUT FILE... [-- NAME LEFT_OUT FILE...]...
 *
 * TOKENS is cl100k_base.tok; FILEs are read by read.c; of LEFT_OUT
 * ("-": none) the prompts are not counted. Each policy stands beside random
 * mixing at the same cost: the small and the large model in such shares that
 * the bill is equal. `gain` is how much of the way from the small model's
 * quality to the large one's is gone, `random` the same for the mixture,
 * `+-` twice the standard error of their difference.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/count.h"
#include "route.h"

#define SETS 8
#define SHORT 100 /* characters: the heuristic's */

/* gpt-4-1106-preview as OpenAI listed it, Mixtral 8x7B as Together did. */
static const struct tariff large = { 10e-6, 30e-6 };
static const struct tariff small = { .6e-6, .6e-6 };

static struct items items;
static const char *set_name[SETS + 1];
static size_t sets_n;
static bool as_json;

/* --- policies: does the large model get it? --- */

static bool is_short(const struct item *it)
{
	return it->chars < SHORT;
}

static bool is_hard(const struct item *it)
{
	return it->code || it->math;
}

static bool all_small(const struct item *it, double arg)
{
	(void)it, (void)arg;
	return false;
}

static bool all_large(const struct item *it, double arg)
{
	(void)it, (void)arg;
	return true;
}

static bool heuristic_small(const struct item *it, double arg)
{
	(void)arg;
	return !is_short(it) && is_hard(it);
}

static bool heuristic_large(const struct item *it, double arg)
{
	(void)arg;
	return !is_short(it);
}

static bool hard_large(const struct item *it, double arg)
{
	(void)arg;
	return is_hard(it);
}

static bool long_large(const struct item *it, double arg)
{
	return (double)it->chars >= arg;
}

static bool oracle(const struct item *it, double arg)
{
	(void)arg;
	return !it->right[0] && it->right[1];
}

static const struct policy {
	const char *name;
	bool (*large)(const struct item *it, double arg);
	double arg;
} policies[] = {
	{ "always small", all_small, 0 },
	{ "heuristic, else small", heuristic_small, 0 },
	{ "heuristic, else large", heuristic_large, 0 },
	{ "code or math large", hard_large, 0 },
	{ "200 characters large", long_large, 200 },
	{ "400 characters large", long_large, 400 },
	{ "800 characters large", long_large, 800 },
	{ "1600 characters large", long_large, 1600 },
	{ "oracle", oracle, 0 },
	{ "always large", all_large, 0 },
};

/* --- sums --- */

struct sums {
	double n, right[2], cost[2];  /* all to one model */
	double taken, got, paid;      /* by the policy */
};

static bool counts(const struct item *it, size_t set)
{
	return set == sets_n || it->set == set;
}

static struct sums sum(const struct policy *p, size_t set)
{
	struct sums s = { 0 };
	const struct item *it;
	size_t i;
	bool to;
	int k;

	for (i = 0; i < items.n; i++) {
		it = &items.v[i];
		if (!counts(it, set))
			continue;
		to = p->large(it, p->arg);
		s.n++;
		for (k = 0; k < 2; k++) {
			s.right[k] += it->right[k];
			s.cost[k] += it->cost[k];
		}
		s.taken += to;
		s.got += it->right[to];
		s.paid += it->cost[to];
	}
	return s;
}

/* The standard error of a policy's lead over random mixing with the share q,
 * in parts of the gap. */
static double error_of(const struct policy *p, size_t set, double q, double gap)
{
	double n = 0, total = 0, squares = 0, d;
	const struct item *it;
	size_t i;

	for (i = 0; i < items.n; i++) {
		it = &items.v[i];
		if (!counts(it, set))
			continue;
		d = (p->large(it, p->arg) - q) *
		    (it->right[1] - it->right[0]);
		n++;
		total += d;
		squares += d * d;
	}
	return sqrt((squares - total * total / n) * n / (n - 1)) / gap;
}

/* --- printing --- */

static void policy_print(const struct policy *p, size_t set)
{
	struct sums s = sum(p, set);
	double gap = s.right[1] - s.right[0];
	double gain = (s.got - s.right[0]) / gap;
	double mixed = (s.paid - s.cost[0]) / (s.cost[1] - s.cost[0]);
	double error = 2 * error_of(p, set, mixed, gap);

	printf(as_json ? "{\"set\":\"%s\",\"policy\":\"%s\",\"requests\":%.0f,"
	       "\"large\":%.4f,\"right\":%.4f,\"cost_per_1000\":%.4f,"
	       "\"gain\":%.4f,\"random\":%.4f,\"lead\":%.4f,"
	       "\"lead_2se\":%.4f}\n" :
	       "%-8s %-24s %6.0f %6.3f  %6.4f %9.4f   %6.3f %6.3f  %+6.3f "
	       "+-%5.3f\n", set_name[set], p->name, s.n, s.taken / s.n,
	       s.got / s.n, 1000 * s.paid / s.n, gain, mixed, gain - mixed,
	       error);
}

/* Why: what the large model is worth on which requests. */
static void trait_print(const char *name, size_t set, int is)
{
	double n = 0, right[2] = { 0 };
	const struct item *it;
	size_t i;
	int trait;

	for (i = 0; i < items.n; i++) {
		it = &items.v[i];
		trait = is_short(it) ? 0 : it->code ? 1 : it->math ? 2 : 3;
		if (!counts(it, set) || trait != is)
			continue;
		n++;
		right[0] += it->right[0];
		right[1] += it->right[1];
	}
	if (n == 0)
		return;
	printf(as_json ? "{\"set\":\"%s\",\"trait\":\"%s\",\"requests\":%.0f,"
	       "\"small_right\":%.4f,\"large_right\":%.4f}\n" :
	       "%-8s %-24s %6.0f         %6.4f    %6.4f   %+6.4f\n",
	       set_name[set], name, n, right[0] / n, right[1] / n,
	       (right[1] - right[0]) / n);
}

static void print_all(void)
{
	static const char *const traits[] = { "short", "code", "math",
					      "the rest" };
	size_t set, i;

	if (!as_json)
		printf("%-8s %-24s %6s %6s  %6s %9s   %6s %6s  %s\n", "set",
		       "policy", "n", "large", "right", "$/1000", "gain",
		       "random", "  lead");
	for (set = 0; set <= sets_n; set++)
		for (i = 0; i < COUNT_OF(policies); i++)
			policy_print(&policies[i], set);
	if (!as_json)
		printf("\n%-8s %-24s %6s         %6s    %6s   %6s\n", "set",
		       "requests that are", "n", "small", "large", "gap");
	for (set = 0; set <= sets_n; set++)
		for (i = 0; i < COUNT_OF(traits); i++)
			trait_print(traits[i], set, (int)i);
}

/* --- reading --- */

static struct str text_read(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "r");
	char *p = arena_alloc(a, 1 << 20);
	size_t n;

	if (!f) {
		perror(path);
		exit(1);
	}
	n = fread(p, 1, 1 << 20, f);
	fclose(f);
	return (struct str){ p, n };
}

/* NAME LEFT_OUT FILE... up to "--"; what is behind. */
static char **set_read(struct reader *r, char **arg)
{
	if (!arg[0] || !arg[1] || sets_n == SETS) {
		fputs("usage: route [--json] TOKENS NAME LEFT_OUT FILE... "
		      "[-- NAME LEFT_OUT FILE...]...\n", stderr);
		exit(2);
	}
	r->set = sets_n;
	set_name[sets_n++] = arg[0];
	r->left_out = (struct str){ "", 0 };
	if (strcmp(arg[1], "-") != 0)
		r->left_out = text_read(r->a, arg[1]);
	for (arg += 2; *arg && strcmp(*arg, "--") != 0; arg++)
		if (route_read(r, *arg) < 0)
			exit(1);
	return *arg ? arg + 1 : arg;
}

int main(int argc, char **argv)
{
	struct reader r = { .a = arena_new(), .scratch = arena_new(),
			    .items = &items, .tariff = { small, large } };
	struct token_table *tokens;
	char err[256];

	as_json = argc > 1 && strcmp(argv[1], "--json") == 0;
	argv += 1 + as_json;
	tokens = *argv ? token_open(*argv, err, sizeof(err)) : NULL;
	if (!tokens) {
		fprintf(stderr, "route: %s\n", *argv ? err : "no TOKENS");
		return 1;
	}
	r.tokens = tokens;
	argv++;
	do
		argv = set_read(&r, argv);
	while (*argv);
	set_name[sets_n] = "all";
	print_all();
	token_close(&tokens);
	free(items.v);
	arena_free(&r.scratch);
	arena_free(&r.a);
	return 0;
}
