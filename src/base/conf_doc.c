#include "base/conf.h"

#include "base/conf_value.h"

#define COLUMNS 76

/* -- the manual ------------------------------------------------------------ */

/* Text for roff: what it would take for a request or an escape is
 * disarmed, and `what stands so` becomes bold. A line end follows. */
static void put_roff(FILE *out, const char *s)
{
	bool bold = false;

	if (*s == '.' || *s == '\'')
		fputs("\\&", out);
	for (; *s; s++) {
		if (*s == '\\')
			fputs("\\e", out);
		else if (*s == '-')
			fputs("\\-", out);
		else if (*s == '`')
			fputs((bold = !bold) ? "\\fB" : "\\fR", out);
		else
			putc(*s == '\n' ? ' ' : *s, out);
	}
	fputs(bold ? "\\fR\n" : "\n", out);
}

/* "`threads` (a whole number from 1 to 4096; default `64`)" and its text. */
static void doc_row(const struct conf_row *row, struct arena *a, FILE *out)
{
	const char *dflt = "";

	if (row->dflt)
		dflt = *row->dflt ? arena_printf(a, "; default `%s`",
						 row->dflt) :
				    "; default empty";
	fputs(".TP\n", out);
	put_roff(out, arena_printf(a, "`%s` (%s%s)", row->name,
				   conf_value_allowed(row, a), dflt));
	put_roff(out, row->doc);
}

void conf_doc(const struct conf_section *table, FILE *out)
{
	struct arena *a = arena_new();

	for (; table->name; table++) {
		fprintf(out, ".SS [%s%s]\n", table->name,
			table->named ? " NAME" : "");
		if (table->doc)
			put_roff(out, table->doc);
		for (const struct conf_row *row = table->row; row->name; row++)
			doc_row(row, a, out);
	}
	arena_free(&a);
}

/* -- the example ----------------------------------------------------------- */

/* Words behind "# ", broken at the right margin. */
static void put_comment(FILE *out, const char *s)
{
	size_t column = 0, n;

	for (s += strspn(s, " \n"); *s; s += n + strspn(s + n, " \n")) {
		n = strcspn(s, " \n");
		if (column && column + 1 + n > COLUMNS) {
			putc('\n', out);
			column = 0;
		}
		column += (size_t)fprintf(out, "%s%.*s", column ? " " : "# ",
					  (int)n, s);
	}
	putc('\n', out);
}

static void example_row(const struct conf_row *row, bool live,
			struct arena *a, FILE *out)
{
	putc('\n', out);
	put_comment(out, row->doc);
	if (row->type == CONF_CHOICE || row->type == CONF_INT)
		put_comment(out, arena_printf(a, "(%s)",
					      conf_value_allowed(row, a)));
	fprintf(out, "%s%s =%s%s\n", live && row->dflt ? "" : ";", row->name,
		row->dflt && *row->dflt ? " " : "",
		row->dflt ? row->dflt : "");
}

void conf_example(const struct conf_section *table, FILE *out)
{
	struct arena *a = arena_new();

	put_comment(out, "Every name with its default. What begins with a "
			 "semicolon is not set: names without a default, and "
			 "sections of which there may be any number.");
	for (; table->name; table++) {
		putc('\n', out);
		if (table->doc)
			put_comment(out, table->doc);
		fprintf(out, "%s[%s%s]\n", table->named ? ";" : "",
			table->name, table->named ? " NAME" : "");
		for (const struct conf_row *row = table->row; row->name; row++)
			example_row(row, !table->named, a, out);
	}
	arena_free(&a);
}
