#include "cmd/report_grid.h"

#include "base/utf8.h"

static int cell_width(const char *cell)
{
	return (int)utf8_count(str_c(cell));
}

static void print_row(const struct report_grid *g, const int *width,
		      report_cells cells, FILE *out)
{
	int pad;

	for (int i = 0; i < g->columns; i++) {
		pad = width[i] - cell_width(cells[i]);
		if (i >= g->left)
			fprintf(out, "%*s%s", pad, "", cells[i]);
		else
			fprintf(out, "%s%*s", cells[i], pad, "");
		fputs(i + 1 < g->columns ? "  " : "\n", out);
	}
}

static void widen(const struct report_grid *g, int *width, report_cells cells)
{
	for (int i = 0; i < g->columns; i++)
		if (width[i] < cell_width(cells[i]))
			width[i] = cell_width(cells[i]);
}

void report_grid_print(const struct report_grid *g, FILE *out)
{
	int width[REPORT_GRID_COLUMNS] = { 0 };
	report_cells head, cells;

	for (int i = 0; i < g->columns; i++)
		snprintf(head[i], sizeof(head[i]), "%s", g->title[i]);
	widen(g, width, head);
	for (size_t i = 0; i < g->rows; i++) {
		g->fill(g->ctx, i, cells);
		widen(g, width, cells);
	}
	print_row(g, width, head, out);
	for (size_t i = 0; i < g->rows; i++) {
		g->fill(g->ctx, i, cells);
		print_row(g, width, cells, out);
	}
}
