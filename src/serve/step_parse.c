/* Strict JSON, a dialect-neutral view of what it says, and in which form the
 * caller wants its answer. */
#include "serve/steps.h"

#define MAX_TOKENS (1 << 21) /* 24 MiB of tokens: bounds hostile bodies */

static int parse_body(struct req *r)
{
	struct json_error err;

	if (json_parse_upto(&r->doc, r->a, r->asked.body, MAX_TOKENS,
			    &err) == 0)
		return 0;
	return fail(&r->fail, 400, "invalid_json",
		    "The request body is not valid JSON: %s at byte %zu.",
		    err.what, err.at);
}

enum go step_parse(struct req *r)
{
	struct plan *p = &r->plan;

	p->shape = r->asked.endpoint.shape;
	if (shape_unread(p->shape))
		return GO_ON;
	if (parse_body(r) < 0 ||
	    chat_view(&r->chat, r->a, &r->doc, p->shape, &r->fail) < 0)
		return GO_OUT;
	p->requested = r->chat.model_name;
	p->stream = r->chat.stream;
	p->usage = r->chat.include_usage;
	return GO_ON;
}
