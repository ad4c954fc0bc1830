/*
 * Questions whose answers tell whose they are: fake-llm's [[echo]] makes the
 * text of the question, followed by a sum of credential and question, again
 * and again.
 */
#ifndef STORM_SELF_H
#define STORM_SELF_H

#include <stdbool.h>

#include "storm_http.h"

struct question {
	unsigned long number, tenant;
	bool stream;
};

/* The body, and the credential (without "Bearer "). Return the length. */
int self_body(const struct question *q, char *p, size_t size);
int self_who(const struct question *q, char *p, size_t size);

enum self { SELF_RIGHT, SELF_CUT, SELF_WRONG };

/* Is it the answer to that question of that tenant, whole, or a part of it
 * that does not say that it is whole? */
enum self self_judge(const struct question *q, const struct reply *r,
		     bool ended);

#endif
