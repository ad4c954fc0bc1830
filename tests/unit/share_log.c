/* What a hall wrote into the usage log. */
#include "share_bed.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

static size_t read_log(struct hall *h, struct bed *b, size_t n)
{
	struct json_error err;
	struct str text, line;
	char why[256];

	if (access(b->log, F_OK) != 0)
		return n;
	assert_int_equal(file_read(&text, b->a, b->log, 64u << 20, why,
				   sizeof(why)), 0);
	text = str_from(text, b->log_seen);
	b->log_seen += text.n;
	for (; str_cut(&text, '\n', &line) && line.n; n++) {
		assert_in_range(n, 0, HALL_GUESTS * 2 - 1);
		assert_false(bed_has(line, PROVIDER_KEY));
		assert_int_equal(json_parse(&h->line[n], b->a, line, &err), 0);
	}
	return n;
}

static const char *member(struct hall *h, size_t i, const char *name)
{
	const struct json *doc = &h->line[i];
	struct arena *a = h->bed[0].a;
	uint32_t v = json_get(doc, 0, name);

	if (!v)
		return "(absent)";
	if (json_is(doc, v, JSON_STRING))
		return arena_cstr(a, json_string(doc, v, a));
	return arena_cstr(a, json_span(doc, v));
}

static void show_lines(struct hall *h)
{
	for (size_t i = 0; i < h->nlines; i++)
		print_error("%s\n", arena_cstr(h->bed[0].a,
					       json_span(&h->line[i], 0)));
}

void hall_bills(struct hall *h, size_t n, int calls)
{
	long long cost = 0;

	h->line = arena_new_n(h->bed[0].a, struct json, HALL_GUESTS * 2);
	h->nlines = read_log(h, &h->bed[0], 0);
	if (h->hosts)
		h->nlines = read_log(h, &h->bed[1], h->nlines);
	for (size_t i = 0; i < h->nlines; i++)
		if (json_get(&h->line[i], 0, "cost_usd") &&
		    !json_get(&h->line[i], 0, "estimated"))
			cost += llround(atof(member(h, i, "cost_usd")) * 1e6);
	if (h->nlines != n || cost != (long long)calls * CALL_COST) {
		show_lines(h);
		bed_fail("%zu lines, not %zu; they cost %lld, not %d\n",
			 h->nlines, n, cost, calls * CALL_COST);
	}
}

size_t hall_logged(struct hall *h, const char *name, const char *value)
{
	size_t n = 0;

	for (size_t i = 0; i < h->nlines; i++)
		n += strcmp(member(h, i, name), value) == 0;
	return n;
}
