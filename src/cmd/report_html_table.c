/* Tables of the page: the same cells as in the text. */
#include "cmd/report_html.h"

#include <stdlib.h>

#include "base/html.h"

static void begin(struct report_page *p, const char *title)
{
	buf_printf(&p->b, "<h2>%s</h2>\n<div class=\"scroll\" tabindex=\"0\" "
		   "role=\"region\" aria-label=\"%s\"><table class=\"num\">"
		   "<thead><tr>", title, title);
}

static void put_column(struct report_page *p, const char *title, bool left)
{
	buf_printf(&p->b, "<th scope=\"col\"%s>",
		   left ? " class=\"l\"" : "");
	html_text(&p->b, title);
}

static void put_head(struct report_page *p, const struct report_by *by)
{
	for (size_t i = 0; i < by->n; i++)
		put_column(p, report_dim_name[by->dim[i]], true);
	for (size_t i = 0; i < REPORT_NUMBERS; i++)
		put_column(p, report_number_title[i], false);
	buf_puts(&p->b, "</tr></thead>\n<tbody>\n");
}

static void put_numbers(struct report_page *p, const struct report_sum *s)
{
	char cell[REPORT_NUMBERS][REPORT_CELL];

	report_numbers(cell, s, p->places);
	for (size_t i = 0; i < REPORT_NUMBERS; i++)
		buf_printf(&p->b, "<td>%s", cell[i]);
	buf_puts(&p->b, "</tr>\n");
}

static void put_group(struct report_page *p, const struct report_by *by,
		      const struct report_group *g)
{
	buf_puts(&p->b, "<tr>");
	for (size_t i = 0; i < by->n; i++) {
		buf_puts(&p->b, i ? "<td class=\"l\">" :
			 "<th scope=\"row\" class=\"l\">");
		html_name(&p->b, g->name[i]);
	}
	put_numbers(p, &g->sum);
	report_page_flush(p);
}

void report_page_table(struct report_page *p, const char *title,
		       const struct report_by *by,
		       const struct report_group *const *list, size_t n,
		       const struct report_sum *total)
{
	begin(p, title);
	put_head(p, by);
	for (size_t i = 0; i < n; i++)
		put_group(p, by, list[i]);
	buf_puts(&p->b, "</tbody>\n");
	if (total) {
		buf_printf(&p->b, "<tfoot><tr><th scope=\"row\" "
			   "class=\"l\" colspan=\"%zu\">TOTAL", by->n);
		put_numbers(p, total);
		buf_puts(&p->b, "</tfoot>");
	}
	buf_puts(&p->b, "</table></div>\n");
}

/* -- least valuable entries ------------------------------------------------ */

static void put_key(struct report_page *p, const struct report_key *k)
{
	char saved[REPORT_MONEY_TEXT];

	report_money_round(k->saved, p->places, saved);
	buf_puts(&p->b, "<tr><th scope=\"row\" class=\"l\">");
	html_name(&p->b, k->key);
	if (k->size < 0)
		buf_puts(&p->b, "<td>?");
	else
		buf_printf(&p->b, "<td>%lld", (long long)k->size);
	buf_printf(&p->b, "<td>%.1f<td>%lld<td>%lld<td>%s</tr>\n",
		   (double)k->kept_ms / 3.6e6, (long long)k->stored,
		   (long long)k->hits, saved);
}

static void put_keys(struct report_page *p, const struct report_key *list,
		     size_t n)
{
	static const char *const title[] = { "bytes", "hours kept", "stored",
					     "hits", "SAVED USD" };
	struct report_keys_total t;

	report_keys_total(p->v->keys, &t);
	begin(p, "Least valuable entries");
	put_column(p, "key", true);
	for (size_t i = 0; i < sizeof(title) / sizeof(*title); i++)
		put_column(p, title[i], false);
	buf_puts(&p->b, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < n; i++)
		put_key(p, &list[i]);
	buf_printf(&p->b, "</tbody></table></div>\n<p class=\"dim\">%lld of "
		   "%lld were never hit", (long long)t.never_hit,
		   (long long)t.keys);
	if (t.one_in > 1)
		buf_printf(&p->b, "; one in %lld was looked at",
			   (long long)t.one_in);
	buf_puts(&p->b, ".</p>\n");
}

void report_page_entries(struct report_page *p)
{
	const struct report_view *v = p->v;
	struct report_key *list;
	size_t n;

	if (!v->entries || !v->keys)
		return;
	list = calloc(v->entries, sizeof(*list));
	if (!list)
		abort();
	n = report_keys_worst(v->keys, v->entries, list);
	if (n)
		put_keys(p, list, n);
	free(list);
}
