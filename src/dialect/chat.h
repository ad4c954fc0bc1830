/*
 * What a request says, whatever its dialect: a view that points into the
 * body's tokens and copies nothing but decoded text where it must.
 */
#ifndef DIALECT_CHAT_H
#define DIALECT_CHAT_H

#include "base/fail.h"
#include "base/json.h"
#include "dialect/shape.h"

enum role {
	ROLE_SYSTEM, /* system and developer */
	ROLE_USER,
	ROLE_ASSISTANT,
	ROLE_TOOL, /* a result: role tool, function_call_output, or a user
		    * message that consists of tool_result blocks */
};

/* One message (chat, messages) or input item (responses). */
struct turn {
	uint32_t tok; /* the item in the array */
	enum role role;
	bool calls;   /* asks for tools: its results must follow it; also
		       * reasoning that stands in front of such a turn */
	bool results; /* answers a call: must not stand without it */
};

struct chat {
	enum shape shape;
	const struct json *doc;
	uint32_t model;          /* token, a string; 0 when absent */
	struct str model_name;   /* decoded */
	bool stream;
	bool include_usage;      /* stream_options.include_usage */
	uint32_t stream_options; /* token (object or null) or 0 */
	uint32_t cache;          /* token of the "cache" member or 0 */
	bool sampled;            /* temperature set and above 0 */
	bool greedy;             /* temperature set and 0 */
	bool stateful;           /* the answer depends on what the provider
				  * remembers (conversation, background) */
	uint32_t turns;          /* the array token, or 0 */
	struct turn *turn;
	size_t nturn;
	uint32_t system;         /* token of the system text outside the
				  * turns, of whatever type, or 0 */
	struct str last_user;    /* decoded text of the last user turn */
	struct str prompt;       /* completions, embeddings: text if one; a
				  * responses input that is a string (which is
				  * last_user as well, and no turn) */
};

/*
 * Reads the body. 0, or -1 with *f filled (400, param named) when the
 * document is no object, or a member larder acts on has the wrong type
 * (model, stream, messages). Members it does not act on are not judged.
 */
int chat_view(struct chat *c, struct arena *a, const struct json *doc,
	      enum shape shape, struct fail *f);

#endif
