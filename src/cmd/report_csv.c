#include "cmd/report_view.h"

#include "base/count.h"
#include "cmd/report_column.h"

/* Blanks that are no ASCII, and signs: of fullwidth ones some spreadsheets
 * make formulas, too. */
static const struct str blanks[] = {
	STR("\u00a0"), STR("\u200b"), STR("\u3000"), STR("\ufeff"),
};
static const struct str signs[] = {
	STR("="), STR("+"), STR("-"), STR("@"),
	STR("\uff1d"), STR("\uff0b"), STR("\uff0d"), STR("\uff20"),
};

static size_t starts_with(struct str s, const struct str *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_starts(s, list[i]))
			return list[i].n;
	return 0;
}

/* Blanks, line ends and the like before it are cut by some who read it. */
static bool is_formula(struct str s)
{
	size_t n;

	do {
		n = starts_with(s, blanks, COUNT_OF(blanks));
		if (!n && s.n && ((unsigned char)s.p[0] <= ' ' ||
				  s.p[0] == 0x7f))
			n = 1;
		s = str_from(s, n);
	} while (n);
	return starts_with(s, signs, COUNT_OF(signs)) && !str_is(s, "-");
}

void report_csv_name(FILE *out, const char *s)
{
	putc('"', out);
	if (is_formula(str_c(s)))
		putc('\'', out);
	for (; *s; s++) {
		if (*s == '"')
			putc('"', out);
		putc(*s, out);
	}
	putc('"', out);
}

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

void report_view_csv(const struct report_view *v, FILE *out)
{
	const struct report_by *by = report_table_by(v->main);
	const struct report_group *const *list;
	size_t n;

	put_head(out, by);
	list = report_table_groups(v->main, &n);
	for (size_t i = 0; i < n; i++) {
		fputs("group", out);
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
}
