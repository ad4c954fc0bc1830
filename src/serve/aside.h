/*
 * What larder asks a model for itself in the course of a request: which kind
 * of question it is, what an old conversation was about, whether an answer
 * is any good. It walks the corridor like any other request, with the
 * caller's credential, so it is cached, limited, billed and logged like one;
 * the log names its purpose.
 */
#ifndef SERVE_ASIDE_H
#define SERVE_ASIDE_H

#include "serve/req.h"

struct aside {
	const char *purpose; /* for the log: "classify", "summary", "judge" */
	struct str body;     /* a chat completion, not streamed */
	int64_t ms;          /* how long it may take */
	/* Who may see a credential of the caller's own; never NULL. */
	const struct upstream *upstream;
};

/* The text of the answer, in r->a: 0; -1 when there is none, for whatever
 * reason. r is as it was. */
int aside_ask(struct req *r, const struct aside *q, struct str *text_r);

#endif
