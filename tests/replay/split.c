/*
 * A stream in pieces: whatever they are, the same events, the same bytes for
 * the caller and for the cache, the same facts.
 *
 * Every offset is tried in full where the stream is short. In a long one that
 * would take days for all recordings, and is not needed: at the end of an
 * event the parser has forgotten all but two flags. So each event is split at
 * each of its offsets, and the parser must be in the state a byte at a time
 * brings it to, at the split and at the event's end. What comes after is then
 * the same as without the split.
 */
#include "replay.h"

#include "base/count.h"

#define EVENT_MAX ((size_t)64 << 20)
#define IN_FULL 8500 /* bytes of a stream all of whose offsets are */
#define SAMPLE 64    /* of the others' */

/* -- one run --------------------------------------------------------------- */

struct run {
	struct sse sse;
	struct reply_watch watch;
	struct buf shown, kept; /* for the caller, for the cache */
	struct arena *a, *scratch;
	enum shape shape;
};

static int run_event(void *ctx, const struct sse_event *e)
{
	struct run *r = ctx;

	watch_event(&r->watch, e);
	if (r->watch.after_end)
		return 0;
	buf_str(&r->kept, e->raw);
	reply_event(&r->shown, r->shape, e, false, r->scratch);
	return 0;
}

static void run_begin(struct run *r, enum shape shape, struct arena *a,
		      struct arena *scratch)
{
	r->a = a;
	r->scratch = scratch;
	r->shape = shape;
	sse_init(&r->sse, a, EVENT_MAX, run_event, r);
	watch_init(&r->watch, shape, scratch);
	buf_init(&r->shown, a);
	buf_init(&r->kept, a);
}

static void feed_by(struct run *r, struct str bytes, size_t piece)
{
	while (bytes.n) {
		size_t n = piece < bytes.n ? piece : bytes.n;

		sse_feed(&r->sse, (struct str){ bytes.p, n });
		bytes = str_from(bytes, n);
	}
}

static bool same_facts(const struct reply_watch *x,
		       const struct reply_watch *y)
{
	return x->ended == y->ended && x->failed == y->failed &&
	       x->after_end == y->after_end &&
	       memcmp(&x->facts.usage, &y->facts.usage,
		      sizeof(x->facts.usage)) == 0 &&
	       strcmp(x->facts.model, y->facts.model) == 0 &&
	       strcmp(x->facts.finish, y->facts.finish) == 0;
}

static bool same_run(const struct run *x, const struct run *y)
{
	return same_facts(&x->watch, &y->watch) &&
	       str_eq(buf_view(&x->shown), buf_view(&y->shown)) &&
	       str_eq(buf_view(&x->kept), buf_view(&y->kept));
}

/* -- whole streams --------------------------------------------------------- */

static bool run_in_two(struct job *j, const struct run *once, size_t at)
{
	struct arena *scratch = arena_new();
	struct arena *own = arena_new();
	struct run r;
	bool same;

	run_begin(&r, j->shape, own, scratch);
	sse_feed(&r.sse, (struct str){ j->bytes.p, at });
	sse_feed(&r.sse, str_from(j->bytes, at));
	same = same_run(&r, once);
	arena_free(&own);
	arena_free(&scratch);
	j->score->runs++;
	return same;
}

static void check_in_two(struct job *j, const struct run *once)
{
	struct offsets o = offsets_of(j->bytes.n, j->bytes.n <= IN_FULL ?
							  IN_FULL : SAMPLE);

	for (size_t at = 0; at < o.n; at = offset_next(&o, at)) {
		if (run_in_two(j, once, at))
			continue;
		job_fails(j, "in two pieces, cut at byte %zu, it is not the "
			  "same", at);
		return;
	}
}

static void check_pieces(struct job *j, const struct run *once)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 64 };
	struct arena *own = arena_new(), *scratch = arena_new();

	for (size_t i = 0; i < COUNT_OF(pieces); i++) {
		struct run r;

		arena_reset(own);
		run_begin(&r, j->shape, own, scratch);
		feed_by(&r, j->bytes, pieces[i]);
		j->score->runs++;
		if (!same_run(&r, once))
			job_fails(j, "in pieces of %zu it is not the same",
				  pieces[i]);
	}
	arena_free(&own);
	arena_free(&scratch);
}

/* -- every offset ---------------------------------------------------------- */

struct count {
	struct sse sse;
	size_t events;
	struct str raw; /* of the last one */
	struct arena *a;
};

static int count_event(void *ctx, const struct sse_event *e)
{
	struct count *c = ctx;

	c->events++;
	c->raw = arena_str(c->a, e->raw);
	return 0;
}

/* A parser as it is at the end of an event. */
static void count_begin(struct count *c, struct arena *a,
			const struct sse *at_end)
{
	c->events = 0;
	c->a = a;
	c->raw = STR("");
	sse_init(&c->sse, a, EVENT_MAX, count_event, c);
	if (at_end) {
		c->sse.cr = at_end->cr;
		c->sse.started = at_end->started;
	}
}

static bool forgetful(const struct sse *s)
{
	return s->line.n + s->data.n + s->raw.n + s->type.n == 0 &&
	       !s->any_data;
}

static bool same_state(const struct sse *x, const struct sse *y)
{
	return str_eq(buf_view(&x->line), buf_view(&y->line)) &&
	       str_eq(buf_view(&x->data), buf_view(&y->data)) &&
	       str_eq(buf_view(&x->raw), buf_view(&y->raw)) &&
	       str_eq(buf_view(&x->type), buf_view(&y->type)) &&
	       x->cr == y->cr && x->any_data == y->any_data &&
	       x->started == y->started;
}

/* Bytes that hold one event at most, split at each offset. `before` is the
 * parser's state in front of them, `once` what became of it a byte at a
 * time. */
static bool split_event(struct job *j, struct str bytes,
			const struct sse *before, const struct count *once)
{
	struct arena *slow_a = arena_new(), *a = arena_new();
	struct count slow, c;
	bool same = true;

	count_begin(&slow, slow_a, before);
	for (size_t k = 0; k < bytes.n && same; k++) {
		arena_reset(a);
		count_begin(&c, a, before);
		sse_feed(&c.sse, (struct str){ bytes.p, k });
		same = same_state(&c.sse, &slow.sse);
		sse_feed(&c.sse, str_from(bytes, k));
		same = same && c.events == once->events &&
		       str_eq(c.raw, once->raw) &&
		       same_state(&c.sse, &once->sse);
		sse_feed(&slow.sse, (struct str){ bytes.p + k, 1 });
		j->score->splits++;
	}
	arena_free(&slow_a);
	arena_free(&a);
	return same;
}

static void check_each_event(struct job *j)
{
	struct arena *a = arena_new();
	struct sse before;
	struct count c;
	size_t from = 0;

	count_begin(&c, a, NULL);
	before = c.sse;
	for (size_t k = 0; k < j->bytes.n; k++) {
		struct str part = { j->bytes.p + from, k + 1 - from };

		sse_feed(&c.sse, (struct str){ j->bytes.p + k, 1 });
		if (!c.events && k + 1 < j->bytes.n)
			continue;
		if ((c.events && !forgetful(&c.sse)) ||
		    !split_event(j, part, &before, &c)) {
			job_fails(j, "the event at byte %zu is not the same "
				  "when it is split", from);
			break;
		}
		before = c.sse;
		arena_reset(a);
		count_begin(&c, a, &before);
		from = k + 1;
	}
	arena_free(&a);
}

/* -- cut short ------------------------------------------------------------- */

static bool good(const struct reply_watch *w)
{
	return w->ended && !w->failed && !w->after_end;
}

/* A byte at a time: at none before its end is it whole. */
static void check_cuts(struct job *j)
{
	struct arena *own = arena_new(), *scratch = arena_new();
	const struct said *s = &j->said;
	size_t end = j->bytes.n;
	struct run r;

	if (s->how == SAID_WHOLE)
		end = s->done - 1; /* its LF may be spare */
	run_begin(&r, j->shape, own, scratch);
	for (size_t k = 0; k < end; k++) {
		j->score->cuts++;
		if (good(&r.watch)) {
			job_fails(j, "cut at byte %zu it counts as whole", k);
			break;
		}
		feed_by(&r, (struct str){ j->bytes.p + k, 1 }, 1);
	}
	arena_free(&own);
	arena_free(&scratch);
}

/* -- what the second reader says ------------------------------------------- */

static void check_facts(struct job *j, const struct reply_watch *w)
{
	const int64_t has[SAID_BUCKETS] = {
		w->facts.usage.input, w->facts.usage.output,
		w->facts.usage.cache_read, w->facts.usage.cache_write
	};
	const struct said *s = &j->said;

	if ((s->how == SAID_WHOLE) != (w->ended && !w->failed))
		job_fails(j, "how it ends: %d, ended %d, failed %d", s->how,
			  w->ended, w->failed);
	if (s->after_end != w->after_end && !w->failed)
		job_fails(j, "something behind the end: %d, %d",
			  s->after_end, w->after_end);
	for (int i = 0; i < SAID_BUCKETS; i++)
		if (has[i] != s->usage[i] && s->how == SAID_WHOLE)
			job_fails(j, "usage %d: %jd, not %jd", i,
				  (intmax_t)has[i], (intmax_t)s->usage[i]);
	if (!str_is(s->model, w->facts.model))
		job_fails(j, "model: %s, not %.*s", w->facts.model,
			  (int)s->model.n, s->model.p);
	if (!str_is(buf_view(&s->reasons), w->facts.finish) &&
	    s->how == SAID_WHOLE)
		job_fails(j, "finish: %s, not %s", w->facts.finish,
			  s->reasons.p ? s->reasons.p : "");
}

/* What the caller is shown says the same, but for a usage that was not asked
 * for; what is kept says all of it. */
static void check_said(struct job *j, const struct run *once)
{
	struct said kept, shown;
	const char *what;

	said_stream(&kept, j->a, j->shape, buf_view(&once->kept));
	what = said_differ(&kept, &j->said);
	if (what)
		job_fails(j, "the recording does not keep %s", what);
	said_stream(&shown, j->a, j->shape, buf_view(&once->shown));
	memcpy(shown.usage, kept.usage, sizeof(kept.usage));
	what = said_differ(&shown, &j->said);
	if (what)
		job_fails(j, "the caller is not shown %s", what);
	if (j->said.how != SAID_FAILED && shown.how != j->said.how)
		job_fails(j, "the caller sees another end");
}

void check_splits(struct job *j)
{
	struct arena *scratch = arena_new();
	struct run once;

	run_begin(&once, j->shape, j->a, scratch);
	sse_feed(&once.sse, j->bytes);
	check_facts(j, &once.watch);
	check_said(j, &once);
	check_pieces(j, &once);
	check_in_two(j, &once);
	check_each_event(j);
	check_cuts(j);
	arena_free(&scratch);
}
