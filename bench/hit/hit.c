/*
 * Measures one variant once:
 *
 *   hit [--connections N] [--requests N] [--seconds S] [--warm N]
 *       [--must TEXT] [--most BYTES] [--number FIRST] [--header LINE]...
 *       [--pid NAME=PID]... PORT PATH BODY-FILE
 *
 * posts the file that often or that long and prints one line of JSON:
 * requests, seconds, p50_us and p99_us as the client saw them, cpu_us, the CPU
 * time for each request, and cpu, whose it is: of each process PID with all it
 * has begun. --number: the eight digits 00000000 in the file become the
 * request's number, so that each asks something else; --warm ends before
 * FIRST. Exit status 1 when an answer was not what it should be (load.h).
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

#define PIDS 8

struct args {
	struct load load;
	int warm;
	struct {
		const char *name;
		int name_n;
		long pid;
		double cpu;
	} of[PIDS];
	int nof;
	char headers[4096];
	const char *path, *file;
};

static int usage(void)
{
	fputs("usage: hit [--connections N] [--requests N] [--seconds S] "
	      "[--warm N]\n           [--must TEXT] [--most BYTES] "
	      "[--number FIRST] [--header LINE]...\n           "
	      "[--pid NAME=PID]... PORT PATH BODY-FILE\n", stderr);
	return 2;
}

static int take_pid(struct args *a)
{
	const char *is = strchr(optarg, '=');

	if (!is || a->nof == PIDS)
		return -1;
	a->of[a->nof].name = optarg;
	a->of[a->nof].name_n = (int)(is - optarg);
	a->of[a->nof++].pid = atol(is + 1);
	return 0;
}

static int take(struct args *a, int c)
{
	size_t n = strlen(a->headers);

	switch (c) {
	case 'c':
		a->load.connections = atoi(optarg);
		return 0;
	case 'r':
		a->load.requests = atoi(optarg);
		return 0;
	case 'w':
		a->warm = atoi(optarg);
		return 0;
	case 'm':
		a->load.must = optarg;
		return 0;
	case 'b':
		a->load.most = strtoul(optarg, NULL, 10);
		return 0;
	case 'h':
		snprintf(a->headers + n, sizeof(a->headers) - n, "%s\r\n",
			 optarg);
		return 0;
	case 'p':
		return take_pid(a);
	case 's':
		a->load.seconds = atof(optarg);
		return 0;
	case 'n':
		a->load.number = atoi(optarg);
		a->load.number_at = 1; /* where: make_request() */
		return 0;
	}
	return -1;
}

static int read_args(struct args *a, int argc, char **argv)
{
	static const struct option options[] = {
		{ "connections", required_argument, NULL, 'c' },
		{ "requests", required_argument, NULL, 'r' },
		{ "warm", required_argument, NULL, 'w' },
		{ "must", required_argument, NULL, 'm' },
		{ "most", required_argument, NULL, 'b' },
		{ "header", required_argument, NULL, 'h' },
		{ "pid", required_argument, NULL, 'p' },
		{ "seconds", required_argument, NULL, 's' },
		{ "number", required_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (take(a, c) < 0)
			return -1;
	if (argc - optind != 3 || a->load.connections < 1 ||
	    a->load.requests < 1)
		return -1;
	a->load.port = atoi(argv[optind]);
	a->path = argv[optind + 1];
	a->file = argv[optind + 2];
	return 0;
}

static int make_request(struct args *a)
{
	FILE *f = fopen(a->file, "rb");
	char *request = malloc(1 << 24);
	size_t head, body;

	if (!f || !request || fseek(f, 0, SEEK_END) < 0)
		return -1;
	body = (size_t)ftell(f);
	rewind(f);
	head = (size_t)snprintf(request, 8192, "POST %s HTTP/1.1\r\n"
		"Host: 127.0.0.1\r\nContent-Type: application/json\r\n"
		"Content-Length: %zu\r\n%s\r\n", a->path, body, a->headers);
	if (head >= 8192 || body > (1 << 24) - 8192 ||
	    fread(request + head, 1, body, f) != body)
		return -1;
	fclose(f);
	a->load.request = request;
	a->load.n = head + body;
	if (a->load.number_at) {
		char *at = memmem(request + head, body, "00000000", 8);

		if (!at)
			return -1;
		a->load.number_at = (size_t)(at - request);
	}
	return 0;
}

/* What they have used since the last time. */
static void cpu_since(struct args *a, double *each)
{
	int i;

	for (i = 0; i < a->nof; i++) {
		double now = load_cpu(a->of[i].pid);

		each[i] = now - a->of[i].cpu;
		a->of[i].cpu = now;
	}
}

static void print(const struct args *a, const struct load_result *r,
		  const double *each)
{
	double all = 0;
	int i;

	for (i = 0; i < a->nof; i++)
		all += each[i];
	printf("{\"requests\":%d,\"seconds\":%.3f,\"p50_us\":%.1f,"
	       "\"p99_us\":%.1f,\"cpu_us\":%.2f,\"cpu\":{", r->done,
	       r->seconds, r->took_us[r->done / 2],
	       r->took_us[(int)(r->done * 0.99)], all * 1e6 / r->done);
	for (i = 0; i < a->nof; i++)
		printf("%s\"%.*s\":%.2f", i ? "," : "", a->of[i].name_n,
		       a->of[i].name, each[i] * 1e6 / r->done);
	puts("}}");
}

static void warm(const struct args *a)
{
	struct load l = a->load;
	struct load_result r;

	l.requests = a->warm;
	l.number -= a->warm;
	l.seconds = 0;
	l.must = NULL;
	load_run(&l, &r);
	free(r.took_us);
}

int main(int argc, char **argv)
{
	struct args a = { .load = { .host = "127.0.0.1", .connections = 16,
				    .requests = 1000000 } };
	struct load_result r;
	double each[PIDS];

	if (read_args(&a, argc, argv) < 0)
		return usage();
	if (make_request(&a) < 0) {
		perror(a.file);
		return 1;
	}
	if (a.warm)
		warm(&a);
	cpu_since(&a, each);
	load_run(&a.load, &r);
	cpu_since(&a, each);
	print(&a, &r, each);
	free(r.took_us);
	if (!r.failed)
		return 0;
	fprintf(stderr, "hit: %s: %d of %d answers are not what they should "
		"be; the first:\n%s\n", a.path, r.failed, r.done, r.why);
	return 1;
}
