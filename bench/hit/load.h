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
	double seconds; /* no request begins after so many; 0: no such end */
	const char *must; /* what every reply's head has, or NULL */
	size_t most;      /* bytes that a reply's body may have; 0: any */
	size_t number_at; /* eight digits of the request that number it, or 0 */
	int number; /* the first one's */
};

struct load_result {
	int done, failed;
	double seconds;
	double *took_us; /* of each that is done; malloc'ed, sorted */
	char why[400]; /* the beginning of the first reply that failed */
};

/* Runs it. Ends the program when it cannot connect at all. A reply fails when
 * it is no 200, is broken off, is too long, has no `must` or, where requests are
 * not numbered, has another body than the first. */
void load_run(const struct load *l, struct load_result *r);

/* CPU time that a process, what it has begun and whom they waited for have
 * used so far, in seconds. Of those who run it is exact, of those waited for
 * 10 ms are the grain. */
double load_cpu(long pid);

#endif
