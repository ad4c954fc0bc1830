/*
 * Which model a request goes to: rules in file order, the first that matches
 * wins, all conditions of a rule must hold. A completion's prompt counts as
 * its user message; where there is none at all (embeddings), conditions on
 * it do not hold.
 */
#ifndef THRIFT_ROUTE_H
#define THRIFT_ROUTE_H

#include "base/conf.h"
#include "dialect/chat.h"

struct route_rule { /* [route NAME] */
	struct conf_item item;
	struct conf_words model; /* empty: any */
	int min_chars, max_chars; /* of the last user message; -1: no limit */
	const char *pattern; /* pcre2, on the last user message */
	const char *use;     /* the model to ask instead */
};

struct route; /* rules with compiled patterns; read-only once made */

/* NULL with err_r when a pattern does not compile or `use` is missing; the
 * line names the rule and its place in the pattern. Free with route_free. */
struct route *route_new(const struct route_rule *rules, size_t n,
			char *err_r, size_t err_n);
void route_free(struct route **r);

/* The rule that matches, or NULL. A pattern that runs into pcre2's match
 * limit does not match. Thread-safe. */
const struct route_rule *route_match(const struct route *r,
				     const struct chat *c);

#endif
