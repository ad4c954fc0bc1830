/*
 * Events of OpenAI's responses. Reasoning comes as a summary, which is what
 * clients show; a signature is its encrypted_content. An item stays open
 * until the next one begins or the answer ends: whether it is complete is
 * known only then.
 */
#include <inttypes.h>
#include <stdio.h>

#include "dialect/delta_write.h"

/* What the events of a block are called, and where it is a part of an item,
 * those of the part and what goes before its text. */
static const struct spoken {
	const char *id;     /* begins the ids of its items */
	const char *event;  /* .delta and .done behind it */
	const char *member; /* of the .done */
	const char *part, *index;
	const char *begin;
} spoken[] = {
	[BLOCK_TEXT] = { "msg", "response.output_text", "text",
			 "response.content_part", "content_index",
			 "{\"type\":\"output_text\",\"text\":\"" },
	[BLOCK_REFUSAL] = { "msg", "response.refusal", "refusal",
			    "response.content_part", "content_index",
			    "{\"type\":\"refusal\",\"refusal\":\"" },
	[BLOCK_THINK] = { "rs", "response.reasoning_summary_text", "text",
			  "response.reasoning_summary_part", "summary_index",
			  "{\"type\":\"summary_text\",\"text\":\"" },
	[BLOCK_REDACTED] = { .id = "rs" },
	[BLOCK_CALL] = { "fc", "response.function_call_arguments",
			 "arguments", NULL, NULL, NULL },
	[BLOCK_CUSTOM] = { "ctc", "response.custom_tool_call_input", "input",
			   NULL, NULL, NULL },
};

static bool is_message(const struct block *b)
{
	return b && (b->kind == BLOCK_TEXT || b->kind == BLOCK_REFUSAL);
}

static void id_write(struct translate *t, struct buf *out)
{
	buf_printf(out, "\"%s_%s_%zu\"", spoken[t->said->item->kind].id,
		   t->safe.p, t->said->nblock);
}

/* {"type":...,"sequence_number":N */
static struct event numbered_open(struct translate *t, const char *type)
{
	struct event e = event_open_typed(t->out, type);

	buf_printf(t->out, ",\"sequence_number\":%zu", t->said->seq++);
	return e;
}

/* An event about the block: the item, and the part if it has such. */
static struct event placed_open(struct translate *t, const struct block *b,
				const char *stem, const char *ending)
{
	char type[64];
	struct event e;

	snprintf(type, sizeof(type), "%s%s", stem, ending);
	e = numbered_open(t, type);
	buf_puts(t->out, ",\"item_id\":");
	id_write(t, t->out);
	buf_printf(t->out, ",\"output_index\":%zu", t->said->nblock);
	if (spoken[b->kind].index)
		buf_printf(t->out, ",\"%s\":%zu", spoken[b->kind].index,
			   b->place);
	return e;
}

static void placed_close(struct translate *t, struct event *e)
{
	buf_putc(t->out, '}');
	event_close(e);
}

/* -- the response ---------------------------------------------------------- */

static void usage_write(struct translate *t)
{
	const struct usage *u = &t->facts.usage;
	int64_t in = delta_count(u->input), out = delta_count(u->output);

	if (!t->ending || !delta_usage_known(t)) {
		buf_puts(t->out, "null");
		return;
	}
	buf_printf(t->out, "{\"input_tokens\":%" PRId64
		   ",\"input_tokens_details\":{\"cached_tokens\":%" PRId64,
		   in, delta_count(u->cache_read));
	if (u->cache_write >= 0)
		buf_printf(t->out, ",\"cache_write_tokens\":%" PRId64,
			   u->cache_write);
	buf_printf(t->out, "},\"output_tokens\":%" PRId64
		   ",\"output_tokens_details\":{\"reasoning_tokens\":%" PRId64
		   "},\"total_tokens\":%" PRId64 "}", out,
		   delta_count(t->reasoning), in + out);
}

/* What the request said is not known here: members the SDKs' types demand
 * have their defaults. why: of an incomplete one, else NULL. */
static void response_write(struct translate *t, const char *type,
			   const char *status, const char *why)
{
	struct event e = numbered_open(t, type);

	delta_say(t->out, ",\"response\":{\"id\":\"", t->id,
		  "\",\"object\":\"response\"");
	buf_printf(t->out, ",\"created_at\":%" PRId64 ",\"status\":\"%s\","
		   "\"background\":false,\"error\":null", t->created, status);
	if (why)
		buf_printf(t->out, ",\"incomplete_details\":{\"reason\":"
			   "\"%s\"}", why);
	else
		buf_puts(t->out, ",\"incomplete_details\":null");
	buf_puts(t->out, ",\"instructions\":null,\"max_output_tokens\":null,"
			 "\"metadata\":{}");
	delta_say(t->out, ",\"model\":\"", t->model, "\"");
	delta_say(t->out, ",\"output\":[", buf_view(&t->said->output), "]");
	buf_puts(t->out, ",\"parallel_tool_calls\":true,"
			 "\"previous_response_id\":null,\"reasoning\":{"
			 "\"effort\":null,\"summary\":null},\"store\":false,"
			 "\"temperature\":null,\"text\":{\"format\":{\"type\":"
			 "\"text\"}},\"tool_choice\":\"auto\",\"tools\":[],"
			 "\"top_p\":null,\"truncation\":\"disabled\","
			 "\"usage\":");
	usage_write(t);
	buf_puts(t->out, ",\"user\":null}");
	placed_close(t, &e);
}

static void begin_write(struct translate *t)
{
	buf_init(&t->said->output, t->a);
	buf_init(&t->said->parts, t->a);
	response_write(t, "response.created", "in_progress", NULL);
	response_write(t, "response.in_progress", "in_progress", NULL);
}

/* -- items ----------------------------------------------------------------- */

/* A reasoning item's summary and what proves it. */
static void think_write(struct translate *t, struct buf *out, bool whole)
{
	const struct block *b = t->said->item;

	buf_puts(out, ",\"type\":\"reasoning\",\"summary\":[");
	if (whole && b->kind == BLOCK_THINK && b->bytes)
		delta_say(out, spoken[BLOCK_THINK].begin, buf_view(&b->text),
			  "\"}");
	buf_putc(out, ']');
	if (!whole || (b->kind == BLOCK_THINK && !b->sign.n))
		return;
	delta_say(out, ",\"encrypted_content\":\"", str_c(delta_origin(t)),
		  b->kind == BLOCK_THINK ? "" : "redacted:");
	delta_say(out, "", buf_view(b->kind == BLOCK_THINK ? &b->sign :
							     &b->text), "\"");
}

/* The open item as it is at its beginning, or whole. */
static void item_write(struct translate *t, struct buf *out,
		       const char *status, bool whole)
{
	const struct block *b = t->said->item;

	buf_puts(out, "{\"id\":");
	id_write(t, out);
	if (b->kind == BLOCK_THINK || b->kind == BLOCK_REDACTED) {
		think_write(t, out, whole);
	} else if (is_message(b)) {
		buf_printf(out, ",\"type\":\"message\",\"status\":\"%s\","
			   "\"role\":\"assistant\",\"content\":[", status);
		delta_say(out, "", buf_view(&t->said->parts), "]");
	} else {
		buf_printf(out, ",\"type\":\"%s\",\"status\":\"%s\"",
			   b->kind == BLOCK_CALL ? "function_call" :
						   "custom_tool_call",
			   status);
		delta_say(out, ",\"call_id\":\"", b->id, "\"");
		delta_say(out, ",\"name\":\"", b->name, "\"");
		buf_printf(out, ",\"%s\":\"", spoken[b->kind].member);
		delta_say(out, "", whole ? buf_view(&b->text) : STR(""),
			  "\"");
	}
	buf_putc(out, '}');
}

static void item_end(struct translate *t, const char *status)
{
	struct event e;
	size_t at;

	if (!t->said->item)
		return;
	if (t->said->output.n)
		buf_putc(&t->said->output, ',');
	at = t->said->output.n;
	item_write(t, &t->said->output, status, true);
	e = numbered_open(t, "response.output_item.done");
	buf_printf(t->out, ",\"output_index\":%zu,\"item\":", t->said->nblock);
	buf_str(t->out, str_from(buf_view(&t->said->output), at));
	placed_close(t, &e);
	t->said->nblock++;
	t->said->item = NULL;
}

static void item_begin(struct translate *t, struct block *b)
{
	struct event e;

	item_end(t, "completed");
	t->said->item = b;
	t->said->npart = 0;
	t->said->parts.n = 0;
	e = numbered_open(t, "response.output_item.added");
	buf_printf(t->out, ",\"output_index\":%zu,\"item\":", t->said->nblock);
	item_write(t, t->out, "in_progress", false);
	placed_close(t, &e);
}

/* -- blocks ---------------------------------------------------------------- */

/* Of a text, the places it leans on. */
static void note_write(struct buf *out, const struct block *b,
		       const struct note *n)
{
	buf_printf(out, "{\"type\":\"url_citation\",\"start_index\":%" PRId64
		   ",\"end_index\":%" PRId64, delta_count(n->start),
		   n->end < 0 ? b->chars : n->end);
	delta_say(out, ",\"title\":\"", n->title, "\"");
	delta_say(out, ",\"url\":\"", n->url, "\"}");
}

/* A part as it begins, or whole. */
static void part_write(struct buf *out, const struct block *b, bool whole)
{
	const struct note *n;

	delta_say(out, spoken[b->kind].begin,
		  whole ? buf_view(&b->text) : STR(""), "\"");
	if (b->kind == BLOCK_TEXT) {
		buf_puts(out, ",\"annotations\":[");
		for (n = b->note; whole && n; n = n->next) {
			if (n != b->note)
				buf_putc(out, ',');
			note_write(out, b, n);
		}
		delta_say(out, "],\"logprobs\":[",
			  whole ? buf_view(&b->logprobs) : STR(""), "]");
	}
	buf_putc(out, '}');
}

static void part_event(struct translate *t, struct block *b,
		       const char *ending, bool whole)
{
	struct event e = placed_open(t, b, spoken[b->kind].part, ending);

	buf_puts(t->out, ",\"part\":");
	part_write(t->out, b, whole);
	placed_close(t, &e);
}

/* A summary's part begins with its text: there may be none. */
static int block_open(struct translate *t, struct block *b)
{
	if (!is_message(b) || !is_message(t->said->item))
		item_begin(t, b);
	b->place = is_message(b) ? t->said->npart++ : 0;
	if (is_message(b))
		part_event(t, b, ".added", false);
	return 0;
}

static void block_piece(struct translate *t, struct block *b,
			struct str text, struct str logprobs)
{
	struct event e;

	if (b->kind == BLOCK_REDACTED)
		return;
	if (b->kind == BLOCK_THINK && !t->said->npart) {
		part_event(t, b, ".added", false);
		t->said->npart = 1;
	}
	e = placed_open(t, b, spoken[b->kind].event, ".delta");
	delta_say(t->out, ",\"delta\":\"", text, "\"");
	if (b->kind == BLOCK_TEXT)
		delta_say(t->out, ",\"logprobs\":[", logprobs, "]");
	placed_close(t, &e);
}

static void notes_write(struct translate *t, struct block *b)
{
	const struct note *n;
	struct event e;
	size_t at = 0;

	for (n = b->note; n && b->kind == BLOCK_TEXT; n = n->next) {
		e = placed_open(t, b, "response.output_text.annotation",
				".added");
		buf_printf(t->out, ",\"annotation_index\":%zu,"
			   "\"annotation\":", at++);
		note_write(t->out, b, n);
		placed_close(t, &e);
	}
}

static void block_close(struct translate *t, struct block *b)
{
	const struct spoken *row = &spoken[b->kind];
	struct event e;

	if (b->kind == BLOCK_REDACTED || (b->kind == BLOCK_THINK && !b->bytes))
		return;
	notes_write(t, b);
	e = placed_open(t, b, row->event, ".done");
	if (b->kind == BLOCK_CALL)
		delta_say(t->out, ",\"name\":\"", b->name, "\"");
	buf_printf(t->out, ",\"%s\":\"", row->member);
	delta_say(t->out, "", buf_view(&b->text), "\"");
	if (b->kind == BLOCK_TEXT)
		delta_say(t->out, ",\"logprobs\":[", buf_view(&b->logprobs),
			  "]");
	placed_close(t, &e);
	if (!row->part)
		return;
	part_event(t, b, ".done", true);
	if (!is_message(b))
		return;
	if (t->said->parts.n)
		buf_putc(&t->said->parts, ',');
	part_write(&t->said->parts, b, true);
}

static void end_write(struct translate *t)
{
	const char *why = finish_name(SHAPE_RESPONSES, t->finish);
	const char *status = why ? "incomplete" : "completed";

	item_end(t, status);
	response_write(t, why ? "response.incomplete" : "response.completed",
		       status, why);
}

const struct delta_writer delta_write_responses = {
	begin_write, block_open, block_piece, block_close, end_write, ~0u,
};
