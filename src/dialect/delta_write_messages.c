/* Events of Anthropic's messages. */
#include <inttypes.h>

#include "dialect/delta_write.h"

static void count_write(struct translate *t, const char *name, int64_t n)
{
	if (n < 0)
		buf_printf(t->out, "\"%s\":null,", name);
	else
		buf_printf(t->out, "\"%s\":%" PRId64 ",", name, n);
}

/* At most n; -1 stays. */
/* input_tokens does not count what came from the cache or went there. Some
 * say the same tokens did both: the sum is what must be right. */
static void usage_write(struct translate *t)
{
	const struct usage *u = &t->facts.usage;
	int64_t part[USAGE_PARTS];

	usage_split(part, u);
	buf_putc(t->out, '{');
	count_write(t, "input_tokens", part[USAGE_FRESH]);
	count_write(t, "cache_creation_input_tokens", u->cache_write < 0 ? -1 :
		    part[USAGE_WRITE_5M] + part[USAGE_WRITE_1H]);
	count_write(t, "cache_read_input_tokens", u->cache_read < 0 ? -1 :
		    part[USAGE_READ]);
	buf_printf(t->out, "\"output_tokens\":%" PRId64 "}",
		   t->ending ? delta_count(u->output) : 0);
}

/* Most sources know what they used only at the end; message_delta says it
 * again. */
static void begin_write(struct translate *t)
{
	struct event e = event_open_typed(t->out, "message_start");

	delta_say(t->out, ",\"message\":{\"id\":\"", t->id,
		  "\",\"type\":\"message\",\"role\":\"assistant\"");
	delta_say(t->out, ",\"model\":\"", t->model,
		  "\",\"content\":[],\"stop_reason\":null,"
	    "\"stop_sequence\":null,\"usage\":");
	usage_write(t);
	buf_puts(t->out, "}}");
	event_close(&e);
}

static struct event block_event(struct translate *t, const char *type,
				const struct block *b)
{
	struct event e = event_open_typed(t->out, type);

	buf_printf(t->out, ",\"index\":%zu", b->place);
	return e;
}

static int block_open(struct translate *t, struct block *b)
{
	static const char *const empty[] = {
		[BLOCK_TEXT] = "{\"type\":\"text\",\"text\":\"\"}",
		[BLOCK_REFUSAL] = "{\"type\":\"text\",\"text\":\"\"}",
		[BLOCK_THINK] = "{\"type\":\"thinking\",\"thinking\":\"\","
				"\"signature\":\"\"}",
	};
	struct event e;

	if (b->kind == BLOCK_CUSTOM)
		return -1;
	b->place = t->said->nblock++;
	e = block_event(t, "content_block_start", b);
	buf_puts(t->out, ",\"content_block\":");
	if (b->kind == BLOCK_CALL) {
		delta_say(t->out, "{\"type\":\"tool_use\",\"id\":\"", b->id,
			  "\"");
		delta_say(t->out, ",\"name\":\"", b->name, "\",\"input\":{}}");
	} else if (b->kind == BLOCK_REDACTED) {
		delta_say(t->out, "{\"type\":\"redacted_thinking\",\"data\":\"",
			  str_c(delta_origin(t)), "");
		delta_say(t->out, "", buf_view(&b->text), "\"}");
	} else {
		buf_puts(t->out, empty[b->kind]);
	}
	buf_putc(t->out, '}');
	event_close(&e);
	return 0;
}

static void block_piece(struct translate *t, struct block *b,
			struct str text, struct str logprobs)
{
	static const char *const delta[] = {
		[BLOCK_TEXT] = "text_delta\",\"text\":\"",
		[BLOCK_REFUSAL] = "text_delta\",\"text\":\"",
		[BLOCK_THINK] = "thinking_delta\",\"thinking\":\"",
		[BLOCK_CALL] = "input_json_delta\",\"partial_json\":\"",
	};
	struct event e;

	(void)logprobs; /* nobody can have asked for them */
	if (b->kind == BLOCK_REDACTED || !text.n)
		return;
	e = block_event(t, "content_block_delta", b);
	buf_puts(t->out, ",\"delta\":{\"type\":\"");
	delta_say(t->out, delta[b->kind], text, "\"}}");
	event_close(&e);
}

static void note_write(struct translate *t, const struct block *b,
		       const struct note *n)
{
	struct event e = block_event(t, "content_block_delta", b);

	buf_puts(t->out, ",\"delta\":{\"type\":\"citations_delta\","
			 "\"citation\":{\"type\":"
			 "\"web_search_result_location\",\"cited_text\":\"\","
			 "\"encrypted_index\":\"\"");
	delta_say(t->out, ",\"title\":\"", n->title, "\"");
	delta_say(t->out, ",\"url\":\"", n->url, "\"}}}");
	event_close(&e);
}

static void block_close(struct translate *t, struct block *b)
{
	const struct note *n;
	struct event e;

	for (n = b->note; n && b->kind == BLOCK_TEXT; n = n->next)
		note_write(t, b, n);
	if (b->kind == BLOCK_THINK && b->sign.n) {
		e = block_event(t, "content_block_delta", b);
		delta_say(t->out, ",\"delta\":{\"type\":\"signature_delta\","
			    "\"signature\":\"", str_c(delta_origin(t)), "");
		delta_say(t->out, "", buf_view(&b->sign), "\"}}");
		event_close(&e);
	}
	e = block_event(t, "content_block_stop", b);
	buf_putc(t->out, '}');
	event_close(&e);
}

/* A refusal is text here, and said to be one by the reason. */
static void end_write(struct translate *t)
{
	struct event e = event_open_typed(t->out, "message_delta");

	if (t->refused && t->finish == FINISH_STOP)
		t->finish = FINISH_REFUSAL;
	buf_printf(t->out, ",\"delta\":{\"stop_reason\":\"%s\","
		   "\"stop_sequence\":",
		   finish_name(SHAPE_MESSAGES, t->finish));
	if (t->finish == FINISH_SEQUENCE)
		delta_say(t->out, "\"", t->stop_sequence, "\"},\"usage\":");
	else
		buf_puts(t->out, "null},\"usage\":");
	usage_write(t);
	buf_putc(t->out, '}');
	event_close(&e);
	e = event_open_typed(t->out, "message_stop");
	buf_putc(t->out, '}');
	event_close(&e);
}

const struct delta_writer delta_write_messages = {
	begin_write, block_open, block_piece, block_close, end_write,
	1u << BLOCK_REDACTED,
};
