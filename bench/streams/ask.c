/*
 * Measures one variant once:
 *
 *   ask [--connections N] [--requests N] [--warm N] [--events N] [--unique]
 *       [--waits] [--model NAME] [--pid PID]... PORT PATH
 *
 * asks that often and prints one line of JSON. --events: for a stream of so
 * many events; --waits: until it is killed. idle_kb and full_kb are the memory
 * of the processes PID and their children before, and once every caller's
 * reply has begun; cpu_us is their CPU time for each request.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "../hit/load.h"
#include "ask.h"

static int usage(void)
{
	fputs("usage: ask [--connections N] [--requests N] [--warm N] "
	      "[--events N] [--unique]\n           [--waits] [--model NAME] "
	      "[--pid PID]... PORT PATH\n", stderr);
	return 2;
}

static int take(struct ask *a, int *warm, int c)
{
	switch (c) {
	case 'c':
		a->connections = atoi(optarg);
		return 0;
	case 'r':
		a->requests = atoi(optarg);
		return 0;
	case 'w':
		*warm = atoi(optarg);
		return 0;
	case 'e':
		a->events = atoi(optarg);
		return 0;
	case 'u':
		a->unique = true;
		return 0;
	case 'W':
		a->waits = true;
		return 0;
	case 'm':
		a->model = optarg;
		return 0;
	case 'p':
		if (a->npids == ASK_PIDS)
			return -1;
		a->pids[a->npids++] = atol(optarg);
		return 0;
	}
	return -1;
}

static int read_args(struct ask *a, int *warm, int argc, char **argv)
{
	static const struct option options[] = {
		{ "connections", required_argument, NULL, 'c' },
		{ "requests", required_argument, NULL, 'r' },
		{ "warm", required_argument, NULL, 'w' },
		{ "events", required_argument, NULL, 'e' },
		{ "unique", no_argument, NULL, 'u' },
		{ "waits", no_argument, NULL, 'W' },
		{ "model", required_argument, NULL, 'm' },
		{ "pid", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (take(a, warm, c) < 0)
			return -1;
	if (argc - optind != 2 || a->connections < 1 || a->requests < 1)
		return -1;
	a->port = atoi(argv[optind]);
	a->path = argv[optind + 1];
	return 0;
}

static void print_list(const char *name, struct ask_list *l)
{
	printf(",\"%s\":{\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f}",
	       name, ask_list_at(l, .5), ask_list_at(l, .99),
	       ask_list_at(l, 1));
}

static double cpu_of(const struct ask *a)
{
	double s = 0;

	for (int i = 0; i < a->npids; i++)
		s += load_cpu(a->pids[i]);
	return s;
}

int main(int argc, char **argv)
{
	struct ask a = { .model = "gpt-test", .connections = 1,
			 .requests = 100 };
	struct ask_result r;
	struct ask warm;
	long idle_kb = 0;
	int nwarm = 0;
	double cpu;

	if (read_args(&a, &nwarm, argc, argv) < 0)
		return usage();
	warm = a;
	warm.requests = nwarm;
	ask_run(&warm, &r);
	for (int i = 0; i < a.npids; i++)
		idle_kb += ask_pss_kb(a.pids[i]);
	cpu = cpu_of(&a);
	ask_run(&a, &r);
	cpu = cpu_of(&a) - cpu;
	printf("{\"requests\":%d,\"whole\":%d,\"refused\":%d,\"lost\":%d,"
	       "\"seconds\":%.3f,\"cpu_us\":%.2f,\"idle_kb\":%ld,"
	       "\"full_kb\":%ld", a.requests, r.whole, r.refused, r.lost,
	       r.seconds, cpu * 1e6 / a.requests, idle_kb, r.full_kb);
	print_list("first", &r.first);
	print_list("took", &r.took);
	print_list("refused_in", &r.no);
	print_list("event", &r.event);
	puts("}");
	return 0;
}
