/* What one event of an answer's stream says, of what the judge looks at.
 * Private to judge.c. Of several choices the first is judged. */
#ifndef THRIFT_JUDGE_READ_H
#define THRIFT_JUDGE_READ_H

#include "base/buf.h"
#include "base/json.h"
#include "dialect/shape.h"

struct judge_heard {
	struct buf text;  /* visible; decoded */
	bool whole;       /* text is all there was, perhaps once more */
	bool call;        /* something else than text: a tool call, audio */
	bool refused, cut; /* as the provider says itself */
	double logprob;   /* the sum of so many */
	size_t nlogprob;
};

/* text is to be made ready by the caller, in an arena of this event. */
void judge_read(struct judge_heard *h, enum shape shape,
		const struct json *doc);

#endif
