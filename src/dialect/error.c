#include "dialect/error.h"

#include "base/count.h"

#include <stddef.h>

struct error_row {
	int status;
	const char *openai, *anthropic;
};

/* Statuses that are not here fall to the rows of their hundred. */
static const struct error_row rows[] = {
	{ 401, "invalid_request_error", "authentication_error" },
	{ 402, "insufficient_quota", "billing_error" },
	{ 403, "permission_error", "permission_error" },
	{ 404, "invalid_request_error", "not_found_error" },
	{ 413, "invalid_request_error", "request_too_large" },
	{ 429, "rate_limit_error", "rate_limit_error" },
	{ 503, "overloaded_error", "overloaded_error" },
	{ 504, "server_error", "timeout_error" },
	{ 529, "overloaded_error", "overloaded_error" },
};

static const struct error_row client_row = {
	400, "invalid_request_error", "invalid_request_error"
};
static const struct error_row server_row = {
	500, "server_error", "api_error"
};

static const struct error_row *row_of(int status)
{
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		if (rows[i].status == status)
			return &rows[i];
	}
	return status >= 500 ? &server_row : &client_row;
}

/* ,"name":"value" or ,"name":null */
static void add_member(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, ",\"%s\":", name);
	if (value)
		buf_json(out, str_c(value));
	else
		buf_puts(out, "null");
}

static const char *code_of(const struct fail *f)
{
	if (!f->code && f->status == 401)
		return "invalid_api_key";
	return f->code;
}

/* "error":{...} as OpenAI has it. */
static void add_openai(struct buf *out, const struct fail *f)
{
	buf_puts(out, "\"error\":{\"message\":");
	buf_json(out, str_c(f->text));
	add_member(out, "type", row_of(f->status)->openai);
	add_member(out, "param", f->param);
	add_member(out, "code", code_of(f));
	buf_putc(out, '}');
}

void error_json(struct buf *out, enum dialect d, const struct fail *f,
		const char *request_id)
{
	if (d == DIALECT_OPENAI) {
		buf_putc(out, '{');
		add_openai(out, f);
		buf_putc(out, '}');
		return;
	}
	buf_puts(out, "{\"type\":\"error\",\"error\":{\"type\":");
	buf_json(out, str_c(row_of(f->status)->anthropic));
	add_member(out, "message", f->text);
	buf_putc(out, '}');
	if (request_id)
		add_member(out, "request_id", request_id);
	buf_putc(out, '}');
}

/*
 * The flat members are the event as documented. OpenAI's SDK hands that one
 * to the caller as if it were content; it throws when it finds "error".
 */
static void event_responses(struct buf *out, const struct fail *f)
{
	buf_puts(out, "event: error\ndata: {\"type\":\"error\"");
	add_member(out, "code", code_of(f));
	add_member(out, "message", f->text);
	add_member(out, "param", f->param);
	buf_puts(out, ",\"sequence_number\":0,");
	add_openai(out, f);
	buf_puts(out, "}\n\n");
}

void error_event(struct buf *out, enum shape s, const struct fail *f,
		 const char *request_id)
{
	enum dialect d = shape_dialect(s);

	if (s == SHAPE_RESPONSES) {
		event_responses(out, f);
		return;
	}
	if (d == DIALECT_ANTHROPIC)
		buf_puts(out, "event: error\n");
	buf_puts(out, "data: ");
	error_json(out, d, f, request_id);
	buf_puts(out, "\n\n");
}
