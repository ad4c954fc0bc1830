#include "base/clock.h"
#include "base/count.h"
#include "cmd/simulate.h"

#include <inttypes.h>

#define BAR 20

struct text {
	FILE *out;
	const struct simulate *s;
	int places;
	const char *what;   /* of the last row */
	uint64_t size;      /* the last one; its line is still open */
	bool open;
	bool whole;         /* it had room for everything */
	uint64_t bytes;     /* everything */
	char bar[BAR + 1];
	int percent;        /* saved; of what the bar is of */
	bool sampled;
	double bill_error, hits_error; /* of what the bar is of */
	int64_t asks;
	report_money worth;
};

/* Cents for large bills, more for small ones. */
static int places_for(report_money worth)
{
	static const report_money usd = 1000000000000;

	return worth >= 1000 * usd ? 2 : worth >= usd ? 4 : 6;
}

static void put_bar(struct text *t, const struct simulate_row *r)
{
	int n = 0;

	t->percent = 0;
	if (t->worth > 0 && r->saved > 0) {
		n = (int)((r->saved * BAR + t->worth / 2) / t->worth);
		t->percent = (int)((r->saved * 100 + t->worth / 2) / t->worth);
	}
	memset(t->bar, '.', BAR);
	memset(t->bar, '#', (size_t)(n < BAR ? n : BAR));
	t->bill_error = r->bill_error / 1e12;
	t->hits_error = r->asks ? 100 * r->hits_error / (double)r->asks : 0;
}

static void put_cells(struct text *t, const struct simulate_row *r)
{
	char bill[REPORT_MONEY_TEXT];

	report_money_round(r->bill, t->places, bill);
	fprintf(t->out, " %6.2f %13s", r->asks ? 100.0 * (double)r->hits /
					(double)r->asks : 0.0, bill);
}

static void close_line(struct text *t)
{
	if (!t->open)
		return;
	fprintf(t->out, "  %s %3d %%", t->bar, t->percent);
	if (t->sampled || t->hits_error > 0 || t->bill_error > 0)
		fprintf(t->out, " +-%.2f %% +-%.*f USD", t->hits_error,
			t->places, t->bill_error);
	fputc('\n', t->out);
	t->open = false;
}

/* Which policy has the bars: what larder does, if it was asked for. */
static const char *bar_policy(const struct simulate *s)
{
	int p = CURVE_S3FIFO;

	if (!s->plan.policy[p])
		for (p = 0; p + 1 < CURVE_POLICIES && !s->plan.policy[p]; p++)
			;
	return curve_policy_name[p];
}

static void head_sizes(const struct text *t)
{
	char ttl[SIMULATE_WORD];

	simulate_time_word(t->s->plan.ttl, ttl);
	fprintf(t->out, "\nOther sizes, answers kept for %s\n%-12s",
		t->s->plan.ttl == CURVE_FOREVER ? "ever" : ttl, "SIZE");
	for (int p = 0; p < CURVE_POLICIES; p++)
		if (t->s->plan.policy[p])
			fprintf(t->out, " %6s %9s USD", "HIT %",
				curve_policy_name[p]);
	fprintf(t->out, "  SAVED (%s)\n", bar_policy(t->s));
}

static void head(struct text *t, const struct simulate_row *r)
{
	static const char *const format = "\n%s\n%-12s %6s %13s  SAVED\n";

	if (strcmp(r->what, "none") == 0)
		fprintf(t->out, "%-12s %6s %13s  SAVED\n", "CACHE", "HIT %",
			"BILL USD");
	else if (strcmp(r->what, "size") == 0)
		head_sizes(t);
	else if (strcmp(r->what, "ttl") == 0)
		fprintf(t->out, format, "Other lifetimes, a cache without end",
			"TTL", "HIT %", "BILL USD");
	else if (strcmp(r->what, "scope") == 0)
		fprintf(t->out, format, "Other scopes, a cache without end, "
			"answers kept for ever", "SCOPE", "HIT %",
			"BILL USD");
	t->what = r->what;
}

static void put_label(struct text *t, const struct simulate_row *r)
{
	char word[SIMULATE_WORD];

	if (strcmp(r->what, "size") == 0)
		simulate_size_word(r->size, word);
	else if (strcmp(r->what, "ttl") == 0)
		simulate_time_word(r->ttl, word);
	else
		snprintf(word, sizeof(word), "%s",
			 r->scope ? r->scope : r->what[0] == 'n' ?
			 "none" : "as it was");
	fprintf(t->out, "%-12s", word);
	t->open = true;
	t->size = r->size;
}

/* A size behind one that already had room for everything, in which answers
 * may fill half. */
static bool is_idle(struct text *t, const struct simulate_row *r)
{
	if (!r->policy)
		return false;
	if (t->whole && r->size > t->size)
		return true;
	t->whole = r->size / 2 >= t->bytes;
	return false;
}

static void row(void *ctx, const struct simulate_row *r)
{
	struct text *t = ctx;

	if (is_idle(t, r))
		return;
	if (t->open && (r->what != t->what || !r->policy ||
			r->size != t->size))
		close_line(t);
	if (strcmp(r->what, "none") == 0) {
		t->worth = r->bill;
		t->asks = r->asks;
		t->places = places_for(r->bill);
	}
	if (r->what != t->what && strcmp(r->what, "actual") != 0)
		head(t, r);
	t->what = r->what;
	if (!t->open)
		put_label(t, r);
	put_cells(t, r);
	if (!r->policy || strcmp(r->policy, bar_policy(t->s)) == 0)
		put_bar(t, r);
}

static void day_of(int64_t ms, char out[25])
{
	clock_rfc3339(ms < 0 ? 0 : ms, out);
	out[16] = '\0';
	out[10] = ' ';
}

static void put_head(const struct simulate *s, const struct curve_total *t,
		     FILE *out)
{
	char first[25], last[25];

	day_of(s->first_ms, first);
	day_of(s->last_ms, last);
	fprintf(out, "%" PRId64 " requests from %s to %s (UTC), of %" PRId64
		" tenant%s%s:\n%s%" PRId64 " questions, whose answers fill "
		"%.1f MB.\n\n", t->asks, first, last, t->tenants,
		t->tenants >= CURVE_TENANTS ? " or more" : "",
		t->tenants == 1 ? "" : "s", t->one_in > 1 ? "about " : "",
		t->questions, (double)t->bytes / (1 << 20));
}

/* What the log cannot tell, so that nobody takes it for known. */
static void put_scope_note(const struct curve_total *t, FILE *out)
{
	if (t->apart.missed > t->ever.missed)
		fputs("Tenants shared answers in this log: \"tenant\" is the "
		      "bill had they not.\n", out);
	else if (t->tenants > 1)
		fputs("A key is of one tenant, so the log does not say who "
		      "asked the same as another:\n\"site\" is the least the "
		      "bill could have been, were all questions of one model\n"
		      "and as many tokens the same; the truth is between it "
		      "and \"tenant\".\n", out);
	else
		fputs("With one tenant all scopes are the same.\n", out);
}

static void put_sample_note(const struct text *t,
			    const struct curve_total *total)
{
	fprintf(t->out, "One question in %" PRId64 " was followed (--seed %"
		PRIu32 " follows the same ones). 19 times in\n20 the hit rate "
		"and the bill (%s where there are several) are as near as\n"
		"+- says.\n", total->one_in, t->s->seed, bar_policy(t->s));
}

/* What is not in the numbers, or only half. */
static void put_notes(const struct simulate *s, FILE *out)
{
	const struct {
		int64_t n;
		const char *one, *more;
	} note[] = {
		{ s->uncached, "went past the cache and is not looked at.",
		  "went past the cache and are not looked at." },
		{ s->failed, "failed and left no answer to keep.",
		  "failed and left no answer to keep." },
		{ s->unpriced, "has no known price and counts as free.",
		  "have no known price and count as free." },
		{ s->guessed, "does not say how large the answer is; it was "
		  "taken from its tokens.", "do not say how large the answer "
		  "is; it was taken from its tokens." },
		{ s->backwards, "is older than what was before it: sort the "
		  "logs by time.", "are older than what was before them: sort "
		  "the logs by time." },
		{ s->feed.duplicates, "line was there before and counts once.",
		  "lines were there before and count once." },
		{ s->feed.dropped, "line is missing: it could not be written.",
		  "lines are missing: they could not be written." },
		{ report_feed_damaged(&s->feed), "damaged line was left out.",
		  "damaged lines were left out." },
	};

	for (size_t i = 0; i < COUNT_OF(note); i++)
		if (note[i].n)
			fprintf(out, "%" PRId64 " %s\n", note[i].n,
				note[i].n == 1 ? note[i].one : note[i].more);
}

void simulate_text(const struct simulate *s, FILE *out)
{
	struct text t = { .out = out, .s = s, .what = "" };
	struct curve_total total;

	curve_total(s->curve, &total);
	if (total.asks) {
		put_head(s, &total, out);
		t.bytes = total.bytes;
		t.sampled = total.one_in > 1;
		simulate_rows(s, row, &t);
		close_line(&t);
		put_scope_note(&total, out);
	} else {
		fputs("No request here could have been answered by a cache.\n",
		      out);
	}
	if (total.one_in > 1)
		put_sample_note(&t, &total);
	put_notes(s, out);
}
