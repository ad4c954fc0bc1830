#include "dialect/reply_text.h"

#include "base/count.h"
#include "dialect/reply_rows.h"

/* Members whose strings no model wrote. */
static bool is_name(const struct json *doc, uint32_t name)
{
	static const char *const words[] = {
		"id", "type", "role", "object", "status", "index", "call_id",
		"item_id", "finish_reason", "stop_reason", "signature",
		"encrypted_content", "logprobs", "annotations", "format",
		"system_fingerprint", "reasoning_details", "obfuscation",
		"data", "b64_json", "result", "image_url", "thought_signature",
	};

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (json_string_is(doc, name, words[i]))
			return true;
	return false;
}

/* No deeper than the scanner allows. */
void reply_text_all(struct buf *out, const struct json *doc, uint32_t v,
		    struct arena *tmp)
{
	bool object = json_is(doc, v, JSON_OBJECT);
	uint32_t i;

	if (json_is(doc, v, JSON_STRING))
		buf_str(out, json_string(doc, v, tmp));
	if (!object && !json_is(doc, v, JSON_ARRAY))
		return;
	for (i = json_first(doc, v); i; i = json_next(doc, v, i))
		if (!object)
			reply_text_all(out, doc, i, tmp);
		else if (!is_name(doc, i))
			reply_text_all(out, doc, i + 1, tmp);
}

static bool ends_in(struct str s, const char *end)
{
	size_t n = strlen(end);

	return s.n >= n && memcmp(s.p + s.n - n, end, n) == 0;
}

/* Of the events of a response only those with a delta are not repeated; that
 * of sound is no text. */
static void responses_event(struct buf *out, const struct json *doc,
			    struct arena *tmp)
{
	struct str type = json_inner(doc, json_get(doc, 0, "type"));

	if (ends_in(type, ".delta") && !ends_in(type, "audio.delta"))
		reply_text_all(out, doc, json_get(doc, 0, "delta"), tmp);
}

void reply_text(struct buf *out, enum shape shape, const struct json *doc,
		bool event, struct arena *tmp)
{
	static const char *const members[][2] = { /* whole, event */
		[SHAPE_CHAT] = { "choices", "choices" },
		[SHAPE_COMPLETION] = { "choices", "choices" },
		[SHAPE_RESPONSES] = { "output", NULL },
		[SHAPE_MESSAGES] = { "content", "delta" },
	};
	const char *name;

	if (json_type(doc, 0) != JSON_OBJECT ||
	    (size_t)shape >= COUNT_OF(members))
		return;
	name = members[shape][event];
	if (name)
		reply_text_all(out, doc, json_get(doc, 0, name), tmp);
	if (event && shape == SHAPE_RESPONSES)
		responses_event(out, doc, tmp);
	if (event && shape == SHAPE_MESSAGES)
		reply_text_all(out, doc, json_get(doc, 0, "content_block"),
			       tmp);
}
