#include "cmd/report_seen.h"

#include <stdlib.h>

#include "cmd/report_marks.h"
#include "cmd/report_mix.h"
#include "cmd/report_once.h"

#define RUNS 65536           /* a power of two */
#define MOST_SPANS (1 << 20) /* of all processes */
#define RUN_SPANS 512        /* of one: moving them is cheap */
#define FEW_SPANS 4          /* one of them may always have */

/* Numbers that were all there, both ends included. */
struct span {
	int64_t first, last;
};

struct run {
	uint64_t id;
	struct span *span; /* in order, apart from one another */
	uint32_t n, room;
	uint32_t next;   /* of its chain, and one; 0: none */
	bool used;       /* since the hand was here */
};

/*
 * The first line of a process is in `once`, all others in `run`: most
 * processes have one line only, or thousands. So a number that is not the
 * one in `once` may still be in `run`.
 */
struct report_seen {
	struct run run[RUNS];
	uint32_t chain[RUNS]; /* a run's number, and one; 0: none */
	uint32_t runs, hand;  /* the hand points at who may go next */
	size_t spans;         /* room of all */
	struct report_once *once;
	struct report_marks *marks; /* of what is in `run` */
	uint64_t seed;
	struct report_seen_doubt doubt;
};

struct report_seen *report_seen_new(void)
{
	struct report_seen *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->once = report_once_new();
	s->marks = report_marks_new();
	s->seed = report_mix_seed();
	return s;
}

void report_seen_free(struct report_seen **s)
{
	if (!*s)
		return;
	for (size_t i = 0; i < RUNS; i++)
		free((*s)->run[i].span);
	report_once_free(&(*s)->once);
	report_marks_free(&(*s)->marks);
	free(*s);
	*s = NULL;
}

/* -- processes ------------------------------------------------------------- */

/* Of its name, or of a checksum; never 0. */
static uint64_t id_of(const struct report_seen *s, struct str run)
{
	uint64_t h = report_mix_text(s->seed, run);

	return h ? h : 1;
}

/* Where the number of the run stands that has this id, or of the last one of
 * its chain nothing. */
static uint32_t *link_of(struct report_seen *s, uint64_t id)
{
	uint32_t *link = &s->chain[id % RUNS];

	while (*link && s->run[*link - 1].id != id)
		link = &s->run[*link - 1].next;
	return link;
}

/* NULL: it has none, or it was forgotten. */
static struct run *find_run(struct report_seen *s, uint64_t id)
{
	uint32_t number = *link_of(s, id);

	if (!number)
		return NULL;
	s->run[number - 1].used = true;
	return &s->run[number - 1];
}

/* The number of one that was not used for long: the hand passes those that
 * were used since it came by. */
static uint32_t forget_run(struct report_seen *s)
{
	uint32_t number;

	while (s->run[s->hand].used) {
		s->run[s->hand].used = false;
		s->hand = (s->hand + 1) % RUNS;
	}
	number = s->hand;
	s->hand = (s->hand + 1) % RUNS;
	*link_of(s, s->run[number].id) = s->run[number].next;
	s->doubt.forgotten = true;
	return number;
}

/* Its span and the room of it stay with a run that becomes another. */
static struct run *make_run(struct report_seen *s, uint64_t id)
{
	uint32_t number = s->runs < RUNS ? s->runs++ : forget_run(s);
	struct run *r = &s->run[number];

	r->id = id;
	r->n = 0;
	r->used = false; /* by another line of it */
	r->next = s->chain[id % RUNS];
	s->chain[id % RUNS] = number + 1;
	return r;
}

/* -- their numbers --------------------------------------------------------- */

/* The first span that does not end before seq; n when all do. Lines come
 * about in order: the last is looked at first. */
static uint32_t find(const struct run *r, int64_t seq)
{
	uint32_t low = 0, high = r->n, mid;

	if (r->n && r->span[r->n - 1].last < seq)
		return r->n;
	while (low < high) {
		mid = (low + high) / 2;
		if (r->span[mid].last < seq)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void cut_out(struct run *r, uint32_t at)
{
	memmove(&r->span[at], &r->span[at + 1],
		(--r->n - at) * sizeof(*r->span));
}

static bool widen(struct report_seen *s, struct run *r)
{
	uint32_t room = r->room ? 2 * r->room : FEW_SPANS;
	struct span *more;

	if (r->room && (room > RUN_SPANS ||
			s->spans + room - r->room > MOST_SPANS))
		return false;
	more = realloc(r->span, room * sizeof(*more));
	if (!more)
		abort();
	s->spans += room - r->room;
	r->span = more;
	r->room = room;
	return true;
}

/* Without room the lowest numbers are forgotten. */
static void put_in(struct report_seen *s, struct run *r, uint32_t at,
		   int64_t seq)
{
	if (r->n == r->room && !widen(s, r)) {
		s->doubt.forgotten = true;
		if (at == 0)
			return;
		cut_out(r, 0);
		at--;
	}
	memmove(&r->span[at + 1], &r->span[at],
		(r->n++ - at) * sizeof(*r->span));
	r->span[at] = (struct span){ seq, seq };
}

/* at is what find() said of it. */
static bool is_there(const struct run *r, uint32_t at, int64_t seq)
{
	return at < r->n && r->span[at].first <= seq;
}

/* One that is not there. */
static void add_number(struct report_seen *s, struct run *r, uint32_t at,
		       int64_t seq)
{
	bool behind = at > 0 && r->span[at - 1].last == seq - 1;
	bool before = at < r->n && seq < INT64_MAX &&
		      r->span[at].first == seq + 1;

	if (behind && before) {
		r->span[at - 1].last = r->span[at].last;
		cut_out(r, at);
	} else if (behind) {
		r->span[at - 1].last = seq;
	} else if (before) {
		r->span[at].first = seq;
	} else {
		put_in(s, r, at, seq);
	}
}

/* -- lines ----------------------------------------------------------------- */

/* Of a number that was there. */
static enum report_seen_as compare(struct report_seen *s, uint64_t id,
				   int64_t seq, uint64_t sum)
{
	int same = report_marks_same(s->marks, id, seq, sum);

	s->doubt.unproven += same < 0;
	return same ? REPORT_SEEN_AGAIN : REPORT_SEEN_OTHER;
}

static void remember_first(struct report_seen *s, uint64_t id, int64_t seq,
			   uint64_t sum)
{
	if (!report_once_put(s->once, id, seq, sum))
		s->doubt.forgotten = true;
}

/* Remembers it when it is new. */
static enum report_seen_as look(struct report_seen *s, uint64_t id,
				int64_t seq, uint64_t sum)
{
	enum report_once_is once = report_once_look(s->once, id, seq, sum);
	struct run *r;
	uint32_t at;

	if (once == REPORT_ONCE_SAME)
		return REPORT_SEEN_AGAIN;
	if (once == REPORT_ONCE_UNLIKE)
		return REPORT_SEEN_OTHER;
	r = find_run(s, id);
	if (!r && once == REPORT_ONCE_NONE && seq >= 1 &&
	    seq <= REPORT_ONCE_NUMBERS) {
		remember_first(s, id, seq, sum);
		return REPORT_SEEN_NEW;
	}
	if (!r)
		r = make_run(s, id);
	at = find(r, seq);
	if (is_there(r, at, seq))
		return compare(s, id, seq, sum);
	add_number(s, r, at, seq);
	report_marks_put(s->marks, id, seq, sum);
	return REPORT_SEEN_NEW;
}

/* What has the number of another is known by its checksum from then on, as
 * the only line of a process of its own: its copies are copies. */
static enum report_seen_as look_other(struct report_seen *s, uint64_t id,
				      int64_t seq, uint64_t sum)
{
	id = report_mix(report_mix(id, sum), (uint64_t)seq);
	return look(s, id ? id : 1, 1, sum) == REPORT_SEEN_AGAIN ?
		       REPORT_SEEN_AGAIN : REPORT_SEEN_OTHER;
}

enum report_seen_as report_seen_entry(struct report_seen *s,
				      const struct report_entry *e)
{
	enum report_seen_as as;
	uint64_t id, sum;

	if (!e->run.n || e->seq < 0)
		return REPORT_SEEN_NEW;
	if (!e->crc.n)
		return REPORT_SEEN_BARE;
	id = id_of(s, e->run);
	sum = id_of(s, e->crc);
	as = look(s, id, e->seq, sum);
	return as == REPORT_SEEN_OTHER ? look_other(s, id, e->seq, sum) : as;
}

struct report_seen_doubt report_seen_doubt(const struct report_seen *s)
{
	return s->doubt;
}
