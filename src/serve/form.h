/* An answer in the form a caller wants, whatever form and shape it has. */
#ifndef SERVE_FORM_H
#define SERVE_FORM_H

#include "serve/req.h"

/* Does the caller of this plan get a stream? */
bool form_streams(const struct plan *p);

/* Replaces *bytes, an answer of shape s, by what that caller gets, from a. 0,
 * or -1 with *bytes as they were when they do not make such a reply. */
int form_convert(struct arena *a, const struct plan *p, enum shape s,
		 enum reply_form form, struct str *bytes);

#endif
