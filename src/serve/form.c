#include "serve/form.h"

#include "dialect/translate.h"

bool form_streams(const struct plan *p)
{
	return p->stream && shape_streams(p->shape);
}

/* In its own shape. */
static int convert(struct buf *out, const struct plan *p, enum reply_form form,
		   struct str bytes)
{
	if (form_streams(p) && form == FORM_SSE)
		return reply_replay(out, p->shape, bytes, p->usage);
	if (form_streams(p))
		return reply_expand(out, p->shape, bytes, p->usage);
	return reply_assemble(out, p->shape, bytes);
}

/* In another. */
static int translate(struct buf *out, const struct plan *p, enum shape s,
		     enum reply_form form, struct str bytes)
{
	struct buf own;

	buf_init(&own, out->a);
	if (form_streams(p) && form == FORM_SSE)
		return translate_stream(out, s, p->shape, bytes, p->usage);
	if (form_streams(p))
		return reply_expand(&own, s, bytes, true) < 0 ? -1 :
			translate_stream(out, s, p->shape, buf_view(&own),
					 p->usage);
	if (form == FORM_SSE && reply_assemble(&own, s, bytes) < 0)
		return -1;
	return translate_reply(out, s, p->shape,
			       form == FORM_SSE ? buf_view(&own) : bytes);
}

int form_convert(struct arena *a, const struct plan *p, enum shape s,
		 enum reply_form form, struct str *bytes)
{
	struct buf b;
	int rc;

	if (s == p->shape && !form_streams(p) && form == FORM_JSON)
		return 0;
	buf_init(&b, a);
	rc = s == p->shape ? convert(&b, p, form, *bytes) :
			     translate(&b, p, s, form, *bytes);
	if (rc < 0)
		return -1;
	*bytes = buf_view(&b);
	return 0;
}
