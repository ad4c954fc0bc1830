/*
 * What an eviction policy would have done with a known run of requests.
 * Objects are numbered 0..objects-1 in order of appearance, so a policy keeps
 * arrays and needs no hash table. Room is counted in chunks, as larder's slab
 * counts it: 512 bytes, 64 of the first one for the entry's own front.
 */
#ifndef SIM_H
#define SIM_H

#include <stddef.h>
#include <stdint.h>

#define NOBODY UINT32_MAX
#define NEVER SIZE_MAX

struct trace {
	char name[64];
	uint32_t *who; /* of each request */
	size_t requests;
	uint32_t *bytes, *chunks; /* of each object */
	uint32_t objects;
	uint64_t footprint; /* chunks of all objects */
	int equal;	    /* all objects fill as many chunks */
	size_t *next;	    /* the request that asks for the same again */
};

/* Numbers that tell variants of one policy from another. */
struct knobs {
	unsigned top;	  /* how far hits are counted */
	unsigned small;	  /* percent of the room for newcomers */
	unsigned enough;  /* hits that bring a newcomer into main */
	unsigned ghost;	  /* percent of the entries; of the chunks when in
			   * sets, which is a table of fixed size */
	unsigned ways;	  /* ghosts in a set; 0: one exact row */
	unsigned larger;  /* who is larger than small: 1 goes to main, 2 is
			   * refused unless a ghost, 3 stays in small until
			   * as much again came behind it, as all others do */
	unsigned keep;	  /* hits but one go along to main */
	unsigned chances; /* let off in a row, then one goes; 0: all may */
	unsigned crash;	  /* after so many requests all order is lost */
};

struct cache {
	const struct trace *t;
	const struct knobs *k;
	uint64_t room, used; /* chunks */
	uint64_t steps, evictions; /* looked at for a victim */
	uint64_t before, most;	   /* steps at the last one; at most for one */
	void *own;
};

/*
 * access: 1 hit, 0 miss. An object of more than half the room is not offered
 * at all. make fills c->own.
 */
struct policy {
	const char *name, *what;
	void (*make)(struct cache *c);
	int (*access)(struct cache *c, uint32_t id, size_t now);
	void (*unmake)(struct cache *c);
	struct knobs knobs;
	int shown; /* in the table unless -p says otherwise */
};

struct score {
	double hit, byte; /* 0..1 */
	double steps;	  /* entries or chunks looked at, an eviction */
	uint64_t most;
};

extern const struct policy sim_policies[];
extern const size_t sim_policies_n;

struct score sim_run(const struct policy *p, const struct trace *t,
		     uint64_t room);

/* "larder", or with other knobs "larder/small=20/ghost=50"; text stays its
 * name. 0, or -1 when there is no such. */
int policy_named(const char *text, struct policy *p_r);

/* NAME=FORMAT[+answer]:PATH, see usage. NULL after a message on stderr. */
struct trace *trace_read(const char *spec);
struct trace *trace_of(const uint32_t *keys, const uint32_t *bytes, size_t n);
void trace_free(struct trace *t);

/* 0 when every policy does what its paper says on runs counted by hand. */
int sim_check(void);

/* Memory of zeros, or the end of the program. */
void *sim_zeros(size_t n, size_t size);
uint64_t sim_mix(uint64_t x);

/* Objects in a row; each is in at most one of a family's lists. */
struct list {
	uint32_t head, tail; /* newest, oldest */
	uint32_t count;
	uint64_t chunks;
};

struct links {
	uint32_t *newer, *older;
	uint8_t *in;   /* which list; 0 none */
	uint8_t *hits; /* or a mark */
};

void list_make(struct list *l);
void links_make(struct links *k, const struct trace *t);
void links_free(struct links *k);
void list_push(struct list *l, struct links *k, const struct trace *t,
	       uint32_t id, int name);
void list_cut(struct list *l, struct links *k, const struct trace *t,
	      uint32_t id);

/*
 * Ghosts as larder keeps them: 32 bits of a hash in sets, the oldest of a
 * set falls out. Whatever such a table holds is valid.
 */
struct ghosts {
	uint32_t *mark, sets, ways;
};

void ghosts_make(struct ghosts *g, uint64_t n, uint32_t ways);
void ghosts_free(struct ghosts *g);
void ghosts_add(struct ghosts *g, uint32_t id);
int ghosts_take(struct ghosts *g, uint32_t id); /* whether it was there */

/* An entry went: counts it and what it took to find it. */
void sim_evicted(struct cache *c, uint32_t id);

/* The policies, by file. */
void queue_make(struct cache *c);
void queue_unmake(struct cache *c);
int fifo_access(struct cache *c, uint32_t id, size_t now);
int lru_access(struct cache *c, uint32_t id, size_t now);
int clock_access(struct cache *c, uint32_t id, size_t now);
int sieve_access(struct cache *c, uint32_t id, size_t now);

void s3_make(struct cache *c);
int s3_access(struct cache *c, uint32_t id, size_t now);
void s3_unmake(struct cache *c);

void tiny_make(struct cache *c);
int tiny_access(struct cache *c, uint32_t id, size_t now);
void tiny_unmake(struct cache *c);

void heap_make(struct cache *c);
int gdsf_access(struct cache *c, uint32_t id, size_t now);
int lfuda_access(struct cache *c, uint32_t id, size_t now);
int min_access(struct cache *c, uint32_t id, size_t now);
void heap_unmake(struct cache *c);

void slab_make(struct cache *c);
int slab_access(struct cache *c, uint32_t id, size_t now);
void slab_unmake(struct cache *c);

#endif
