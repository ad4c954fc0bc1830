#include "serve/form.h"

bool form_streams(const struct plan *p, enum shape s)
{
	return p->stream && shape_streams(s);
}

int form_convert(struct arena *a, const struct plan *p, enum shape s,
		 enum reply_form form, struct str *bytes)
{
	struct buf b;
	int rc;

	buf_init(&b, a);
	if (form_streams(p, s) && form == FORM_SSE)
		rc = reply_replay(&b, s, *bytes, p->usage);
	else if (form_streams(p, s))
		rc = reply_expand(&b, s, *bytes, p->usage);
	else if (form == FORM_SSE)
		rc = reply_assemble(&b, s, *bytes);
	else
		return 0;
	if (rc < 0)
		return -1;
	*bytes = buf_view(&b);
	return 0;
}
