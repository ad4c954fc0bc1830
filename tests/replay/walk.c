/*
 * Recordings as the upstream of the whole corridor, without a web server: a
 * caller gets what was recorded, the next one has it from the cache in either
 * form, and the log has the bill. A recording that is cut short or fails is
 * reported to the caller and in the log, and is not there the next time.
 */
#include "replay.h"

#include <stdlib.h>

#include "../unit/corridor_bed.h"
#include "dialect/translate.h"

#define ROOM ((size_t)32 << 20) /* a bed's memory before it is made anew */
#define CUTS_QUICK 40

/* No breaker: it would end what is to be tried. */
#define PATIENT "breaker_failures = 0\nretries = 0\n"

static const struct bed_conf same = { .rest =
	"[upstream openai]\nurl = https://openai.test/v1\nmodels = any\n"
	PATIENT
	"[upstream anthropic]\ndialect = anthropic\nmodels = any\n"
	"url = https://anthropic.test/v1\n" PATIENT };

/* An upstream that speaks one shape, to callers of all. */
#define SPEAKS(endpoint) { .rest = "[upstream u]\nurl = https://u.test/v1\n" \
	"models = any\nendpoints = " endpoint "\n" PATIENT }
static const struct bed_conf speaks[] = {
	[SHAPE_CHAT] = SPEAKS("chat/completions"),
	[SHAPE_MESSAGES] = SPEAKS("messages"),
	[SHAPE_RESPONSES] = SPEAKS("responses"),
};

static const struct {
	const char *uri;
	const char *whole; /* of which %s is "stream" and %zu a number */
} asks[] = {
	[SHAPE_CHAT] = { "/v1/chat/completions",
		"{\"model\":\"m\",%s\"messages\":[{\"role\":\"user\","
		"\"content\":\"%zu\"}]}" },
	[SHAPE_COMPLETION] = { "/v1/completions",
		"{\"model\":\"m\",%s\"prompt\":\"%zu\"}" },
	[SHAPE_MESSAGES] = { "/v1/messages",
		"{\"model\":\"m\",\"max_tokens\":9,%s\"messages\":[{\"role\":"
		"\"user\",\"content\":\"%zu\"}]}" },
	[SHAPE_RESPONSES] = { "/v1/responses",
		"{\"model\":\"m\",%s\"input\":\"%zu\"}" },
};

/* A question is one number; each is asked by one caller. */
struct walk {
	struct bed bed;
	const struct bed_conf *conf;
	struct job *j;
	enum shape shape; /* the caller's */
	size_t question;
};

static const char *streams(enum shape shape)
{
	if (shape == SHAPE_CHAT || shape == SHAPE_COMPLETION)
		return "\"stream\":true,"
		       "\"stream_options\":{\"include_usage\":true},";
	return "\"stream\":true,";
}

static void ask(struct walk *w, bool stream)
{
	struct bed *b = &w->bed;
	enum shape shape = w->shape;
	struct buf body;

	buf_init(&body, b->a);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	buf_printf(&body, asks[shape].whole, stream ? streams(shape) : "",
		   w->question);
#pragma GCC diagnostic pop
	bed_ask(b, &(struct ask){
		.uri = asks[shape].uri, .body = body.p,
		.xkey = shape == SHAPE_MESSAGES ? "sk-own" : NULL });
	w->j->score->asks++;
}

/* The next question, in a fresh bed when the old one is full. */
static void next(struct walk *w)
{
	w->question++;
	if (arena_used(w->bed.a) < ROOM)
		return;
	bed_close(&w->bed);
	bed_open(&w->bed, w->conf);
}

static void read_answer(struct walk *w, struct said *s)
{
	said_stream(s, w->bed.a, w->shape, w->bed.body);
}

/* What the answer has not of what was recorded, or NULL. */
static const char *lacks(const struct walk *w, const struct said *s,
			 const struct said *want)
{
	return w->shape == w->j->shape ? said_differ(s, want) :
					 crossed_differ(s, want);
}

static bool hit(struct walk *w)
{
	return strncmp(bed_cache(&w->bed), "hit", 3) == 0;
}

/* -- whole ----------------------------------------------------------------- */

static void check_log(struct walk *w, const char *name, int bucket)
{
	int64_t want = w->j->said.usage[bucket];
	const char *got = bed_log(&w->bed, name);

	if (want > 0 && (!got || atoll(got) != want))
		job_fails(w->j, "the log has %s for %s, not %jd",
			  got ? got : "nothing", name, (intmax_t)want);
}

static void check_bill(struct walk *w)
{
	check_log(w, "gen_ai.usage.input_tokens", SAID_INPUT);
	check_log(w, "gen_ai.usage.output_tokens", SAID_OUTPUT);
	check_log(w, "gen_ai.usage.cache_read.input_tokens", SAID_READ);
	check_log(w, "gen_ai.usage.cache_creation.input_tokens",
		  SAID_WRITTEN);
	if (bed_log(&w->bed, "error.type"))
		job_fails(w->j, "the log says %s",
			  bed_log(&w->bed, "error.type"));
}

static void check_same(struct walk *w, const char *who)
{
	const char *what;
	struct said s;

	read_answer(w, &s);
	what = lacks(w, &s, &w->j->said);
	if (what)
		job_fails(w->j, "%s (%s) does not get %s", who,
			  asks[w->shape].uri, what);
	if (s.how != SAID_WHOLE || s.after_end)
		job_fails(w->j, "%s gets no proper end", who);
}

/* Can the recording be made JSON of the caller's shape? */
static bool can_be_json(const struct walk *w)
{
	enum shape from = w->j->shape;
	struct buf json, other;

	buf_init(&json, w->bed.a);
	buf_init(&other, w->bed.a);
	if (reply_assemble(&json, from, w->j->bytes) < 0)
		return false;
	return w->shape == from ||
	       translate_reply(&other, from, w->shape, buf_view(&json)) == 0;
}

/* One who wants it whole: from the cache where it can be made JSON. */
static void check_whole_json(struct walk *w)
{
	const struct said *want = w->j->said.last ? w->j->said.last :
						    &w->j->said;
	const char *what;
	struct said s;

	if (!can_be_json(w))
		return;
	ask(w, false);
	if (!hit(w) || said_json(&s, w->bed.a, w->shape, w->bed.body) < 0)
		job_fails(w->j, "who wants JSON gets %s",
			  bed_cache(&w->bed));
	else if ((what = lacks(w, &s, want)) && lacks(w, &s, &w->j->said))
		job_fails(w->j, "who wants JSON does not get %s", what);
}

static void walk_whole(struct walk *w, size_t piece)
{
	struct bed *b = &w->bed;
	int calls;

	next(w);
	calls = b->calls;
	bed_plays(b, SSE, arena_cstr(b->a, w->j->bytes));
	b->play.piece = piece;
	ask(w, true);
	check_same(w, "the caller");
	check_bill(w);
	ask(w, true);
	if (w->j->said.after_end) {
		if (b->calls != calls + 2)
			job_fails(w->j, "stored with what is behind its end");
		return;
	}
	if (b->calls != calls + 1 || !hit(w)) {
		job_fails(w->j, "not in the cache: %s", bed_cache(b));
		return;
	}
	check_same(w, "the next caller");
	check_whole_json(w);
}

/* -- cut and failed -------------------------------------------------------- */

static void check_broken(struct walk *w, const char *when, size_t at)
{
	struct said s;

	read_answer(w, &s);
	if (w->bed.status == 200 && s.how != SAID_FAILED)
		job_fails(w->j, "%s %zu: the caller is not told", when, at);
	if (!bed_log(&w->bed, "error.type"))
		job_fails(w->j, "%s %zu: the log has no error", when, at);
	if (hit(w) || bed_has(w->bed.head, "; stored"))
		job_fails(w->j, "%s %zu: it was stored", when, at);
}

/* The same question twice: each time the upstream is asked and breaks. */
static void walk_broken(struct walk *w, size_t at, size_t at_next,
			const char *when, enum net_end end)
{
	struct bed *b = &w->bed;
	int calls;

	next(w);
	calls = b->calls;
	bed_plays(b, SSE,
		  arena_cstr(b->a, (struct str){ w->j->bytes.p, at }));
	b->play.end = end;
	ask(w, true);
	check_broken(w, when, at);
	bed_plays(b, SSE, arena_cstr(b->a, (struct str){ w->j->bytes.p,
							 at_next }));
	b->play.piece = 7;
	ask(w, true);
	check_broken(w, when, at_next);
	if (b->calls != calls + 2)
		job_fails(w->j, "%s %zu: the upstream is not asked again",
			  when, at);
}

/* Behind each event, and in the middle of the one that follows. */
static void walk_cuts(struct walk *w)
{
	static const enum net_end ends[] = {
		NET_DONE, NET_BROKEN, NET_STALLED
	};
	const struct said *s = &w->j->said;
	size_t from = 0, failures = w->j->score->failures;
	struct offsets o = offsets_of(s->events, w->j->quick ? CUTS_QUICK :
							       s->events);

	for (size_t i = 0; i < s->events; i = offset_next(&o, i)) {
		from = i ? s->end[i - 1] : 0;
		if (s->done && s->end[i] > s->done)
			break;
		walk_broken(w, from, from + (s->end[i] - from) / 2,
			    "cut at byte", ends[i % COUNT(ends)]);
		if (w->j->score->failures > failures)
			break;
	}
}

/* -- all of it ------------------------------------------------------------- */

static void walk_same(struct job *j)
{
	static const size_t pieces[] = { 0, 1, 7, 2, 3, 64 };
	struct walk w = { .j = j, .conf = &same, .shape = j->shape };

	bed_open(&w.bed, w.conf);
	if (j->said.how == SAID_WHOLE)
		for (size_t i = 0; i < (j->quick ? 3 : COUNT(pieces)); i++)
			walk_whole(&w, pieces[i]);
	else
		walk_broken(&w, j->bytes.n, j->bytes.n, "its length",
			    NET_DONE);
	walk_cuts(&w);
	bed_close(&w.bed);
}

/* A caller of another shape. What cannot be said there is an error there. */
static void walk_crossed(struct job *j, enum shape shape)
{
	struct walk w = { .j = j, .conf = &speaks[j->shape], .shape = shape };
	struct arena *a = arena_new();
	struct buf out;
	bool can;

	buf_init(&out, a);
	can = translate_stream(&out, j->shape, shape, j->bytes, true) == 0;
	arena_free(&a);
	bed_open(&w.bed, w.conf);
	if (can)
		walk_whole(&w, 7);
	else if (!j->said.after_end)
		walk_broken(&w, j->bytes.n, j->bytes.n, "its length",
			    NET_DONE);
	walk_cuts(&w);
	bed_close(&w.bed);
}

void check_walks(struct job *j)
{
	static const enum shape shapes[] = {
		SHAPE_CHAT, SHAPE_MESSAGES, SHAPE_RESPONSES
	};

	walk_same(j);
	for (size_t i = 0; i < COUNT(shapes); i++)
		if (translate_can(j->shape, shapes[i]))
			walk_crossed(j, shapes[i]);
}
