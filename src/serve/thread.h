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
	const struct key *brief; /* of its long texts do hash_short() under
				  * this; NULL: all of them, as names that
				  * leave this host must be the same on all */
	struct key *at; /* [0]: tools and system text; [i]: and i turns */
};

/* Names the first `turns` of t's chat: sets at, memory from r->a. Whose it is,
 * and what else tells two conversations apart, comes first; before: said before
 * the first turn. Time is that of hashing them once. */
void thread_name(struct thread *t, struct req *r, struct str what,
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
