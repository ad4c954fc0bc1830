/* Histograms, from the sums on the board. */
#include "serve/metrics_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/count.h"

static void put_bound(const struct tally_scale *s, size_t i, char le[40])
{
	int64_t b = i < s->n ? s->bound[i] : 0;
	char text[24];
	size_t n;

	if (i == s->n) {
		snprintf(le, 40, "le=\"+Inf\"");
		return;
	}
	if (s == &tally_many)
		snprintf(text, sizeof(text), "%" PRId64 ".0", b);
	else
		snprintf(text, sizeof(text), "%" PRId64 ".%03" PRId64,
			 b / 1000, b % 1000);
	for (n = strlen(text); text[n - 1] == '0' && text[n - 2] != '.'; n--)
		text[n - 1] = '\0';
	snprintf(le, 40, "le=\"%s\"", text);
}

static void put_hist(const struct metrics_text *m, const char *name,
		     const struct tally_scale *s, const struct tally_hist *h,
		     const char *labels)
{
	struct tally_hist now = *h;
	uint64_t n = 0;
	char le[40];

	for (size_t i = 0; i <= s->n; i++) {
		n += now.n[i];
		put_bound(s, i, le);
		metrics_name(m, name, "_bucket", labels, le);
		buf_printf(m->out, "%" PRIu64 "\n", n);
	}
	metrics_name(m, name, "_count", labels, "");
	buf_printf(m->out, "%" PRIu64 "\n", n);
	metrics_name(m, name, "_sum", labels, "");
	if (s == &tally_many)
		buf_printf(m->out, "%" PRIu64, now.sum);
	else
		metrics_seconds(m, now.sum);
	buf_putc(m->out, '\n');
}

static const struct {
	const char *name, *help;
	const struct tally_scale *scale;
	struct {
		size_t offset;
		const char *labels;
	} hist[3];
} own_hists[] = {
	{ "larder_request_duration_seconds",
	  "From the request to the last byte of the response.", &tally_ms,
	  { { offsetof(struct tally, pulse.hit_ms),
	      "answered_by=\"cache\"" },
	    { offsetof(struct tally, pulse.call_ms),
	      "answered_by=\"upstream\"" },
	    { offsetof(struct tally, refused_ms),
	      "answered_by=\"larder\"" } } },
	{ "larder_time_to_first_byte_seconds",
	  "From the request to the first byte of the answer.",
	  &tally_first_ms,
	  { { offsetof(struct tally, first_ms), "" } } },
}, model_hists[] = {
	{ "gen_ai_server_request_duration_seconds",
	  "Duration of requests without an error.", &tally_ms,
	  { { offsetof(struct tally_model, ms), "" } } },
	{ "gen_ai_server_time_to_first_token_seconds",
	  "Time to the first byte of an answer.", &tally_first_ms,
	  { { offsetof(struct tally_model, first_ms), "" } } },
	{ "gen_ai_client_token_usage",
	  "Tokens of a call of an upstream.", &tally_many,
	  { { offsetof(struct tally_model, input),
	      "gen_ai_token_type=\"input\"" },
	    { offsetof(struct tally_model, output),
	      "gen_ai_token_type=\"output\"" } } },
};

static const char *both(struct arena *a, const char *x, const char *y)
{
	return arena_printf(a, "%s%s%s", x, *x && *y ? "," : "", y);
}

static void put_own_hists(const struct metrics_text *m, const struct tally *t)
{
	for (size_t i = 0; i < COUNT_OF(own_hists); i++) {
		metrics_head(m, own_hists[i].name, "histogram",
			 own_hists[i].help);
		for (size_t j = 0; j < COUNT_OF(own_hists[i].hist); j++)
			if (own_hists[i].hist[j].labels)
				put_hist(m, own_hists[i].name,
					 own_hists[i].scale, (const void *)
					 ((const char *)t +
					  own_hists[i].hist[j].offset),
					 own_hists[i].hist[j].labels);
	}
}

static void put_model_hist(const struct metrics_text *m,
			   const struct tally *t, size_t i)
{
	struct tally_names n;
	struct buf labels;

	for (size_t k = 0; k < TALLY_MODELS; k++) {
		if (!tally_names(&t->model[k], m->out->a, &n))
			continue;
		buf_init(&labels, m->out->a);
		metrics_model(&labels, n.operation, n.upstream, n.model);
		for (size_t j = 0; j < COUNT_OF(model_hists[i].hist); j++)
			if (model_hists[i].hist[j].labels)
				put_hist(m, model_hists[i].name,
					 model_hists[i].scale, (const void *)
					 ((const char *)&t->model[k] +
					  model_hists[i].hist[j].offset),
					 both(m->out->a, labels.p,
					      model_hists[i].hist[j].labels));
	}
}

void metrics_hists(const struct metrics_text *m, const struct tally *t)
{
	put_own_hists(m, t);
	for (size_t i = 0; i < COUNT_OF(model_hists); i++) {
		metrics_head(m, model_hists[i].name, "histogram",
			     model_hists[i].help);
		put_model_hist(m, t, i);
	}
}
