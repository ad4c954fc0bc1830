/*
 * /v1/responses. The events are made in any case; without a stream they are
 * thrown away and only the items they led to are sent.
 */
#include "fake/turn.h"

struct making {
	struct turn *t;
	const struct answer *r;
	struct buf items; /* finished output items, with commas between */
	unsigned seq, nitem;
};

/* fields begins with a comma or is empty. */
static void event(struct making *m, const char *type, const char *fields)
{
	if (m->t->stream)
		out_event(m->t->out, type, str_c(arena_printf(m->t->a,
			"{\"type\":\"%s\",\"sequence_number\":%u%s}", type,
			m->seq, fields)));
	m->seq++;
}

static void gate(struct making *m)
{
	if (m->t->stream)
		out_gate(m->t->out);
}

static void item_added(struct making *m, const char *item)
{
	event(m, "response.output_item.added",
	      arena_printf(m->t->a, ",\"output_index\":%u,\"item\":%s",
			   m->nitem, item));
}

static void item_done(struct making *m, const char *item)
{
	event(m, "response.output_item.done",
	      arena_printf(m->t->a, ",\"output_index\":%u,\"item\":%s",
			   m->nitem, item));
	if (m->nitem++)
		buf_putc(&m->items, ',');
	buf_puts(&m->items, item);
}

/* Says where in the output the events of one part belong. */
static const char *place(struct making *m, const char *item_id,
			 const char *index)
{
	return arena_printf(m->t->a, ",\"item_id\":\"%s_fake_%u\","
			    "\"output_index\":%u,\"%s\":0", item_id,
			    m->t->n, m->nitem, index);
}

static void with(struct making *m, const char *type, const char *where,
		 const char *member, const char *value)
{
	event(m, type, arena_printf(m->t->a, "%s,\"%s\":%s", where, member,
				    value));
}

static const char *quoted(struct making *m, struct str s)
{
	return arena_printf(m->t->a, "\"%.*s\"", (int)s.n, s.p);
}

/* --- reasoning --- */

static const char *reasoning_item(struct making *m, const char *summary)
{
	return arena_printf(m->t->a, "{\"id\":\"rs_fake_%u\",\"type\":"
			    "\"reasoning\",\"summary\":[%s],"
			    "\"encrypted_content\":\"RmFrZQ==\"}", m->t->n,
			    summary);
}

static void reasoning_make(struct making *m)
{
	static const char empty[] = "{\"type\":\"summary_text\",\"text\":\"\"}";
	const char *where = place(m, "rs", "summary_index");
	const char *text = quoted(m, m->r->think);
	const char *part = arena_printf(m->t->a,
		"{\"type\":\"summary_text\",\"text\":%s}", text);
	size_t half = m->r->think.n / 2;

	item_added(m, reasoning_item(m, ""));
	with(m, "response.reasoning_summary_part.added", where, "part", empty);
	with(m, "response.reasoning_summary_text.delta", where, "delta",
	     quoted(m, (struct str){ m->r->think.p, half }));
	with(m, "response.reasoning_summary_text.delta", where, "delta",
	     quoted(m, str_from(m->r->think, half)));
	with(m, "response.reasoning_summary_text.done", where, "text", text);
	with(m, "response.reasoning_summary_part.done", where, "part", part);
	item_done(m, reasoning_item(m, part));
}

/* --- text and refusal --- */

static const char *text_part(struct making *m, struct str text)
{
	if (m->t->s->refusal)
		return arena_printf(m->t->a, "{\"type\":\"refusal\","
				    "\"refusal\":\"%.*s\"}", (int)text.n,
				    text.p);
	return arena_printf(m->t->a, "{\"type\":\"output_text\",\"text\":"
			    "\"%.*s\",\"annotations\":[],\"logprobs\":[]}",
			    (int)text.n, text.p);
}

static const char *message_item(struct making *m, const char *status,
				const char *content)
{
	return arena_printf(m->t->a, "{\"id\":\"msg_fake_%u\",\"type\":"
			    "\"message\",\"status\":\"%s\",\"role\":"
			    "\"assistant\",\"content\":[%s]}", m->t->n,
			    status, content);
}

static void message_make(struct making *m)
{
	bool no = m->t->s->refusal;
	const char *where = place(m, "msg", "content_index");
	const char *part = text_part(m, m->r->whole);
	const char *extra = no ? "" : ",\"logprobs\":[]";
	size_t k;

	item_added(m, message_item(m, "in_progress", ""));
	with(m, "response.content_part.added", where, "part",
	     text_part(m, STR("")));
	for (k = 0; k < m->r->npiece; k++) {
		gate(m);
		with(m, no ? "response.refusal.delta" :
			     "response.output_text.delta",
		     arena_printf(m->t->a, "%s%s", where, extra), "delta",
		     quoted(m, m->r->piece[k]));
	}
	with(m, no ? "response.refusal.done" : "response.output_text.done",
	     arena_printf(m->t->a, "%s%s", where, extra),
	     no ? "refusal" : "text", quoted(m, m->r->whole));
	with(m, "response.content_part.done", where, "part", part);
	item_done(m, message_item(m, "completed", part));
}

/* --- tool calls --- */

static const char *call_item(struct making *m, const struct answer_call *c,
			     const char *status, struct str arguments)
{
	return arena_printf(m->t->a, "{\"id\":\"fc_%u_fake_%u\",\"type\":"
			    "\"function_call\",\"status\":\"%s\","
			    "\"call_id\":\"%s\",\"name\":\"%.*s\","
			    "\"arguments\":\"%.*s\"}", m->nitem, m->t->n,
			    status, c->id.p, (int)c->name.n, c->name.p,
			    (int)arguments.n, arguments.p);
}

static void call_make(struct making *m, const struct answer_call *c)
{
	const char *where = arena_printf(m->t->a, ",\"item_id\":"
		"\"fc_%u_fake_%u\",\"output_index\":%u", m->nitem, m->t->n,
		m->nitem);
	size_t k;

	item_added(m, call_item(m, c, "in_progress", STR("")));
	for (k = 0; k < 4; k++) {
		gate(m);
		with(m, "response.function_call_arguments.delta", where,
		     "delta", quoted(m, c->part[k]));
	}
	with(m, "response.function_call_arguments.done",
	     arena_printf(m->t->a, "%s,\"name\":\"%.*s\"", where,
			  (int)c->name.n, c->name.p),
	     "arguments", quoted(m, c->whole));
	item_done(m, call_item(m, c, "completed", c->whole));
}

/* --- the response object --- */

static const char *usage_json(struct making *m)
{
	const struct answer *r = m->r;

	if (m->t->s->nousage)
		return "null";
	return arena_printf(m->t->a, "{\"input_tokens\":%lld,"
		"\"input_tokens_details\":{\"cached_tokens\":%lld,"
		"\"cache_write_tokens\":%lld},"
		"\"output_tokens\":%lld,\"output_tokens_details\":"
		"{\"reasoning_tokens\":%d},\"total_tokens\":%lld}",
		(long long)r->in, (long long)r->cached, (long long)r->written,
		(long long)r->out,
		r->think.n ? 3 : 0, (long long)(r->in + r->out));
}

static const char *response_json(struct making *m, const char *status,
				 const char *usage)
{
	const struct ask *q = m->t->ask;
	bool cut = strcmp(status, "incomplete") == 0;

	return arena_printf(m->t->a, "{\"id\":\"resp_fake_%u\",\"object\":"
		"\"response\",\"created_at\":%u,\"status\":\"%s\","
		"\"error\":null,\"incomplete_details\":%s,"
		"\"instructions\":null,\"metadata\":{},\"model\":%.*s,"
		"\"output\":[%.*s],\"parallel_tool_calls\":true,"
		"\"previous_response_id\":null,\"store\":false,"
		"\"temperature\":1.0,\"tool_choice\":\"auto\",\"tools\":[],"
		"\"top_p\":1.0,\"truncation\":\"disabled\",\"usage\":%s}",
		m->t->n, 1700000000 + m->t->n, status,
		cut ? "{\"reason\":\"max_output_tokens\"}" : "null",
		(int)q->model_json.n, q->model_json.p, (int)m->items.n,
		m->items.n ? m->items.p : "", usage);
}

static void items_make(struct making *m)
{
	size_t i;

	if (m->r->think.n)
		reasoning_make(m);
	for (i = 0; i < m->r->ncall; i++)
		call_make(m, &m->r->call[i]);
	if (!m->r->ncall)
		message_make(m);
}

void responses_reply(struct turn *t)
{
	struct answer *r = arena_new_n(t->a, struct answer, 1);
	const char *status = t->s->length ? "incomplete" : "completed";
	struct making m = { .t = t, .r = r };
	const char *json;

	answer_make(r, t->a, t->ask, t->s, t->n, 0);
	buf_init(&m.items, t->a);
	json = response_json(&m, "in_progress", "null");
	if (t->stream)
		out_start(t->out);
	with(&m, "response.created", "", "response", json);
	with(&m, "response.in_progress", "", "response", json);
	items_make(&m);
	json = response_json(&m, status, usage_json(&m));
	if (!t->stream) {
		reply_json(t, str_c(json));
		return;
	}
	gate(&m);
	if (!t->s->nodone)
		with(&m, t->s->length ? "response.incomplete" :
					"response.completed",
		     "", "response", json);
	out_end(t->out);
}
