/* The effective request for the target asked now: its body and its name. */
#ifndef SERVE_AIM_H
#define SERVE_AIM_H

#include "serve/req.h"

/* What answers are told to be at most where their API must be told. */
#define AIM_MAX_TOKENS 4096

/* The shape in which u is asked what a caller of `shape` asks: that itself if
 * u answers it, else one it can be translated to. False when there is none. */
bool aim_shape(const struct upstream *u, enum shape shape, enum shape *to_r);

/* Fills r->edits, or the target's body when that is in another shape. 0, or
 * -1 with r->fail when it cannot be said there. */
int aim_body(struct req *r);

/* Makes t->body of the caller's edited one. 0, or -1 with r->fail. */
int aim_translate(struct req *r, struct target *t, struct splices *edits);

/* Fills r->keyed for it. 0, or -1 with r->fail. */
int aim_key(struct req *r);

#endif
