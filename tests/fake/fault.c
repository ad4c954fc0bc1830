#include "fake/fault.h"

#define PAGE "<!DOCTYPE html>\n<html><head><title>Bad gateway</title></head>" \
	"<body><h1>Bad gateway</h1><p>proxy.example</p></body></html>\n"

struct error_kind {
	int status;
	const char *openai, *anthropic;
};

static const struct error_kind error_kinds[] = {
	{ 400, "invalid_request_error", "invalid_request_error" },
	{ 401, "authentication_error", "authentication_error" },
	{ 402, "insufficient_quota", "billing_error" },
	{ 403, "permission_error", "permission_error" },
	{ 404, "invalid_request_error", "not_found_error" },
	{ 413, "invalid_request_error", "request_too_large" },
	{ 429, "rate_limit_error", "rate_limit_error" },
	{ 529, "server_error", "overloaded_error" },
	{ 0, "server_error", "api_error" },
};

bool fault_anthropic(const struct http_request *r)
{
	return memmem(r->path.p, r->path.n, "/v1/messages", 12) ||
	       (memmem(r->path.p, r->path.n, "/v1/models", 10) &&
		http_get(r, "anthropic-version").n);
}

static bool is_responses(const struct http_request *r)
{
	return memmem(r->path.p, r->path.n, "/v1/responses", 13);
}

/* code: as JSON, for OpenAI's dialect. */
static const char *error_json(struct turn *t, const struct http_request *r,
			      int status, const char *code, const char *text)
{
	const struct error_kind *k = error_kinds;

	while (k->status && k->status != status)
		k++;
	if (fault_anthropic(r))
		return arena_printf(t->a, "{\"type\":\"error\",\"error\":{"
			"\"type\":\"%s\",\"message\":\"%s\"},"
			"\"request_id\":\"req_fake_%u\"}", k->anthropic,
			text, t->n);
	return arena_printf(t->a, "{\"error\":{\"message\":\"%s\",\"type\":"
		"\"%s\",\"param\":null,\"code\":%s}}", text, k->openai, code);
}

static const char *code_of(int status)
{
	return status == 429 ? "\"rate_limit_exceeded\"" :
	       status == 401 ? "\"invalid_api_key\"" : "null";
}

void fault_reply(struct turn *t, const struct http_request *r, int status,
		 const char *text)
{
	out_body(t->out, status, "application/json",
		 str_c(error_json(t, r, status, code_of(status), text)));
}

void fault_event(struct turn *t, const struct http_request *r)
{
	if (is_responses(r)) {
		t->out->error_name = "error";
		t->out->error_json = "{\"type\":\"error\",\"code\":"
			"\"server_error\",\"message\":\"scripted\","
			"\"param\":null,\"sequence_number\":99}";
	} else {
		t->out->error_name = fault_anthropic(r) ? "error" : NULL;
		t->out->error_json = error_json(t, r, 529, "null", "scripted");
	}
}

/* As each provider says it. */
static void too_long(struct turn *t, const struct http_request *r)
{
	const char *text = fault_anthropic(r) ?
		"prompt is too long: 210000 tokens > 200000 maximum" :
		is_responses(r) ?
		"Your input exceeds the context window of this model. Please "
		"adjust your input and try again." :
		"This model's maximum context length is 8192 tokens. However, "
		"your messages resulted in 9000 tokens. Please reduce the "
		"length of the messages.";

	out_body(t->out, 400, "application/json",
		 str_c(error_json(t, r, 400, "\"context_length_exceeded\"",
				  text)));
}

bool fault_scripted(struct turn *t, const struct http_request *r)
{
	const struct script *s = t->s;

	if (s->hang) {
		http_linger(t->out->fd, -1);
		out_left(t->out);
	} else if (s->reset) {
		out_reset(t->out);
	} else if (s->drop) {
		t->out->state = OUT_DEAD;
	} else if (s->html) {
		out_body(t->out, s->status > 0 ? s->status : 200, "text/html",
			 STR(PAGE));
	} else if (s->toolong) {
		too_long(t, r);
	} else if (s->error200) {
		out_body(t->out, 200, "application/json",
			 str_c(error_json(t, r, 529, "null", "scripted")));
	} else if (s->status > 0) {
		fault_reply(t, r, s->status, "scripted error");
	} else {
		return false;
	}
	return true;
}

void fault_behind(struct turn *t)
{
	static const char json[] = "{\"id\":\"x\",\"object\":"
		"\"chat.completion\",\"created\":1,\"model\":\"x\","
		"\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
		"\"content\":\"poison\"},\"finish_reason\":\"stop\"}],"
		"\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,"
		"\"total_tokens\":2}}";
	struct str reply = str_c(arena_printf(t->a, "HTTP/1.1 200 OK\r\n"
		"Content-Type: application/json\r\nContent-Length: %zu\r\n"
		"\r\n%s", strlen(json), json));

	if (http_linger(t->out->fd, 3) < 0)
		return;
	http_send(t->out->fd, reply.p, reply.n);
}
