/* What the sums do not say: lines that are not in them, and what is not
 * certain. */
#include "cmd/report_view.h"

#include "base/count.h"

#define LONGEST 256 /* bytes of a note */

const char *const report_fault_name[REPORT_FAULTS] = {
	"right", "empty", "torn", "foreign", "wrong_checksum", "too_long",
};

bool report_view_has_all(const struct report_view *v, size_t n)
{
	size_t all;

	report_table_groups(v->main, &all);
	return v->tenant == v->main && n == all;
}

/* A number in front of one of two sentences. */
struct counted {
	int64_t n;
	const char *one, *more;
};

static void tell(const struct counted *list, size_t n, report_note *put,
		 void *ctx)
{
	char text[LONGEST];

	for (size_t i = 0; i < n; i++) {
		if (!list[i].n)
			continue;
		snprintf(text, sizeof(text), "%lld %s", (long long)list[i].n,
			 list[i].n == 1 ? list[i].one : list[i].more);
		put(ctx, text);
	}
}

static void tell_left(const struct report_view *v, report_note *put, void *ctx)
{
	char cost[REPORT_MONEY_TEXT], text[LONGEST];

	if (!v->left.lines)
		return;
	report_money_round(v->left.cost, report_money_places(v->total), cost);
	snprintf(text, sizeof(text), "%lld line%s what these prices cannot "
		 "price anew: %s USD, as logged, and what was saved there are "
		 "left out.", (long long)v->left.lines,
		 v->left.lines == 1 ? " has" : "s have", cost);
	put(ctx, text);
}

static void tell_sums(const struct report_view *v, report_note *put, void *ctx)
{
	const struct counted list[] = {
		{ v->total->unpriced,
		  "request has no known price and is not in the cost.",
		  "requests have no known price and are not in the cost." },
		{ v->total->estimated,
		  "request has tokens that were counted here, not said.",
		  "requests have tokens that were counted here, not said." },
		{ v->total->maybe_billed,
		  "attempt failed late and may be billed all the same.",
		  "attempts failed late and may be billed all the same." },
		{ v->total->asides,
		  "call of larder's own is in the tokens and the cost only.",
		  "calls of larder's own are in the tokens and the cost "
		  "only." },
	};

	if (!v->feed->taken)
		put(ctx, "There is no request.");
	tell_left(v, put, ctx);
	tell(list, COUNT_OF(list), put, ctx);
}

static void tell_lines(const struct report_view *v, report_note *put,
		       void *ctx)
{
	const struct counted list[] = {
		{ v->feed->taken ? 0 : v->feed->elsewhen,
		  "line is of another time.", "lines are of another time." },
		{ v->feed->duplicates,
		  "line was there before and was left out.",
		  "lines were there before and were left out." },
		{ v->doubt.unproven,
		  "of these is known by its number alone, which is that of a "
		  "line before.",
		  "of these are known by their numbers alone, which are those "
		  "of lines before." },
		{ v->feed->dropped,
		  "line could not be written when it was due, and is in no "
		  "sum.",
		  "lines could not be written when they were due, and are "
		  "in no sum." },
	};

	tell(list, COUNT_OF(list), put, ctx);
}

/* Where it is not the main table that says so. */
static int64_t lumped_spenders(const struct report_view *v)
{
	return v->top && v->tenant && v->tenant != v->main ?
		       report_table_doubt(v->tenant).lumped : 0;
}

void report_doubts(const struct report_view *v, report_note *put, void *ctx)
{
	const struct report_table_doubt room = report_table_doubt(v->main);
	const struct counted list[] = {
		{ v->feed->unlike,
		  "line has the number of another and differs from it: both "
		  "were counted.",
		  "lines have the numbers of others and differ from them: "
		  "all were counted." },
		{ room.lumped,
		  "line is in (others): there was no room for a row of its "
		  "own.",
		  "lines are in (others): there was no room for a row of "
		  "each name." },
		{ lumped_spenders(v),
		  "line is of a tenant there was no room for, who is not "
		  "among the top spenders.",
		  "lines are of tenants there was no room for, who are not "
		  "among the top spenders." },
	};

	tell(list, COUNT_OF(list), put, ctx);
	if (room.timeless)
		put(ctx, "There was no room for the times of some rows; those "
		    "of the total are all there.");
	if (v->doubt.forgotten)
		put(ctx, "Duplicates may be counted: there are more processes "
		    "in the log than are remembered.");
}

void report_notes(const struct report_view *v, report_note *put, void *ctx)
{
	tell_sums(v, put, ctx);
	tell_lines(v, put, ctx);
	report_doubts(v, put, ctx);
}
