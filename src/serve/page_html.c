/* The page for people, below its top: one walk for each of its parts. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/html.h"
#include "serve/page.h"
#include "serve/page_parts.h"

struct part {
	struct buf *out;
	const struct status_section *section;
	const char *name;       /* of an item */
	struct buf says, state; /* of it */
	const char *model;
	size_t n;               /* how many so far */
	bool full;              /* a budget */
	/* Of a model. */
	const char *upstream;
	uint64_t requests, hits, errors, in, made;
	int64_t cost, saved;
};

static bool in(const struct part *p, const char *section)
{
	return strcmp(p->section->name, section) == 0;
}

static bool is(const struct status_row *r, const char *name)
{
	return strcmp(r->name, name) == 0;
}

static void on_section(void *ctx, const struct status_section *s)
{
	((struct part *)ctx)->section = s;
}

static void no_item(void *ctx, const char *name)
{
	((struct part *)ctx)->name = name;
}

static void no_end(void *ctx)
{
	(void)ctx;
}

static void no_section_end(void *ctx, const struct status_section *s)
{
	(void)ctx;
	(void)s;
}

/* -- trouble --------------------------------------------------------------- */

static void trouble(struct part *p, const char *what, const char *name,
		    const char *model)
{
	buf_printf(p->out, "%s<li>%s ", p->n ? "" : "<ul class=\"say bad\">\n",
		   what);
	html_name(p->out, name);
	if (model) {
		buf_puts(p->out, ", model ");
		html_name(p->out, model);
	}
	buf_puts(p->out, "</li>\n");
	p->n++;
}

static void trouble_row(void *ctx, const struct status_row *r)
{
	struct part *p = ctx;

	if (is(r, "model") && in(p, "upstreams"))
		p->model = r->word;
	else if (is(r, "breaker") && (strcmp(r->word, "open") == 0 ||
				      strcmp(r->word, "trying") == 0))
		trouble(p, "Breaker open:", p->name, p->model);
	else if (is(r, "up") && !r->number)
		trouble(p, "memcached node down:", p->name, NULL);
	else if (in(p, "budgets") && is(r, "full_percent"))
		p->full = r->number >= 1000;
	else if (in(p, "budgets") && is(r, "blocked") && p->full)
		trouble(p, r->number ? "Budget spent, calls are refused:" :
			"Budget spent:", p->name, NULL);
	else if (is(r, "tenants_blocked") && r->number)
		trouble(p, arena_printf(p->out->a, "%" PRIu64 " tenant%s "
					"refused calls, the budget is spent:",
					r->number, r->number == 1 ? " is" :
					"s are"), p->name, NULL);
	else if (is(r, "log_dropped") && r->number)
		trouble(p, "Lines of the usage log that were lost since "
			"the cache was made:",
			arena_printf(p->out->a, "%" PRIu64, r->number), NULL);
}

static const struct status_eye trouble_eye = {
	on_section, no_item, trouble_row, no_end, no_section_end,
};

void page_trouble(struct buf *b, const struct status_of *of)
{
	struct part p = { .out = b };

	status_walk(of, b->a, &trouble_eye, &p);
	buf_printf(b, p.n ? "</ul>\n" : "<p class=\"say good\">No breaker is "
		   "open%s</p>\n", of->conf->budgets.n ? ", no call is "
		   "refused for a budget" : "");
}

/* -- upstreams, nodes, models ---------------------------------------------- */

/* Budgets have a part of their own. */
static bool listed(const struct status_section *s)
{
	return s->item && strncmp(s->name, "budget", 6) != 0;
}

static void items_section(void *ctx, const struct status_section *s)
{
	struct part *p = ctx;

	p->section = s;
	if (!listed(s) || !s->items)
		return;
	buf_printf(p->out, "<h2>%s</h2>\n", s->title);
	buf_puts(p->out, in(p, "models") ?
		 "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
		 "aria-label=\"Models\"><table><thead><tr>"
		 "<th scope=\"col\">model</th>"
		 "<th scope=\"col\" class=\"l\">upstream</th>"
		 "<th scope=\"col\">requests</th><th scope=\"col\">hits</th>"
		 "<th scope=\"col\">errors</th>"
		 "<th scope=\"col\">input tokens</th>"
		 "<th scope=\"col\">output</th><th scope=\"col\">cost</th>"
		 "<th scope=\"col\">saved</th></tr></thead><tbody>\n" :
		 "<ul class=\"rows\">\n");
}

static void items_item(void *ctx, const char *name)
{
	struct part *p = ctx;
	struct part next = { .out = p->out, .section = p->section,
			     .name = name };

	*p = next;
	buf_init(&p->says, p->out->a);
	buf_init(&p->state, p->out->a);
}

static const char *colour(const struct status_row *r)
{
	if (is(r, "up"))
		return r->number ? "good" : "bad";
	return strcmp(r->word, "closed") == 0 ? "good" :
	       strcmp(r->word, "open") == 0 ? "bad" :
	       strcmp(r->word, "trying") == 0 ? "warn" : "dim";
}

static void place_row(struct part *p, const struct status_row *r)
{
	if (is(r, "model"))
		p->model = r->word;
	else if (is(r, "breaker") || is(r, "up"))
		buf_puts(&p->state, colour(r));
	if (!r->say || is(r, "model") || (is(r, "opened") && !r->number))
		return;
	buf_puts(&p->says, p->says.n ? " · " : "");
	buf_puts(&p->says, r->say);
}

static void model_row(struct part *p, const struct status_row *r)
{
	if (is(r, "upstream"))
		p->upstream = r->word;
	else if (is(r, "requests"))
		p->requests = r->number;
	else if (is(r, "hits"))
		p->hits = r->number;
	else if (is(r, "errors"))
		p->errors = r->number;
	else if (is(r, "tokens_output"))
		p->made = r->number;
	else if (is(r, "cost_usd"))
		p->cost = (int64_t)r->number;
	else if (is(r, "saved_usd"))
		p->saved = (int64_t)r->number;
	else if (strncmp(r->name, "tokens_", 7) == 0 &&
		 !is(r, "tokens_reasoning"))
		p->in += r->number;
}

static void items_row(void *ctx, const struct status_row *r)
{
	struct part *p = ctx;

	if (!listed(p->section))
		return;
	if (in(p, "models"))
		model_row(p, r);
	else
		place_row(p, r);
}

static void cell(struct part *p, uint64_t n)
{
	buf_puts(p->out, "<td>");
	page_count(p->out, n);
}

static void model_end(struct part *p)
{
	buf_puts(p->out, "<tr><th scope=\"row\">");
	html_name(p->out, p->name);
	buf_puts(p->out, "<td class=\"l\">");
	html_name(p->out, p->upstream);
	cell(p, p->requests);
	cell(p, p->hits);
	cell(p, p->errors);
	cell(p, p->in);
	cell(p, p->made);
	buf_puts(p->out, "<td>");
	page_usd(p->out, p->cost);
	buf_puts(p->out, "<td>");
	page_usd(p->out, p->saved);
	buf_puts(p->out, "</tr>\n");
}

static void place_end(struct part *p)
{
	buf_printf(p->out, "<li class=\"%s\"><b>",
		   p->state.n ? p->state.p : "dim");
	html_name(p->out, p->name);
	buf_puts(p->out, "</b>");
	if (p->model) {
		buf_puts(p->out, "<small>model ");
		html_name(p->out, p->model);
		buf_puts(p->out, "</small>");
	}
	buf_puts(p->out, "<small>");
	html_text(p->out, p->says.n ? p->says.p : "");
	buf_puts(p->out, "</small></li>\n");
}

static void items_end(void *ctx)
{
	struct part *p = ctx;

	if (in(p, "models"))
		model_end(p);
	else if (listed(p->section))
		place_end(p);
}

static void items_section_end(void *ctx, const struct status_section *s)
{
	struct part *p = ctx;

	if (listed(s) && s->items)
		buf_puts(p->out, strcmp(s->name, "models") == 0 ?
			 "</tbody></table></div>\n" : "</ul>\n");
}

static const struct status_eye items_eye = {
	items_section, items_item, items_row, items_end, items_section_end,
};

void page_items(struct buf *b, const struct status_of *of)
{
	struct part p = { .out = b };

	status_walk(of, b->a, &items_eye, &p);
}

/* -- every count ----------------------------------------------------------- */

static void counts_section(void *ctx, const struct status_section *s)
{
	struct part *p = ctx;

	p->section = s;
	if (!s->item)
		buf_printf(p->out, "<div class=\"scroll\"><table>"
			   "<caption>%s</caption><tbody>\n", s->title);
}

static void counts_row(void *ctx, const struct status_row *r)
{
	struct part *p = ctx;
	char usd[32];

	if (p->section->item)
		return;
	buf_puts(p->out, "<tr><td>");
	for (const char *c = r->name; *c; c++)
		buf_putc(p->out, *c == '_' ? ' ' : *c);
	buf_puts(p->out, "<td>");
	if (r->kind == STATUS_USD) {
		status_money(r->number, usd);
		buf_puts(p->out, usd);
	} else if (r->kind == STATUS_PERCENT) {
		buf_printf(p->out, "%" PRIu64 ".%" PRIu64, r->number / 10,
			   r->number % 10);
	} else {
		page_count(p->out, r->number);
	}
	buf_putc(p->out, '\n');
}

static void counts_section_end(void *ctx, const struct status_section *s)
{
	if (!s->item)
		buf_puts(((struct part *)ctx)->out,
			 "</tbody></table></div>\n");
}

static const struct status_eye counts_eye = {
	counts_section, no_item, counts_row, no_end, counts_section_end,
};

void page_counts(struct buf *b, const struct status_of *of)
{
	struct part p = { .out = b };

	buf_puts(b, "<details><summary>All counts</summary>\n"
		 "<div class=\"charts\">\n");
	status_walk(of, b->a, &counts_eye, &p);
	buf_puts(b, "</div></details>\n");
}

/* -- all of it ------------------------------------------------------------- */

void page_html(struct buf *out, const struct status_of *of)
{
	char at[25];

	clock_rfc3339(of->wall_ms, at);
	html_begin(out, "larder", 30);
	buf_printf(out, "<header><h1>larder</h1><span class=\"dim\">"
		   "%.10s %.8s UTC · version " PACKAGE_VERSION
		   "</span></header>\n", at, at + 11);
	page_trouble(out, of);
	page_now(out, of);
	page_budgets(out, of);
	page_items(out, of);
	page_counts(out, of);
	html_end(out);
}
