/*
 * `use = A then B if weak`: A's answer is judged before the caller sees any
 * of it, and B is asked when it is not good enough (plan.better_at). That the
 * better one fails is no reason to have nothing: then A's answer is given.
 *
 * Who follows another's call of A judges for itself, and by the same criteria:
 * these are in the name of the question (aim.c).
 */
#ifndef SERVE_CASCADE_H
#define SERVE_CASCADE_H

#include "serve/req.h"
#include "thrift/judge.h"

/* Is the answer of the target asked now one to be judged? */
bool cascade_judges(const struct req *r);

/* To judge it as it comes; NULL when it is none. */
struct judge *cascade_judge(struct req *r);

/* Of r->out, after relay_finish(): also of as much of a stream as there was
 * when it was found weak. */
enum weak cascade_weak(struct req *r);

/* Of an answer that is good so far: what the rule's judge model says. */
enum weak cascade_opinion(struct req *r);

/* Puts r->out aside in r->weak: the better one is asked. */
void cascade_put_aside(struct req *r, enum weak weak);

/* It is given after all: what it cost is that of the answer. */
void cascade_take_back(struct req *r);

/* Is the answer the better model's, because the other's was weak? */
bool cascade_climbed(const struct req *r);

/* A stored answer was found: is it the better model's? */
bool cascade_betters(const struct req *r);

/* Is it the weak one all the same? Then it is not kept. */
bool cascade_made_do(const struct req *r);

/* What the caller is told of that, or NULL. */
const char *cascade_words(const struct req *r);

#endif
