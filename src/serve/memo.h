/* The memo's other half: remembering. */
#ifndef SERVE_MEMO_H
#define SERVE_MEMO_H

#include "serve/req.h"

/* Remembers the way of a request that has (or now has) a stored answer. */
void memo_store(struct req *r);

#endif
