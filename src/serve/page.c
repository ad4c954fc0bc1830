#include "serve/page.h"

#include <inttypes.h>

struct page {
	struct buf *out;
	const char *before; /* what separates the next thing from the last */
	const char *item;   /* what an item of this section is */
};

static void value(struct buf *out, const struct status_row *r)
{
	char usd[32];

	if (r->kind == STATUS_USD) {
		status_money(r->number, usd);
		buf_puts(out, usd);
	} else if (r->kind == STATUS_NUMBER)
		buf_printf(out, "%" PRIu64, r->number);
	else if (r->kind == STATUS_PERCENT)
		buf_printf(out, "%" PRIu64 ".%" PRIu64, r->number / 10,
			   r->number % 10);
}

/* -- for programs: numbers, and a list for each section of items ----------- */

static void json_section(void *ctx, const struct status_section *s)
{
	struct page *p = ctx;

	p->item = s->item;
	if (!s->item)
		return;
	buf_printf(p->out, "%s\"%s\":[", p->before, s->name);
	p->before = "";
}

static void json_item(void *ctx, const char *name)
{
	struct page *p = ctx;

	buf_printf(p->out, "%s{\"%s\":", p->before, p->item);
	buf_json(p->out, str_c(name));
	p->before = ",";
}

static void json_row(void *ctx, const struct status_row *r)
{
	struct page *p = ctx;

	buf_printf(p->out, "%s\"%s\":", p->before, r->name);
	if (r->kind == STATUS_YES_NO)
		buf_puts(p->out, r->number ? "true" : "false");
	else if (r->kind == STATUS_WORD && r->word)
		buf_json(p->out, str_c(r->word));
	else if (r->kind == STATUS_WORD)
		buf_puts(p->out, "null");
	else
		value(p->out, r);
	p->before = ",";
}

static void json_item_end(void *ctx)
{
	buf_putc(((struct page *)ctx)->out, '}');
}

static void json_section_end(void *ctx, const struct status_section *s)
{
	struct page *p = ctx;

	if (s->item)
		buf_putc(p->out, ']');
	p->before = ",";
}

static const struct status_eye json = {
	json_section, json_item, json_row, json_item_end, json_section_end,
};

void page_json(struct buf *out, const struct status_of *of)
{
	struct page p = { out, "", NULL };

	buf_putc(out, '{');
	status_walk(of, out->a, &json, &p);
	buf_putc(out, '}');
}
