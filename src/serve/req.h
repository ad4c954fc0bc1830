/*
 * One request on its way through the corridor. Each group of fields has one
 * writer, the step it is named after, and later steps only read it; but fetch,
 * when a target fails, makes those of one target anew for the next (chain.h).
 */
#ifndef SERVE_REQ_H
#define SERVE_REQ_H

#include "base/fail.h"
#include "base/splice.h"
#include "dialect/chat.h"
#include "dialect/reply.h"
#include "serve/directive.h"
#include "serve/door.h"
#include "serve/endpoint.h"
#include "serve/forget.h"
#include "serve/lane.h"
#include "serve/site.h"
#include "store/breaker.h"
#include "store/budget.h"
#include "store/flight.h"
#include "store/limit.h"

/* admit: who asks. */
struct who {
	bool client;             /* with a larder key */
	struct str authorization, x_api_key; /* as they came; own only */
	struct key tenant;       /* keyed hash of the credential */
	char name[CLIENT_NAME_MAX + 1]; /* for the log */
	char account[CLIENT_NAME_MAX + 1]; /* whose money it is: the same, but
			      * where it is spelt oddly or two came */
};

/* admit: what is asked, as far as the headers say. */
struct asked {
	struct endpoint endpoint;
	enum dialect dialect;    /* errors are rendered in it */
	struct directive header; /* cache directives of the headers */
	struct str body;
	char id[64];             /* X-Request-Id */
	bool own_id;             /* the caller sent it */
	int64_t renew_before_ms; /* not 0: renew what is older (door.h) */
	const char *purpose;     /* not NULL: larder itself asks (aside.h), */
	int64_t until_ms;        /* and waits no longer than this (mono) */
};

/* Whom to ask, and for what. */
struct target {
	const struct upstream *upstream;
	const struct model *section; /* NULL: none names the model */
	struct str model;        /* as the upstream calls it; may be empty */
	int64_t ttl_ms;          /* how long its answers are fresh */
	enum shape shape;        /* in which it is asked, and answers */
	struct str body;         /* in that shape, where that is not the
				  * caller's; else empty */
	const char *dropped;     /* members that have no word there */
};

/* shape: the effective request; a memo brings the same for a known body. When
 * a target fails, fetch goes on to the next (serve/chain.h). */
struct plan {
	struct target *target;   /* asked now; behind it, those to fall to */
	size_t at, ntargets;     /* it is this one, from 0, of so many in all;
				  * of none: not shaped (yet) */
	size_t stale_at;         /* before this one an expired answer is due;
				  * 0: not for them */
	struct str route;        /* name of the rule, or empty */
	const struct route_rule *rule; /* that rule, or NULL */
	const char *why;         /* of its two models this one, or NULL */
	bool sticks;             /* the conversation keeps the one it got */
	bool passing;            /* at another time it may be another plan */
	size_t better_at;        /* not 0: the answer of the one before this
				  * is judged; when it is weak this is asked */
	/* parse: as the caller wants it. */
	enum shape shape;
	struct str requested;    /* the model, as it named it */
	bool stream, usage;
};

/* shape: how the body is changed to get to the target asked now. */
struct edits {
	struct splices list;
	bool any; /* one that the key must see */
};

/* fetch: what the target asked now is sent. None of it changes the name of
 * the question, so none of it is made for one that is found. */
struct fit {
	struct json doc;    /* the body, in the target's shape */
	struct chat chat;   /* over it */
	struct splices list;
	uint32_t trimmed_messages, trimmed_tokens;
	bool summarised;    /* a summary stands in their place */
	bool unsummarised;  /* or should, but could not be had: the answer is
			     * not kept */
	int64_t tokens;     /* of the prompt as it is sent; -1: not counted */
	uint64_t weight;    /* of its text (thrift/family.h), when that was
			     * all that was estimated; else 0 */
	size_t beside;      /* of tokens: what is around that text */
	unsigned marks;     /* cache_control marks that larder added */
	struct prefix *prefix; /* what to remember when it is answered */
};

/* fetch: calls whose answers were too weak to be the caller's. */
struct weak_calls {
	int calls;
	picousd cost;       /* of all of them; PRICE_UNKNOWN if of any */
	const char *model;  /* the last, as callers name it */
	const char *why;    /* why its answer was not good enough */
};

/* key: may the cache be asked, and under which name. */
enum use {
	USE_NONE,   /* not a cacheable kind of request: no Cache-Status */
	USE_BYPASS, /* cacheable, but not this one: `why` says */
	USE_CACHE,
};
struct keyed {
	enum use use;
	const char *why;            /* Cache-Status detail of a bypass */
	struct directive directive; /* headers, then the body's */
	struct key base; /* of the question; what X-Larder-Key shows */
	struct key key;  /* of its answer: base and the generations */
	struct str model; /* whose name it is, as the upstream calls it */
	struct forget_stamp stamp; /* of an answer to it */
};

/* lookup (or memo, or pin; or fetch, when somebody stored it meanwhile): the
 * stored answer. */
struct hit {
	bool found, stale;
	bool pinned;  /* found, and by pin: nobody's answer but larder's */
	bool spare;   /* not found, but good enough when the upstream fails */
	bool renew;   /* found, and to be asked for again behind it */
	const char *refused; /* why a present answer may not be used */
	enum tier_where where;
	struct forget_stamp stamp;
	int64_t born_ms, fresh_until_ms;
	enum shape shape;    /* of bytes, which need not be the caller's */
	enum reply_form { FORM_JSON, FORM_SSE } form;
	struct str bytes;
	struct reply_facts facts;
	uint32_t trimmed_messages; /* of the request that made it */
	picousd cost; /* of the call that made it */
	bool estimated; /* its usage (serve/meter.h) */
	size_t size;    /* of all that is kept of it */
};

/* fetch: what the upstream said, at the last attempt. An attempt may be made
 * again, from nothing, until sent.status is set. */
struct fetched {
	const struct target *by; /* who was asked; NULL: nobody */
	bool answered;   /* status and headers came */
	enum net_end end; /* how the transfer did */
	int status;      /* also of an error that came with a 200 */
	struct str type; /* Content-Type */
	struct net_header *header; /* those to pass on */
	size_t nheader;
	enum shape shape;
	enum reply_form form;
	struct str bytes;   /* empty once it was relayed and not kept */
	struct fail *said;  /* what an error in the place of an answer says;
			     * NULL: none has been read */
	bool whole;         /* came to its proper end */
	bool unfinished;    /* or to one that some servers think proper */
	bool storable;
	bool aborted;       /* the caller left */
	bool dropped;       /* or was too slow for those who followed it */
	bool collapsed;     /* another request made the call */
	bool spared;        /* it failed: hit is given instead */
	struct reply_facts facts;
	picousd cost;       /* of the call, whoever made it */
	const char *priced_as; /* by this name, or NULL */
	bool estimated;     /* some of its usage (serve/meter.h) */
	bool spilt;         /* its cost is in tries.spilt */
	size_t size;        /* that it takes where it was stored, */
	int64_t ttl_ms;     /* and for how long it is fresh there */
	int64_t took_ms;
};

/* fetch: one call's leave to go to its upstream (serve/ticket.h). */
struct guard {
	struct key id;
	struct board_breaker *place; /* NULL: it has nothing to say */
	struct breaker_turn turn;
};

struct ticket {
	struct breaker_conf breaker_conf;
	struct guard guard[2]; /* of all callers, of this one's account */
	struct limit_conf limit_conf;
	struct limit_turn limit;
};

/* fetch: those who ask the same at once (serve/share.h). */
struct share {
	struct flight *flight; /* led or followed; store lands the former */
	bool leads;
	bool told;             /* all of it: there is nothing to add */
};

/* fetch: a limit of larder's own said no; for the headers that say so. */
struct refusal {
	bool limited;
	struct limit_conf conf;
	struct limit_state state;
};

/* All of a request that is of one target. */
struct leg {
	struct plan plan;
	struct keyed keyed;
	struct edits edits;
	struct fit fit;
	struct fetched out;
	struct fail fail;
	struct refusal refusal;
};

/* fetch: the first target, once it has failed and others were tried. What the
 * caller is told when all fail is in first. */
struct fallen {
	struct leg *first; /* NULL: an answer is the first one's */
	const char *why;
};

/* fetch: calls, and time between them. */
struct tries {
	int made;
	int maybe_billed;   /* failed when they may have cost something */
	picousd spilt;      /* what failed ones did cost, as far as known */
	bool no_usage;      /* the target takes no stream_options */
	bool blamed;        /* the target has been, which a request does once */
	int64_t waited_ms;
};

/* fetch: what calls may cost, and did cost (serve/spend.h). */
struct spend_hold {
	const struct budget_rule *rule;
	struct budget_place *place; /* NULL: a stranger has none yet */
	struct budget_turn turn;
	struct budget_turn queue;   /* of strangers: spend_rule_strangers() */
};

/* By which price the calls to a target are reserved. */
struct spend_price {
	const struct target *of;
	const char *name;    /* that of this model, or NULL */
	picousd rate;        /* not 0: so much a token instead */
	bool guessed;        /* it only stands for one that is not known */
	struct price_window window;
};

/* What a call can cost; each may be PRICE_UNKNOWN. */
struct spend_bound {
	picousd most;        /* at most: what is reserved */
	picousd asked;       /* its prompt: when nothing came */
	picousd begun;       /* and some of an answer: when nobody waited */
	bool known;          /* by its own price, not a guess */
};

struct spend {
	bool any;        /* some budget counts this request */
	bool stranger;   /* the caller may be anybody (serve/trust.h) */
	struct spend_price price;
	struct spend_bound bound;
	struct spend_hold *hold; /* of the call under way, */
	size_t n;        /* so many */
	picousd settled; /* what all calls so far came to */
};

/* What the caller has been sent so far. A head and comments do not commit
 * anybody; some of an answer does. */
struct sent {
	int status;      /* of the head; 0: nothing yet */
	bool begun;      /* some of the answer, or of an error */
	int64_t ttfb_ms;
	int64_t at_ms;   /* when last (monotonic) */
};

struct req {
	struct arena *a;
	struct site *site;
	struct lane *lane;
	struct door *door;
	int64_t wall_ms, mono_ms; /* when it came */
	struct tier_walk walk;    /* what memcached may still cost it */

	struct who who;
	struct asked asked;
	struct memo {       /* memo */
		bool usable; /* the key is made */
		bool hit;    /* parse, shape and key were skipped */
		struct key key;
	} memo;
	struct json doc;    /* parse */
	struct chat chat;   /* parse */
	struct plan plan;
	struct thread *thread; /* shape, of plan.rule; NULL: not hashed yet */
	struct edits edits;
	struct keyed keyed;
	struct hit hit;
	struct fit fit;
	struct fetched out;
	struct refusal refusal;
	struct fallen fallen;
	struct weak_calls weak;
	struct tries tries;
	struct ticket ticket;
	struct spend spend;
	struct share share;
	bool stored;        /* store */
	struct sent sent;
	struct fail fail;   /* the first refusal, whoever made it */
};

/* How many are left to fall to? */
static inline size_t plan_left(const struct plan *p)
{
	return p->ntargets ? p->ntargets - p->at - 1 : 0;
}

/* Who answered, or would be asked now; NULL before shape. */
static inline const struct target *req_target(const struct req *r)
{
	if (r->out.by)
		return r->out.by;
	return r->plan.ntargets ? r->plan.target : NULL;
}

/* Does it get a stored answer? */
static inline bool req_from_cache(const struct req *r)
{
	return r->hit.found || r->out.spared;
}

/* What all processes of the host share besides answers. */
static inline struct board *req_board(const struct req *r)
{
	return tier_board(r->site->tier);
}

/* What callers ask for when they mean it. */
static inline struct str target_name(const struct target *t)
{
	return t->section ? str_c(t->section->item.name) : t->model;
}

/* Is it asked in another shape than the caller's? */
static inline bool req_translates(const struct req *r, const struct target *t)
{
	return t->shape != r->asked.endpoint.shape;
}

/* Does it share answers with callers of other accounts? Then an upstream must
 * have accepted its credential, and one account's trouble is not another's. */
static inline bool req_among_strangers(const struct req *r)
{
	return r->site->conf.cache.scope == SCOPE_SITE && !r->who.client;
}

/* Adds the headers that change an answer to h: API versions and betas, the
 * account within a credential. Part of the canonical key and of the memo. */
void req_hash_headers(struct req *r, struct hash *h);

/* Makes k->key from k->base and what may have been purged since. */
void req_name(const struct req *r, const struct plan *p, struct keyed *k);

/* What the caller says about caching, in headers and then in the body. 0, or
 * -1 with a 400 in *f. */
int req_directive(struct req *r, struct directive *d_r, struct fail *f);

/* A header of the request, by its CGI name ("HTTP_ACCEPT"); empty when it is
 * absent or has control characters in it. */
struct str req_header(struct req *r, const char *cgi_name);

#endif
