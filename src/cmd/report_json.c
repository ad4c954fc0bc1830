#include "cmd/report_view.h"

#include <stdlib.h>

#include "base/buf.h"
#include "cmd/report_column.h"

struct out {
	FILE *f;
	struct arena *a; /* of one text at a time */
};

static void put_text(const struct out *o, const char *s)
{
	struct buf b;

	if (!s) {
		fputs("null", o->f);
		return;
	}
	arena_reset(o->a);
	buf_init(&b, o->a);
	buf_json(&b, str_c(s));
	fwrite(b.p, 1, b.n, o->f);
}

static void put_member(const struct out *o, const char *name, const char *s)
{
	fprintf(o->f, ",\"%s\":", name);
	put_text(o, s);
}

static void put_number(const struct out *o, const char *name, int64_t n)
{
	fprintf(o->f, ",\"%s\":%lld", name, (long long)n);
}

static void put_truth(const struct out *o, const char *name, bool v)
{
	fprintf(o->f, ",\"%s\":%s", name, v ? "true" : "false");
}

/* Its members, with a comma before each but the first. */
static void put_sum(const struct out *o, const struct report_sum *s)
{
	char text[REPORT_MONEY_TEXT];

	for (int i = 0; i < REPORT_COLUMNS; i++) {
		report_column_text(i, s, text);
		fprintf(o->f, "%s\"%s\":%s", i ? "," : "",
			report_column_name(i), *text ? text : "null");
	}
}

static void put_group(const struct out *o, const struct report_by *by,
		      const struct report_group *g)
{
	putc('{', o->f);
	if (g->others)
		fputs("\"others\":true,", o->f);
	for (size_t i = 0; i < by->n; i++) {
		fprintf(o->f, "\"%s\":", report_dim_name[by->dim[i]]);
		put_text(o, g->name[i]);
		putc(',', o->f);
	}
	put_sum(o, &g->sum);
	putc('}', o->f);
}

static void put_groups(const struct out *o, const char *name,
		       const struct report_by *by,
		       const struct report_group *const *list, size_t n)
{
	fprintf(o->f, ",\n\"%s\":[", name);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ",\n" : "\n", o->f);
		put_group(o, by, list[i]);
	}
	putc(']', o->f);
}

static void put_spenders(const struct out *o, const struct report_view *v)
{
	const struct report_group **list;
	size_t n;

	if (!v->tenant || !v->top)
		return;
	list = calloc(v->top, sizeof(*list));
	if (!list)
		abort();
	n = report_table_dearest(v->tenant, v->top, list);
	put_groups(o, "top_spenders", report_table_by(v->tenant), list, n);
	free(list);
}

static void put_key(const struct out *o, const struct report_key *k)
{
	char saved[REPORT_MONEY_TEXT];

	report_money_exact(k->saved, saved);
	fprintf(o->f, "{\"key\":\"%s\",\"stored\":%lld,\"hits\":%lld,"
		"\"bytes\":%lld,\"kept_ms\":%lld,\"saved_usd\":%s}", k->key,
		(long long)k->stored, (long long)k->hits, (long long)k->size,
		(long long)k->kept_ms, saved);
}

static void put_entries(const struct out *o, const struct report_view *v)
{
	struct report_keys_total t;
	struct report_key *list;
	size_t n;

	if (!v->keys || !v->entries)
		return;
	list = calloc(v->entries, sizeof(*list));
	if (!list)
		abort();
	report_keys_total(v->keys, &t);
	fprintf(o->f, ",\n\"entries\":{\"followed\":%lld,\"one_in\":%lld,"
		"\"never_hit\":%lld,\"worst\":[", (long long)t.keys,
		(long long)t.one_in, (long long)t.never_hit);
	n = report_keys_worst(v->keys, v->entries, list);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ",\n" : "\n", o->f);
		put_key(o, &list[i]);
	}
	fputs("]}", o->f);
	free(list);
}

static void put_left_out(const struct out *o, const struct report_feed *f)
{
	fprintf(o->f, ",\n\"left_out\":{\"damaged\":%lld",
		(long long)report_feed_damaged(f));
	for (int i = REPORT_TORN; i < REPORT_FAULTS; i++)
		put_number(o, report_fault_name[i], f->fault[i]);
	put_number(o, "duplicate", f->duplicates);
	put_number(o, "event", f->events);
	put_number(o, "dropped", f->dropped);
	put_number(o, "other_time", f->elsewhen);
	putc('}', o->f);
}

static void put_left(const struct out *o, const struct report_left *l)
{
	char text[REPORT_MONEY_TEXT];

	report_money_exact(l->cost, text);
	fprintf(o->f, ",\"not_repriced\":{\"lines\":%lld,\"cost_usd\":%s}",
		(long long)l->lines, text);
}

static void put_doubt(const struct out *o, const struct report_view *v)
{
	const struct report_table_doubt room = report_table_doubt(v->main);

	fprintf(o->f, ",\n\"doubt\":{\"unlike\":%lld",
		(long long)v->feed->unlike);
	put_number(o, "unproven", v->doubt.unproven);
	put_truth(o, "forgotten", v->doubt.forgotten);
	put_number(o, "others", room.lumped);
	put_truth(o, "times_missing", room.timeless);
	if (v->tenant && v->top)
		put_number(o, "other_tenants",
			   report_table_doubt(v->tenant).lumped);
	putc('}', o->f);
}

void report_view_json(const struct report_view *v, FILE *out)
{
	const struct report_by *by = report_table_by(v->main);
	struct out o = { out, arena_new() };
	const struct report_group *const *list;
	size_t n;

	fputs("{\"version\":1", out);
	put_member(&o, "since", v->since);
	put_member(&o, "until", v->until);
	put_member(&o, "first_day", v->first);
	put_member(&o, "last_day", v->last);
	put_member(&o, "prices", v->prices);
	if (v->prices)
		put_left(&o, &v->left);
	put_number(&o, "files", (int64_t)v->files);
	put_number(&o, "lines", v->feed->taken);
	list = report_table_groups(v->main, &n);
	put_groups(&o, "groups", by, list, n);
	fputs(",\n\"total\":{", out);
	put_sum(&o, v->total);
	putc('}', out);
	put_spenders(&o, v);
	put_entries(&o, v);
	put_left_out(&o, v->feed);
	put_doubt(&o, v);
	fputs("}\n", out);
	arena_free(&o.a);
}
