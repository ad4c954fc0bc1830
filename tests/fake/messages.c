/* /v1/messages. */
#include "fake/turn.h"

#define SIGNATURE "RmFrZVNpZ25hdHVyZQ=="

static const char *stop_of(const struct turn *t, const struct answer *r)
{
	return t->s->length ? "max_tokens" :
	       r->ncall     ? "tool_use" :
	       t->s->refusal ? "refusal" :
	       t->s->stopseq ? "stop_sequence" :
			       "end_turn";
}

static const char *stopped_at(const struct turn *t)
{
	return t->s->stopseq && !t->s->length ? "\"END\"" : "null";
}

static void head_add(struct buf *b, const struct turn *t)
{
	buf_printf(b, "{\"id\":\"msg_fake_%u\",\"type\":\"message\","
		   "\"role\":\"assistant\",\"model\":%.*s,", t->n,
		   (int)t->ask->model_json.n, t->ask->model_json.p);
}

static void usage_add(struct buf *b, const struct turn *t,
		      const struct answer *r, int64_t out)
{
	if (t->s->nousage)
		return;
	buf_printf(b, ",\"usage\":{\"input_tokens\":%lld,"
		   "\"cache_creation_input_tokens\":%lld,"
		   "\"cache_read_input_tokens\":%lld,\"output_tokens\":%lld,",
		   (long long)(r->in - r->cached - r->written),
		   (long long)r->written, (long long)r->cached,
		   (long long)out);
	if (t->ask->kept.is)
		buf_printf(b, "\"cache_creation\":{"
			   "\"ephemeral_5m_input_tokens\":%lld,"
			   "\"ephemeral_1h_input_tokens\":%lld},",
			   (long long)(r->written - r->written_hour),
			   (long long)r->written_hour);
	buf_puts(b, "\"service_tier\":\"standard\"}");
}

/* An event whose name is its type. */
static void event(struct turn *t, const char *name, const char *fields)
{
	out_event(t->out, name, str_c(arena_printf(t->a,
		"{\"type\":\"%s\"%s}", name, fields)));
}

static void block_start(struct turn *t, unsigned at, const char *block)
{
	event(t, "content_block_start",
	      arena_printf(t->a, ",\"index\":%u,\"content_block\":%s", at,
			   block));
}

static void block_delta(struct turn *t, unsigned at, const char *type,
			const char *member, struct str value)
{
	event(t, "content_block_delta",
	      arena_printf(t->a, ",\"index\":%u,\"delta\":{\"type\":\"%s\","
			   "\"%s\":\"%.*s\"}", at, type, member,
			   (int)value.n, value.p));
}

static void block_stop(struct turn *t, unsigned at)
{
	event(t, "content_block_stop",
	      arena_printf(t->a, ",\"index\":%u", at));
}

static void thinking_stream(struct turn *t, const struct answer *r)
{
	size_t half = r->think.n / 2;

	block_start(t, 0, "{\"type\":\"thinking\",\"thinking\":\"\","
			  "\"signature\":\"\"}");
	block_delta(t, 0, "thinking_delta", "thinking",
		    (struct str){ r->think.p, half });
	block_delta(t, 0, "thinking_delta", "thinking",
		    str_from(r->think, half));
	block_delta(t, 0, "signature_delta", "signature", STR(SIGNATURE));
	block_stop(t, 0);
}

static void call_stream(struct turn *t, const struct answer_call *c,
			unsigned at)
{
	size_t k;

	block_start(t, at, arena_printf(t->a,
		"{\"type\":\"tool_use\",\"id\":\"%s\",\"name\":\"%.*s\","
		"\"input\":{}}", c->id.p, (int)c->name.n, c->name.p));
	for (k = 0; k < 4; k++) {
		out_gate(t->out);
		block_delta(t, at, "input_json_delta", "partial_json",
			    c->part[k]);
	}
	block_stop(t, at);
}

static void text_stream(struct turn *t, const struct answer *r, unsigned at)
{
	size_t k;

	block_start(t, at, "{\"type\":\"text\",\"text\":\"\"}");
	for (k = 0; k < r->npiece; k++) {
		out_gate(t->out);
		block_delta(t, at, "text_delta", "text", r->piece[k]);
	}
	block_stop(t, at);
}

static void start_stream(struct turn *t, const struct answer *r)
{
	struct buf b;

	out_start(t->out);
	buf_init(&b, t->a);
	buf_puts(&b, ",\"message\":");
	head_add(&b, t);
	buf_puts(&b, "\"content\":[],\"stop_reason\":null,"
		     "\"stop_sequence\":null");
	usage_add(&b, t, r, 1);
	buf_putc(&b, '}');
	event(t, "message_start", b.p);
	event(t, "ping", "");
}

static void finish_stream(struct turn *t, const struct answer *r)
{
	struct buf b;

	out_gate(t->out);
	buf_init(&b, t->a);
	buf_printf(&b, ",\"delta\":{\"stop_reason\":\"%s\","
		   "\"stop_sequence\":%s}", stop_of(t, r), stopped_at(t));
	usage_add(&b, t, r, r->out);
	event(t, "message_delta", b.p);
	if (!t->s->nodone)
		event(t, "message_stop", "");
	out_end(t->out);
}

static void messages_stream(struct turn *t, const struct answer *r)
{
	unsigned at = r->think.n ? 1 : 0;
	size_t i;

	start_stream(t, r);
	if (r->think.n)
		thinking_stream(t, r);
	for (i = 0; i < r->ncall; i++)
		call_stream(t, &r->call[i], at++);
	if (!r->ncall)
		text_stream(t, r, at);
	finish_stream(t, r);
}

static void content_add(struct buf *b, const struct answer *r)
{
	size_t i;

	if (r->think.n)
		buf_printf(b, "{\"type\":\"thinking\",\"thinking\":\"%s\","
			   "\"signature\":\"" SIGNATURE "\"},", r->think.p);
	for (i = 0; i < r->ncall; i++)
		buf_printf(b, "%s{\"type\":\"tool_use\",\"id\":\"%s\","
			   "\"name\":\"%.*s\",\"input\":{\"city\":\"%s\"}}",
			   i ? "," : "", r->call[i].id.p,
			   (int)r->call[i].name.n, r->call[i].name.p,
			   i ? "Rome" : "Paris");
	if (!r->ncall)
		buf_printf(b, "{\"type\":\"text\",\"text\":\"%.*s\"}",
			   (int)r->whole.n, r->whole.p);
}

void messages_reply(struct turn *t)
{
	struct answer *r = arena_new_n(t->a, struct answer, 1);
	struct buf b;

	answer_make(r, t->a, t->ask, t->s, t->n, 0);
	if (t->stream) {
		messages_stream(t, r);
		return;
	}
	buf_init(&b, t->a);
	head_add(&b, t);
	buf_puts(&b, "\"content\":[");
	content_add(&b, r);
	buf_printf(&b, "],\"stop_reason\":\"%s\",\"stop_sequence\":%s",
		   stop_of(t, r), stopped_at(t));
	usage_add(&b, t, r, r->out);
	buf_putc(&b, '}');
	reply_json(t, buf_view(&b));
}
