/* Budgets on the page: a bar for each, and for each tenant. */
#include <inttypes.h>

#include "base/count.h"
#include "base/html.h"
#include "base/svg.h"
#include "serve/page_parts.h"

#define MINUTE_MS 60000
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define NEARLY 800 /* tenths of a percent: worth a look */
#define FULL 1000
#define OPEN 6    /* tenants that are shown without being asked for */

struct budgets {
	struct buf *out;
	const struct status_section *section;
	size_t n;         /* items of it so far */
	const char *name; /* of the item, and what it says: */
	const char *tenant, *who, *every, *since;
	uint64_t limit, spent, held, left, full, unpriced;
	uint64_t tenants, refused, more, renewed_ms;
	bool blocked;
};

/* Where a row goes. */
static const struct {
	const char *row;
	size_t offset;
} words[] = {
	{ "tenant", offsetof(struct budgets, tenant) },
	{ "for", offsetof(struct budgets, who) },
	{ "every", offsetof(struct budgets, every) },
	{ "blocked_since", offsetof(struct budgets, since) },
}, numbers[] = {
	{ "limit_usd", offsetof(struct budgets, limit) },
	{ "spent_usd", offsetof(struct budgets, spent) },
	{ "held_usd", offsetof(struct budgets, held) },
	{ "left_usd", offsetof(struct budgets, left) },
	{ "full_percent", offsetof(struct budgets, full) },
	{ "unpriced_calls", offsetof(struct budgets, unpriced) },
	{ "tenants", offsetof(struct budgets, tenants) },
	{ "tenants_blocked", offsetof(struct budgets, refused) },
	{ "tenants_more", offsetof(struct budgets, more) },
	{ "renewed_ms", offsetof(struct budgets, renewed_ms) },
};

static bool ours(const struct budgets *p)
{
	return strcmp(p->section->name, "budgets") == 0 ||
	       strcmp(p->section->name, "budget_tenants") == 0;
}

/* -- one of them ----------------------------------------------------------- */

static void put_usd(struct budgets *p, uint64_t v, const char *behind)
{
	page_usd(p->out, (int64_t)v);
	buf_puts(p->out, behind);
}

static void put_renewed(struct budgets *p)
{
	uint64_t ms = p->renewed_ms;
	struct buf *b = p->out;

	buf_puts(b, "renewed in ");
	if (ms >= 2 * DAY_MS)
		buf_printf(b, "%" PRIu64 " days", ms / DAY_MS);
	else if (ms >= 2 * HOUR_MS)
		buf_printf(b, "%" PRIu64 " hours", ms / HOUR_MS);
	else
		buf_printf(b, "%" PRIu64 " min", ms / MINUTE_MS);
}

static void put_notes(struct budgets *p)
{
	int64_t left = (int64_t)p->left;

	buf_puts(p->out, "<small>");
	if (p->held)
		put_usd(p, p->held, " reserved by calls under way · ");
	put_usd(p, (uint64_t)(left < 0 ? -left : left),
		left < 0 ? " too much" : " left");
	if (p->unpriced) {
		buf_puts(p->out, " · ");
		page_count(p->out, p->unpriced);
		buf_printf(p->out, " call%s of unknown price",
			   p->unpriced == 1 ? "" : "s");
	}
	if (!p->tenant) {
		buf_puts(p->out, " · ");
		put_renewed(p);
	}
	buf_puts(p->out, "</small>\n");
}

static void put_meter(struct budgets *p)
{
	const struct svg_part part[] = {
		{ "spent", (double)p->spent,
		  p->full >= FULL ? 5 : p->full >= NEARLY ? 2 : 1 },
		{ "reserved", (double)p->held, 4 },
	};

	buf_puts(p->out, "<div class=\"bar\"><span>");
	put_usd(p, p->spent, " of ");
	put_usd(p, p->limit, " a ");
	buf_printf(p->out, "%s</span><span>%" PRIu64 "&thinsp;%%</span>"
		   "</div>\n", p->every, p->full / 10);
	svg_meter(p->out, "Spent and reserved", part, COUNT_OF(part),
		  (double)p->limit, NULL);
}

/* Of one that each tenant has to itself. */
static void put_sum(struct budgets *p)
{
	struct buf *b = p->out;

	buf_puts(b, "<div class=\"bar\"><span>");
	put_usd(p, p->limit, " a ");
	buf_printf(b, "%s each</span><span>", p->every);
	put_usd(p, p->spent, " in all</span></div>\n<small>");
	page_count(b, p->tenants);
	buf_puts(b, p->tenants == 1 ? " tenant has" : " tenants have");
	buf_puts(b, " spent · ");
	if (p->refused) {
		page_count(b, p->refused);
		buf_puts(b, p->refused == 1 ? " is" : " are");
		buf_puts(b, " refused calls · ");
	}
	if (p->more) {
		page_count(b, p->more);
		buf_puts(b, " not shown below · ");
	}
	put_renewed(p);
	buf_puts(b, "</small>\n");
}

static const char *colour(const struct budgets *p)
{
	return p->full >= FULL || p->refused ? "bad" :
	       p->full >= NEARLY ? "warn" : "good";
}

static void put_blocked(struct budgets *p)
{
	buf_puts(p->out, " <span class=\"bad\">calls are refused");
	if (p->since)
		buf_printf(p->out, " since %.10s %.5s", p->since,
			   p->since + 11);
	buf_puts(p->out, "</span>");
}

static void put_item(struct budgets *p)
{
	buf_printf(p->out, "<li class=\"%s\"><b>", colour(p));
	html_name(p->out, p->tenant ? p->tenant : p->name);
	buf_puts(p->out, "</b>");
	if (p->blocked)
		put_blocked(p);
	buf_puts(p->out, "<small>");
	html_text(p->out, p->tenant ? "budget " : "for ");
	html_name(p->out, p->tenant ? p->name : p->who);
	buf_puts(p->out, "</small>\n");
	if (p->tenants != UINT64_MAX) {
		put_sum(p);
	} else {
		put_meter(p);
		put_notes(p);
	}
	buf_puts(p->out, "</li>\n");
}

/* -- all of them ----------------------------------------------------------- */

static void on_section(void *ctx, const struct status_section *s)
{
	struct budgets *p = ctx;

	p->section = s;
	p->n = 0;
	if (ours(p) && s->items)
		buf_printf(p->out, "<h2>%s</h2>\n<ul class=\"rows\">\n",
			   s->title);
}

static void on_item(void *ctx, const char *name)
{
	struct budgets *p = ctx;

	*p = (struct budgets){ .out = p->out, .section = p->section,
			       .n = p->n, .name = name,
			       .tenants = UINT64_MAX /* it does not say */ };
}

static void on_row(void *ctx, const struct status_row *r)
{
	struct budgets *p = ctx;

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(r->name, words[i].row) == 0)
			memcpy((char *)p + words[i].offset, &r->word,
			       sizeof(r->word));
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		if (strcmp(r->name, numbers[i].row) == 0)
			memcpy((char *)p + numbers[i].offset, &r->number,
			       sizeof(r->number));
	if (strcmp(r->name, "blocked") == 0)
		p->blocked = r->number;
}

static void on_item_end(void *ctx)
{
	struct budgets *p = ctx;

	if (!ours(p))
		return;
	if (p->n == OPEN && p->tenant)
		buf_printf(p->out, "</ul>\n<details><summary>%zu more"
			   "</summary>\n<ul class=\"rows\">\n",
			   p->section->items - OPEN);
	put_item(p);
	p->n++;
}

static void on_section_end(void *ctx, const struct status_section *s)
{
	struct budgets *p = ctx;

	if (!ours(p) || !s->items)
		return;
	buf_puts(p->out, p->n > OPEN && p->tenant ? "</ul></details>\n" :
						    "</ul>\n");
}

static const struct status_eye eye = {
	on_section, on_item, on_row, on_item_end, on_section_end,
};

void page_budgets(struct buf *b, const struct status_of *of)
{
	struct budgets p = { .out = b };

	status_walk(of, b->a, &eye, &p);
}
