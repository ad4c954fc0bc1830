/*
 * A closed-loop HTTP/1.1 load: so many kept connections, each asking the same
 * request again as soon as its reply is whole.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stddef.h>
#include <stdint.h>

struct load {
	const char *host; /* an address of loopback */
	int port;
	const char *request; /* head and body, as they go over the wire */
	size_t n;
	int connections, requests;
	const char *must; /* what every reply's head has, or NULL */
};

struct load_result {
	int done, failed; /* failed: no 200, without `must`, or broken off */
	double seconds;
	double *took_us; /* of each that is done; malloc'ed, sorted */
};

/* Runs it. Ends the program when it cannot connect at all. */
void load_run(const struct load *l, struct load_result *r);

/* CPU time that a process, what it has begun and whom they waited for have
 * used so far, in seconds; 10 ms is the grain. */
double load_cpu(long pid);

#endif
