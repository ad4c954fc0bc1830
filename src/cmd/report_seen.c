#include "cmd/report_seen.h"

#include <stdlib.h>

#define SETS 8192
#define WAYS 8
#define MOST_SPANS (1 << 20) /* of all processes */
#define RUN_SPANS 512        /* of one: moving them is cheap */
#define FEW_SPANS 4          /* one of them may always have */

/* Numbers that were all there, both ends included. */
struct span {
	int64_t first, last;
};

struct run {
	uint64_t id;     /* 0: none */
	uint64_t used;   /* when, for forgetting the one not used longest */
	struct span *span; /* in order, apart from one another */
	uint32_t n, room;
};

struct report_seen {
	struct run run[SETS][WAYS];
	uint64_t now;
	size_t spans; /* room of all */
};

struct report_seen *report_seen_new(void)
{
	struct report_seen *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	return s;
}

void report_seen_free(struct report_seen **s)
{
	if (!*s)
		return;
	for (size_t i = 0; i < SETS; i++)
		for (size_t k = 0; k < WAYS; k++)
			free((*s)->run[i][k].span);
	free(*s);
	*s = NULL;
}

/* Of a random name: 64 bits of it are enough. */
static uint64_t id_of(struct str run)
{
	uint64_t h = run.n;

	for (size_t i = 0; i < run.n; i++)
		h = (h ^ (uint8_t)run.p[i]) * 0x100000001b3;
	h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9;
	h ^= h >> 32;
	return h ? h : 1;
}

static struct run *run_of(struct report_seen *s, uint64_t id)
{
	struct run *set = s->run[id % SETS], *oldest = set;

	s->now++;
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].id == id) {
			set[i].used = s->now;
			return &set[i];
		}
		if (set[i].used < oldest->used)
			oldest = &set[i];
	}
	oldest->id = id;
	oldest->n = 0;
	oldest->used = s->now;
	return oldest;
}

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
		if (at == 0)
			return;
		cut_out(r, 0);
		at--;
	}
	memmove(&r->span[at + 1], &r->span[at],
		(r->n++ - at) * sizeof(*r->span));
	r->span[at] = (struct span){ seq, seq };
}

bool report_seen_before(struct report_seen *s, struct str run, int64_t seq)
{
	struct run *r = run_of(s, id_of(run));
	uint32_t at = find(r, seq);
	bool behind = at > 0 && r->span[at - 1].last == seq - 1;
	bool before = at < r->n && seq < INT64_MAX &&
		      r->span[at].first == seq + 1;

	if (at < r->n && r->span[at].first <= seq)
		return true;
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
	return false;
}
