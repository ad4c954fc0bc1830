#include "serve/metrics.h"

#include <inttypes.h>

#include "base/count.h"
#include "serve/metrics_rows.h"
#include "serve/metrics_text.h"

#define MOST_ITEMS 256 /* of a section */

/* What status_walk() showed: a section's own rows, or those of an item. */
struct thing {
	const char *section;
	const char *item;    /* what its items are, */
	const char *name;    /* and this one's; NULL: the section's own */
	const char *labels;
	struct status_row *row;
	size_t n, room;
	struct thing *next;
};

struct metrics {
	struct metrics_text text;
	struct arena *a;
	struct thing *first, **end;
	struct thing *at;    /* being filled */
	const struct status_section *section;
	size_t items;        /* of that section, so far */
};

/* -- labels ---------------------------------------------------------------- */

static const char *word_of(const struct thing *t, const char *row)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->row[i].name, row) == 0)
			return t->row[i].word ? t->row[i].word : "";
	return "";
}

/* Labels beside an item's name. */
static const struct {
	const char *section, *row;
} words[] = {
	{ "upstreams", "model" },
	{ "budgets", "every" },
	{ "budget_tenants", "every" },
	{ "budget_tenants", "tenant" },
};

static const char *labels_of(const struct thing *t, struct arena *a)
{
	struct buf b;

	buf_init(&b, a);
	if (strcmp(t->section, "models") == 0)
		metrics_model(&b, word_of(t, "operation"),
			      word_of(t, "upstream"), t->name);
	else
		metrics_label(&b, t->item, t->name);
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(t->section, words[i].section) == 0)
			metrics_label(&b, words[i].row,
				      word_of(t, words[i].row));
	return arena_cstr(a, buf_view(&b));
}

/* -- looking --------------------------------------------------------------- */

static void begin(struct metrics *m, const char *name)
{
	m->at = arena_new_n(m->a, struct thing, 1);
	m->at->section = m->section->name;
	m->at->item = m->section->item;
	m->at->name = name;
	m->at->labels = "";
}

/* Two series of one name would spoil all of them for who reads it. */
static bool seen(const struct metrics *m, const struct thing *t)
{
	for (const struct thing *o = m->first; o; o = o->next)
		if (o->section == t->section &&
		    strcmp(o->labels, t->labels) == 0)
			return true;
	return false;
}

static void end(struct metrics *m)
{
	if (m->at->name)
		m->at->labels = labels_of(m->at, m->a);
	if (m->at->name && (m->items >= MOST_ITEMS || seen(m, m->at)))
		return;
	m->items++;
	*m->end = m->at;
	m->end = &m->at->next;
}

static void on_section(void *ctx, const struct status_section *s)
{
	struct metrics *m = ctx;

	m->section = s;
	m->items = 0;
	if (!s->item)
		begin(m, NULL);
}

static void on_item(void *ctx, const char *name)
{
	begin(ctx, name);
}

static void on_row(void *ctx, const struct status_row *r)
{
	struct metrics *m = ctx;
	struct thing *t = m->at;
	struct status_row *more;

	if (t->n == t->room) {
		t->room = t->room ? t->room * 2 : 16;
		more = arena_new_n(m->a, struct status_row, t->room);
		if (t->n)
			memcpy(more, t->row, t->n * sizeof(*more));
		t->row = more;
	}
	t->row[t->n++] = *r;
}

static void on_item_end(void *ctx)
{
	end(ctx);
}

static void on_section_end(void *ctx, const struct status_section *s)
{
	if (!s->item)
		end(ctx);
}

static const struct status_eye eye = {
	on_section, on_item, on_row, on_item_end, on_section_end,
};

/* -- writing --------------------------------------------------------------- */

static void put_value(struct metrics *m, const struct status_row *r)
{
	char usd[32];

	if (r->kind == STATUS_USD) {
		status_money(r->number, usd);
		buf_puts(m->text.out, usd);
	} else if (metrics_ends(r->name, "_ms")) {
		metrics_seconds(&m->text, r->number);
	} else {
		buf_printf(m->text.out, "%" PRIu64, r->number);
	}
	buf_putc(m->text.out, '\n');
}

static void put_states(struct metrics *m, const char *name,
		       const struct thing *t, const char *state)
{
	for (size_t i = 0; metric_states[i]; i++) {
		metrics_name(&m->text, name, "", t->labels,
			 arena_printf(m->a, "state=\"%s\"",
				      metric_states[i]));
		buf_printf(m->text.out, "%d\n",
			   strcmp(metric_states[i], state) == 0);
	}
}

static void put_row(struct metrics *m, const struct metric_family *f,
		    const struct thing *t, const struct status_row *r,
		    const char *labels)
{
	if (f->type == METRIC_STATES) {
		put_states(m, f->name, t, r->word);
		return;
	}
	metrics_name(&m->text, f->name,
		     f->type == METRIC_COUNTER ? "_total" : "", t->labels,
		     labels);
	put_value(m, r);
}

static const struct status_row *row_of(const struct thing *t,
				       const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->row[i].name, name) == 0)
			return &t->row[i];
	return NULL;
}

static void put_family(struct metrics *m, const struct metric_family *f)
{
	const struct status_row *r;
	bool headed = false;

	for (const struct thing *t = m->first; t; t = t->next) {
		if (strcmp(t->section, f->section) != 0)
			continue;
		for (size_t i = 0; f->row[i].row; i++) {
			r = row_of(t, f->row[i].row);
			if (r && !headed)
				metrics_head(&m->text, f->name,
					 f->type == METRIC_COUNTER ?
						 "counter" : "gauge", f->help);
			if (r)
				put_row(m, f, t, r, f->row[i].labels);
			headed |= r != NULL;
		}
	}
}

/* -- all of it ------------------------------------------------------------- */

/* What was saved goes up and down; each way is a counter. */
static void put_saved(struct metrics *m, const char *name, const char *help,
		      const uint64_t *usd)
{
	char text[32];

	metrics_head(&m->text, name, "counter", help);
	for (size_t i = 0; i < BILL_SAVERS; i++) {
		metrics_name(&m->text, name, "_total", "",
			 arena_printf(m->a, "by=\"%s\"",
				      bill_saver_word[i]));
		status_money(usd[i], text);
		buf_printf(m->text.out, "%s\n", text);
	}
}

static void put_all(struct metrics *m, const struct tally *t)
{
	buf_printf(m->text.out,
		   "# HELP larder_build_info Which larder this is.\n"
		   "# TYPE larder_build_info gauge\n"
		   "larder_build_info{version=\"%s\"} 1\n", PACKAGE_VERSION);
	for (size_t i = 0; metric_families[i].name; i++)
		put_family(m, &metric_families[i]);
	put_saved(m, "larder_saved_usd", "What was saved, by what saved it.",
		  t->saved);
	put_saved(m, "larder_saving_cost_usd",
		  "What saving cost where it did not pay.", t->burnt);
	metrics_hists(&m->text, t);
	if (m->text.open)
		buf_puts(m->text.out, "# EOF\n");
}

const char *metrics_text(struct buf *out, const struct status_of *of,
			 bool open)
{
	struct metrics m = { .text = { out, open }, .a = out->a };

	m.end = &m.first;
	status_walk(of, out->a, &eye, &m);
	put_all(&m, tally_of(of->board));
	return open ? METRICS_OPEN "; version=1.0.0; charset=utf-8" :
		      "text/plain; version=0.0.4; charset=utf-8";
}
