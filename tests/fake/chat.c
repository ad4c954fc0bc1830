/* /v1/chat/completions and /v1/completions. */
#include "fake/turn.h"

#define MAX_CHOICES 8

/* Counts of the OpenAI usage object. */
static void usage_add(struct buf *b, const struct answer *r)
{
	buf_printf(b, "{\"prompt_tokens\":%lld,\"completion_tokens\":%lld,"
		   "\"total_tokens\":%lld,\"prompt_tokens_details\":"
		   "{\"cached_tokens\":%lld,\"audio_tokens\":0,"
		   "\"cache_write_tokens\":%lld},"
		   "\"completion_tokens_details\":{\"reasoning_tokens\":%d}}",
		   (long long)r->in, (long long)r->out,
		   (long long)(r->in + r->out), (long long)r->cached,
		   (long long)r->written,
		   r->think.n ? 3 : 0);
}

static void token_add(struct buf *b, struct str piece)
{
	buf_printf(b, "{\"token\":\"%.*s\",\"logprob\":-0.25,\"bytes\":null,"
		   "\"top_logprobs\":[]}", (int)piece.n, piece.p);
}

/* "logprobs" of `n` pieces, or null when nobody asked. */
static void logprobs_add(struct buf *b, const struct turn *t,
			 const struct str *piece, size_t n)
{
	size_t i;

	if (!t->s->logprobs && !t->ask->logprobs) {
		buf_puts(b, "\"logprobs\":null");
		return;
	}
	buf_puts(b, "\"logprobs\":{\"content\":[");
	for (i = 0; i < n; i++) {
		if (i)
			buf_putc(b, ',');
		token_add(b, piece[i]);
	}
	buf_puts(b, "],\"refusal\":null}");
}

static const char *finish_of(const struct turn *t, const struct answer *r)
{
	return t->s->length ? "length" : r->ncall ? "tool_calls" : "stop";
}

static void head_add(struct buf *b, const struct turn *t, const char *id,
		     const char *object)
{
	buf_printf(b, "{\"id\":\"%s-fake-%u\",\"object\":\"%s\","
		   "\"created\":%u,\"model\":%.*s,"
		   "\"system_fingerprint\":\"fp_fake\",", id, t->n, object,
		   1700000000 + t->n, (int)t->ask->model_json.n,
		   t->ask->model_json.p);
}

/* --- chat, streamed --- */

struct delta {
	const struct str *piece; /* of text, for logprobs; NULL without */
	const char *finish;
	const char *json;
};

static void chunk_send(struct turn *t, unsigned choice, struct delta d)
{
	struct buf b;

	buf_init(&b, t->a);
	head_add(&b, t, "chatcmpl", "chat.completion.chunk");
	buf_printf(&b, "\"choices\":[{\"index\":%u,\"delta\":%s,", choice,
		   d.json);
	if (d.piece)
		logprobs_add(&b, t, d.piece, 1);
	else
		buf_puts(&b, "\"logprobs\":null");
	if (d.finish)
		buf_printf(&b, ",\"finish_reason\":\"%s\"}]", d.finish);
	else
		buf_puts(&b, ",\"finish_reason\":null}]");
	if (t->ask->include_usage && !t->s->nousage)
		buf_puts(&b, ",\"usage\":null");
	buf_putc(&b, '}');
	out_event(t->out, NULL, buf_view(&b));
}

static void calls_stream(struct turn *t, unsigned choice,
			 const struct answer *r)
{
	const struct answer_call *c;
	size_t i, k;

	for (i = 0; i < r->ncall; i++) {
		c = &r->call[i];
		chunk_send(t, choice, (struct delta){ .json = arena_printf(t->a,
			"{\"tool_calls\":[{\"index\":%zu,\"id\":\"%s\","
			"\"type\":\"function\",\"function\":{\"name\":\"%.*s\","
			"\"arguments\":\"\"}}]}", i, c->id.p, (int)c->name.n,
			c->name.p) });
		for (k = 0; k < 4; k++) {
			out_gate(t->out);
			chunk_send(t, choice, (struct delta){ .json =
				arena_printf(t->a, "{\"tool_calls\":[{"
					"\"index\":%zu,\"function\":{"
					"\"arguments\":\"%.*s\"}}]}", i,
					(int)c->part[k].n, c->part[k].p) });
		}
	}
}

/* Piece k of every choice, so that the choices interleave. */
static void texts_stream(struct turn *t, const struct answer *r, unsigned n)
{
	const char *member = t->s->refusal ? "refusal" : "content";
	unsigned c;
	size_t k;

	for (k = 0; k < ANSWER_MAX_PIECES; k++) {
		if (k < r[0].npiece)
			out_gate(t->out);
		for (c = 0; c < n; c++)
			if (k < r[c].npiece)
				chunk_send(t, c, (struct delta){
					.piece = &r[c].piece[k],
					.json = arena_printf(t->a,
						"{\"%s\":\"%.*s\"}", member,
						(int)r[c].piece[k].n,
						r[c].piece[k].p) });
	}
}

static void opening_stream(struct turn *t, const struct answer *r,
			   unsigned choice)
{
	size_t half = r->think.n / 2;

	chunk_send(t, choice, (struct delta){
		.json = r->ncall ?
			"{\"role\":\"assistant\",\"content\":null}" :
			"{\"role\":\"assistant\",\"content\":\"\","
			"\"refusal\":null}" });
	if (!r->think.n)
		return;
	chunk_send(t, choice, (struct delta){ .json = arena_printf(t->a,
		"{\"reasoning_content\":\"%.*s\"}", (int)half, r->think.p) });
	chunk_send(t, choice, (struct delta){ .json = arena_printf(t->a,
		"{\"reasoning_content\":\"%s\"}", r->think.p + half) });
}

static void usage_stream(struct turn *t, const struct answer *r,
			 const char *id, const char *object)
{
	struct buf b;

	if (!t->ask->include_usage || t->s->nousage)
		return;
	buf_init(&b, t->a);
	head_add(&b, t, id, object);
	buf_puts(&b, "\"choices\":[],\"usage\":");
	usage_add(&b, r);
	buf_putc(&b, '}');
	out_event(t->out, NULL, buf_view(&b));
}

static void stream_finish(struct turn *t)
{
	if (!t->s->nodone)
		out_event(t->out, NULL, STR("[DONE]"));
	out_end(t->out);
}

static void chat_stream(struct turn *t, const struct answer *r, unsigned n)
{
	unsigned c;

	out_start(t->out);
	for (c = 0; c < n; c++)
		opening_stream(t, &r[c], c);
	if (r[0].ncall)
		for (c = 0; c < n; c++)
			calls_stream(t, c, &r[c]);
	else
		texts_stream(t, r, n);
	out_gate(t->out);
	for (c = 0; c < n; c++)
		chunk_send(t, c, (struct delta){ .finish = finish_of(t, &r[c]),
						 .json = "{}" });
	usage_stream(t, r, "chatcmpl", "chat.completion.chunk");
	stream_finish(t);
}

/* --- chat, whole --- */

static void calls_add(struct buf *b, const struct answer *r)
{
	size_t i;

	buf_puts(b, ",\"tool_calls\":[");
	for (i = 0; i < r->ncall; i++)
		buf_printf(b, "%s{\"id\":\"%s\",\"type\":\"function\","
			   "\"function\":{\"name\":\"%.*s\",\"arguments\":"
			   "\"%.*s\"}}", i ? "," : "", r->call[i].id.p,
			   (int)r->call[i].name.n, r->call[i].name.p,
			   (int)r->call[i].whole.n, r->call[i].whole.p);
	buf_putc(b, ']');
}

static void message_add(struct buf *b, const struct turn *t,
			const struct answer *r)
{
	buf_puts(b, "{\"role\":\"assistant\",");
	if (r->ncall || t->s->refusal)
		buf_puts(b, "\"content\":null");
	else
		buf_printf(b, "\"content\":\"%.*s\"", (int)r->whole.n,
			   r->whole.p);
	if (t->s->refusal && !r->ncall)
		buf_printf(b, ",\"refusal\":\"%.*s\"", (int)r->whole.n,
			   r->whole.p);
	else
		buf_puts(b, ",\"refusal\":null");
	if (r->think.n)
		buf_printf(b, ",\"reasoning_content\":\"%s\"", r->think.p);
	if (r->ncall)
		calls_add(b, r);
	buf_putc(b, '}');
}

static void tail_add(struct buf *b, const struct turn *t,
		     const struct answer *r)
{
	buf_putc(b, ']');
	if (!t->s->nousage) {
		buf_puts(b, ",\"usage\":");
		usage_add(b, r);
	}
	buf_putc(b, '}');
}

static void chat_whole(struct turn *t, const struct answer *r, unsigned n)
{
	struct buf b;
	unsigned c;

	buf_init(&b, t->a);
	head_add(&b, t, "chatcmpl", "chat.completion");
	buf_puts(&b, "\"choices\":[");
	for (c = 0; c < n; c++) {
		buf_printf(&b, "%s{\"index\":%u,\"message\":", c ? "," : "",
			   c);
		message_add(&b, t, &r[c]);
		buf_putc(&b, ',');
		logprobs_add(&b, t, r[c].piece, r[c].npiece);
		buf_printf(&b, ",\"finish_reason\":\"%s\"}",
			   finish_of(t, &r[c]));
	}
	tail_add(&b, t, r);
	reply_json(t, buf_view(&b));
}

/* As many answers as the request has choices. */
static struct answer *choices_make(struct turn *t, unsigned *n_r)
{
	int64_t want = t->ask->n < 1 ? 1 : t->ask->n;
	unsigned n = want > MAX_CHOICES ? MAX_CHOICES : (unsigned)want, c;
	struct answer *r = arena_new_n(t->a, struct answer, n);

	for (c = 0; c < n; c++) {
		answer_make(&r[c], t->a, t->ask, t->s, t->n, c);
		if (c)
			r[0].out += r[c].out;
	}
	*n_r = n;
	return r;
}

void chat_reply(struct turn *t)
{
	unsigned n;
	struct answer *r = choices_make(t, &n);

	if (t->stream)
		chat_stream(t, r, n);
	else
		chat_whole(t, r, n);
}

/* --- completions --- */

static void text_choice_add(struct buf *b, unsigned c, struct str text,
			    const char *finish)
{
	buf_printf(b, "%s{\"text\":\"%.*s\",\"index\":%u,\"logprobs\":null,"
		   "\"finish_reason\":%s}", c ? "," : "",
		   (int)text.n, text.p, c, finish ? finish : "null");
}

static void completions_stream(struct turn *t, const struct answer *r)
{
	struct buf b;
	size_t k;

	out_start(t->out);
	for (k = 0; k <= r->npiece; k++) {
		buf_init(&b, t->a);
		head_add(&b, t, "cmpl", "text_completion");
		buf_puts(&b, "\"choices\":[");
		if (k < r->npiece)
			text_choice_add(&b, 0, r->piece[k], NULL);
		else
			text_choice_add(&b, 0, STR(""), "\"stop\"");
		buf_puts(&b, "]}");
		out_gate(t->out);
		out_event(t->out, NULL, buf_view(&b));
	}
	usage_stream(t, r, "cmpl", "text_completion");
	stream_finish(t);
}

void completions_reply(struct turn *t)
{
	struct buf b;
	unsigned n, c;
	struct answer *r = choices_make(t, &n);

	if (t->stream) {
		completions_stream(t, r);
		return;
	}
	buf_init(&b, t->a);
	head_add(&b, t, "cmpl", "text_completion");
	buf_puts(&b, "\"choices\":[");
	for (c = 0; c < n; c++)
		text_choice_add(&b, c, r[c].whole,
				t->s->length ? "\"length\"" : "\"stop\"");
	tail_add(&b, t, r);
	reply_json(t, buf_view(&b));
}
