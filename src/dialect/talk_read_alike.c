#include "dialect/talk_read.h"

/* What the shapes have alike: what is read from members of other names. */

int talk_read_text(struct talk_reader *r, struct talk_list *to,
		   const struct talk_got *g)
{
	if (talk_need(r, g->self, g->text, "text") < 0)
		return -1;
	return talk_words(r, to, TALK_TEXT, g->text);
}

int talk_read_refusal(struct talk_reader *r, struct talk_list *to,
		      const struct talk_got *g)
{
	if (talk_need(r, g->self, g->refusal, "refusal") < 0)
		return -1;
	return talk_words(r, to, TALK_REFUSAL, g->refusal);
}

int talk_read_audio(struct talk_reader *r, struct talk_list *to,
		    const struct talk_got *g)
{
	if (talk_need(r, g->self, g->audio, "input_audio") < 0)
		return -1;
	talk_part(&r->t, to, TALK_AUDIO, g->self)->value = g->audio;
	return 0;
}

/* Output. */

int talk_read_format(struct talk_reader *r, const struct talk_type *types,
		     size_t n)
{
	return r->top.format ? talk_typed(r, r->top.format, types, n, NULL)
			     : 0;
}

int talk_read_plain(struct talk_reader *r, struct talk_list *to,
		    const struct talk_got *g)
{
	(void)r;
	(void)to;
	(void)g;
	return 0;
}

int talk_read_json(struct talk_reader *r, struct talk_list *to,
		   const struct talk_got *g)
{
	(void)to;
	r->t.format = TALK_FORMAT_JSON;
	r->t.format_tok = g->self;
	return 0;
}

int talk_read_schema(struct talk_reader *r, struct talk_list *to,
		     const struct talk_got *g)
{
	(void)to;
	if (talk_need(r, g->self, g->schema, "schema") < 0)
		return -1;
	r->t.format = TALK_FORMAT_SCHEMA;
	r->t.schema = g->schema;
	r->t.schema_name = g->name;
	r->t.schema_about = g->description;
	r->t.schema_strict = g->strict;
	return 0;
}

/* Tools. */

void talk_tools(struct talk_reader *r, uint32_t list)
{
	r->t.tool = arena_new_n(r->t.a, struct talk_tool,
				json_count(r->t.doc, list));
}

int talk_read_tool(struct talk_reader *r, struct talk_list *to,
		   const struct talk_got *g)
{
	(void)to;
	if (talk_need(r, g->self, g->name, "name") < 0)
		return -1;
	r->t.tool[r->t.ntool++] = (struct talk_tool){
		g->name, g->description, g->schema, g->strict
	};
	return 0;
}

int talk_read_named(struct talk_reader *r, struct talk_list *to,
		    const struct talk_got *g)
{
	(void)to;
	r->t.choice = TALK_CHOOSE_NAMED;
	r->t.choice_name = g->name;
	return talk_need(r, g->self, g->name, "name");
}

/* A word, or an object. */
static int choice_read(struct talk_reader *r, const struct talk_type *named)
{
	static const struct {
		const char *name;
		enum talk_choice choice;
	} words[] = {
		{ "auto", TALK_CHOOSE_AUTO },
		{ "none", TALK_CHOOSE_NONE },
		{ "required", TALK_CHOOSE_ANY },
	};
	uint32_t v = r->top.choice;
	size_t i;

	if (!json_is(r->t.doc, v, JSON_STRING))
		return v ? talk_typed(r, v, named, 1, NULL) : 0;
	for (i = 0; i < COUNT_OF(words); i++) {
		if (json_string_is(r->t.doc, v, words[i].name)) {
			r->t.choice = words[i].choice;
			return 0;
		}
	}
	return talk_wrong(&r->t, v, "auto, none, required or an object");
}

int talk_read_tools(struct talk_reader *r, const struct talk_type *tool,
		    const struct talk_type *named)
{
	uint32_t list = r->top.tools;

	if (list)
		talk_tools(r, list);
	r->t.parallel_tok = r->top.parallel;
	r->t.serial = !json_bool(r->t.doc, r->top.parallel, true);
	if (talk_content(r, list, tool, 1, NULL) < 0)
		return -1;
	return choice_read(r, named);
}
