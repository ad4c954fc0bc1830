/*
 * Pages that need nothing but themselves: no script, no font, no picture from
 * anywhere, and a policy in their head that lets none in. Light and dark, for
 * phones, for print. Knows nothing of what is on them.
 */
#ifndef BASE_HTML_H
#define BASE_HTML_H

#include "base/buf.h"

/* Also to be sent as Content-Security-Policy, as an element cannot say it all:
 * nothing from anywhere, and in nobody's frame. */
#define HTML_POLICY "default-src 'none'; style-src 'unsafe-inline'; " \
	"img-src data:; base-uri 'none'; form-action 'none'"
#define HTML_POLICY_SENT HTML_POLICY "; frame-ancestors 'none'"

/* From <!doctype> into <main>. title is ours; refresh_s: seconds until the
 * browser asks again, 0 for never. */
void html_begin(struct buf *b, const char *title, int refresh_s);
void html_end(struct buf *b);

/* Text of a stranger's, also within the quotes of an attribute: what means
 * something in HTML is escaped, control characters and what is no UTF-8 are
 * U+FFFD. */
void html_text(struct buf *b, const char *s);

/* The same as an element of its own, so that a name that is written from
 * right to left changes nothing around it. */
void html_name(struct buf *b, const char *s);

#endif
