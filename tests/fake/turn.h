/* One request being answered, and who answers it. */
#ifndef FAKE_TURN_H
#define FAKE_TURN_H

#include "fake/answer.h"
#include "fake/out.h"

struct turn {
	unsigned n; /* number of the request since the last reset */
	unsigned releases; /* before it was counted; for [[hold]] */
	struct arena *a;
	const struct ask *ask;
	const struct script *s;
	struct out *out;
	bool stream;
};

void chat_reply(struct turn *t);        /* chat.c */
void completions_reply(struct turn *t); /* chat.c */
void responses_reply(struct turn *t);   /* responses.c */
void messages_reply(struct turn *t);    /* messages.c */
void embeddings_reply(struct turn *t);  /* embeddings.c */

static inline void reply_json(struct turn *t, struct str json)
{
	out_body(t->out, 200, "application/json", json);
}

#endif
