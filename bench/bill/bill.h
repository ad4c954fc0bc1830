/*
 * What prompts cost at a provider that caches prefixes, replayed: a load is a
 * run of calls, a call a row of pieces (messages, or blocks of 512 tokens
 * where a trace has no messages). A cut says which pieces are sent, a marker
 * where the cache is written, the provider what that costs.
 */
#ifndef BILL_H
#define BILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum part { PART_SYSTEM, PART_USER, PART_ASSISTANT, PART_TOOL, PART_BLOCK };

struct piece {
	uint64_t id; /* of what it says */
	uint32_t tokens;
	enum part part;
};

struct call {
	int64_t ms;
	uint64_t tenant, talk; /* whose, and which conversation */
	size_t first, n;       /* its pieces */
	uint32_t in, out;      /* tokens */
	bool code;             /* is about programs */
};

struct load {
	char name[32];
	bool blocks; /* of a trace: every piece's end is a place in the cache */
	struct piece *piece;
	size_t pieces, piece_room;
	struct call *call;
	size_t calls, call_room;
};

/* --- loads --- */

struct piece *load_piece(struct load *l, uint64_t id, uint32_t tokens,
			 enum part part);
/* The pieces added since the last call are this one's. */
struct call *load_call(struct load *l, int64_t ms, uint64_t tenant,
		       uint64_t talk, uint32_t out);
void load_sort(struct load *l); /* by time */
void load_free(struct load *l);

/* Mooncake's JSONL. 0, or -1 after a message on stderr. */
int load_read(struct load *l, const char *name, const char *path);
/* One that is made up, by name; -1: unknown. */
int load_make(struct load *l, const char *name);

/* --- what is sent of them --- */

struct sent { /* a call's prefixes */
	int64_t ms;
	uint64_t who, tenant, talk;
	uint64_t *prefix; /* of each piece: all up to it */
	uint64_t *id;	  /* its own */
	uint32_t *upto;   /* tokens */
	enum part *part;
	size_t n;
	size_t full;	  /* pieces that somebody can go on from */
	uint32_t in, out;
	bool code, small;
};

enum cutting { CUT_NONE, CUT_SLIDE, CUT_STEP };

struct cut {
	enum cutting how;
	uint32_t high, low; /* tokens; of SLIDE: high alone */
	bool routed;	    /* some conversations to a small model */
};

struct run { /* all calls of a load, cut */
	const struct load *load;
	struct sent *sent;
	size_t n;
	double mean; /* tokens sent */
};

/* Marks what trim.c drops of it. */
void step_gone(const struct load *l, const struct call *c,
	       const struct cut *cut, bool *gone);

void run_make(struct run *r, const struct load *l, const struct cut *c);
void run_free(struct run *r);

/* --- the provider --- */

enum life { LIFE_NONE, LIFE_5M, LIFE_1H };
#define MARKS 4

struct marks {
	struct {
		size_t at; /* behind this piece */
		enum life life;
	} mark[MARKS];
	size_t n;
};

struct tokens { /* of input, by price */
	uint32_t fresh, read, write_5m, write_1h;
};

struct table; /* numbers by number */
struct provider {
	struct table *entries;
	bool every; /* piece's end is an entry, not only marked ones */
};

void provider_start(struct provider *p, bool every);
void provider_stop(struct provider *p);
/* Pieces in front that are cached now. */
size_t provider_cached(struct provider *p, const struct sent *s);
struct tokens provider_call(struct provider *p, const struct sent *s,
			    const struct marks *m);

/* --- who sets marks --- */

struct marker {
	const char *name;
	struct provider *provider; /* for those who may know */
	void (*start)(struct marker *m, const struct run *r);
	void (*marks)(struct marker *m, size_t i, struct marks *out);
	void (*stop)(struct marker *m);
	const struct run *run;
	void *own;
};

extern const struct marker marker_none, marker_everything, marker_larder,
	marker_oracle;

/* --- the bill --- */

struct prices { /* USD for a million tokens */
	double in, out;
};

extern const struct prices price_large, price_small;

const struct prices *prices_of(const struct sent *s);
double bill_plain(const struct load *l); /* nothing cut, nothing cached */
/* repeats: whole requests that were asked before cost nothing. */
double bill_run(const struct run *r, const struct marker *m, bool repeats);
/* Nobody could pay less: both lives, all of the future known. */
double bill_least(const struct run *r);

/* --- small tools --- */

struct table *table_new(void);
void table_free(struct table *t);
/* The value of a key, 0 when it is new; to be written to, and good until
 * the next call. */
uint64_t *table_at(struct table *t, uint64_t key);
uint64_t mix(uint64_t a, uint64_t b);
void *room(void *p, size_t n, size_t size);

#define BLOCK 512
#define MIN_TOKENS 1024
#define LOOK_BACK 20
#define LIFE_MS(life) ((life) == LIFE_1H ? 3600000 : 300000)

#endif
