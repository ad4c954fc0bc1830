/* CSV and JSON: all digits, a row a cache. */
#include "cmd/simulate.h"

#include <inttypes.h>

struct data {
	FILE *out;
	const char *before;
};

static void csv_row(void *ctx, const struct simulate_row *r)
{
	const struct data *d = ctx;
	char bill[REPORT_MONEY_TEXT], saved[REPORT_MONEY_TEXT];

	report_money_exact(r->bill, bill);
	report_money_exact(r->saved, saved);
	fprintf(d->out, "%s,%s,%s,", r->what, r->policy ? r->policy : "",
		r->scope ? r->scope : "");
	if (r->size)
		fprintf(d->out, "%" PRIu64, r->size);
	fputc(',', d->out);
	if (r->ttl != CURVE_FOREVER)
		fprintf(d->out, "%" PRId64, r->ttl);
	fprintf(d->out, ",%" PRId64 ",%" PRId64 ",%s,%s,%.0f,%.12f\n",
		r->asks, r->hits, bill, saved, r->hits_error,
		r->bill_error / 1e12);
}

void simulate_csv(const struct simulate *s, FILE *out)
{
	struct data d = { .out = out };

	fputs("what,policy,scope,size_bytes,ttl_ms,requests,hits,bill_usd,"
	      "saved_usd,hits_error,bill_error_usd\n", out);
	simulate_rows(s, csv_row, &d);
}

static void json_row(void *ctx, const struct simulate_row *r)
{
	struct data *d = ctx;
	char bill[REPORT_MONEY_TEXT], saved[REPORT_MONEY_TEXT];

	report_money_exact(r->bill, bill);
	report_money_exact(r->saved, saved);
	fprintf(d->out, "%s\n {\"what\":\"%s\"", d->before, r->what);
	if (r->policy)
		fprintf(d->out, ",\"policy\":\"%s\"", r->policy);
	if (r->scope)
		fprintf(d->out, ",\"scope\":\"%s\"", r->scope);
	if (r->size)
		fprintf(d->out, ",\"size_bytes\":%" PRIu64, r->size);
	if (r->ttl != CURVE_FOREVER)
		fprintf(d->out, ",\"ttl_ms\":%" PRId64, r->ttl);
	fprintf(d->out, ",\"requests\":%" PRId64 ",\"hits\":%" PRId64
		",\"bill_usd\":%s,\"saved_usd\":%s,\"hits_error\":%.0f,"
		"\"bill_error_usd\":%.12f}", r->asks, r->hits, bill, saved,
		r->hits_error, r->bill_error / 1e12);
	d->before = ",";
}

void simulate_json(const struct simulate *s, FILE *out)
{
	struct data d = { .out = out, .before = "" };
	struct curve_total t;

	curve_total(s->curve, &t);
	fprintf(out, "{\"lines\":%" PRId64 ",\"requests\":%" PRId64
		",\"tenants\":%" PRId64 ",\"questions\":%" PRId64
		",\"answer_bytes\":%" PRIu64 ",\"one_in\":%" PRId64
		",\"seed\":%" PRIu32, simulate_lines(s), t.asks, t.tenants,
		t.questions, t.bytes, t.one_in, s->seed);
	fprintf(out, ",\"uncached\":%" PRId64 ",\"failed\":%" PRId64
		",\"unpriced\":%" PRId64 ",\"guessed_sizes\":%" PRId64
		",\"backwards\":%" PRId64, s->uncached, s->failed,
		s->unpriced, s->guessed, s->backwards);
	fprintf(out, ",\"damaged\":%" PRId64 ",\"duplicates\":%" PRId64
		",\"events\":%" PRId64 ",\"dropped\":%" PRId64 ",\"rows\":[",
		report_feed_damaged(&s->feed), s->feed.duplicates,
		s->feed.events, s->feed.dropped);
	simulate_rows(s, json_row, &d);
	fputs("\n]}\n", out);
}
