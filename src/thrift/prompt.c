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

/* The schema an answer must keep to is told to the model. */
static void count_form(struct tally *t)
{
	const struct json *doc = t->doc;
	uint32_t v = json_get(doc, 0, "response_format");
	uint32_t text = json_get(doc, 0, "text");

	if (json_is(doc, text, JSON_OBJECT) && !v)
		v = json_get(doc, text, "format");
	if (!json_is(doc, v, JSON_OBJECT) ||
	    !json_string_is(doc, json_get(doc, v, "type"), "json_schema"))
		return;
	t->guessed = true;
	tally_value(t, v);
}

/* What is outside the turns. */
static void count_fixed(struct tally *t)
{
	const struct chat *c = t->ask->chat;
	const struct json *doc = t->doc;
	uint32_t input = json_get(doc, 0, "input");

	switch (c->shape) {
	case SHAPE_COMPLETION:
		count_prompt(t, json_get(doc, 0, "prompt"));
		return;
	case SHAPE_EMBEDDING:
		count_prompt(t, input);
		return;
	case SHAPE_RESPONSES:
		count_bare(t, json_get(doc, 0, "instructions"),
			   STR("developer"));
		if (!c->turns)
			count_bare(t, input, STR("user"));
		if (json_get(doc, 0, "previous_response_id") ||
		    json_get(doc, 0, "prompt"))
			t->guessed = true;
		break;
	case SHAPE_MESSAGES:
	case SHAPE_COUNT:
		count_bare(t, json_get(doc, 0, "system"), STR("system"));
		break;
	case SHAPE_CHAT:
		break;
	case SHAPE_MODELS:
	case SHAPE_OTHER:
		return;
	}
	t->beside += REPLY;
	tally_tools(t, json_get(doc, 0, "tools"));
	tally_tools(t, json_get(doc, 0, "functions"));
	count_form(t);
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
