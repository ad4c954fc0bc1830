/*
 * Chunks of chat completions. Reasoning comes as reasoning_content; a block
 * of it that is signed is said once more and whole when it is over, as
 * LiteLLM's thinking_blocks, which is what a client has to send back.
 */
#include <inttypes.h>

#include "dialect/delta_write.h"

static struct event chunk_open(struct translate *t)
{
	struct event e = event_open(t->out, NULL);

	buf_str(t->out, buf_view(&t->said->head));
	return e;
}

static void chunk_close(struct translate *t, struct event *e)
{
	buf_puts(t->out, t->usage ? ",\"usage\":null}" : "}");
	event_close(e);
}

static struct event delta_begin_write(struct translate *t)
{
	struct event e = chunk_open(t);

	buf_puts(t->out, ",\"choices\":[{\"index\":0,\"delta\":{");
	return e;
}

static void delta_end_write(struct translate *t, struct event *e,
			    struct str logprobs, const char *reason)
{
	buf_puts(t->out, "},\"logprobs\":");
	if (logprobs.n) {
		buf_puts(t->out, "{\"content\":[");
		buf_str(t->out, logprobs);
		buf_puts(t->out, "],\"refusal\":null}");
	} else {
		buf_puts(t->out, "null");
	}
	buf_puts(t->out, ",\"finish_reason\":");
	buf_puts(t->out, reason);
	buf_puts(t->out, "}]");
	chunk_close(t, e);
}

/* Clients take the first chunk for the beginning: it says who speaks. */
static void begin_write(struct translate *t)
{
	struct event e;

	buf_init(&t->said->head, t->a);
	delta_say(&t->said->head, "{\"id\":\"", t->id,
		  "\",\"object\":\"chat.completion.chunk\"");
	buf_printf(&t->said->head, ",\"created\":%" PRId64, t->created);
	delta_say(&t->said->head, ",\"model\":\"", t->model, "\"");
	e = delta_begin_write(t);
	buf_puts(t->out, "\"role\":\"assistant\",\"refusal\":null");
	delta_end_write(t, &e, STR(""), "null");
}

/* {"index":N, of a call. */
static void call_place(struct translate *t, const struct block *b)
{
	buf_printf(t->out, "\"tool_calls\":[{\"index\":%zu,", b->place);
}

static void call_write(struct translate *t, struct block *b)
{
	bool custom = b->kind == BLOCK_CUSTOM;
	const char *type = custom ? "custom" : "function";
	struct event e = delta_begin_write(t);

	b->place = t->said->nblock++;
	call_place(t, b);
	delta_say(t->out, "\"id\":\"", b->id, "\",");
	buf_printf(t->out, "\"type\":\"%s\",\"%s\":{", type, type);
	delta_say(t->out, "\"name\":\"", b->name,
		  custom ? "\",\"input\":\"\"}}]" : "\",\"arguments\":\"\"}}]");
	delta_end_write(t, &e, STR(""), "null");
}

static void redacted_write(struct translate *t, struct block *b)
{
	struct event e = delta_begin_write(t);

	buf_puts(t->out, "\"thinking_blocks\":[{\"type\":"
			 "\"redacted_thinking\",\"data\":\"");
	delta_say(t->out, delta_origin(t), buf_view(&b->text), "\"}]");
	delta_end_write(t, &e, STR(""), "null");
}

static int block_open(struct translate *t, struct block *b)
{
	if (b->kind == BLOCK_CALL || b->kind == BLOCK_CUSTOM)
		call_write(t, b);
	return 0;
}

static void block_piece(struct translate *t, struct block *b,
			struct str text, struct str logprobs)
{
	static const char *const member[] = {
		[BLOCK_TEXT] = "\"content\":\"",
		[BLOCK_REFUSAL] = "\"refusal\":\"",
		[BLOCK_THINK] = "\"reasoning_content\":\"",
		[BLOCK_CALL] = "\"function\":{\"arguments\":\"",
		[BLOCK_CUSTOM] = "\"custom\":{\"input\":\"",
	};
	bool call = b->kind == BLOCK_CALL || b->kind == BLOCK_CUSTOM;
	struct event e;

	if (b->kind == BLOCK_REDACTED)
		return;
	e = delta_begin_write(t);
	if (call)
		call_place(t, b);
	delta_say(t->out, member[b->kind], text, call ? "\"}}]" : "\"");
	delta_end_write(t, &e, logprobs, "null");
}

/* What a source does not say is the whole block. */
static void notes_write(struct translate *t, struct block *b)
{
	struct event e = delta_begin_write(t);
	const struct note *n;

	buf_puts(t->out, "\"annotations\":[");
	for (n = b->note; n; n = n->next) {
		buf_printf(t->out, "%s{\"type\":\"url_citation\","
			   "\"url_citation\":{\"start_index\":%" PRId64
			   ",\"end_index\":%" PRId64, n == b->note ? "" : ",",
			   t->said->chars + delta_count(n->start),
			   t->said->chars + (n->end < 0 ? b->chars : n->end));
		delta_say(t->out, ",\"title\":\"", n->title, "\"");
		delta_say(t->out, ",\"url\":\"", n->url, "\"}}");
	}
	buf_putc(t->out, ']');
	delta_end_write(t, &e, STR(""), "null");
}

static void signed_write(struct translate *t, struct block *b)
{
	struct event e = delta_begin_write(t);

	delta_say(t->out, "\"thinking_blocks\":[{\"type\":\"thinking\","
		    "\"thinking\":\"", buf_view(&b->text),
	    "\",\"signature\":\"");
	delta_say(t->out, delta_origin(t), buf_view(&b->sign), "\"}]");
	delta_end_write(t, &e, STR(""), "null");
}

static void block_close(struct translate *t, struct block *b)
{
	if (b->kind == BLOCK_REDACTED)
		redacted_write(t, b);
	if (b->kind == BLOCK_THINK && b->sign.n)
		signed_write(t, b);
	if (b->kind != BLOCK_TEXT)
		return;
	if (!b->bytes)
		block_piece(t, b, STR(""), STR(""));
	if (b->note)
		notes_write(t, b);
	t->said->chars += b->chars;
}

static void usage_write(struct translate *t)
{
	const struct usage *u = &t->facts.usage;
	int64_t in = delta_count(u->input), out = delta_count(u->output);
	struct event e = chunk_open(t);

	buf_printf(t->out, ",\"choices\":[],\"usage\":{\"prompt_tokens\":%"
		   PRId64 ",\"completion_tokens\":%" PRId64
		   ",\"total_tokens\":%" PRId64, in, out, in + out);
	if (u->cache_read >= 0 || u->cache_write >= 0) {
		buf_printf(t->out, ",\"prompt_tokens_details\":{"
			   "\"cached_tokens\":%" PRId64,
			   delta_count(u->cache_read));
		if (u->cache_write >= 0)
			buf_printf(t->out, ",\"cache_write_tokens\":%" PRId64,
				   u->cache_write);
		buf_putc(t->out, '}');
	}
	if (t->reasoning >= 0)
		buf_printf(t->out, ",\"completion_tokens_details\":{"
			   "\"reasoning_tokens\":%" PRId64 "}", t->reasoning);
	buf_puts(t->out, "}}");
	event_close(&e);
}

static void end_write(struct translate *t)
{
	struct event e = delta_begin_write(t);

	delta_end_write(t, &e, STR(""),
			arena_printf(t->tmp, "\"%s\"",
				     finish_name(SHAPE_CHAT, t->finish)));
	if (t->usage && delta_usage_known(t))
		usage_write(t);
	e = event_open(t->out, NULL);
	buf_puts(t->out, REPLY_DONE);
	event_close(&e);
}

const struct delta_writer delta_write_chat = {
	begin_write, block_open, block_piece, block_close, end_write,
	1u << BLOCK_THINK | 1u << BLOCK_REDACTED,
};
