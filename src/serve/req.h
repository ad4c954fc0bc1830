/*
 * One request on its way through the corridor. Each group of fields has one
 * writer, the step it is named after; later steps only read it.
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
#include "store/flight.h"

/* admit: who asks. */
struct who {
	bool client;             /* with a larder key */
	struct str authorization, x_api_key; /* as they came; own only */
	struct key tenant;       /* keyed hash of the credential */
	char name[CLIENT_NAME_MAX + 1]; /* for the log */
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
};

/* Whom to ask, and for what. */
struct target {
	const struct upstream *upstream;
	struct str model;        /* as the upstream calls it; may be empty */
	int64_t ttl_ms;          /* how long its answers are fresh */
};

/* shape: the effective request; a memo brings the same for a known body. */
struct plan {
	const struct target *target; /* best first */
	size_t ntargets;         /* 0: not shaped (yet) */
	struct str requested;    /* model as the caller named it */
	struct str route;        /* name of the rule, or empty */
	bool stream, usage;      /* the form the caller wants */
	uint32_t trimmed_messages, trimmed_tokens;
};

/* shape: how the body is changed to get there. */
struct edits {
	struct splices list;
	bool any; /* one that the key must see */
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
	struct forget_stamp stamp; /* of an answer to it */
};

/* lookup (or memo; or fetch, when somebody stored it meanwhile): the stored
 * answer. */
struct hit {
	bool found, stale;
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
	picousd cost; /* of the call that made it */
};

/* fetch: what the upstream said, at the last attempt. An attempt may be made
 * again, from nothing, until sent.status is set. */
struct fetched {
	const struct target *by; /* who was asked; NULL: nobody */
	bool answered;   /* status and headers came */
	int status;
	struct str type; /* Content-Type */
	struct net_header *header; /* those to pass on */
	size_t nheader;
	enum shape shape;
	enum reply_form form;
	struct str bytes;   /* empty once it was relayed and not kept */
	bool relayed;       /* the caller has (had) it already */
	bool whole;         /* came to its proper end */
	bool storable;
	bool aborted;       /* the caller left */
	bool dropped;       /* or was too slow for those who followed it */
	bool collapsed;     /* another request made the call */
	bool spared;        /* it failed: hit is given instead */
	struct reply_facts facts;
	picousd cost;       /* of the call, whoever made it */
	int64_t took_ms;
};

/* fetch: those who ask the same at once (serve/share.h). */
struct share {
	struct flight *flight; /* led or followed; store lands the former */
	bool leads;
	bool told;             /* all of it: there is nothing to add */
};

/* What the caller has been sent so far; written by head_send alone. */
struct sent {
	int status;      /* 0: nothing yet */
	int64_t ttfb_ms;
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
	struct edits edits;
	struct keyed keyed;
	struct hit hit;
	struct fetched out;
	int attempts;       /* fetch: calls made */
	struct share share;
	bool stored;        /* store */
	struct sent sent;
	struct fail fail;   /* the first refusal, whoever made it */
};

/* Who answered, or would be asked first; NULL before shape. */
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

/* Adds the headers that change an answer to h: API versions and betas, the
 * account within a credential. Part of the canonical key and of the memo. */
void req_hash_headers(struct req *r, struct hash *h);

/* Makes k->key from k->base and what may have been purged since. */
void req_name(const struct req *r, const struct plan *p, struct keyed *k);

/* A header of the request, by its CGI name ("HTTP_ACCEPT"); empty when it is
 * absent or has control characters in it. */
struct str req_header(struct req *r, const char *cgi_name);

#endif
