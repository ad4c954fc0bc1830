/*
 * The provider's cache of prompts: which beginnings of the request it is told
 * to keep (thrift/mark.h decides, from what the traffic so far suggests), and
 * to which conversation it belongs.
 */
#ifndef SERVE_PREFIX_H
#define SERVE_PREFIX_H

#include "serve/req.h"

/*
 * Adds to r->fit.list what the target's provider takes: cache_control marks,
 * unless the caller has set any of his own, or a prompt_cache_key. summary:
 * what the request will say in front of the first turn, or nothing. Nothing
 * is done where it is switched off.
 */
void prefix_mark(struct req *r, struct str summary);

#endif
