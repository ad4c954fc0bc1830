/* What an attempt says: whether to make it again, to ask somebody else, and
 * how the upstream is. */
#ifndef SERVE_VERDICT_H
#define SERVE_VERDICT_H

#include "serve/req.h"
#include "thrift/judge.h"

enum fault {
	FAULT_NONE,        /* an answer, or a refusal that is the caller's */
	FAULT_CONNECT,     /* no connection, or what came was broken */
	FAULT_TIMEOUT,
	FAULT_STATUS,
	FAULT_CONTEXT,     /* the prompt is too long for the model */
	FAULT_CREDENTIALS, /* larder's own key, or its account */
	FAULT_DOWN,        /* not called: its breaker is open */
};

struct verdict {
	enum fault fault;
	int status;      /* the upstream's, or what the caller would get */
	bool retry;      /* the same call may go better */
	bool sick;       /* a failure of the upstream's, for its breaker */
	bool mute;       /* says nothing about it: the caller left ... */
	bool billed;     /* it failed, and may have been billed */
	enum weak weak;  /* it did not, but the answer is not good enough */
	int64_t wait_ms; /* before a retry, as it said; -1: it did not */
};

/* Of r->out and r->fail, after relay_finish(). */
void verdict_of(struct verdict *v, struct req *r);

/* "429", "timeout": for the caller and the log, from a. */
const char *verdict_words(const struct verdict *v, struct arena *a);

/* Is it among the faults of a model's fallback_on? */
bool verdict_is(const struct verdict *v, const struct conf_words *on);

#endif
