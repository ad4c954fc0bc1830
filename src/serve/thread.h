/*
 * A conversation, known by its beginnings: a keyed hash of what it has said
 * up to each turn. The next request of a dialogue begins with all of the one
 * before it, so what is remembered of that one is found again.
 */
#ifndef SERVE_THREAD_H
#define SERVE_THREAD_H

#include "serve/req.h"

struct thread {
	const struct chat *chat;
	struct key *at; /* [0]: tools and system text; [i]: and i turns */
};

/* Whose it is, and what else tells two conversations apart, comes first.
 * Memory from r->a; time is that of hashing the body once. */
void thread_begin(struct thread *t, struct req *r, const struct chat *c,
		  struct str what);

/* The same of the first `turns` alone, with something said before them. */
void thread_begin_with(struct thread *t, struct req *r,
		       const struct chat *c, struct str what,
		       struct str before, size_t turns);

/* Where a request before this one may have ended: the largest number of turns
 * below n behind which an assistant's answer stands; 0: nowhere. */
size_t thread_end_before(const struct chat *c, size_t n);

/* Which of its two models has the rule given this conversation lately? NULL:
 * none. A static or arena string. */
const char *thread_model(struct req *r, const struct route_rule *rule);
/* And now. */
void thread_keep(struct req *r);

#endif
