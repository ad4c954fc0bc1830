/*
 * How answers are forgotten without being found: `larder purge` raises a
 * generation (store/gens.h), and generations are part of what an answer is
 * stored under. What a question is about enters its name. Whose call an
 * answer came from and which tag it carries belongs to the answer: that is
 * stamped on it, and compared whenever it is read.
 */
#ifndef SERVE_FORGET_H
#define SERVE_FORGET_H

#include "serve/pack.h"
#include "serve/site.h"

/* By what a question can be purged. */
struct forget_by {
	struct key base;      /* the question itself */
	struct str tenant;    /* who asks; counts under scope = tenant */
	struct str requested; /* the model asked for */
	struct str model;     /* the upstream's */
};

/* The name under which its answer is stored, by the generations of b. */
void forget_name(const struct site *s, const struct board *b,
		 const struct forget_by *by, struct key *name_r);

struct forget_stamp {
	struct str tenant; /* whose call, as the usage log names it */
	struct str tag;    /* may be empty */
	struct str model;  /* that answers; the name has it too, unless it is
			    * kept as the answer of another that had failed */
	uint64_t tenant_gen, tag_gen, model_gen;
};

/* Adds the generations of now, which is when the answer is asked for. */
void forget_stamp(const struct board *b, struct forget_stamp *s);

/* Has none of them been purged since? */
bool forget_holds(const struct board *b, const struct forget_stamp *s);

void forget_pack(struct buf *b, const struct forget_stamp *s);
void forget_unpack(struct unpack *u, struct forget_stamp *out_r);

#endif
