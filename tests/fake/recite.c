#include "fake/recite.h"

#include "base/buf.h"

struct reciting {
	struct arena *a;
	const struct json *d;
	struct buf system, turns;
};

/* The first of two members that is there. */
static uint32_t either(const struct json *d, uint32_t v, const char *x,
		       const char *y)
{
	uint32_t m = json_get(d, v, x);

	return m ? m : json_get(d, v, y);
}

static void comma(struct buf *b)
{
	if (b->n)
		buf_putc(b, ',');
}

static void turn(struct reciting *r, const char *kind, struct str x,
		 struct str y, struct str z)
{
	const struct str words[] = { x, y, z };
	size_t i;

	comma(&r->turns);
	buf_printf(&r->turns, "[\"%s\"", kind);
	for (i = 0; i < 3 && words[i].p; i++) {
		buf_putc(&r->turns, ',');
		buf_json(&r->turns, words[i]);
	}
	buf_putc(&r->turns, ']');
}

static const struct str no = { NULL, 0 };

static struct str string(const struct reciting *r, uint32_t v)
{
	return json_string(r->d, v, r->a);
}

/* --- what a turn can hold --- */

static void text(struct reciting *r, uint32_t v, const char *role)
{
	if (strcmp(role, "system") == 0) {
		comma(&r->system);
		buf_json(&r->system, string(r, v));
	} else {
		turn(r, role, string(r, v), no, no);
	}
}

static void text_part(struct reciting *r, uint32_t v, const char *role)
{
	text(r, json_get(r->d, v, "text"), role);
}

static void refusal_part(struct reciting *r, uint32_t v, const char *role)
{
	(void)role;
	turn(r, "refuses", string(r, json_get(r->d, v, "refusal")), no, no);
}

static void image(struct reciting *r, struct str type, struct str base64)
{
	size_t n = base64.n / 4 * 3;

	while (base64.n && base64.p[base64.n - 1] == '=')
		base64.n--, n--;
	turn(r, "image", str_c(arena_printf(r->a, "%.*s, %zu bytes",
					    (int)type.n, type.p, n)), no, no);
}

static void image_url(struct reciting *r, struct str url)
{
	struct str rest = str_from(url, url.n < 5 ? url.n : 5), type;

	if (str_starts(url, STR("data:")) && str_cut(&rest, ';', &type) &&
	    str_starts(rest, STR("base64,")))
		image(r, type, str_from(rest, 7));
	else
		turn(r, "image", url, no, no);
}

static void image_part(struct reciting *r, uint32_t v, const char *role)
{
	uint32_t from = either(r->d, v, "source", "image_url");

	(void)role;
	if (json_is(r->d, from, JSON_STRING))
		image_url(r, string(r, from));
	else if (json_get(r->d, from, "url"))
		image_url(r, string(r, json_get(r->d, from, "url")));
	else
		image(r, string(r, json_get(r->d, from, "media_type")),
		      string(r, json_get(r->d, from, "data")));
}

static void call_part(struct reciting *r, uint32_t v, const char *role)
{
	uint32_t f = json_get(r->d, v, "function"), args;

	(void)role;
	f = f ? f : v;
	args = either(r->d, f, "arguments", "input");
	turn(r, "call", string(r, either(r->d, v, "call_id", "id")),
	     string(r, json_get(r->d, f, "name")),
	     json_is(r->d, args, JSON_STRING) ? string(r, args) :
						json_span(r->d, args));
}

/* A string, or the texts of its parts. */
static struct str joined(struct reciting *r, uint32_t v)
{
	struct buf b;
	uint32_t i;

	if (!json_is(r->d, v, JSON_ARRAY))
		return string(r, v);
	buf_init(&b, r->a);
	for (i = json_first(r->d, v); i; i = json_next(r->d, v, i))
		buf_str(&b, string(r, json_get(r->d, i, "text")));
	return buf_view(&b);
}

static void result_part(struct reciting *r, uint32_t v, const char *role)
{
	uint32_t id = either(r->d, v, "tool_use_id", "call_id");

	(void)role;
	turn(r, "result",
	     string(r, id ? id : json_get(r->d, v, "tool_call_id")),
	     joined(r, either(r->d, v, "content", "output")), no);
}

static void thinking_part(struct reciting *r, uint32_t v, const char *role)
{
	(void)role;
	turn(r, "thinks", joined(r, either(r->d, v, "thinking", "summary")),
	     no, no);
}

static const struct part {
	const char *type;
	void (*say)(struct reciting *r, uint32_t v, const char *role);
} parts[] = {
	{ "text", text_part },
	{ "input_text", text_part },
	{ "output_text", text_part },
	{ "refusal", refusal_part },
	{ "image", image_part },
	{ "image_url", image_part },
	{ "input_image", image_part },
	{ "tool_use", call_part },
	{ "function_call", call_part },
	{ "tool_result", result_part },
	{ "function_call_output", result_part },
	{ "thinking", thinking_part },
	{ "reasoning", thinking_part },
};

static void part(struct reciting *r, uint32_t v, const char *role)
{
	uint32_t type = json_get(r->d, v, "type");
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (json_string_is(r->d, type, parts[i].type)) {
			parts[i].say(r, v, role);
			return;
		}
	turn(r, "unknown", json_span(r->d, v), no, no);
}

/* A string or parts, said by role. */
static void content(struct reciting *r, uint32_t v, const char *role)
{
	uint32_t i;

	if (json_is(r->d, v, JSON_STRING))
		text(r, v, role);
	if (!json_is(r->d, v, JSON_ARRAY))
		return;
	for (i = json_first(r->d, v); i; i = json_next(r->d, v, i))
		part(r, i, role);
}

/* --- messages and items --- */

static void message(struct reciting *r, uint32_t v)
{
	uint32_t role = json_get(r->d, v, "role"), calls, i;

	if (!role) {
		part(r, v, "");
		return;
	}
	if (json_string_is(r->d, role, "tool")) {
		result_part(r, v, "");
		return;
	}
	content(r, json_get(r->d, v, "content"),
		json_string_is(r->d, role, "user")      ? "user" :
		json_string_is(r->d, role, "assistant") ? "assistant" :
							  "system");
	calls = json_get(r->d, v, "tool_calls");
	if (!json_is(r->d, calls, JSON_ARRAY))
		return;
	for (i = json_first(r->d, calls); i; i = json_next(r->d, calls, i))
		call_part(r, i, "");
}

static void conversation(struct reciting *r)
{
	uint32_t list = either(r->d, 0, "messages", "input"), i;

	content(r, either(r->d, 0, "system", "instructions"), "system");
	if (json_is(r->d, list, JSON_STRING))
		text(r, list, "user");
	if (!json_is(r->d, list, JSON_ARRAY))
		return;
	for (i = json_first(r->d, list); i; i = json_next(r->d, list, i))
		message(r, i);
}

/* --- tools --- */

static void tool(struct reciting *r, struct buf *b, uint32_t v)
{
	uint32_t f = json_get(r->d, v, "function"), schema;

	f = f ? f : v;
	schema = either(r->d, f, "parameters", "input_schema");
	buf_puts(b, "{\"name\":");
	buf_json(b, string(r, json_get(r->d, f, "name")));
	buf_puts(b, ",\"description\":");
	buf_json(b, string(r, json_get(r->d, f, "description")));
	buf_puts(b, ",\"schema\":");
	buf_str(b, schema ? json_span(r->d, schema) : STR("null"));
	buf_putc(b, '}');
}

static void tools(struct reciting *r, struct buf *b)
{
	uint32_t list = json_get(r->d, 0, "tools"), i;
	const char *between = "";

	if (!json_is(r->d, list, JSON_ARRAY))
		return;
	buf_puts(b, ",\"tools\":[");
	for (i = json_first(r->d, list); i; i = json_next(r->d, list, i)) {
		buf_puts(b, between);
		tool(r, b, i);
		between = ",";
	}
	buf_putc(b, ']');
}

/* auto, none, required, or "the tool NAME". */
static struct str chosen(struct reciting *r, uint32_t v)
{
	uint32_t f = json_get(r->d, v, "function"), type = v;
	struct str name = string(r, json_get(r->d, f ? f : v, "name"));

	if (name.n)
		return str_c(arena_printf(r->a, "the tool %.*s", (int)name.n,
					  name.p));
	if (json_is(r->d, v, JSON_OBJECT))
		type = json_get(r->d, v, "type");
	return json_string_is(r->d, type, "any") ? STR("required") :
						   string(r, type);
}

static void choice(struct reciting *r, struct buf *b)
{
	uint32_t v = json_get(r->d, 0, "tool_choice");
	uint32_t many = json_get(r->d, 0, "parallel_tool_calls");
	bool one = !json_bool(r->d, many, true);

	if (v) {
		buf_puts(b, ",\"choice\":");
		buf_json(b, chosen(r, v));
		one = one || json_bool(r->d, json_get(r->d, v,
					"disable_parallel_tool_use"), false);
	}
	if (one)
		buf_puts(b, ",\"one_call\":true");
}

/* --- the rest --- */

/* The value at a path of names, such as text/format/schema; 0 if it ends. */
static uint32_t at(const struct json *d, const char *path)
{
	struct str rest = str_c(path), name;
	char text[64];
	uint32_t v = 0;

	while (str_cut(&rest, '/', &name) && name.n < sizeof(text)) {
		memcpy(text, name.p, name.n);
		text[name.n] = '\0';
		v = json_get(d, v, text);
		if (!v)
			return 0;
	}
	return v;
}

static const struct member {
	const char *as, *path;
} members[] = {
	{ "max", "max_tokens" },
	{ "max", "max_completion_tokens" },
	{ "max", "max_output_tokens" },
	{ "temperature", "temperature" },
	{ "top_p", "top_p" },
	{ "stop", "stop" },
	{ "stop", "stop_sequences" },
	{ "schema", "response_format/json_schema/schema" },
	{ "schema", "text/format/schema" },
	{ "schema", "output_config/format/schema" },
	{ "schema", "output_format/schema" },
	{ "effort", "reasoning_effort" },
	{ "effort", "reasoning/effort" },
	{ "effort", "output_config/effort" },
	{ "thinking", "thinking" },
};

struct str recite_make(struct arena *a, const struct ask *q)
{
	struct reciting r = { .a = a, .d = &q->doc };
	struct buf b;
	uint32_t v;
	size_t i;

	buf_init(&b, a);
	buf_init(&r.system, a);
	buf_init(&r.turns, a);
	conversation(&r);
	buf_printf(&b, "{\"api\":\"%.*s\",\"system\":[%s],\"turns\":[%s]",
		   (int)q->api.n, q->api.p, r.system.n ? r.system.p : "",
		   r.turns.n ? r.turns.p : "");
	tools(&r, &b);
	choice(&r, &b);
	for (i = 0; i < sizeof(members) / sizeof(*members); i++) {
		v = at(r.d, members[i].path);
		if (!v)
			continue;
		buf_printf(&b, ",\"%s\":", members[i].as);
		buf_str(&b, json_span(r.d, v));
	}
	buf_putc(&b, '}');
	return buf_view(&b);
}
