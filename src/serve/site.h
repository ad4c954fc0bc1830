/*
 * What one reading of the configuration makes: read-only for requests, and
 * shared by the threads of a process. A reload makes a new site; requests
 * under way keep the one they started with.
 */
#ifndef SERVE_SITE_H
#define SERVE_SITE_H

#include "serve/clients.h"
#include "serve/ledger.h"
#include "serve/secret.h"
#include "serve/settings.h"
#include "store/tier.h"
#include "thrift/pinned.h"
#include "thrift/price.h"
#include "thrift/route.h"
#include "thrift/token.h"

struct site {
	struct arena *a; /* of conf and key */
	struct settings conf;
	struct secrets secret;
	struct hash question;     /* what all keys of answers begin with */
	struct key epoch;         /* hash of settings and pinned answers, for
				   * the memo */
	struct str *upstream_key; /* one each upstream; empty: pass through */
	uint64_t *upstream_pool;  /* the same; see site_upstream_pool() */
	struct str admin_key;     /* empty: nobody may look */
	struct store *store;      /* NULL: no slab, and a log line said why */
	struct tier *tier;        /* over it, with memcached behind it */
	struct clients *clients;
	struct budget_book *book; /* NULL: there are no [budget] sections */
	struct alarms *alarms;    /* that are still to be told; never NULL */
	struct route *route;
	struct pinned *pinned;    /* NULL: [answers] names no file */
	struct prices *prices;    /* read on first use; see site_prices */
	bool prices_tried;
	struct token_table *tokens[TOKEN_SETS]; /* the same; site_tokens */
	bool tokens_tried[TOKEN_SETS];
	struct ledger *log;
	_Atomic int refs;
};

/*
 * Reads the configuration and opens what it names. NULL with one line in
 * err_r when the configuration or a file it needs is bad; a cache that
 * cannot be used is only logged.
 */
struct site *site_open(const char *path, char *err_r, size_t err_n);

/* The same for commands beside a running larder: the cache is used as it is
 * and never made. */
struct site *site_visit(const char *path, char *err_r, size_t err_n);

/* What waits to be told of the old one's is told as s says. Before anybody
 * else has s. */
void site_follow(struct site *s, const struct site *old);

struct site *site_ref(struct site *s);
/* The last one closes it. Sets *s to NULL. */
void site_unref(struct site **s);

/* The price table, loaded by whoever asks first; NULL when there is none. */
const struct prices *site_prices(struct site *s);

/* The table of an encoding, likewise; NULL when it is not to be had, and then
 * tokens are estimated. */
const struct token_table *site_tokens(struct site *s, enum token_set set);

/* Has every upstream a key_file, so that nobody's own key is of use? */
bool site_wants_clients(const struct site *s);

/* The provider key of an upstream, or empty. */
struct str site_upstream_key(const struct site *s, const struct upstream *u);

/* Its connections: they are shared by the calls to it with that key (or with
 * callers' own), as this reading of the configuration has them. */
uint64_t site_upstream_pool(const struct site *s, const struct upstream *u);

#endif
