/*
 * How answers are forgotten without being found: `larder purge` raises a
 * generation (store/gens.h), and generations are part of what an answer is
 * stored under. A question's models, tenant and own key are known when it is
 * asked and enter its name; a tag belongs to the answer, not to the question,
 * and is compared when the answer is read.
 */
#ifndef SERVE_FORGET_H
#define SERVE_FORGET_H

#include "serve/site.h"

/* By what a question can be purged. */
struct forget_by {
	struct key base;      /* the question itself */
	struct str tenant;    /* as the usage log has it */
	struct str requested; /* the model asked for */
	struct str model;     /* the upstream's */
};

/* The name under which its answer is stored, by the generations of b. */
void forget_name(const struct site *s, const struct board *b,
		 const struct forget_by *by, struct key *name_r);

/* The generation of a tag; 0 for no tag. */
uint64_t forget_tag(const struct board *b, struct str tag);

#endif
