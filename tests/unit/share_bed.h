/*
 * Many who ask at once, each on a thread of its own, through one or two sites
 * over one slab (or two, of two hosts), and an upstream that does nothing but
 * what the test tells it to. So a test decides who comes when, and nobody
 * sleeps. What a guest was given is shown in the bed, as if it had asked
 * there: assert_cache(), assert_says() and the others work on it.
 */
#ifndef SHARE_BED_H
#define SHARE_BED_H

#include <pthread.h>
#include <time.h>

#include "corridor_bed.h"

#define HALL_GUESTS 128
#define HALL_CALLS 128
#define HALL_PATIENCE_MS 60000 /* then a test has failed */

/* What one call costs, in millionths of a dollar: bed_reply()'s usage. */
#define CALL_COST 20

/* The same question as CHAT, to be answered event by event. */
#define STREAM "{\"model\":\"m\",\"stream\":true," USER("hi") "}"
#define DELTA(text) "data: {\"model\":\"m-1\",\"choices\":[{\"index\":0," \
	"\"delta\":{\"content\":\"" text "\"},\"finish_reason\":null}]}\n\n"
#define STOP "data: {\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":{}" \
	",\"finish_reason\":\"stop\"}]}\n\n"
#define USAGE "data: {\"model\":\"m-1\",\"choices\":[],\"usage\":" \
	"{\"prompt_tokens\":10,\"completion_tokens\":5," \
	"\"total_tokens\":15}}\n\n"
#define DONE "data: [DONE]\n\n"

struct hall;

enum order { ORDER_NONE, ORDER_HEAD, ORDER_DATA, ORDER_TICK, ORDER_GONE,
	     ORDER_END };

/* One call to the upstream, in the thread of the guest that made it. */
struct upcall {
	struct hall *h;
	char auth[200];
	bool ended;
	/* What it is told to do next, and what came of it. */
	enum order order;
	struct play play;
	enum net_end end;
	int result;
};

struct guest {
	struct door door; /* first */
	struct hall *h;
	struct site *site;
	struct ask ask;
	struct lane lane;
	pthread_t thread;
	char length[24];
	struct str rest;
	int gone[2];      /* its connection: larder's end, its own */
	struct errand *errand; /* to be run when it has been answered */

	/* Under the hall's lock. */
	char *out;
	size_t out_n;
	bool dead;        /* takes nothing more */
	bool finished;    /* was let go before its thread was done */
	bool ended;
};

struct hall {
	struct bed bed[2];    /* of two hosts; or only the first */
	struct site *site[2]; /* two processes of a host, or two hosts */
	bool hosts;
	int stop[2];          /* what tells the second to end */
	bool no_ticks;        /* calls are not told of silence */
	struct slots slots;
	pthread_mutex_t lock;
	pthread_cond_t news;
	struct guest *guest[HALL_GUESTS];
	size_t nguests;
	struct upcall call[HALL_CALLS];
	int ncalls;
	/* Answers every call at once with bed[0].play. */
	bool plays;
	/* In a child: what it does when it asks, and never comes back. */
	void (*instead)(struct hall *h, const struct net_call *c);
	struct json *line; /* of the log, as read last */
	size_t nlines;
};

/* Two processes of one host over one slab. */
struct hall *hall_open(const struct bed_conf *c);
/* Two hosts with a slab each, one secret and one memcached. */
struct hall *hall_open_hosts(const struct bed_conf *c);
void hall_close(struct hall *h);

/* Sends a request through a site, on a thread of its own. *q must live. */
struct guest *hall_sends(struct hall *h, int site, const struct ask *q);
/* The same in a child of its own, which `instead` must end. */
pid_t hall_forks(struct hall *h, const struct ask *q);

/* The second site's process is to end. */
void hall_stops(struct hall *h);

/* The nth call, from 0, as soon as it is made. */
struct upcall *hall_call(struct hall *h, int n);
/* Waits until so many have followed, or led, since the slab was made. */
void hall_follows(struct hall *h, int site, uint64_t n);
void hall_leads(struct hall *h, int site, uint64_t n);
uint64_t hall_count(const struct hall *h, int site, enum board_count c);
int hall_calls(struct hall *h);

/* -- the upstream; 0 when larder wants more ------------------------------- */

int up_head(struct upcall *u, int status, const char *type,
	    const char *const *header);
int up_data(struct upcall *u, const char *text);
int up_tick(struct upcall *u);
int up_gone(struct upcall *u); /* its guest has hung up */
void up_ends(struct upcall *u, enum net_end end);
/* All of it. */
void up_plays(struct upcall *u, const struct play *p);
/* A stream, or an answer, of 200. */
void up_streams(struct upcall *u, const char *events);
void up_replies(struct upcall *u, const char *body);

/* -- the guests ----------------------------------------------------------- */

/* Waits until it has been given that. */
void guest_hears(struct guest *g, const char *text);
/* Waits until so many have ended that were not waited for. */
void hall_ended(struct hall *h, size_t n);
/* Waits until it was let go; its thread may go on. */
void guest_let_go(struct guest *g);
/* It hangs up, and takes no more bytes. */
void guest_leaves(struct guest *g);
/* Waits for its end and shows what it was given. Gives the status. */
int guest_ends(struct guest *g);

/* -- the log -------------------------------------------------------------- */

/* Reads the lines that are new. There must be n of them, their costs those of
 * so many calls, each of CALL_COST. */
void hall_bills(struct hall *h, size_t n, int calls);
/* In how many of those lines is it so? A member that is not there is
 * "(absent)". */
size_t hall_logged(struct hall *h, const char *name, const char *value);

/* -- memcached ------------------------------------------------------------ */

/* How many leases have been asked for, and time for it to go by. */
void hall_lease_asked(struct hall *h, unsigned more);
void hall_memcached_ages(long long s);

/* -- among share_*.c ------------------------------------------------------ */

struct net {
	struct hall *h;
};

extern const struct net_ops hall_net;

void hall_moment(struct timespec *ts, int64_t ms); /* from now */
/* Something has changed. */
void hall_says(struct hall *h);
/* Waits until so(); too long is a failure. What nobody tells us, numbers on
 * the board, is looked at again and again. hall_wait: the lock is held. */
void hall_await(struct hall *h, bool (*so)(const void *ctx), const void *ctx,
		const char *what);
void hall_wait(struct hall *h, bool (*so)(const void *ctx), const void *ctx,
	       const char *what);

/* An empty one, for tier_use(). */
const struct memc_ops *hall_memcached(void);
void hall_memcached_ends(void);

#endif
