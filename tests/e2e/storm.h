/* One run of requests: what is wanted, who is at it, what came of it. */
#ifndef STORM_H
#define STORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storm_http.h"
#include "storm_self.h"
#include "storm_sums.h"

#define PORTS_MAX 8
#define HEADERS_MAX 4096
#define BODIES_MAX 64

struct caller {
	struct reply reply;
	struct question q;
	int fd;            /* -1: none */
	int port;
	bool waiting, first_seen;
	int64_t asked_us, first_us;
};

/* Single-threaded but for the killer, which knows nothing of it. */
struct run {
	int port[PORTS_MAX];
	size_t ports;
	const char *path, *body, *out;
	char header[HEADERS_MAX];
	size_t n;
	double seconds, hang_s;
	unsigned long questions, tenants, fresh, streams;
	bool load;

	struct caller *caller;
	int ep;
	uint64_t seed, requests, answered;
	unsigned long new_question;

	struct words status, cache, ends;
	struct times first, last, hits;
	char *bodies[BODIES_MAX];
	size_t bodies_n[BODIES_MAX], nbodies;
};

extern struct run run;

int64_t now_us(void);

/* Connects; 0 or -1. */
int call_open(struct caller *c);
/* Sends c->q, or the one body; connects when it has to. */
void call_ask(struct caller *c);
/* Takes what comes within ms, from all. */
void call_hear(int ms);
/* Gives up who waits too long. */
void call_find_hung(void);

#endif
