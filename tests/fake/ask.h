/* What a request to the fake asks for, whatever its dialect. */
#ifndef FAKE_ASK_H
#define FAKE_ASK_H

#include "base/json.h"

/* What the cache of prompts did with it (kept.h). In tokens. */
struct kept_use {
	bool is; /* there is one */
	int64_t in, read, written, written_hour;
};

struct ask {
	struct json doc;
	struct str model, model_json; /* decoded; as it stood, quoted */
	struct str text;              /* the last thing the user said */
	struct str api;               /* its path behind /v1; set by llm.c */
	struct str who;               /* whose credential; set by llm.c */
	struct str tool[2];           /* names of the first two tools */
	bool stream, include_usage, logprobs, base64;
	bool tool_answered; /* the last message is a tool's result */
	int64_t n, dimensions;
	size_t size; /* of the body */
	struct kept_use kept; /* set by llm.c */
};

/* -1 when the body is no JSON object. An empty body asks for nothing. */
int ask_read(struct ask *q, struct arena *a, struct str body,
	     const char **why_r);

#endif
