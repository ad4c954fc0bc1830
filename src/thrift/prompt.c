#include "thrift/prompt.h"

#include "base/count.h"
#include "thrift/prompt_walk.h"

#define PER_MESSAGE 3
#define PER_NAME 1
#define REPLY 3 /* what the reply begins with */

/* -- sections -------------------------------------------------------------- */

/* A message or item, with what stands around it. */
static void count_turn(struct tally *t, uint32_t turn)
{
	t->beside += PER_MESSAGE;
	if (json_get(t->doc, turn, "role") && json_get(t->doc, turn, "name"))
		t->beside += PER_NAME;
	if (json_get(t->doc, turn, "call_id"))
		t->guessed = true;
	tally_walk(t, turn);
}

/* Texts, or lists of them; a number is a token already. */
static void count_prompt(struct tally *t, uint32_t v)
{
	uint32_t i;

	if (json_is(t->doc, v, JSON_NUMBER))
		t->beside++;
	else if (json_is(t->doc, v, JSON_ARRAY))
		for (i = json_first(t->doc, v); i; i = json_next(t->doc, v, i))
			count_prompt(t, i);
	else
		tally_walk(t, v);
}

/* A message that is a text only: of a system, or the one user's. */
static void count_bare(struct tally *t, uint32_t v, struct str role)
{
	if (!v || json_is(t->doc, v, JSON_NULL))
		return;
	t->beside += PER_MESSAGE;
	tally_text(t, role);
	tally_walk(t, v);
}

static void system_text(struct tally *t, uint32_t v)
{
	count_bare(t, v, STR("system"));
}

static void instructions(struct tally *t, uint32_t v)
{
	count_bare(t, v, STR("developer"));
}

/* Turns are counted one by one. Else it is one text of the user's, or what is
 * to be embedded. */
static void input(struct tally *t, uint32_t v)
{
	const struct chat *c = t->ask->chat;

	if (v == c->turns)
		return;
	if (c->shape == SHAPE_RESPONSES)
		count_bare(t, v, STR("user"));
	else
		count_prompt(t, v);
}

/* A text, or a text that the provider has, and what is put into it. */
static void prompt(struct tally *t, uint32_t v)
{
	if (json_is(t->doc, v, JSON_OBJECT)) {
		t->guessed = true;
		tally_value(t, json_get(t->doc, v, "variables"));
	} else {
		count_prompt(t, v);
	}
}

static void elsewhere(struct tally *t, uint32_t v)
{
	t->guessed |= !json_is(t->doc, v, JSON_NULL);
}

/* The form an answer must keep to is told to the model. */
static const struct tally_row form_rows[] = { { "type", NULL } };

static void form(struct tally *t, uint32_t v)
{
	tally_members(t, v, form_rows, COUNT_OF(form_rows));
}

static const struct tally_row output_rows[] = {
	{ "format", form }, { "effort", NULL }, { "verbosity", NULL },
};

static void output(struct tally *t, uint32_t v)
{
	tally_members(t, v, output_rows, COUNT_OF(output_rows));
}

/* What a request has: what a model reads of it, and then how it is to
 * answer. */
static const struct tally_row members[] = {
	{ "messages", input },		{ "input", input },
	{ "system", system_text },	{ "instructions", instructions },
	{ "prompt", prompt },
	{ "tools", tally_tools },	{ "functions", tally_tools },
	{ "response_format", form },	{ "output_format", form },
	{ "output_config", output },	{ "text", output },
	{ "previous_response_id", elsewhere },
	{ "conversation", elsewhere },
	{ "model", NULL },		{ "models", NULL },
	{ "cache", NULL },		{ "cache_control", NULL },
	{ "stream_options", NULL },	{ "user", NULL },
	{ "metadata", NULL },		{ "stop", NULL },
	{ "stop_sequences", NULL },	{ "logit_bias", NULL },
	{ "service_tier", NULL },	{ "reasoning", NULL },
	{ "reasoning_effort", NULL },	{ "thinking", NULL },
	{ "verbosity", NULL },		{ "modalities", NULL },
	{ "audio", NULL },		{ "tool_choice", NULL },
	{ "function_call", NULL },	{ "safety_identifier", NULL },
	{ "prompt_cache_key", NULL },	{ "prompt_cache_retention", NULL },
	{ "web_search_options", NULL }, { "include", NULL },
	{ "truncation", NULL },		{ "context_management", NULL },
	{ "container", NULL },		{ "mcp_servers", NULL },
	{ "provider", NULL },		{ "plugins", NULL },
	{ "transforms", NULL },		{ "usage", NULL },
	{ "encoding_format", NULL },	{ "guided_json", NULL },
	{ "guided_grammar", NULL },	{ "guided_regex", NULL },
	{ "guided_choice", NULL },	{ "structured_outputs", NULL },
	{ "grammar", NULL },		{ "json_schema", NULL },
};

/* What is outside the turns. */
static void count_fixed(struct tally *t)
{
	static const enum shape talks[] = { SHAPE_CHAT, SHAPE_RESPONSES,
					    SHAPE_MESSAGES, SHAPE_COUNT };
	const struct chat *c = t->ask->chat;
	size_t i;

	if (json_type(t->doc, 0) != JSON_OBJECT || shape_unread(c->shape))
		return;
	for (i = 0; i < COUNT_OF(talks); i++)
		if (c->shape == talks[i])
			t->beside += REPLY;
	tally_members(t, 0, members, COUNT_OF(members));
}

/* -- the whole ------------------------------------------------------------- */

/* What a section comes to in a whole of that weight. */
static size_t tokens_of(const struct tally *t, uint64_t whole)
{
	return t->beside + (t->ask->table ? t->tokens :
			    family_part(t->ask->learned, t->family, whole,
					t->weight));
}

static void add(struct prompt *p, const struct tally *t)
{
	p->weight += t->weight;
	p->beside += t->beside;
	if (t->guessed)
		p->exact = false;
}

static struct tally tally_new(const struct prompt_ask *ask, struct arena *a)
{
	return (struct tally){ .ask = ask, .doc = ask->chat->doc, .a = a,
			       .family = family_of(ask->model) };
}

void prompt_count(struct prompt *p, struct arena *a,
		  const struct prompt_ask *ask)
{
	const struct chat *c = ask->chat;
	struct tally *turn = arena_new_n(a, struct tally, c->nturn);
	struct tally fixed = tally_new(ask, a);
	size_t i;

	*p = (struct prompt){ .exact = ask->table != NULL };
	p->turn = arena_new_n(a, size_t, c->nturn);
	count_fixed(&fixed);
	add(p, &fixed);
	for (i = 0; i < c->nturn; i++) {
		turn[i] = tally_new(ask, a);
		count_turn(&turn[i], c->turn[i].tok);
		add(p, &turn[i]);
	}
	p->fixed = p->total = tokens_of(&fixed, p->weight);
	for (i = 0; i < c->nturn; i++) {
		p->turn[i] = tokens_of(&turn[i], p->weight);
		p->total += p->turn[i];
	}
}

/* -- roughly --------------------------------------------------------------- */

static size_t rough(uint64_t weight)
{
	return (size_t)((weight + 1023) >> 10);
}

size_t prompt_rough_user(const struct chat *c)
{
	return rough(family_weight(c->last_user.n ? c->last_user :
						    c->prompt));
}

size_t prompt_rough(const struct chat *c)
{
	const struct prompt_ask ask = { .chat = c, .model = STR("gpt") };
	struct tally t = tally_new(&ask, NULL);
	size_t i;

	count_fixed(&t);
	for (i = 0; i < c->nturn; i++)
		count_turn(&t, c->turn[i].tok);
	return t.beside + rough(t.weight);
}
