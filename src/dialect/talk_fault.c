#include "dialect/talk_fault.h"

/* Where something stands, and what is wrong with it. */

/* More names than this nobody reads, and each costs a walk. */
#define LOST_MAX 32
#define PATH_MAX_BYTES 200
#define NAME_MAX_BYTES 64

/* A member's name as it may stand in a header or a log. */
static void add_clean(struct buf *b, struct str s)
{
	size_t i;

	for (i = 0; i < s.n && i < NAME_MAX_BYTES; i++) {
		char c = s.p[i];
		bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    (c >= '0' && c <= '9') || c == '_' || c == '-' ||
			    c == '$';

		buf_putc(b, good ? c : '?');
	}
}

/* The child of v that v's descendant tok is or is in; its step is added. */
static uint32_t path_step(struct buf *b, const struct json *doc, uint32_t v,
			  uint32_t tok)
{
	bool object = json_type(doc, v) == JSON_OBJECT;
	uint32_t i, child;
	size_t nth = 0;

	for (i = json_first(doc, v); i; i = json_next(doc, v, i), nth++) {
		child = object ? i + 1 : i;
		if (tok >= doc->tok[child].next)
			continue;
		if (object && b->n)
			buf_putc(b, '.');
		if (object)
			add_clean(b, json_inner(doc, i));
		else
			buf_printf(b, "[%zu]", nth);
		return child;
	}
	return tok;
}

/* messages[2].content[0].type, for the value tok. */
static const char *path_of(const struct talk *t, uint32_t tok)
{
	uint32_t v = 0;
	struct buf b;

	buf_init(&b, t->a);
	while (v != tok && b.n < PATH_MAX_BYTES)
		v = path_step(&b, t->doc, v, tok);
	return buf_view(&b).p;
}

int talk_refuse(const struct talk *t, uint32_t v, const char *why)
{
	const char *path = path_of(t, v);

	return fail_param(t->lost->f, path, 400, "untranslatable",
			  "%s cannot be said to this upstream: %s", path,
			  why);
}

void talk_note(const struct talk *t, uint32_t v)
{
	if (!t->lost->dropped || t->lost->n > LOST_MAX)
		return;
	if (t->lost->dropped->n)
		buf_puts(t->lost->dropped, ", ");
	buf_puts(t->lost->dropped,
		 t->lost->n == LOST_MAX ? "and more" : path_of(t, v));
	t->lost->n++;
}

int talk_lose(const struct talk *t, uint32_t v, const char *why)
{
	const char *path;

	if (t->q->lossy) {
		talk_note(t, v);
		return 0;
	}
	path = path_of(t, v);
	return fail_param(t->lost->f, path, 400, "untranslatable",
			  "%s cannot be said to this upstream: %s; "
			  "`lossy = yes` in its [upstream] section would "
			  "leave it out",
			  path, why);
}

int talk_wrong(const struct talk *t, uint32_t v, const char *what)
{
	const char *path = path_of(t, v);

	return fail_param(t->lost->f, path, 400, "invalid_type",
			  "%s must be %s", path, what);
}

int talk_missing(const struct talk *t, uint32_t obj, const char *name)
{
	const char *path = path_of(t, obj);

	path = arena_printf(t->a, "%s%s%s", path, *path ? "." : "", name);
	return fail_param(t->lost->f, path, 400, "missing_required_parameter",
			  "%s is missing", path);
}

/* What the API that is to be spoken is called. */
static const char *api_of(const struct talk *t)
{
	switch (t->q->to) {
	case SHAPE_MESSAGES:
		return "messages";
	case SHAPE_RESPONSES:
		return "responses";
	default:
		return "chat completions";
	}
}

int talk_lose_word(const struct talk *t, uint32_t v)
{
	return talk_lose(t, v, arena_printf(t->a, "its API (%s) has no word "
					    "for it", api_of(t)));
}

int talk_lose_type(const struct talk *t, uint32_t type)
{
	struct buf name;

	buf_init(&name, t->a);
	add_clean(&name, json_inner(t->doc, type));
	return talk_lose(t, type,
			 arena_printf(t->a, "its API (%s) has no word for "
				      "\"%s\" here", api_of(t),
				      buf_view(&name).p));
}
