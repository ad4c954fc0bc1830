/* What the upstream says in the bed, and what the corridor said of it. */
#include "corridor_bed.h"

#include "base/clock.h"

/* -- answers --------------------------------------------------------------- */

static const char *const whole[] = {
	[SHAPE_CHAT] =
	"{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,"
	"\"model\":\"m-1\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
	"\"assistant\",\"content\":\"%s\"},\"finish_reason\":\"stop\"}],"
	"\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,"
	"\"total_tokens\":15}}",
	[SHAPE_RESPONSES] =
	"{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1,"
	"\"status\":\"completed\",\"model\":\"m-1\",\"output\":[{\"type\":"
	"\"message\",\"id\":\"msg_1\",\"status\":\"completed\",\"role\":"
	"\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"%s\","
	"\"annotations\":[]}]}],\"usage\":{\"input_tokens\":10,"
	"\"output_tokens\":5,\"total_tokens\":15}}",
	[SHAPE_COMPLETION] =
	"{\"id\":\"p\",\"object\":\"text_completion\",\"created\":1,"
	"\"model\":\"m-1\",\"choices\":[{\"index\":0,\"text\":\"%s\","
	"\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":"
	"{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15}}",
	[SHAPE_EMBEDDING] =
	"{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,"
	"\"embedding\":[0.1,-2e-3]}],\"model\":\"%s\",\"usage\":"
	"{\"prompt_tokens\":10,\"total_tokens\":10}}",
	[SHAPE_MESSAGES] =
	"{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\","
	"\"model\":\"m-1\",\"content\":[{\"type\":\"text\",\"text\":\"%s\"}],"
	"\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":"
	"{\"input_tokens\":10,\"output_tokens\":5}}",
	[SHAPE_COUNT] = "{\"input_tokens\":10,\"said\":\"%s\"}",
};

static const char *const streamed[] = {
	[SHAPE_CHAT] =
	"data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\","
	"\"created\":1,\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":"
	"{\"role\":\"assistant\",\"content\":\"%s\"},\"finish_reason\":null}],"
	"\"usage\":null}\n\n"
	"data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\","
	"\"created\":1,\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":"
	"{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n"
	"data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\","
	"\"created\":1,\"model\":\"m-1\",\"choices\":[],\"usage\":"
	"{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15}}"
	"\n\n"
	"data: [DONE]\n\n",
	[SHAPE_RESPONSES] =
	"event: response.created\ndata: {\"type\":\"response.created\","
	"\"sequence_number\":0,\"response\":{\"id\":\"resp_1\",\"object\":"
	"\"response\",\"status\":\"in_progress\",\"model\":\"m-1\","
	"\"output\":[]}}\n\n"
	"event: response.completed\ndata: {\"type\":\"response.completed\","
	"\"sequence_number\":1,\"response\":{\"id\":\"resp_1\",\"object\":"
	"\"response\",\"status\":\"completed\",\"model\":\"m-1\",\"output\":"
	"[{\"type\":\"message\",\"id\":\"msg_1\",\"status\":\"completed\","
	"\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\","
	"\"text\":\"%s\",\"annotations\":[]}]}],\"usage\":{\"input_tokens\":"
	"10,\"output_tokens\":5,\"total_tokens\":15}}}\n\n",
	[SHAPE_COMPLETION] =
	"data: {\"id\":\"p\",\"object\":\"text_completion\",\"created\":1,"
	"\"model\":\"m-1\",\"choices\":[{\"index\":0,\"text\":\"%s\","
	"\"finish_reason\":\"stop\"}]}\n\n"
	"data: {\"id\":\"p\",\"object\":\"text_completion\",\"created\":1,"
	"\"model\":\"m-1\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,"
	"\"completion_tokens\":5,\"total_tokens\":15}}\n\n"
	"data: [DONE]\n\n",
	[SHAPE_MESSAGES] =
	"event: message_start\ndata: {\"type\":\"message_start\","
	"\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":"
	"\"assistant\",\"model\":\"m-1\",\"content\":[],\"stop_reason\":null,"
	"\"stop_sequence\":null,\"usage\":{\"input_tokens\":10,"
	"\"output_tokens\":1}}}\n\n"
	"event: content_block_start\ndata: {\"type\":\"content_block_start\","
	"\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
	"event: content_block_delta\ndata: {\"type\":\"content_block_delta\","
	"\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"%s\"}}\n\n"
	"event: content_block_stop\ndata: {\"type\":\"content_block_stop\","
	"\"index\":0}\n\n"
	"event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":"
	"{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":"
	"{\"output_tokens\":5}}\n\n"
	"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
};

/* The text with its only %s replaced. */
static const char *fill(struct bed *b, const char *text, const char *with)
{
	const char *at = strstr(text, "%s");

	return arena_printf(b->a, "%.*s%s%s", (int)(at - text), text, with,
			    at + 2);
}

const char *bed_reply(struct bed *b, enum shape shape, const char *text)
{
	return fill(b, whole[shape], text);
}

const char *bed_stream(struct bed *b, enum shape shape, const char *text)
{
	return fill(b, streamed[shape], text);
}

void bed_plays(struct bed *b, const char *type, const char *body)
{
	b->answer = NULL;
	b->play = (struct play){ .status = 200, .type = type, .body = body };
}

void bed_says_count(struct bed *b, struct play *p)
{
	*p = (struct play){ .status = 200, .type = "application/json" };
	p->body = bed_reply(b, SHAPE_CHAT,
			    arena_printf(b->a, "call %d.", b->calls));
}

enum shape bed_shape(const struct bed *b)
{
	return strstr(b->net.url, "/chat/") ? SHAPE_CHAT :
	       strstr(b->net.url, "/responses") ? SHAPE_RESPONSES :
	       strstr(b->net.url, "/messages") ? SHAPE_MESSAGES :
						 SHAPE_COMPLETION;
}

/* -- what came of it ------------------------------------------------------- */

bool bed_has(struct str s, const char *what)
{
	return s.n && memmem(s.p, s.n, what, strlen(what));
}

static const char *line_of(struct bed *b, struct str lines, const char *name)
{
	const char *found = NULL;
	struct str line, key;

	while (str_cut(&lines, '\n', &line)) {
		if (!str_cut(&line, ':', &key) || !str_ieq(key, str_c(name)))
			continue;
		if (found)
			bed_fail("%s is there twice\n", name);
		found = arena_cstr(b->a, str_trim(line));
	}
	return found;
}

const char *bed_head(struct bed *b, const char *name)
{
	return line_of(b, b->head, name);
}

const char *bed_sent(struct bed *b, const char *name)
{
	return line_of(b, str_c(b->net.header), name);
}

const char *bed_log(struct bed *b, const char *name)
{
	uint32_t v;

	if (!b->line.n)
		return NULL;
	v = json_get(&b->doc, 0, name);
	if (!v)
		return NULL;
	if (json_is(&b->doc, v, JSON_STRING))
		return arena_cstr(b->a, json_string(&b->doc, v, b->a));
	return arena_cstr(b->a, json_span(&b->doc, v));
}

const char *bed_cache(struct bed *b)
{
	const char *s = bed_head(b, "Cache-Status");

	if (!s)
		return "none";
	assert_int_equal(strncmp(s, "larder; ", 8), 0);
	return s + 8;
}

void bed_later(int64_t ms)
{
	int64_t from = clock_wall_ms();

	while (clock_wall_ms() <= from + ms)
		;
}
