/* Between the files of page.h: what stands on the page for people. */
#ifndef SERVE_PAGE_PARTS_H
#define SERVE_PAGE_PARTS_H

#include "base/buf.h"
#include "serve/status.h"

/* Picodollars as people read them: "$1,234.56", "$0.0021". */
void page_usd(struct buf *b, int64_t v);
/* Thousands apart: "12,345". */
void page_count(struct buf *b, uint64_t n);

/* What matters now: cards, and charts of the last 24 hours. */
void page_now(struct buf *b, const struct status_of *of);
/* What is not as it should be, or that nothing is. */
void page_trouble(struct buf *b, const struct status_of *of);
/* What is left of budgets; nothing where there are none. */
void page_budgets(struct buf *b, const struct status_of *of);
/* Upstreams, nodes and models; then every count there is. */
void page_items(struct buf *b, const struct status_of *of);
void page_counts(struct buf *b, const struct status_of *of);

#endif
