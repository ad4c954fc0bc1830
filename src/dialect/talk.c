#include "dialect/talk_read.h"
#include "dialect/talk_write.h"

/* One row a shape: how it is read and written. */
static const struct talk_shape {
	int (*read)(struct talk_reader *r);
	int (*write)(const struct talk *t, struct buf *out);
} shapes[] = {
	[SHAPE_CHAT] = { talk_read_chat, talk_write_chat },
	[SHAPE_RESPONSES] = { talk_read_responses, talk_write_responses },
	[SHAPE_MESSAGES] = { talk_read_messages, talk_write_messages },
};

static bool is_spoken(enum shape s)
{
	return (size_t)s < COUNT_OF(shapes) && shapes[s].read;
}

bool translate_can(enum shape from, enum shape to)
{
	return from != to && is_spoken(from) && is_spoken(to);
}

int translate_request(struct buf *out, const struct json *doc,
		      const struct translate_ask *q, struct buf *dropped,
		      struct fail *f)
{
	struct talk_lost lost = { .f = f, .dropped = dropped };
	struct talk_reader r = { .t = { .doc = doc, .q = q, .a = out->a,
					.lost = &lost } };
	size_t at = out->n;

	if (!translate_can(q->from, q->to))
		return fail(f, 400, "untranslatable",
			    "this endpoint has no counterpart in the "
			    "upstream's API");
	if (shapes[q->from].read(&r) == 0 &&
	    shapes[q->to].write(&r.t, out) == 0)
		return 0;
	if (out->p)
		out->p[at] = '\0';
	out->n = at;
	return -1;
}

struct talk_part *talk_part(const struct talk *t, struct talk_list *list,
			    enum talk_kind kind, uint32_t tok)
{
	struct talk_part *p = list->part;

	if (list->n == list->cap) {
		list->cap = list->cap ? list->cap * 2 : 2;
		list->part = arena_new_n(t->a, struct talk_part, list->cap);
		if (list->n)
			memcpy(list->part, p, list->n * sizeof(*p));
	}
	p = &list->part[list->n++];
	*p = (struct talk_part){ .kind = kind, .tok = tok };
	return p;
}
