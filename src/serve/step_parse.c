/* Strict JSON, and a dialect-neutral view of what it says. */
#include "serve/steps.h"

#define MAX_TOKENS (1 << 21) /* 32 MiB of tokens: bounds hostile bodies */

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
	enum shape shape = r->asked.endpoint.shape;

	if (shape_unread(shape))
		return GO_ON;
	if (parse_body(r) < 0 ||
	    chat_view(&r->chat, r->a, &r->doc, shape, &r->fail) < 0)
		return GO_OUT;
	return GO_ON;
}
