/*
 *     bill [-j] [-c TOLERANCE] LOAD|NAME=FILE...
 *
 * The bill of each load by what is sent, marked and kept, as a share of the
 * one of a caller who sends all and caches nothing. LOAD is one of those in
 * made.c, FILE a trace of Mooncake's. -j: as JSON. -c: fails when larder's
 * marks cost more than the better of none and marks on everything, times
 * 1 + TOLERANCE.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bill.h"

#define WINDOW (25 * BLOCK) /* what a sliding window keeps */

static struct {
	bool json, check, missed;
	double tolerance;
	const char *between; /* two rows of JSON */
} opt = { .between = "" };

/* --- rows --- */

static void row(const struct load *l, const char *history, double mean,
		const char *marks, double share)
{
	if (opt.json)
		printf("%s  {\"load\": \"%s\", \"history\": \"%s\", "
		       "\"mean_tokens\": %.0f, \"marks\": \"%s\", "
		       "\"share\": %.4f}", opt.between, l->name, history,
		       mean, marks, share);
	else
		printf("  %-24s %7.0f  %-20s %.4f\n", history, mean, marks,
		       share);
	opt.between = ",\n";
}

static void judge(const struct load *l, const char *history,
		  const double *share)
{
	double better = share[0] < share[1] ? share[0] : share[1];

	if (share[2] <= better * (1 + opt.tolerance))
		return;
	opt.missed = true;
	if (opt.check)
		fprintf(stderr, "bill: %s, %s: larder's marks cost %.4f, the "
			"better of the two %.4f\n", l->name, history,
			share[2], better);
}

static void rows(const struct load *l, const char *history,
		 const struct cut *c)
{
	const struct marker *const kinds[] = {
		&marker_none, &marker_everything, &marker_larder,
		&marker_oracle,
	};
	double plain = bill_plain(l), share[4];
	struct run r;
	size_t i;

	run_make(&r, l, c);
	for (i = 0; i < 4; i++) {
		share[i] = bill_run(&r, kinds[i], false) / plain;
		row(l, history, r.mean, kinds[i]->name, share[i]);
	}
	row(l, history, r.mean, "least possible", bill_least(&r) / plain);
	judge(l, history, share);
	run_free(&r);
}

static void row_alone(const struct load *l, const char *history,
		      const struct cut *c, const struct marker *m,
		      bool repeats)
{
	struct run r;

	run_make(&r, l, c);
	row(l, history, r.mean, m->name,
	    bill_run(&r, m, repeats) / bill_plain(l));
	run_free(&r);
}

/* --- a load --- */

static double mean_of(const struct load *l, const struct cut *c)
{
	struct run r;
	double mean;

	run_make(&r, l, c);
	mean = r.mean;
	run_free(&r);
	return mean;
}

/* The high-water mark at which as much is sent as by a sliding window; it is
 * cut to half of it. */
static struct cut step_like(const struct load *l, double mean)
{
	struct cut c = { .how = CUT_STEP };
	uint32_t low = BLOCK, high = 1 << 18;

	while (high - low > BLOCK / 2) {
		c.high = (low + high) / 2;
		c.low = c.high / 2;
		if (mean_of(l, &c) > mean)
			high = c.high;
		else
			low = c.high;
	}
	c.high = low;
	c.low = low / 2;
	return c;
}

static void show(const struct load *l)
{
	const struct cut whole = { .how = CUT_NONE };
	const struct cut slide = { .how = CUT_SLIDE, .high = WINDOW };
	double mean = mean_of(l, &slide);
	struct cut step = step_like(l, mean);

	if (!opt.json)
		printf("%s: %zu calls in %.1f hours; sliding window of %d "
		       "tokens, steps from %u to %u\n", l->name, l->calls,
		       (double)(l->call[l->calls - 1].ms - l->call[0].ms) /
			       3.6e6, WINDOW, step.high, step.low);
	row_alone(l, "whole, response cache", &whole, &marker_none, true);
	rows(l, "whole", &whole);
	if (mean >= mean_of(l, &whole))
		return; /* a window of this size cuts nothing */
	rows(l, "sliding window", &slide);
	rows(l, "stepped", &step);
	step.routed = true;
	row_alone(l, "stepped, routed", &step, &marker_larder, false);
	row_alone(l, "all of it", &step, &marker_larder, true);
}

static int load_any(struct load *l, char *name)
{
	char *file = strchr(name, '=');

	if (!file)
		return load_make(l, name);
	*file++ = 0;
	return load_read(l, name, file);
}

static void options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "jc:")) != -1)
		switch (c) {
		case 'j':
			opt.json = true;
			break;
		case 'c':
			opt.check = true;
			opt.tolerance = atof(optarg);
			break;
		default:
			fprintf(stderr, "usage: bill [-j] [-c TOLERANCE] "
				"LOAD|NAME=FILE...\n");
			exit(2);
		}
}

int main(int argc, char **argv)
{
	struct load l;

	options(argc, argv);
	if (opt.json)
		printf("[\n");
	for (; optind < argc; optind++) {
		if (load_any(&l, argv[optind]))
			return 2;
		show(&l);
		load_free(&l);
	}
	if (opt.json)
		printf("\n]\n");
	return opt.check && opt.missed;
}
