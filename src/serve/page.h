/* How larder is (serve/status.h), as a document: for programs and for people
 * in a browser. No prompts and no answers are in it. */
#ifndef SERVE_PAGE_H
#define SERVE_PAGE_H

#include "base/buf.h"
#include "serve/status.h"

/* One JSON object; what `larder stats --json` prints. */
void page_json(struct buf *out, const struct status_of *of);

/* One page that needs nothing but itself. */
void page_html(struct buf *out, const struct status_of *of);

#endif
