/* The top of the page: what matters now. */
#include <inttypes.h>
#include <stdio.h>

#include "base/count.h"
#include "base/html.h"
#include "base/svg.h"
#include "serve/page_parts.h"
#include "serve/tally.h"

#define HOUR_MS 3600000
#define DAY_MS (24 * (int64_t)HOUR_MS)
#define HOURS 24
#define PICO 1e12

/* -- numbers --------------------------------------------------------------- */

void page_count(struct buf *b, uint64_t n)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%" PRIu64, n);

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			buf_putc(b, ',');
		buf_putc(b, text[i]);
	}
}

/* Cents, or as many digits as show something of less than a dollar. */
void page_usd(struct buf *b, int64_t v)
{
	uint64_t abs = v < 0 ? -(uint64_t)v : (uint64_t)v;
	uint64_t dollar = 1000000000000, unit = dollar / 100;
	int places = 2;

	while (abs && abs < dollar && places < 8 && abs < unit * 10) {
		unit /= 10;
		places++;
	}
	abs = (abs + unit / 2) / unit;
	unit = dollar / unit;
	buf_puts(b, v < 0 && abs ? "−$" : "$");
	page_count(b, abs / unit);
	buf_printf(b, ".%0*" PRIu64, places, abs % unit);
}

static void put_percent(struct buf *b, uint64_t part, uint64_t all)
{
	uint64_t tenths = all ? (uint64_t)((double)part / (double)all * 1000 +
					   0.5) : 0;

	buf_printf(b, "%" PRIu64 ".%" PRIu64 "&thinsp;%%", tenths / 10,
		   tenths % 10);
}

static void put_ms(struct buf *b, int64_t ms)
{
	if (ms < 1000)
		buf_printf(b, "%" PRId64 "&nbsp;ms", ms);
	else
		buf_printf(b, "%" PRId64 ".%" PRId64 "&nbsp;s", ms / 1000,
			   ms % 1000 / 100);
}

static int64_t net(const struct tally_pulse *p)
{
	return (int64_t)(p->saved - p->burnt);
}

static void since(const struct status_of *of, int64_t then_ms,
		  struct tally_pulse *p_r)
{
	const struct tally *t = tally_of(of->board);
	struct tally_pulse was;

	tally_then(t, of->wall_ms, then_ms, &was);
	tally_copy(p_r, &t->pulse);
	tally_less(p_r, &was);
}

/* -- cards ----------------------------------------------------------------- */

static const struct tier {
	enum tally_cache cache;
	const char *name;
	unsigned colour;
} tiers[] = {
	{ TALLY_LOCAL, "local", 0 },
	{ TALLY_MEMCACHED, "memcached", 1 },
	{ TALLY_COLLAPSED, "collapsed", 3 },
	{ TALLY_STALE, "stale", 2 },
	{ TALLY_PINNED, "pinned", 7 },
};

static void card(struct buf *b, const char *title, const char *more)
{
	buf_printf(b, "<section class=\"card%s\"><h3>%s</h3>\n"
		   "<div class=\"big\">", more, title);
}

static void card_hits(struct buf *b, const struct tally_pulse *today)
{
	uint64_t n = today->hits + today->misses;
	uint64_t all = today->misses;
	struct svg_part part[COUNT_OF(tiers)];
	size_t parts = 0;

	card(b, "Hit rate today", " wide");
	if (n)
		put_percent(b, today->hits, n);
	else
		buf_puts(b, "–");
	buf_puts(b, "</div>\n<p>of ");
	page_count(b, n);
	buf_puts(b, " hits and misses; no errors, no bypasses</p>\n");
	for (size_t i = 0; i < COUNT_OF(tiers); i++) {
		uint64_t k = today->cache[tiers[i].cache];

		all += k;
		if (k || i < 2)
			part[parts++] = (struct svg_part){
				arena_printf(b->a, "%s %" PRIu64,
					     tiers[i].name, k),
				(double)k, tiers[i].colour };
	}
	svg_meter(b, "Requests by where the answer was", part, parts,
		  (double)all, NULL);
	svg_legend(b, part, parts);
	buf_puts(b, "</section>\n");
}

static void card_money(struct buf *b, const struct tally_pulse *today,
		       uint64_t unpriced)
{
	card(b, "Saved today", "");
	page_usd(b, net(today));
	buf_puts(b, "</div>\n<p>spent ");
	page_usd(b, (int64_t)today->cost);
	buf_puts(b, "</p>\n");
	if (unpriced) {
		buf_puts(b, "<small>so far ");
		page_count(b, unpriced);
		buf_puts(b, " calls of unknown cost</small>");
	}
	buf_puts(b, "</section>\n");
}

static void card_rate(struct buf *b, const struct status_of *of,
		      const struct tally_pulse *today)
{
	int64_t ms;
	uint64_t n = tally_lately(tally_of(of->board), of->wall_ms, &ms);
	uint64_t all = tally_requests(today);

	card(b, "Requests per second", "");
	buf_printf(b, "%.*f</div>\n<p>", n < 600 ? 2 : 1,
		   (double)n * 1000 / (double)ms);
	page_count(b, all);
	buf_printf(b, " today</p>\n<small class=\"%s\">",
		   today->errors ? "bad" : "good");
	page_count(b, today->errors);
	buf_puts(b, " errors (");
	put_percent(b, today->errors, all);
	buf_puts(b, ")</small></section>\n");
}

static void put_hist(struct buf *b, const char *what,
		     const struct tally_hist *h)
{
	static const struct {
		const char *name;
		int thousandths;
	} q[] = { { "p50", 500 }, { "p95", 950 }, { "p99", 990 } };
	int64_t ms;

	buf_printf(b, "<tr><th scope=\"row\">%s</th>", what);
	for (size_t i = 0; i < COUNT_OF(q); i++) {
		ms = tally_at(h, &tally_ms, q[i].thousandths);
		buf_puts(b, "<td>");
		if (ms >= 0)
			put_ms(b, ms);
		else
			buf_puts(b, "–");
		buf_puts(b, "</td>");
	}
	buf_puts(b, "</tr>\n");
}

static void card_latency(struct buf *b, const struct tally_pulse *hour)
{
	buf_puts(b, "<section class=\"card wide\"><h3>Latency, last hour</h3>\n"
		 "<table class=\"tight\"><thead><tr><td></td>"
		 "<th scope=\"col\">p50</th><th scope=\"col\">p95</th>"
		 "<th scope=\"col\">p99</th></tr></thead><tbody>\n");
	put_hist(b, "hits", &hour->hit_ms);
	put_hist(b, "calls", &hour->call_ms);
	buf_puts(b, "</tbody></table></section>\n");
}

/* -- the last 24 hours ----------------------------------------------------- */

struct day {
	char name[HOURS][6];
	const char *label[HOURS];
	struct tally_pulse hour[HOURS];
};

static void read_day(struct day *d, const struct status_of *of)
{
	const struct tally *t = tally_of(of->board);
	int64_t at = of->wall_ms / HOUR_MS * HOUR_MS - (HOURS - 1) *
		     (int64_t)HOUR_MS;
	struct tally_pulse was;

	for (size_t i = 0; i < HOURS; i++, at += HOUR_MS) {
		snprintf(d->name[i], sizeof(d->name[i]), "%02d:00",
			 (int)(at / HOUR_MS % 24 + 24) % 24);
		d->label[i] = d->name[i];
		tally_then(t, of->wall_ms, at + HOUR_MS, &d->hour[i]);
		tally_then(t, of->wall_ms, at, &was);
		tally_less(&d->hour[i], &was);
	}
}

static void say_usd(double v, char *out)
{
	snprintf(out, 32, "$%.3g", v);
}

static void chart_requests(struct buf *b, const struct day *d)
{
	static const struct svg_series what[] = {
		{ "hits", NULL, 0 }, { "misses", NULL, 2 },
		{ "others", NULL, 4 },
	};
	struct svg_series s[COUNT_OF(what)];
	double v[COUNT_OF(what)][HOURS];

	for (size_t i = 0; i < HOURS; i++) {
		v[0][i] = (double)d->hour[i].hits;
		v[1][i] = (double)d->hour[i].misses;
		v[2][i] = (double)tally_requests(&d->hour[i]) - v[0][i] -
			  v[1][i];
	}
	for (size_t k = 0; k < COUNT_OF(what); k++) {
		s[k] = what[k];
		s[k].value = v[k];
	}
	svg_chart(b, &(struct svg_chart){ SVG_STACK, "requests",
		  "Requests by hour (UTC)",
		  "Requests of each of the last 24 hours that the cache "
		  "answered, that an upstream answered, and that failed or "
		  "that the cache has no part in.", HOURS, d->label,
		  COUNT_OF(s), s, svg_say_count });
}

static void chart_money(struct buf *b, const struct day *d)
{
	double cost[HOURS], saved[HOURS];
	const struct svg_series s[] = { { "spent", cost, 5 },
					{ "saved", saved, 1 } };

	for (size_t i = 0; i < HOURS; i++) {
		cost[i] = (double)d->hour[i].cost / PICO;
		saved[i] = (double)net(&d->hour[i]) / PICO;
	}
	svg_chart(b, &(struct svg_chart){ SVG_BARS, "money",
		  "Spent and saved by hour (UTC)",
		  "US dollars that calls of each of the last 24 hours cost, "
		  "and that were saved.", HOURS, d->label, COUNT_OF(s), s,
		  say_usd });
}

void page_now(struct buf *b, const struct status_of *of)
{
	struct day *d = arena_new_n(b->a, struct day, 1);
	struct tally_pulse today, hour;

	since(of, of->wall_ms / DAY_MS * DAY_MS, &today);
	since(of, of->wall_ms - 3 * TALLY_QUARTER_MS, &hour);
	read_day(d, of);
	buf_puts(b, "<div class=\"cards\">\n");
	card_hits(b, &today);
	card_money(b, &today, tally_of(of->board)->unpriced);
	card_rate(b, of, &today);
	card_latency(b, &hour);
	buf_puts(b, "</div>\n<div class=\"charts\">\n");
	chart_requests(b, d);
	chart_money(b, d);
	buf_puts(b, "</div>\n");
}
