#include "dialect/talk_write.h"

/* What the writers have in common: members and their commas. */

void talk_comma(struct buf *out)
{
	char last = out->n ? out->p[out->n - 1] : '[';

	if (last != '[' && last != '{')
		buf_putc(out, ',');
}

void talk_name(struct buf *out, const char *name)
{
	talk_comma(out);
	buf_putc(out, '"');
	buf_puts(out, name);
	buf_puts(out, "\":");
}

void talk_string(struct buf *out, const char *name, struct str inner)
{
	talk_name(out, name);
	buf_putc(out, '"');
	buf_str(out, inner);
	buf_putc(out, '"');
}

void talk_value(struct buf *out, const char *name, struct str text)
{
	if (!text.n)
		return;
	talk_name(out, name);
	buf_str(out, text);
}

void talk_token(const struct talk *t, struct buf *out, const char *name,
		uint32_t v)
{
	talk_value(out, name, json_span(t->doc, v));
}

bool talk_is_text(const struct talk_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (list->part[i].kind != TALK_TEXT)
			return false;
	}
	return true;
}

void talk_join(struct buf *out, const char *name,
	       const struct talk_list *list, struct str glue)
{
	bool any = false;
	size_t i;

	talk_name(out, name);
	buf_putc(out, '"');
	for (i = 0; i < list->n; i++) {
		if (!list->part[i].text.n)
			continue;
		if (any)
			buf_str(out, glue);
		buf_str(out, list->part[i].text);
		any = true;
	}
	buf_putc(out, '"');
}

void talk_url(struct buf *out, const char *name, const struct talk_part *p)
{
	if (p->url.p) {
		talk_string(out, name, p->url);
		return;
	}
	talk_name(out, name);
	buf_puts(out, "\"data:");
	buf_str(out, p->media);
	buf_puts(out, ";base64,");
	buf_str(out, p->text);
	buf_putc(out, '"');
}

struct talk_list talk_only(const struct talk *t, const struct talk_list *list,
			   enum talk_kind kind, bool are)
{
	struct talk_list only = { NULL, 0, 0 };
	uint32_t i, n = 0;

	for (i = 0; i < list->n; i++)
		n += (list->part[i].kind == kind) == are;
	if (n == list->n || !n)
		return n ? *list : only;
	only.cap = n;
	only.part = arena_new_n(t->a, struct talk_part, n);
	for (i = 0; i < list->n; i++) {
		if ((list->part[i].kind == kind) == are)
			only.part[only.n++] = list->part[i];
	}
	return only;
}

struct talk_list talk_outcome(const struct talk *t,
			      const struct talk_part *result)
{
	struct talk_list list = result->inside;
	struct talk_part *p;
	struct buf b;
	uint32_t i;

	if (!result->error)
		return list;
	list = (struct talk_list){ NULL, 0, 0 };
	p = talk_part(t, &list, TALK_TEXT, result->tok);
	p->text = STR("Error");
	for (i = 0; i < result->inside.n; i++)
		*talk_part(t, &list, TALK_TEXT, 0) = result->inside.part[i];
	if (list.n == 1 || list.part[1].kind != TALK_TEXT)
		return list;
	if (!str_istarts(list.part[1].text, STR("error"))) {
		buf_init(&b, t->a);
		buf_puts(&b, "Error: ");
		buf_str(&b, list.part[1].text);
		list.part[1].text = buf_view(&b);
	}
	list.part++;
	list.n--;
	return list;
}

struct str talk_plain(const struct talk *t, const struct talk_part *p)
{
	struct buf b;

	if (!p->name.n)
		return p->text;
	buf_init(&b, t->a);
	buf_str(&b, p->name);
	buf_puts(&b, "\\n\\n");
	buf_str(&b, p->text);
	return buf_view(&b);
}

void talk_filename(struct buf *out, const struct talk_part *p)
{
	if (p->name.n)
		talk_string(out, "filename", p->name);
	else if (!p->url.p)
		talk_string(out, "filename", STR("document.pdf"));
}

bool talk_reasons(const struct talk *t)
{
	return t->effort != TALK_EFFORT_UNSAID &&
	       t->effort != TALK_EFFORT_NONE;
}

bool talk_must_call(const struct talk *t)
{
	return t->choice == TALK_CHOOSE_ANY || t->choice == TALK_CHOOSE_NAMED;
}

uint32_t talk_limit(const struct talk *t)
{
	return t->set[TALK_MAX_ALL] ? t->set[TALK_MAX_ALL]
				    : t->set[TALK_MAX_TOKENS];
}

int talk_turns(const struct talk *t, size_t *n_r)
{
	*n_r = t->nturn;
	if (!t->prefill)
		return 0;
	return talk_lose(t, t->turn[--*n_r].tok,
			 "its API starts an answer anew and does not go on "
			 "with an assistant's message");
}

void talk_put_tools(const struct talk *t, struct buf *out,
		    void (*one)(const struct talk *t, struct buf *out,
				const struct talk_tool *tool))
{
	size_t i;

	if (!t->ntool)
		return;
	talk_name(out, "tools");
	buf_putc(out, '[');
	for (i = 0; i < t->ntool; i++) {
		talk_comma(out);
		one(t, out, &t->tool[i]);
	}
	buf_putc(out, ']');
}

void talk_put_choice(const struct talk *t, struct buf *out,
		     void (*named)(const struct talk *t, struct buf *out))
{
	static const struct {
		const char *word;
		bool needs_tools; /* nothing to say without any */
	} words[] = {
		[TALK_CHOOSE_AUTO] = { "auto", true },
		[TALK_CHOOSE_NONE] = { "none", true },
		[TALK_CHOOSE_ANY] = { "required", false },
	};

	if (t->choice == TALK_CHOOSE_NAMED)
		named(t, out);
	else if (t->choice != TALK_CHOOSE_UNSAID &&
		 (t->ntool || !words[t->choice].needs_tools))
		talk_string(out, "tool_choice",
			    str_c(words[t->choice].word));
	if (t->ntool && t->parallel_tok)
		talk_value(out, "parallel_tool_calls",
			   t->serial ? STR("false") : STR("true"));
}

void talk_put_schema(const struct talk *t, struct buf *out)
{
	if (t->schema_name)
		talk_token(t, out, "name", t->schema_name);
	else
		talk_string(out, "name", STR("output"));
	talk_token(t, out, "description", t->schema_about);
	talk_token(t, out, "schema", t->schema);
	if (t->schema_bound)
		talk_value(out, "strict", STR("true"));
	else
		talk_token(t, out, "strict", t->schema_strict);
}

void talk_arguments(const struct talk *t, struct buf *out,
		    const struct talk_part *call)
{
	talk_name(out, "arguments");
	if (json_is(t->doc, call->value, JSON_STRING))
		buf_str(out, json_span(t->doc, call->value));
	else
		buf_json(out, json_span(t->doc, call->value));
}

bool talk_is_blank(struct str inner)
{
	size_t i;

	for (i = 0; i < inner.n; i++) {
		if (inner.p[i] == ' ')
			continue;
		if (inner.p[i] != '\\' || i + 1 == inner.n ||
		    !strchr("nrt", inner.p[i + 1]))
			return false;
		i++;
	}
	return true;
}
