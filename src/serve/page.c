#include "serve/page.h"

#include <inttypes.h>

struct page {
	struct buf *out;
	const char *before; /* what separates the next thing from the last */
	const char *item;   /* what an item of this section is */
};

static void value(struct buf *out, const struct status_row *r)
{
	if (r->kind == STATUS_NUMBER)
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

/* -- for people ------------------------------------------------------------ */

static const char head[] =
	"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
	"<meta name=\"viewport\" content=\"width=device-width\">"
	"<meta name=\"color-scheme\" content=\"light dark\">"
	"<title>larder</title><style>"
	"body{font:15px/1.5 system-ui,sans-serif;max-width:44rem;"
	"margin:2rem auto;padding:0 1rem}"
	"h1{font-size:1.3rem}h2{font-size:1rem;margin:2rem 0 .4rem}"
	"table{border-collapse:collapse;width:100%}"
	"td{padding:.15rem 0;border-bottom:1px solid #8884}"
	"td:last-child{text-align:right;font-variant-numeric:tabular-nums}"
	"</style><h1>larder</h1>";

/* Names come from the configuration, which may hold anything. */
static void escaped(struct buf *out, const char *s)
{
	for (; *s; s++)
		if (strchr("<>&\"'", *s))
			buf_printf(out, "&#%d;", *s);
		else
			buf_putc(out, *s);
}

static void html_section(void *ctx, const struct status_section *s)
{
	struct page *p = ctx;

	p->item = s->item;
	if (s->item && !s->items)
		return;
	buf_puts(p->out, "<h2>");
	escaped(p->out, s->title);
	buf_puts(p->out, "</h2><table>\n");
}

static void html_item(void *ctx, const char *name)
{
	struct page *p = ctx;

	buf_puts(p->out, "<tr><td>");
	escaped(p->out, name);
	buf_puts(p->out, "<td>");
	p->before = "";
}

/* A name without its underscores. */
static void words(struct buf *out, const char *name)
{
	for (; *name; name++)
		buf_putc(out, *name == '_' ? ' ' : *name);
}

static void html_row(void *ctx, const struct status_row *r)
{
	struct page *p = ctx;

	if (p->item && r->say) {
		buf_puts(p->out, p->before);
		escaped(p->out, r->say);
		p->before = ", ";
	}
	if (p->item)
		return;
	buf_puts(p->out, "<tr><td>");
	words(p->out, r->name);
	buf_puts(p->out, "<td>");
	value(p->out, r);
	buf_putc(p->out, '\n');
}

static void html_item_end(void *ctx)
{
	buf_putc(((struct page *)ctx)->out, '\n');
}

static void html_section_end(void *ctx, const struct status_section *s)
{
	if (!s->item || s->items)
		buf_puts(((struct page *)ctx)->out, "</table>\n");
}

static const struct status_eye html = {
	html_section, html_item, html_row, html_item_end, html_section_end,
};

void page_html(struct buf *out, const struct status_of *of)
{
	struct page p = { out, "", NULL };

	buf_puts(out, head);
	status_walk(of, out->a, &html, &p);
	buf_puts(out, "</html>\n");
}
