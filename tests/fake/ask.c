#include "fake/ask.h"

#include "base/buf.h"

/* A string, or the texts of an array of parts one behind the other. */
static struct str text_of(const struct json *d, uint32_t v, struct arena *a)
{
	struct buf b;
	uint32_t i;

	if (json_is(d, v, JSON_STRING))
		return json_string(d, v, a);
	buf_init(&b, a);
	if (json_is(d, v, JSON_ARRAY))
		for (i = json_first(d, v); i; i = json_next(d, v, i))
			buf_str(&b, json_string(d, json_get(d, i, "text"),
						a));
	return buf_view(&b);
}

static struct str last_user_text(const struct json *d, uint32_t list,
				 struct arena *a)
{
	struct str text, last = STR("");
	uint32_t i;

	if (json_is(d, list, JSON_STRING))
		return json_string(d, list, a);
	if (!json_is(d, list, JSON_ARRAY))
		return last;
	for (i = json_first(d, list); i; i = json_next(d, list, i)) {
		if (json_is(d, i, JSON_STRING))
			return json_string(d, i, a);
		if (!json_string_is(d, json_get(d, i, "role"), "user"))
			continue;
		text = text_of(d, json_get(d, i, "content"), a);
		if (text.n)
			last = text;
	}
	return last;
}

static bool has_tool_result(const struct json *d, uint32_t content)
{
	uint32_t i;

	if (!json_is(d, content, JSON_ARRAY))
		return false;
	for (i = json_first(d, content); i; i = json_next(d, content, i))
		if (json_string_is(d, json_get(d, i, "type"), "tool_result"))
			return true;
	return false;
}

static bool ends_with_tool(const struct json *d, uint32_t list)
{
	uint32_t i, last = 0;

	if (!json_is(d, list, JSON_ARRAY))
		return false;
	for (i = json_first(d, list); i; i = json_next(d, list, i))
		last = i;
	return json_string_is(d, json_get(d, last, "role"), "tool") ||
	       json_string_is(d, json_get(d, last, "type"),
			      "function_call_output") ||
	       has_tool_result(d, json_get(d, last, "content"));
}

static void tools_read(struct ask *q, struct arena *a)
{
	const struct json *d = &q->doc;
	uint32_t list = json_get(d, 0, "tools"), i, f;
	size_t k = 0;

	q->tool[0] = q->tool[1] = STR("weather");
	if (!json_is(d, list, JSON_ARRAY))
		return;
	for (i = json_first(d, list); i && k < 2;
	     i = json_next(d, list, i)) {
		f = json_get(d, i, "function");
		f = json_get(d, f ? f : i, "name");
		if (f)
			q->tool[k++] = json_string(d, f, a);
	}
	if (k == 1)
		q->tool[1] = q->tool[0];
}

int ask_read(struct ask *q, struct arena *a, struct str body,
	     const char **why_r)
{
	const struct json *d = &q->doc;
	struct json_error e = { 0, "not an object" };
	uint32_t v, list;

	memset(q, 0, sizeof(*q));
	q->size = body.n;
	q->n = 1;
	if (json_parse(&q->doc, a, body.n ? body : STR("{}"), &e) < 0 ||
	    q->doc.tok[0].type != JSON_OBJECT) {
		*why_r = e.what;
		return -1;
	}
	v = json_get(d, 0, "model");
	q->model = json_string(d, v, a);
	q->model_json = q->model.n ? json_span(d, v) : STR("\"fake\"");
	q->stream = json_bool(d, json_get(d, 0, "stream"), false);
	v = json_get(d, 0, "stream_options");
	q->include_usage = v && json_bool(d, json_get(d, v, "include_usage"),
					  false);
	v = json_get(d, 0, "logprobs");
	q->logprobs = json_bool(d, v, json_is(d, v, JSON_NUMBER));
	v = json_get(d, 0, "encoding_format");
	q->base64 = json_string_is(d, v, "base64");
	json_int(d, json_get(d, 0, "n"), &q->n);
	json_int(d, json_get(d, 0, "dimensions"), &q->dimensions);
	list = json_get(d, 0, "messages");
	list = list ? list : json_get(d, 0, "input");
	list = list ? list : json_get(d, 0, "prompt");
	q->text = last_user_text(d, list, a);
	q->tool_answered = ends_with_tool(d, list);
	tools_read(q, a);
	return 0;
}
