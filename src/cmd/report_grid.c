#include "cmd/report_grid.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "base/utf8.h"

#define APART 2   /* blanks between columns */
#define GONE (-1) /* width of a column that is not shown */

static int cell_width(const char *cell)
{
	return (int)utf8_count(str_c(cell));
}

int report_grid_most(FILE *out)
{
	struct winsize size;

	if (!isatty(fileno(out)) ||
	    ioctl(fileno(out), TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}

static void print_row(const struct report_grid *g, const int *width,
		      report_cells cells, FILE *out)
{
	const char *before = "";
	int pad;

	for (int i = 0; i < g->columns; i++) {
		if (width[i] == GONE)
			continue;
		pad = width[i] - cell_width(cells[i]);
		fputs(before, out);
		if (i >= g->left)
			fprintf(out, "%*s%s", pad, "", cells[i]);
		else
			fprintf(out, "%s%*s", cells[i], pad, "");
		before = "  ";
	}
	putc('\n', out);
}

static void widen(const struct report_grid *g, int *width, report_cells cells)
{
	for (int i = 0; i < g->columns; i++)
		if (width[i] < cell_width(cells[i]))
			width[i] = cell_width(cells[i]);
}

/* Takes away columns until a row fits, or none is to spare. */
static int narrow(const struct report_grid *g, int *width)
{
	int all = -APART, n = 0;

	for (int i = 0; i < g->columns; i++)
		all += width[i] + APART;
	for (; g->most && all > g->most && n < g->spares; n++) {
		all -= width[g->spare[n]] + APART;
		width[g->spare[n]] = GONE;
	}
	return n;
}

int report_grid_print(const struct report_grid *g, FILE *out)
{
	int width[REPORT_GRID_COLUMNS] = { 0 }, gone;
	report_cells head, cells;

	for (int i = 0; i < g->columns; i++)
		snprintf(head[i], sizeof(head[i]), "%s", g->title[i]);
	widen(g, width, head);
	for (size_t i = 0; i < g->rows; i++) {
		g->fill(g->ctx, i, cells);
		widen(g, width, cells);
	}
	gone = narrow(g, width);
	print_row(g, width, head, out);
	for (size_t i = 0; i < g->rows; i++) {
		g->fill(g->ctx, i, cells);
		print_row(g, width, cells, out);
	}
	return gone;
}
