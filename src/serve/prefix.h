/*
 * The provider's cache of prompts: which beginnings of the request it is told
 * to keep (thrift/mark.h decides, from what the traffic so far suggests), and
 * to which conversation it belongs.
 */
#ifndef SERVE_PREFIX_H
#define SERVE_PREFIX_H

#include "serve/req.h"
#include "thrift/prompt.h"

/* Does a target's provider keep beginnings of this request for later ones, by
 * itself or because it is told to? */
bool prefix_kept(const struct site *s, const struct target *t,
		 const struct chat *c);

/* Must the request's tokens be counted for prefix_mark()? */
bool prefix_counts(const struct req *r);

/*
 * Adds to r->fit.list what the target's provider takes: cache_control marks,
 * unless the caller has set any of his own, or a prompt_cache_key. p: what is
 * sent, counted, if that is needed. summary: what it will say in front of the
 * first turn, or nothing. Nothing is done where it is switched off.
 */
void prefix_mark(struct req *r, const struct prompt *p, struct str summary);

/* The provider has answered it: remembers what was sent, for those to come. */
void prefix_sent(struct req *r);

#endif
