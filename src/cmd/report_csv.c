#include "cmd/report_view.h"

#include "cmd/report_column.h"

static void put_sum(FILE *out, const struct report_sum *s)
{
	char text[REPORT_MONEY_TEXT];

	for (int i = 0; i < REPORT_COLUMNS; i++) {
		report_column_text(i, s, text);
		fprintf(out, ",%s", text);
	}
	fputs("\r\n", out);
}

static void put_head(FILE *out, const struct report_by *by)
{
	fputs("row", out);
	for (size_t i = 0; i < by->n; i++)
		fprintf(out, ",%s", report_dim_name[by->dim[i]]);
	for (int i = 0; i < REPORT_COLUMNS; i++)
		fprintf(out, ",%s", report_column_name(i));
	fputs("\r\n", out);
}

/* A table has no place for them. */
static void put_doubt(void *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, "larder report: %s\n", text);
}

void report_view_csv(const struct report_view *v, FILE *out)
{
	const struct report_by *by = report_table_by(v->main);
	const struct report_group *const *list;
	size_t n;

	put_head(out, by);
	list = report_table_groups(v->main, &n);
	for (size_t i = 0; i < n; i++) {
		fputs(list[i]->others ? "others" : "group", out);
		for (size_t k = 0; k < by->n; k++) {
			putc(',', out);
			report_csv_name(out, list[i]->name[k]);
		}
		put_sum(out, &list[i]->sum);
	}
	fputs("total", out);
	for (size_t k = 0; k < by->n; k++)
		putc(',', out);
	put_sum(out, v->total);
	report_doubts(v, put_doubt, NULL);
}
