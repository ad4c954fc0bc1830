#include "serve/pin.h"

/*
 * Each reply with %i for its id, %c for its time, %m for the model and %t for
 * the text. Members that the clients' types demand are all there.
 */
static const char *const replies[] = {
	[SHAPE_CHAT] =
	"{\"id\":\"chatcmpl-%i\",\"object\":\"chat.completion\","
	"\"created\":%c,\"model\":%m,\"choices\":[{\"index\":0,\"message\":"
	"{\"role\":\"assistant\",\"content\":%t,\"refusal\":null},"
	"\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":"
	"{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0,"
	"\"prompt_tokens_details\":{\"cached_tokens\":0},"
	"\"completion_tokens_details\":{\"reasoning_tokens\":0}}}",
	[SHAPE_COMPLETION] =
	"{\"id\":\"cmpl-%i\",\"object\":\"text_completion\",\"created\":%c,"
	"\"model\":%m,\"choices\":[{\"index\":0,\"text\":%t,\"logprobs\":"
	"null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":0,"
	"\"completion_tokens\":0,\"total_tokens\":0}}",
	[SHAPE_MESSAGES] =
	"{\"id\":\"msg_%i\",\"type\":\"message\",\"role\":\"assistant\","
	"\"model\":%m,\"content\":[{\"type\":\"text\",\"text\":%t}],"
	"\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":"
	"{\"input_tokens\":0,\"cache_creation_input_tokens\":0,"
	"\"cache_read_input_tokens\":0,\"output_tokens\":0}}",
	[SHAPE_RESPONSES] =
	"{\"id\":\"resp_%i\",\"object\":\"response\",\"created_at\":%c,"
	"\"status\":\"completed\",\"background\":false,\"error\":null,"
	"\"incomplete_details\":null,\"instructions\":null,"
	"\"max_output_tokens\":null,\"metadata\":{},\"model\":%m,\"output\":"
	"[{\"id\":\"msg_%i\",\"type\":\"message\",\"status\":\"completed\","
	"\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\","
	"\"text\":%t,\"annotations\":[],\"logprobs\":[]}]}],"
	"\"parallel_tool_calls\":true,\"previous_response_id\":null,"
	"\"reasoning\":{\"effort\":null,\"summary\":null},\"store\":false,"
	"\"temperature\":null,\"text\":{\"format\":{\"type\":\"text\"}},"
	"\"tool_choice\":\"auto\",\"tools\":[],\"top_p\":null,"
	"\"truncation\":\"disabled\",\"usage\":{\"input_tokens\":0,"
	"\"input_tokens_details\":{\"cached_tokens\":0},\"output_tokens\":0,"
	"\"output_tokens_details\":{\"reasoning_tokens\":0},"
	"\"total_tokens\":0},\"user\":null}",
};

static void fill(struct buf *out, char what, const struct pin *p)
{
	switch (what) {
	case 'i':
		buf_puts(out, p->id);
		break;
	case 'c':
		buf_printf(out, "%lld", (long long)p->created_s);
		break;
	case 'm':
		buf_str(out, p->model);
		break;
	default:
		buf_str(out, p->text);
	}
}

void pin_write(struct buf *out, enum shape shape, const struct pin *p)
{
	const char *s = replies[shape], *at;

	for (; (at = strchr(s, '%')); s = at + 2) {
		buf_add(out, s, (size_t)(at - s));
		fill(out, at[1], p);
	}
	buf_puts(out, s);
}
