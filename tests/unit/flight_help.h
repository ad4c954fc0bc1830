/*
 * Somebody else who takes part in flights, a thread or a process, does one
 * thing at a time as he is told, and says how it went. So a test decides who
 * does what in which order, and nobody has to sleep.
 */
#ifndef FLIGHT_HELP_H
#define FLIGHT_HELP_H

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "store/board.h"
#include "store/flight.h"
#include "store/flights.h"
#include "store/lock.h"
#include "store/point.h"
#include "store_help.h"

/* What is told about a question by leader `tag`, from byte `at` on. */
static inline void say(char *p, size_t n, uint64_t key, uint64_t tag,
		       uint64_t at)
{
	uint64_t x, i;

	for (i = 0; i < n; i++) {
		x = key * 1000003 + tag * 8191 + (at + i) / 8;
		p[i] = (char)(stir(&x) >> (at + i) % 8 * 8);
	}
}

static inline int said(struct str got, uint64_t key, uint64_t tag)
{
	char *want = malloc(got.n + 1);
	int same;

	say(want, got.n, key, tag, 0);
	same = memcmp(want, got.p, got.n) == 0;
	free(want);
	return same;
}

enum op { DO_JOIN, DO_TELL, DO_BEAT, DO_COUNT, DO_END, DO_NEXT, DO_LEAVE,
	  DO_HEARD, DO_DOOM, DO_QUIT };

/* The labelled point at which this process dies; 0: at none. */
static unsigned doom;

#ifdef STORE_POINTS
void store_point(const char *label)
{
	(void)label;
	if (doom && --doom == 0)
		kill(getpid(), SIGKILL);
}
#endif

struct order {
	enum op op;
	uint64_t key, tag;
	int64_t arg;
};

struct actor {
	struct store *s; /* a thread's is ours, a process has its own */
	int fd, his;
	pid_t pid; /* 0: a thread */
	pthread_t thread;
};

/* What he has in hand. */
struct part {
	struct store *s;
	struct arena *a;
	struct flight *f;
	struct buf got;
	uint64_t key, told;
};

static inline int stage_make(void **state)
{
	return hash_setup() < 0 ? -1 : room_make(state);
}

#define IN_ROOM(f) cmocka_unit_test_setup_teardown(f, stage_make, room_clear)

/* Keys from here on have one home in the table. */
#define NEIGHBOUR 1000000

static inline struct key key_of(uint64_t n)
{
	struct key k = key_n(n);

	if (n >= NEIGHBOUR)
		memset(k.b + 16, 0xee, 4);
	return k;
}

static inline int part_join(struct part *p, const struct order *o)
{
	struct key k = key_of(o->key);

	arena_reset(p->a);
	buf_init(&p->got, p->a);
	p->told = 0;
	p->key = o->key;
	p->f = NULL;
	return flight_join(p->s, p->a, &k, o->arg, &p->f);
}

static inline int part_tell(struct part *p, uint64_t tag, size_t n)
{
	char *bytes = malloc(n + 1);

	say(bytes, n, p->key, tag, p->told);
	flight_tell(p->f, (struct str){ bytes, n });
	p->told += n;
	free(bytes);
	return 0;
}

static inline struct part part_of(struct store *s)
{
	return (struct part){ .s = s, .a = arena_new() };
}

static inline int join_key(struct part *p, uint64_t key)
{
	return part_join(p, &(struct order){ DO_JOIN, key, 0, 0 });
}

static inline enum flight_news part_next(struct part *p)
{
	return flight_next(p->f, &p->got, 0);
}

static inline int part_do(struct part *p, const struct order *o)
{
	switch (o->op) {
	case DO_JOIN:
		return part_join(p, o);
	case DO_TELL:
		return part_tell(p, o->tag, (size_t)o->arg);
	case DO_BEAT:
		flight_beat(p->f);
		return 0;
	case DO_COUNT:
		return (int)flight_followers(p->f);
	case DO_END:
		flight_end(&p->f, (enum flight_end)o->arg);
		return p->f == NULL;
	case DO_NEXT:
		return flight_next(p->f, &p->got, o->arg);
	case DO_LEAVE:
		flight_leave(&p->f);
		return p->f == NULL;
	case DO_HEARD: /* how much, -1 when it is not what was told */
		return said(buf_view(&p->got), p->key, o->tag) ?
			       (int)p->got.n : -1;
	case DO_DOOM:
		doom = (unsigned)o->arg;
		return 0;
	case DO_QUIT:
		break;
	}
	return -1;
}

static inline void *act(void *arg)
{
	struct actor *me = arg;
	struct part p = { .s = me->s, .a = arena_new() };
	struct order o;
	int r;

	while (read(me->his, &o, sizeof(o)) == sizeof(o) && o.op != DO_QUIT) {
		r = part_do(&p, &o);
		if (write(me->his, &r, sizeof(r)) != sizeof(r))
			break;
	}
	arena_free(&p.a);
	return NULL;
}

static inline void actor_wire(struct actor *w)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
				    fd), 0);
	w->fd = fd[0];
	w->his = fd[1];
}

static inline void actor_thread(struct actor *w, struct store *s)
{
	*w = (struct actor){ .s = s };
	actor_wire(w);
	assert_int_equal(pthread_create(&w->thread, NULL, act, w), 0);
}

/* One that does not outlive us, also when this test fails. */
static inline void actor_process(struct actor *w, struct room *r, size_t size)
{
	*w = (struct actor){ .s = NULL };
	actor_wire(w);
	w->pid = fork();
	assert_true(w->pid >= 0);
	if (w->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(w->fd);
		w->s = room_open(r, size);
		if (w->s)
			act(w);
		_exit(0);
	}
	close(w->his);
}

static inline void actor_send(struct actor *w, struct order o)
{
	assert_int_equal(send(w->fd, &o, sizeof(o), MSG_NOSIGNAL), sizeof(o));
}

#define ACTOR_DIED -99

static inline int actor_hear(struct actor *w)
{
	int r;

	return read(w->fd, &r, sizeof(r)) == sizeof(r) ? r : ACTOR_DIED;
}

static inline int actor_do(struct actor *w, struct order o)
{
	actor_send(w, o);
	return actor_hear(w);
}

/* As if by nature: he holds what he holds. */
static inline void actor_gone(struct actor *w)
{
	int status;

	if (!w->pid) {
		actor_send(w, (struct order){ .op = DO_QUIT });
		pthread_join(w->thread, NULL);
		close(w->his);
	} else {
		kill(w->pid, SIGKILL);
		assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGKILL);
	}
	close(w->fd);
	w->fd = -1;
}

#define JOIN(w, k) actor_do(w, (struct order){ DO_JOIN, k, 0, 0 })
#define TELL(w, t, n) actor_do(w, (struct order){ DO_TELL, 0, t, n })
#define END(w, how) actor_do(w, (struct order){ DO_END, 0, 0, how })
#define NEXT(w, ms) actor_do(w, (struct order){ DO_NEXT, 0, 0, ms })
#define LEAVE(w) actor_do(w, (struct order){ .op = DO_LEAVE })
#define COUNT(w) actor_do(w, (struct order){ .op = DO_COUNT })
#define HEARD(w, t) actor_do(w, (struct order){ DO_HEARD, 0, t, 0 })
#define DOOM(w, n) actor_do(w, (struct order){ DO_DOOM, 0, 0, n })
#define BEAT(w) actor_do(w, (struct order){ .op = DO_BEAT })

/* The slot where k flies, or NULL. For looking behind the scene, while
 * nobody else acts. */
static inline struct flight_slot *slot_of(struct store *s, uint64_t key)
{
	struct key k = key_n(key);
	struct flight_slot *slot = NULL;
	struct shard sh;
	uint32_t i;

	store_shard(s, &k, &sh);
	assert_int_equal(lock_enter(&sh), 0);
	for (i = 0; i < sh.flights && !slot; i++)
		if (memcmp(&sh.flight[i].key, &k, sizeof(k)) == 0 &&
		    flights_state(&sh.flight[i]) == FLIGHT_FLYING)
			slot = &sh.flight[i];
	lock_leave(&sh);
	return slot;
}

static inline void age(struct flight_slot *slot, int64_t ms)
{
	__atomic_sub_fetch(&slot->beat_ms, ms, __ATOMIC_RELAXED);
}

/* Chunks that flights hold in all shards. */
static inline uint32_t loose_in(struct store *s, uint64_t key)
{
	struct key k = key_n(key);
	struct shard sh;

	store_shard(s, &k, &sh);
	return shard_peek(&sh.head->loose);
}

static inline void end_in_order(struct store *s)
{
	assert_int_equal(loose_in(s, 1), 0);
	assert_int_equal(store_check(s), 0);
	store_close(&s);
}

static inline uint64_t board_has(struct store *s, enum board_count c)
{
	return __atomic_load_n(&store_board(s)->count[c], __ATOMIC_RELAXED);
}

/* -- a storm: many who lead and follow as it comes ------------------------ */

#define WORKERS 6
#define QUESTIONS 3
#define LONGEST 6000

/* What the workers leave. */
struct tale {
	_Atomic uint64_t wrong, wholes, orphans, broken, alone, leads;
	_Atomic uint64_t longest_ms; /* one call of flight_next(.., 100) */
	_Atomic uint64_t done[WORKERS];
};

/* The first bytes of a flight say of which question and which leader it is;
 * all others follow from them and their place. */
struct title {
	uint64_t key, tag, length;
};

static inline void storm_lead(struct part *p, uint64_t *x)
{
	char bytes[LONGEST];
	struct title t = { p->key, stir(x), sizeof(t) + stir(x) % 5000 };
	size_t at, n;

	say(bytes, t.length, t.key, t.tag, 0);
	memcpy(bytes, &t, sizeof(t));
	for (at = 0; at < t.length; at += n) {
		n = 1 + stir(x) % 900;
		if (n > t.length - at)
			n = t.length - at;
		flight_tell(p->f, (struct str){ bytes + at, n });
		if (stir(x) % 4 == 0)
			sched_yield();
	}
	flight_end(&p->f, FLIGHT_WHOLE);
}

/* Right as far as it goes. */
static inline bool storm_right(const struct part *p, bool all)
{
	struct title t;
	char want[LONGEST];
	size_t part = p->got.n < sizeof(t) ? p->got.n : sizeof(t);

	if (part < sizeof(t))
		return !all;
	memcpy(&t, p->got.p, sizeof(t));
	if (t.key != p->key || t.length > LONGEST || p->got.n > t.length)
		return false;
	say(want, t.length, t.key, t.tag, 0);
	return memcmp(p->got.p + part, want + part, p->got.n - part) == 0 &&
	       (!all || p->got.n == t.length);
}

static inline void storm_follow(struct part *p, struct tale *t)
{
	enum flight_news news;
	int64_t since, took;

	do {
		since = clock_mono_ms();
		news = flight_next(p->f, &p->got, 100);
		took = clock_mono_ms() - since;
		if ((uint64_t)took > t->longest_ms)
			t->longest_ms = (uint64_t)took;
	} while (news == NEWS_BYTES || news == NEWS_NONE);
	t->wrong += !storm_right(p, news == NEWS_WHOLE);
	t->wholes += news == NEWS_WHOLE;
	t->orphans += news == NEWS_ORPHAN;
	t->broken += news == NEWS_BROKEN;
	flight_leave(&p->f);
}

/* Takes part in so many flights. */
static inline void storm_work(struct store *s, struct tale *t, unsigned me,
			      uint64_t x, uint64_t times)
{
	struct part p = { .s = s, .a = arena_new() };
	struct order o = { DO_JOIN, 0, 0, 0 };

	for (; s && times; times--, t->done[me]++) {
		o.key = stir(&x) % QUESTIONS;
		switch (part_join(&p, &o)) {
		case FLIGHT_LEAD:
			t->leads++;
			storm_lead(&p, &x);
			break;
		case FLIGHT_FOLLOW:
			storm_follow(&p, t);
			break;
		case FLIGHT_ALONE:
			t->alone++;
			sched_yield();
			break;
		}
	}
	arena_free(&p.a);
}

#endif
