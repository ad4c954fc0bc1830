/*
 * Measures one variant once:
 *
 *   hit [--connections N] [--requests N] [--warm N] [--must TEXT]
 *       [--header LINE]... [--pid PID]... PORT PATH BODY-FILE
 *
 * posts the file that often and prints one line of JSON: requests, failed,
 * seconds, p50_us, p99_us as the client saw them, and cpu_us, the CPU time of
 * the processes PID and of all they have begun, for each request.
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
	long pids[PIDS];
	int npids;
	char headers[4096];
	const char *path, *file;
};

static int usage(void)
{
	fputs("usage: hit [--connections N] [--requests N] [--warm N] "
	      "[--must TEXT]\n           [--header LINE]... [--pid PID]... "
	      "PORT PATH BODY-FILE\n", stderr);
	return 2;
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
	case 'h':
		snprintf(a->headers + n, sizeof(a->headers) - n, "%s\r\n",
			 optarg);
		return 0;
	case 'p':
		if (a->npids == PIDS)
			return -1;
		a->pids[a->npids++] = atol(optarg);
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
		{ "header", required_argument, NULL, 'h' },
		{ "pid", required_argument, NULL, 'p' },
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
	return 0;
}

static double cpu_of(const struct args *a)
{
	double s = 0;
	int i;

	for (i = 0; i < a->npids; i++)
		s += load_cpu(a->pids[i]);
	return s;
}

int main(int argc, char **argv)
{
	struct args a = { .load = { .host = "127.0.0.1", .connections = 16,
				    .requests = 1000 } };
	struct load_result r;
	struct load warm;
	double cpu;

	if (read_args(&a, argc, argv) < 0)
		return usage();
	if (make_request(&a) < 0) {
		perror(a.file);
		return 1;
	}
	warm = a.load;
	warm.requests = a.warm;
	if (a.warm) {
		load_run(&warm, &r);
		free(r.took_us);
	}
	cpu = cpu_of(&a);
	load_run(&a.load, &r);
	cpu = cpu_of(&a) - cpu;
	printf("{\"requests\":%d,\"failed\":%d,\"seconds\":%.3f,"
	       "\"p50_us\":%.1f,\"p99_us\":%.1f,\"cpu_us\":%.2f}\n", r.done,
	       r.failed, r.seconds, r.took_us[r.done / 2],
	       r.took_us[(int)(r.done * 0.99)], cpu * 1e6 / r.done);
	free(r.took_us);
	return 0;
}
