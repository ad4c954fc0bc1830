/*
 * A closed loop of callers, each of whom reads its reply as it comes: so many
 * connections, each asking its next question as soon as its reply is whole.
 */
#ifndef BENCH_ASK_H
#define BENCH_ASK_H

#include <stdbool.h>
#include <stddef.h>

#define ASK_PIDS 8

struct ask {
	int port;
	const char *path, *model;
	int connections, requests;
	int events;   /* a stream of so many; 0: no stream is asked for */
	bool unique;  /* no two questions are equal */
	bool waits;   /* replies never come, and nobody minds */
	long pids[ASK_PIDS]; /* whose memory is looked at */
	int npids;
};

/* Times in us; each list has as many numbers as its n says. */
struct ask_list {
	double *us;
	int n, max;
};

struct ask_result {
	int done, whole, refused; /* refused: 503 with Retry-After */
	int lost;                 /* neither */
	double seconds;
	long full_kb;             /* PSS once every caller's reply has begun */
	struct ask_list first;    /* until the first byte of a whole reply */
	struct ask_list took;     /* whole ones */
	struct ask_list no;       /* refused ones */
	struct ask_list event;    /* each event's way here */
};

/* Runs it. Ends the program when it cannot connect at all. */
void ask_run(const struct ask *a, struct ask_result *r);

/* A number more, and the q-th (0 to 1) of them; 0 when there are none. */
void ask_list_add(struct ask_list *l, double us);
double ask_list_at(struct ask_list *l, double q);

/* Memory of a process and its children, shared pages by their share. */
long ask_pss_kb(long pid);

#endif
