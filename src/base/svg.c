#include "base/svg.h"

#include <stdint.h>
#include <stdio.h>

#include "base/html.h"

#define LEFT 46
#define RIGHT 394
#define TOP 8
#define BOTTOM 182
#define HEIGHT 204
#define BROADEST 60 /* bars of a column */

/* Where values are. */
struct scale {
	double low, high; /* of the axis; of SVG_LINES their logarithms */
	double step;
	bool log;
};

/* -- as much of mathematics as a drawing needs: libm is one library more to
 * load for each request of a CGI ------------------------------------------- */

static bool is_nan(double v)
{
	return v != v;
}

static double larger(double a, double b)
{
	return b > a ? b : a;
}

static double smaller(double a, double b)
{
	return b < a ? b : a;
}

static double size_of(double v)
{
	return v < 0 ? -v : v;
}

/* The largest whole number not above v; good to 2^62. */
static double whole(double v)
{
	double n = (double)(int64_t)v;

	return n > v ? n - 1 : n;
}

static double ten_to(int n)
{
	double v = 1;

	for (; n > 0; n--)
		v *= 10;
	for (; n < 0; n++)
		v /= 10;
	return v;
}

/* Of v above 0; *rest_r, from 1 to 10, is what is left of it. */
static int tens_in(double v, double *rest_r)
{
	int n = 0;

	for (; v >= 10 && n < 400; n++)
		v /= 10;
	for (; v < 1 && n > -400; n--)
		v *= 10;
	*rest_r = v;
	return n;
}

/* A binary digit with each squaring; 14 of them are a hair's breadth. */
static double log_ten(double v)
{
	double rest, bit = .5, sum = tens_in(v, &rest);

	for (int i = 0; i < 14; i++, bit /= 2) {
		rest *= rest;
		if (rest >= 10) {
			rest /= 10;
			sum += bit;
		}
	}
	return sum;
}

/* -- the axes -------------------------------------------------------------- */

static double y_of(const struct scale *s, double v)
{
	double at = s->log ? log_ten(v < 1 ? 1 : v) : v;

	return BOTTOM - (at - s->low) / (s->high - s->low) * (BOTTOM - TOP);
}

static double x_of(const struct svg_chart *c, double column)
{
	return LEFT + column * (RIGHT - LEFT) / (double)(c->n ? c->n : 1);
}

static double column_sum(const struct svg_chart *c, size_t i)
{
	double sum = 0;

	for (size_t k = 0; k < c->nseries; k++)
		if (c->series[k].value[i] > 0)
			sum += c->series[k].value[i];
	return sum;
}

static void extent(const struct svg_chart *c, double *low, double *high)
{
	double v;

	*low = *high = 0;
	for (size_t i = 0; i < c->n; i++) {
		if (c->kind == SVG_STACK) {
			*high = larger(*high, column_sum(c, i));
			continue;
		}
		for (size_t k = 0; k < c->nseries; k++) {
			v = c->series[k].value[i];
			*high = larger(*high, v); /* not by NAN */
			*low = smaller(*low, v);
		}
	}
}

/* The smallest of 1, 2, 5, 10, ... that gives at most `most` steps. */
static double step_for(double range, int most)
{
	double want, ten = ten_to(tens_in(range / most, &want));

	return ten * (want <= 1 ? 1 : want <= 2 ? 2 : want <= 5 ? 5 : 10);
}

static struct scale scale_of(const struct svg_chart *c)
{
	struct scale s = { .log = c->kind == SVG_LINES };
	double low, high;

	extent(c, &low, &high);
	if (s.log) {
		s.high = -whole(-log_ten(larger(high, 10)));
		s.step = s.high > 5 ? 2 : 1;
		return s;
	}
	if (high <= low)
		high = low + 1;
	s.step = step_for(high - low, 4);
	s.low = whole(low / s.step) * s.step;
	s.high = -whole(-high / s.step) * s.step;
	return s;
}

static void draw_scale(struct buf *b, const struct svg_chart *c,
		       const struct scale *s)
{
	char text[32];
	double v, y;

	for (double at = s->low; at <= s->high + s->step / 2; at += s->step) {
		v = s->log ? ten_to((int)at) :
		    size_of(at) < s->step / 2 ? 0 : at;
		y = y_of(s, v);
		c->say(v, text);
		buf_printf(b, "<path class=\"axis\" d=\"M%d %.1fH%d\"/>"
			   "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">",
			   LEFT, y, RIGHT, LEFT - 6, y + 4);
		html_text(b, text);
		buf_puts(b, "</text>\n");
	}
}

/* As many labels as there is room for, the last one's column among them. */
static void draw_labels(struct buf *b, const struct svg_chart *c)
{
	size_t longest = 1, every;

	for (size_t i = 0; i < c->n; i++)
		longest = strlen(c->label[i]) > longest ?
				  strlen(c->label[i]) : longest;
	every = 1 + c->n * (longest * 7 + 14) / (RIGHT - LEFT);
	for (size_t i = 0; i < c->n; i++) {
		if ((c->n - 1 - i) % every)
			continue;
		buf_printf(b, "<text x=\"%.1f\" y=\"%d\" "
			   "text-anchor=\"middle\">",
			   x_of(c, (double)i + .5), BOTTOM + 17);
		html_text(b, c->label[i]);
		buf_puts(b, "</text>\n");
	}
}

/* -- the marks ------------------------------------------------------------- */

/* The title of series k in column i, which closes that mark. */
static void mark_title(struct buf *b, const struct svg_chart *c, size_t k,
		       size_t i)
{
	char text[32];

	c->say(c->series[k].value[i], text);
	buf_puts(b, "<title>");
	html_text(b, c->label[i]);
	buf_puts(b, " ");
	html_text(b, c->series[k].name);
	buf_puts(b, ": ");
	html_text(b, text);
	buf_puts(b, "</title>");
}

static void draw_bar(struct buf *b, const struct svg_chart *c, size_t k,
		     size_t i, double x, double wide, double from, double to)
{
	double top = smaller(from, to), high = size_of(from - to);

	if (high <= 0)
		return;
	buf_printf(b, "<rect class=\"c%u\" x=\"%.2f\" y=\"%.2f\" "
		   "width=\"%.2f\" height=\"%.2f\">", c->series[k].colour & 7,
		   x, top, wide, high);
	mark_title(b, c, k, i);
	buf_puts(b, "</rect>\n");
}

/* Of all bars of a column. */
static double bar_width(const struct svg_chart *c)
{
	return smaller((RIGHT - LEFT) / (double)c->n * .8, BROADEST);
}

static void draw_stack(struct buf *b, const struct svg_chart *c,
		       const struct scale *s, size_t i)
{
	double wide = bar_width(c), sum = 0, v;
	double x = x_of(c, (double)i + .5) - wide / 2;

	for (size_t k = 0; k < c->nseries; k++) {
		v = c->series[k].value[i];
		if (!(v > 0))
			continue;
		draw_bar(b, c, k, i, x, wide, y_of(s, sum),
			 y_of(s, sum + v));
		sum += v;
	}
}

static void draw_beside(struct buf *b, const struct svg_chart *c,
			const struct scale *s, size_t i)
{
	double wide = bar_width(c), each = wide / (double)c->nseries, v;
	double x = x_of(c, (double)i + .5) - wide / 2;

	for (size_t k = 0; k < c->nseries; k++) {
		v = c->series[k].value[i];
		if (!is_nan(v))
			draw_bar(b, c, k, i, x + each * (double)k, each,
				 y_of(s, 0), y_of(s, v));
	}
}

static void draw_line(struct buf *b, const struct svg_chart *c,
		      const struct scale *s, size_t k)
{
	const double *v = c->series[k].value;
	unsigned colour = c->series[k].colour & 7;
	bool open = false;

	for (size_t i = 0; i < c->n; i++) {
		if (!is_nan(v[i]))
			buf_printf(b, "%s%.1f,%.1f", open ? " " :
				   arena_printf(b->a, "<polyline "
					"class=\"c%u\" style=\"fill:none\" "
					"points=\"", colour),
				   x_of(c, (double)i + .5), y_of(s, v[i]));
		else if (open)
			buf_puts(b, "\"/>\n");
		open = !is_nan(v[i]);
	}
	if (open)
		buf_puts(b, "\"/>\n");
	for (size_t i = 0; i < c->n; i++) {
		if (is_nan(v[i]))
			continue;
		buf_printf(b, "<circle class=\"c%u\" cx=\"%.1f\" cy=\"%.1f\" "
			   "r=\"%d\">", colour, x_of(c, (double)i + .5),
			   y_of(s, v[i]), c->n > 3 ? 2 : 4);
		mark_title(b, c, k, i);
		buf_puts(b, "</circle>\n");
	}
}

static void draw_marks(struct buf *b, const struct svg_chart *c,
		       const struct scale *s)
{
	for (size_t i = 0; c->kind == SVG_STACK && i < c->n; i++)
		draw_stack(b, c, s, i);
	for (size_t i = 0; c->kind == SVG_BARS && i < c->n; i++)
		draw_beside(b, c, s, i);
	for (size_t k = 0; c->kind == SVG_LINES && k < c->nseries; k++)
		draw_line(b, c, s, k);
}

/* -- the figure ------------------------------------------------------------ */

static void legend_item(struct buf *b, const char *name, unsigned colour)
{
	buf_printf(b, "<li><svg viewBox=\"0 0 8 8\" aria-hidden=\"true\">"
		   "<rect class=\"c%u\" width=\"8\" height=\"8\" rx=\"2\"/>"
		   "</svg>", colour & 7);
	html_text(b, name);
	buf_puts(b, "</li>\n");
}

void svg_chart(struct buf *b, const struct svg_chart *c)
{
	struct scale s = scale_of(c);

	buf_puts(b, "<figure><figcaption>");
	html_text(b, c->title);
	buf_puts(b, "</figcaption>\n<ul class=\"legend\">\n");
	for (size_t k = 0; k < c->nseries; k++)
		legend_item(b, c->series[k].name, c->series[k].colour);
	buf_printf(b, "</ul>\n<svg viewBox=\"0 0 400 %d\" role=\"img\" "
		   "aria-labelledby=\"%st %sd\"><title id=\"%st\">", HEIGHT,
		   c->id, c->id, c->id);
	html_text(b, c->title);
	buf_printf(b, "</title><desc id=\"%sd\">", c->id);
	html_text(b, c->desc);
	buf_puts(b, "</desc>\n");
	draw_scale(b, c, &s);
	draw_labels(b, c);
	draw_marks(b, c, &s);
	buf_puts(b, "</svg></figure>\n");
}

void svg_legend(struct buf *b, const struct svg_part *part, size_t n)
{
	buf_puts(b, "<ul class=\"legend\">\n");
	for (size_t i = 0; i < n; i++)
		legend_item(b, part[i].name, part[i].colour);
	buf_puts(b, "</ul>\n");
}

static void draw_part(struct buf *b, const struct svg_part *part, double at,
		      double wide, void (*say)(double v, char *out))
{
	char text[32];

	buf_printf(b, "<rect class=\"c%u\" x=\"%.2f\" width=\"%.2f\" "
		   "height=\"8\">", part->colour & 7, at, wide);
	if (say) {
		say(part->value, text);
		buf_puts(b, "<title>");
		html_text(b, part->name);
		buf_puts(b, ": ");
		html_text(b, text);
		buf_puts(b, "</title>");
	}
	buf_puts(b, "</rect>");
}

void svg_meter(struct buf *b, const char *title, const struct svg_part *part,
	       size_t n, double all, void (*say)(double v, char *out))
{
	double at = 0, wide;

	buf_puts(b, "<svg class=\"meter\" viewBox=\"0 0 200 8\" role=\"img\" "
		 "preserveAspectRatio=\"none\"><title>");
	html_text(b, title);
	buf_puts(b, "</title><rect width=\"200\" height=\"8\" "
		 "fill=\"var(--line)\"/>");
	for (size_t i = 0; i < n; i++) {
		wide = all > 0 && part[i].value > 0 ?
			       part[i].value / all * 200 : 0;
		wide = smaller(wide, 200 - at);
		if (wide > 0)
			draw_part(b, &part[i], at, wide, say);
		at += wide;
	}
	buf_puts(b, "</svg>\n");
}

void svg_say_count(double v, char *out)
{
	static const char unit[][2] = { "", "k", "M", "G", "T", "P" };
	size_t i = 0;

	while (size_of(v) >= 1000 && i < sizeof(unit) / sizeof(*unit) - 1) {
		v /= 1000;
		i++;
	}
	snprintf(out, 24, "%.3g%s", v, unit[i]);
}
