/* The memo's other half: remembering, and which headers make a difference. */
#ifndef SERVE_MEMO_H
#define SERVE_MEMO_H

#include "serve/req.h"

/* Remembers the way of a request that has (or now has) a stored answer. */
void memo_store(struct req *r);

/* Adds the headers that change an answer: API versions and betas, the
 * account within a credential. Shared by the memo and the canonical key. */
void req_hash_headers(struct req *r, struct hash *h);

#endif
