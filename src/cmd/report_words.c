/* What the table has no room for, and what is in no sum: in words. */
#include "cmd/report_text.h"

#define TITLE 16 /* characters; "First byte, ms: " */

/* "Cache:  local 5, stale 1": a word for each that is not 0. */
struct words {
	FILE *out;
	const char *title;
	int most, at; /* characters of a line, and of this one so far */
};

static struct words begin_words(FILE *out, const char *title)
{
	return (struct words){ out, title, report_grid_most(out), 0 };
}

static void put_words(FILE *out, const char *name)
{
	for (; *name; name++)
		putc(*name == '_' ? ' ' : *name, out);
}

static void say(struct words *w, const char *name, const char *value)
{
	int n = (int)(strlen(name) + strlen(value) + 1);

	if (!w->at) {
		fprintf(w->out, "%-*s", TITLE, w->title);
		w->at = TITLE;
	} else if (w->most && w->at + n + 3 > w->most) {
		fprintf(w->out, ",\n%*s", TITLE, "");
		w->at = TITLE;
	} else {
		fputs(", ", w->out);
		w->at += 2;
	}
	put_words(w->out, name);
	fprintf(w->out, " %s", value);
	w->at += n;
}

static void say_number(struct words *w, const char *name, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)n);
	say(w, name, text);
}

static void say_count(struct words *w, const char *name, int64_t n)
{
	if (n)
		say_number(w, name, n);
}

static void end_words(const struct words *w)
{
	if (w->at)
		putc('\n', w->out);
}

static void print_cache(const struct report_sum *s, FILE *out)
{
	struct words w = begin_words(out, "Cache:");

	for (int i = 0; i < REPORT_TIERS; i++)
		say_count(&w, report_tier_name[i], s->tier[i]);
	say_count(&w, "misses", s->misses);
	say_count(&w, "bypasses", s->bypasses);
	end_words(&w);
}

static void print_tokens(const struct report_sum *s, FILE *out)
{
	struct words w = begin_words(out, "Tokens:");

	for (int i = 0; i < USAGE_PARTS; i++)
		say_count(&w, i == USAGE_REASONING ? "of it reasoning" :
			  report_tokens_name[i], s->tokens[i]);
	end_words(&w);
}

static void print_saved(const struct report_sum *s, int places, FILE *out)
{
	struct words w = begin_words(out, "Saved, USD:");
	char text[REPORT_MONEY_TEXT];

	for (int i = 0; i < REPORT_SAVERS; i++) {
		if (!s->saved_by[i])
			continue;
		report_money_round(s->saved_by[i], places, text);
		say(&w, report_saver_name[i], text);
	}
	end_words(&w);
}

static void print_trouble(const struct report_sum *s, FILE *out)
{
	struct words w = begin_words(out, "Trouble:");

	say_count(&w, "errors", s->errors);
	say_count(&w, "fallbacks", s->fallbacks);
	say_count(&w, "callers gone", s->aborted);
	end_words(&w);
}

static void print_times(const struct report_sketch *s, const char *title,
			FILE *out)
{
	struct words w = begin_words(out, title);

	if (!s->n)
		return;
	say_number(&w, "p50", report_sketch_at(s, 500));
	say_number(&w, "p95", report_sketch_at(s, 950));
	say_number(&w, "p99", report_sketch_at(s, 990));
	end_words(&w);
}

void report_text_summary(const struct report_sum *s, int places, FILE *out)
{
	if (!s->requests && !s->asides)
		return;
	putc('\n', out);
	print_cache(s, out);
	print_tokens(s, out);
	print_saved(s, places, out);
	print_trouble(s, out);
	print_times(&s->latency, "Answer, ms:", out);
	print_times(&s->ttfb, "First byte, ms:", out);
}

/* -- what is not in there -------------------------------------------------- */

struct notes {
	FILE *out;
	bool begun;
};

static void put_note(void *ctx, const char *text)
{
	struct notes *n = ctx;

	fprintf(n->out, "%s%s\n", n->begun ? "" : "\n", text);
	n->begun = true;
}

/* "3 damaged lines were left out: 2 torn, 1 foreign." */
static void print_damaged(const struct report_view *v, FILE *out)
{
	int64_t n = report_feed_damaged(v->feed);
	const char *before = ": ";

	fprintf(out, "%lld damaged line%s left out", (long long)n,
		n == 1 ? " was" : "s were");
	for (int i = REPORT_TORN; i < REPORT_FAULTS; i++) {
		if (!v->feed->fault[i])
			continue;
		fprintf(out, "%s%lld ", before,
			(long long)v->feed->fault[i]);
		put_words(out, report_fault_name[i]);
		before = ", ";
	}
	fputs(".\n", out);
}

void report_text_notes(const struct report_view *v, FILE *out)
{
	struct notes n = { .out = out };

	report_notes(v, put_note, &n);
	if (!report_feed_damaged(v->feed))
		return;
	if (!n.begun)
		putc('\n', out);
	print_damaged(v, out);
}
