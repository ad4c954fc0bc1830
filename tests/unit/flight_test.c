/* One flight per question, between threads: who leads, who follows, what is
 * heard, how it ends, and what a damaged table can do (nothing). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "flight_help.h"

/* Our own part in it, on this thread. */
struct stage {
	struct store *s;
	struct actor lead;
	struct part me;
};

static void stage_open(struct stage *t, struct room *r)
{
	t->s = room_open(r, MB);
	assert_non_null(t->s);
	t->me = (struct part){ .s = t->s, .a = arena_new() };
	actor_thread(&t->lead, t->s);
}

static void stage_close(struct stage *t)
{
	actor_gone(&t->lead);
	arena_free(&t->me.a);
	assert_int_equal(loose_in(t->s, 1), 0);
	assert_int_equal(store_check(t->s), 0);
	store_close(&t->s);
}

static enum flight_role join_at(struct stage *t, uint64_t key,
				int64_t not_before_ms)
{
	return part_join(&t->me,
			 &(struct order){ DO_JOIN, key, 0, not_before_ms });
}

static enum flight_news next(struct stage *t)
{
	return flight_next(t->me.f, &t->me.got, 0);
}

/* We have heard exactly so many bytes, and they are right. */
static void heard(const struct stage *t, size_t n, uint64_t tag)
{
	assert_int_equal(t->me.got.n, n);
	assert_true(said(buf_view(&t->me.got), t->me.key, tag));
}

/* -- hearing -------------------------------------------------------------- */

static void bytes_come_in_pieces(void **state)
{
	struct stage t;

	stage_open(&t, *state);
	assert_int_equal(JOIN(&t.lead, 1), FLIGHT_LEAD);
	assert_int_equal(join_at(&t, 1, 0), FLIGHT_FOLLOW);
	assert_int_equal(COUNT(&t.lead), 1);
	assert_int_equal(next(&t), NEWS_NONE);
	TELL(&t.lead, 1, 10);
	assert_int_equal(next(&t), NEWS_BYTES);
	heard(&t, 10, 1);
	assert_int_equal(next(&t), NEWS_NONE);
	TELL(&t.lead, 1, 5000);
	TELL(&t.lead, 1, 1);
	assert_int_equal(next(&t), NEWS_BYTES);
	heard(&t, 5011, 1);
	END(&t.lead, FLIGHT_WHOLE);
	assert_int_equal(next(&t), NEWS_WHOLE);
	assert_int_equal(next(&t), NEWS_WHOLE);
	flight_leave(&t.me.f);
	assert_null(t.me.f);
	stage_close(&t);
}

static void who_joins_late_hears_all(void **state)
{
	struct stage t;

	stage_open(&t, *state);
	assert_int_equal(JOIN(&t.lead, 1), FLIGHT_LEAD);
	TELL(&t.lead, 1, 100000);
	TELL(&t.lead, 1, 100);
	assert_int_equal(join_at(&t, 1, 0), FLIGHT_FOLLOW);
	assert_int_equal(next(&t), NEWS_BYTES);
	heard(&t, 100100, 1);
	TELL(&t.lead, 1, 77);
	END(&t.lead, FLIGHT_WHOLE);
	assert_int_equal(next(&t), NEWS_BYTES);
	heard(&t, 100177, 1);
	assert_int_equal(next(&t), NEWS_WHOLE);
	flight_leave(&t.me.f);
	stage_close(&t);
}

static void ends_are_told_after_the_bytes(void **state)
{
	static const struct {
		enum flight_end end;
		enum flight_news news;
		int bytes;
	} c[] = {
		{ FLIGHT_WHOLE, NEWS_WHOLE, 3000 },
		{ FLIGHT_WHOLE, NEWS_WHOLE, 0 },
		{ FLIGHT_STORED, NEWS_STORED, 3000 },
		{ FLIGHT_STORED, NEWS_STORED, 0 },
		{ FLIGHT_BROKEN, NEWS_BROKEN, 3000 },
		{ FLIGHT_BROKEN, NEWS_BROKEN, 0 },
	};
	struct stage t;
	size_t i;

	stage_open(&t, *state);
	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		assert_int_equal(JOIN(&t.lead, 1), FLIGHT_LEAD);
		assert_int_equal(join_at(&t, 1, 0), FLIGHT_FOLLOW);
		if (c[i].bytes)
			TELL(&t.lead, i, c[i].bytes);
		END(&t.lead, c[i].end);
		if (c[i].bytes)
			assert_int_equal(next(&t), NEWS_BYTES);
		heard(&t, (size_t)c[i].bytes, i);
		assert_int_equal(next(&t), c[i].news);
		flight_leave(&t.me.f);
		assert_int_equal(loose_in(t.s, 1), 0);
	}
	stage_close(&t);
}

/* One that has landed is not joined: its answer is in the cache, or was not
 * for others. */
static void who_comes_after_leads(void **state)
{
	struct stage t;
	struct actor other;

	stage_open(&t, *state);
	actor_thread(&other, t.s);
	assert_int_equal(JOIN(&t.lead, 1), FLIGHT_LEAD);
	assert_int_equal(join_at(&t, 1, 0), FLIGHT_FOLLOW);
	TELL(&t.lead, 1, 700);
	END(&t.lead, FLIGHT_WHOLE);
	assert_int_equal(JOIN(&other, 1), FLIGHT_LEAD);
	TELL(&other, 2, 900);
	assert_int_equal(next(&t), NEWS_BYTES);
	heard(&t, 700, 1);
	assert_int_equal(next(&t), NEWS_WHOLE);
	flight_leave(&t.me.f);
	END(&other, FLIGHT_WHOLE);
	actor_gone(&other);
	stage_close(&t);
}

static void sleepers_are_woken(void **state)
{
	struct stage t;
	struct actor sleeper;
	int64_t since, worst = 0, sum = 0;
	int i;

	stage_open(&t, *state);
	actor_thread(&sleeper, t.s);
	assert_int_equal(join_at(&t, 1, 0), FLIGHT_LEAD);
	assert_int_equal(JOIN(&sleeper, 1), FLIGHT_FOLLOW);
	for (i = 0; i < 100; i++) {
		actor_send(&sleeper, (struct order){ DO_NEXT, 0, 0, 60000 });
		if (i % 2) /* asleep by now, most often */
			sched_yield();
		since = clock_mono_us();
		part_tell(&t.me, 1, 100);
		assert_int_equal(actor_hear(&sleeper), NEWS_BYTES);
		since = clock_mono_us() - since;
		worst = since > worst ? since : worst;
		sum += since;
	}
	print_message("heard %.0f us after it was told, at worst %.0f\n",
		      (double)sum / 100, (double)worst);
	actor_send(&sleeper, (struct order){ DO_NEXT, 0, 0, 60000 });
	flight_end(&t.me.f, FLIGHT_STORED);
	assert_int_equal(actor_hear(&sleeper), NEWS_STORED);
	assert_true(sum / 100 < 50000); /* woken, not by the end of a slice */
	LEAVE(&sleeper);
	actor_gone(&sleeper);
	stage_close(&t);
}

/* Who looked before, and waits on the number he saw, does not sleep. */
static void each_change_is_news(void **state)
{
	struct stage t;
	struct flight_slot *slot;
	uint32_t seen;

	stage_open(&t, *state);
	assert_int_equal(JOIN(&t.lead, 1), FLIGHT_LEAD);
	assert_int_equal(join_at(&t, 1, 0), FLIGHT_FOLLOW);
	slot = slot_of(t.s, 1);
	seen = flights_seen(slot);
	TELL(&t.lead, 1, 10);
	assert_int_not_equal(flights_seen(slot), seen);
	seen = flights_seen(slot);
	END(&t.lead, FLIGHT_WHOLE);
	assert_int_not_equal(flights_seen(slot), seen);
	seen = flights_seen(slot);
	flight_leave(&t.me.f);
	assert_int_not_equal(flights_seen(slot), seen);
	stage_close(&t);
}

static void a_wait_ends(void **state)
{
	struct stage t;
	int64_t since = clock_mono_ms();

	stage_open(&t, *state);
	assert_int_equal(JOIN(&t.lead, 1), FLIGHT_LEAD);
	assert_int_equal(join_at(&t, 1, 0), FLIGHT_FOLLOW);
	assert_int_equal(flight_next(t.me.f, &t.me.got, 120), NEWS_NONE);
	assert_true(clock_mono_ms() - since >= 120);
	assert_int_equal(flight_next(t.me.f, &t.me.got, -1), NEWS_NONE);
	END(&t.lead, FLIGHT_BROKEN);
	assert_int_equal(flight_next(t.me.f, &t.me.got, INT64_MAX),
			 NEWS_BROKEN);
	flight_leave(&t.me.f);
	stage_close(&t);
}

/* -- who joins ------------------------------------------------------------ */

static void an_old_flight_is_not_joined(void **state)
{
	struct stage t;
	int64_t began;

	stage_open(&t, *state);
	assert_int_equal(JOIN(&t.lead, 1), FLIGHT_LEAD);
	began = slot_of(t.s, 1)->began_ms;
	assert_int_equal(join_at(&t, 1, began + 1), FLIGHT_ALONE);
	assert_int_equal(COUNT(&t.lead), 0);
	assert_int_equal(join_at(&t, 1, began), FLIGHT_FOLLOW);
	flight_leave(&t.me.f);
	assert_int_equal(COUNT(&t.lead), 0);
	END(&t.lead, FLIGHT_WHOLE);
	assert_int_equal(board_has(t.s, BOARD_FLIGHT_LEADS), 1);
	assert_int_equal(board_has(t.s, BOARD_FLIGHT_FOLLOWS), 1);
	assert_int_equal(board_has(t.s, BOARD_FLIGHT_ALONE), 1);
	assert_int_equal(board_has(t.s, BOARD_FLIGHT_ORPHANS), 0);
	stage_close(&t);
}

/* It would wait for itself. */
static void a_leader_does_not_follow_itself(void **state)
{
	struct stage t;
	struct flight *first, *second;
	struct key k[2] = { key_n(1), key_n(2) };

	stage_open(&t, *state);
	assert_int_equal(flight_join(t.s, t.me.a, &k[0], 0, &first),
			 FLIGHT_LEAD);
	assert_int_equal(flight_join(t.s, t.me.a, &k[0], 0, &second),
			 FLIGHT_ALONE);
	assert_int_equal(flight_join(t.s, t.me.a, &k[1], 0, &second),
			 FLIGHT_LEAD);
	assert_int_equal(JOIN(&t.lead, 1), FLIGHT_FOLLOW);
	flight_end(&first, FLIGHT_WHOLE); /* the one taken first */
	assert_null(first);
	assert_int_equal(NEXT(&t.lead, 0), NEWS_WHOLE);
	LEAVE(&t.lead);
	assert_int_equal(JOIN(&t.lead, 2), FLIGHT_FOLLOW);
	flight_end(&second, FLIGHT_WHOLE);
	LEAVE(&t.lead);
	stage_close(&t);
}

static void a_silent_leader_is_left(void **state)
{
	struct stage t;

	stage_open(&t, *state);
	assert_int_equal(JOIN(&t.lead, 1), FLIGHT_LEAD);
	TELL(&t.lead, 1, 50);
	assert_int_equal(join_at(&t, 1, 0), FLIGHT_FOLLOW);
	age(slot_of(t.s, 1), FLIGHT_STUCK_MS + 1000);
	assert_int_equal(next(&t), NEWS_BYTES); /* what there is */
	heard(&t, 50, 1);
	BEAT(&t.lead);
	assert_int_equal(next(&t), NEWS_NONE);
	age(slot_of(t.s, 1), FLIGHT_STUCK_MS + 1000);
	BEAT(&t.lead);
	assert_int_equal(next(&t), NEWS_NONE); /* he lives */
	age(slot_of(t.s, 1), FLIGHT_STUCK_MS + 1000);
	assert_int_equal(next(&t), NEWS_STUCK);
	assert_null(slot_of(t.s, 1));
	flight_leave(&t.me.f);
	TELL(&t.lead, 1, 1); /* into the void */
	assert_int_equal(COUNT(&t.lead), 0);
	END(&t.lead, FLIGHT_WHOLE);
	stage_close(&t);
}

/* Who comes finds that the leader is stuck, and leads. */
static void a_stuck_flight_is_begun_anew(void **state)
{
	struct stage t;
	struct actor next_lead;

	stage_open(&t, *state);
	actor_thread(&next_lead, t.s);
	assert_int_equal(JOIN(&t.lead, 1), FLIGHT_LEAD);
	TELL(&t.lead, 1, 50);
	assert_int_equal(join_at(&t, 1, 0), FLIGHT_FOLLOW);
	age(slot_of(t.s, 1), FLIGHT_STUCK_MS + 1000);
	/* Nor is it told that its flight is too old for it. */
	assert_int_equal(actor_do(&next_lead, (struct order){
				DO_JOIN, 1, 0, INT64_MAX }), FLIGHT_LEAD);
	assert_int_equal(next(&t), NEWS_ORPHAN);
	flight_leave(&t.me.f);
	END(&t.lead, FLIGHT_WHOLE); /* it ends nobody else's */
	assert_int_equal(JOIN(&t.lead, 1), FLIGHT_FOLLOW);
	END(&next_lead, FLIGHT_STORED);
	assert_int_equal(NEXT(&t.lead, 0), NEWS_STORED);
	LEAVE(&t.lead);
	actor_gone(&next_lead);
	stage_close(&t);
}

/* Its leader is its own thread, which would wait for itself. */
static void nobody_ousts_himself(void **state)
{
	struct stage t;
	struct flight *first, *second;
	struct key k = key_n(1);

	stage_open(&t, *state);
	assert_int_equal(flight_join(t.s, t.me.a, &k, 0, &first),
			 FLIGHT_LEAD);
	age(slot_of(t.s, 1), FLIGHT_STUCK_MS + 1000);
	assert_int_equal(flight_join(t.s, t.me.a, &k, 0, &second),
			 FLIGHT_ALONE);
	flight_tell(first, STR("still flying"));
	assert_int_equal(JOIN(&t.lead, 1), FLIGHT_FOLLOW);
	flight_end(&first, FLIGHT_WHOLE);
	assert_int_equal(NEXT(&t.lead, 0), NEWS_BYTES);
	assert_int_equal(NEXT(&t.lead, 0), NEWS_WHOLE);
	LEAVE(&t.lead);
	stage_close(&t);
}

/* However many wait for a leader who is stuck, one asks in his place. */
static void after_a_stuck_leader_one_asks(void **state)
{
	struct stage t;
	struct actor many[20];
	int i, leads = 0, stuck = 0, news;
	struct flight_slot *old;

	stage_open(&t, *state);
	assert_int_equal(JOIN(&t.lead, 1), FLIGHT_LEAD);
	for (i = 0; i < 20; i++) {
		actor_thread(&many[i], t.s);
		assert_int_equal(JOIN(&many[i], 1), FLIGHT_FOLLOW);
	}
	old = slot_of(t.s, 1);
	age(old, FLIGHT_STUCK_MS + 1000);
	for (i = 0; i < 20; i++) {
		news = NEXT(&many[i], 0);
		stuck += news == NEWS_STUCK;
		assert_true(news == NEWS_STUCK || news == NEWS_ORPHAN);
		LEAVE(&many[i]);
		news = JOIN(&many[i], 1);
		leads += news == FLIGHT_LEAD;
		assert_int_not_equal(news, FLIGHT_ALONE);
	}
	assert_int_equal(stuck, 1);
	assert_int_equal(leads, 1);
	assert_ptr_not_equal(slot_of(t.s, 1), old);
	assert_int_equal(slot_of(t.s, 1)->followers, 19);
	TELL(&many[0], 2, 60);
	TELL(&t.lead, 1, 50); /* he wakes up */
	END(&t.lead, FLIGHT_WHOLE);
	END(&many[0], FLIGHT_WHOLE);
	for (i = 1; i < 20; i++) {
		assert_int_equal(NEXT(&many[i], 0), NEWS_BYTES);
		assert_int_equal(HEARD(&many[i], 2), 60);
		assert_int_equal(NEXT(&many[i], 0), NEWS_WHOLE);
		LEAVE(&many[i]);
	}
	for (i = 0; i < 20; i++)
		actor_gone(&many[i]);
	stage_close(&t);
}

/* After a minute its place is free, and it notices. */
static void a_very_silent_leader_is_forgotten(void **state)
{
	struct stage t;
	struct actor next_lead;

	stage_open(&t, *state);
	actor_thread(&next_lead, t.s);
	assert_int_equal(JOIN(&t.lead, 1), FLIGHT_LEAD);
	TELL(&t.lead, 1, 50);
	assert_int_equal(join_at(&t, 1, 0), FLIGHT_FOLLOW);
	age(slot_of(t.s, 1), FLIGHTS_KEEP_MS + 1000);
	assert_int_equal(JOIN(&next_lead, 1), FLIGHT_LEAD);
	assert_int_equal(next(&t), NEWS_ORPHAN);
	flight_leave(&t.me.f);
	assert_int_equal(join_at(&t, 1, 0), FLIGHT_FOLLOW);
	TELL(&t.lead, 1, 50); /* into the void */
	TELL(&next_lead, 2, 60);
	END(&t.lead, FLIGHT_WHOLE);
	assert_int_equal(next(&t), NEWS_BYTES);
	heard(&t, 60, 2);
	END(&next_lead, FLIGHT_WHOLE);
	assert_int_equal(next(&t), NEWS_WHOLE);
	flight_leave(&t.me.f);
	actor_gone(&next_lead);
	stage_close(&t);
}

/* Those with one home meet in the same eight slots. */
static struct key neighbour(unsigned n)
{
	return key_of(NEIGHBOUR + n);
}

/* The nth landed so much earlier. 1, or 0 when nothing is left of it. */
static int landed_earlier(struct store *s, unsigned n, int64_t ms)
{
	struct key k = neighbour(n);
	struct shard sh;
	uint32_t i;
	int found = 0;

	store_shard(s, &k, &sh);
	assert_int_equal(lock_enter(&sh), 0);
	for (i = 0; i < sh.flights; i++) {
		if (flights_state(&sh.flight[i]) != FLIGHT_LANDED ||
		    memcmp(&sh.flight[i].key, &k, sizeof(k)) != 0)
			continue;
		sh.flight[i].ended_ms -= ms;
		found++;
	}
	lock_leave(&sh);
	return found;
}

static void a_full_table_is_no_error(void **state)
{
	struct stage t;
	struct flight *f[9];
	struct key k;
	unsigned i;

	stage_open(&t, *state);
	for (i = 0; i < 8; i++) {
		k = neighbour(i);
		assert_int_equal(flight_join(t.s, t.me.a, &k, 0, &f[i]),
				 FLIGHT_LEAD);
	}
	k = neighbour(8);
	assert_int_equal(flight_join(t.s, t.me.a, &k, 0, &f[8]),
			 FLIGHT_ALONE);
	flight_end(&f[3], FLIGHT_WHOLE);
	assert_int_equal(flight_join(t.s, t.me.a, &k, 0, &f[8]), FLIGHT_LEAD);
	for (i = 0; i < 9; i++)
		if (f[i])
			flight_end(&f[i], FLIGHT_WHOLE);
	stage_close(&t);
}

/* Landed flights with followers of whom nothing is known (we are they). */
static void who_landed_first_makes_room(void **state)
{
	struct stage t;
	struct flight *f[8], *ninth;
	struct key k;
	unsigned i;

	stage_open(&t, *state);
	for (i = 0; i < 8; i++) {
		k = neighbour(i);
		JOIN(&t.lead, NEIGHBOUR + i);
		TELL(&t.lead, i, 1000);
		assert_int_equal(flight_join(t.s, t.me.a, &k, 0, &f[i]),
				 FLIGHT_FOLLOW);
		END(&t.lead, FLIGHT_WHOLE);
	}
	/* All within a moment; the fifth shall be the oldest. */
	assert_int_equal(landed_earlier(t.s, 4, 1000), 1);
	k = neighbour(8);
	assert_int_equal(flight_join(t.s, t.me.a, &k, 0, &ninth),
			 FLIGHT_LEAD);
	for (i = 0; i < 8; i++) {
		buf_init(&t.me.got, t.me.a);
		assert_int_equal(flight_next(f[i], &t.me.got, 0),
				 i == 4 ? NEWS_ORPHAN : NEWS_BYTES);
		flight_leave(&f[i]);
	}
	flight_end(&ninth, FLIGHT_WHOLE);
	stage_close(&t);
}

/* A follower of neighbours, on a thread of its own. */
static void *hear_neighbours(void *arg)
{
	struct store *s = arg;
	struct arena *a = arena_new();
	enum flight_news news;
	struct flight *f;
	struct buf got;
	struct key k;
	unsigned i;
	int bad = 0;

	for (i = 0; i < 8; i++) {
		k = neighbour(i);
		buf_init(&got, a);
		if (flight_join(s, a, &k, 0, &f) != FLIGHT_FOLLOW)
			return arg;
		news = flight_next(f, &got, 0);
		bad |= news != NEWS_BYTES || got.n != 1000 + i ||
		       !said(buf_view(&got), i, i);
		flight_leave(&f);
	}
	arena_free(&a);
	return bad ? arg : NULL;
}

static void neighbours_are_not_confused(void **state)
{
	struct stage t;
	struct flight *f[8];
	pthread_t thread;
	char bytes[1008];
	struct key k;
	void *bad;
	unsigned i;

	stage_open(&t, *state);
	for (i = 0; i < 8; i++) {
		k = neighbour(i);
		assert_int_equal(flight_join(t.s, t.me.a, &k, 0, &f[i]),
				 FLIGHT_LEAD);
		say(bytes, sizeof(bytes), i, i, 0);
		flight_tell(f[i], (struct str){ bytes, 1000 + i });
	}
	assert_int_equal(pthread_create(&thread, NULL, hear_neighbours, t.s),
			 0);
	pthread_join(thread, &bad);
	assert_null(bad);
	for (i = 0; i < 8; i++)
		flight_end(&f[i], FLIGHT_WHOLE);
	stage_close(&t);
}

static void the_forgotten_go_after_a_minute(void **state)
{
	struct stage t;

	stage_open(&t, *state);
	assert_int_equal(JOIN(&t.lead, NEIGHBOUR), FLIGHT_LEAD);
	assert_int_equal(join_at(&t, NEIGHBOUR, 0), FLIGHT_FOLLOW);
	TELL(&t.lead, 1, 1000);
	END(&t.lead, FLIGHT_WHOLE);
	assert_int_equal(landed_earlier(t.s, 0, FLIGHTS_KEEP_MS - 5000), 1);
	assert_int_equal(JOIN(&t.lead, NEIGHBOUR + 1), FLIGHT_LEAD);
	END(&t.lead, FLIGHT_WHOLE);
	assert_int_equal(landed_earlier(t.s, 0, 5000), 1);
	assert_int_equal(JOIN(&t.lead, NEIGHBOUR + 1), FLIGHT_LEAD);
	assert_int_equal(loose_in(t.s, 1), 0);
	END(&t.lead, FLIGHT_WHOLE);
	assert_int_equal(next(&t), NEWS_ORPHAN);
	flight_leave(&t.me.f);
	stage_close(&t);
}

static void slots_are_used_again(void **state)
{
	struct stage t;
	uint64_t i;

	stage_open(&t, *state);
	for (i = 0; i < 500; i++) {
		assert_int_equal(JOIN(&t.lead, i % 3), FLIGHT_LEAD);
		assert_int_equal(join_at(&t, i % 3, 0), FLIGHT_FOLLOW);
		TELL(&t.lead, i, 2000);
		END(&t.lead, FLIGHT_WHOLE);
		assert_int_equal(next(&t), NEWS_BYTES);
		heard(&t, 2000, i);
		assert_int_equal(next(&t), NEWS_WHOLE);
		flight_leave(&t.me.f);
	}
	stage_close(&t);
}

/* -- all at once ---------------------------------------------------------- */

#define TIMES 400

struct worker {
	pthread_t thread;
	struct store *s;
	struct tale *tale;
	unsigned me;
};

static void *work(void *arg)
{
	struct worker *w = arg;

	storm_work(w->s, w->tale, w->me, w->me + 1, TIMES);
	return NULL;
}

static void threads_lead_and_follow_as_it_comes(void **state)
{
	struct store *s = room_open(*state, MB);
	struct worker w[WORKERS];
	struct tale t = { .wrong = 0 };
	struct store_stats st;
	unsigned i;

	for (i = 0; i < WORKERS; i++) {
		w[i] = (struct worker){ .s = s, .tale = &t, .me = i };
		assert_int_equal(pthread_create(&w[i].thread, NULL, work,
						&w[i]), 0);
	}
	for (i = 0; i < WORKERS; i++)
		pthread_join(w[i].thread, NULL);
	assert_int_equal(t.wrong, 0);
	store_stats(s, &st);
	assert_true(t.orphans + t.alone == 0 || st.lock_timeouts > 0);
	assert_int_equal(t.broken, 0);
	assert_int_equal(t.leads + t.wholes + t.orphans + t.alone,
			 WORKERS * TIMES);
	assert_true(t.wholes > 0);
	assert_int_equal(board_has(s, BOARD_FLIGHT_LEADS), t.leads);
	assert_int_equal(board_has(s, BOARD_FLIGHT_FOLLOWS),
			 t.wholes + t.orphans);
	assert_true(loose_in(s, 1) == 0 || st.lock_timeouts > 0);
	assert_int_equal(store_check(s), 0);
	store_close(&s);
}

/* -- what it costs -------------------------------------------------------- */

static void costs(void **state)
{
	struct store *s = room_open(*state, MB);
	struct part p = { .s = s, .a = arena_new() };
	struct order o = { DO_JOIN, 1, 0, 0 };
	int64_t flights, tells;
	char bytes[200];
	int i;

	flights = clock_mono_us();
	for (i = 0; i < 5000; i++) {
		assert_int_equal(part_join(&p, &o), FLIGHT_LEAD);
		flight_end(&p.f, FLIGHT_STORED);
	}
	flights = clock_mono_us() - flights;
	assert_int_equal(part_join(&p, &o), FLIGHT_LEAD);
	say(bytes, sizeof(bytes), 1, 1, 0);
	tells = clock_mono_us();
	for (i = 0; i < 2000; i++)
		flight_tell(p.f, (struct str){ bytes, sizeof(bytes) });
	tells = clock_mono_us() - tells;
	flight_end(&p.f, FLIGHT_WHOLE);
	print_message("a flight of one %.2f us, 200 bytes told %.2f us\n",
		      (double)flights / 5000, (double)tells / 2000);
	arena_free(&p.a);
	store_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(bytes_come_in_pieces),
		IN_ROOM(who_joins_late_hears_all),
		IN_ROOM(ends_are_told_after_the_bytes),
		IN_ROOM(who_comes_after_leads),
		IN_ROOM(sleepers_are_woken),
		IN_ROOM(each_change_is_news),
		IN_ROOM(a_wait_ends),
		IN_ROOM(an_old_flight_is_not_joined),
		IN_ROOM(a_leader_does_not_follow_itself),
		IN_ROOM(a_silent_leader_is_left),
		IN_ROOM(a_stuck_flight_is_begun_anew),
		IN_ROOM(nobody_ousts_himself),
		IN_ROOM(after_a_stuck_leader_one_asks),
		IN_ROOM(a_very_silent_leader_is_forgotten),
		IN_ROOM(a_full_table_is_no_error),
		IN_ROOM(neighbours_are_not_confused),
		IN_ROOM(who_landed_first_makes_room),
		IN_ROOM(the_forgotten_go_after_a_minute),
		IN_ROOM(slots_are_used_again),
		IN_ROOM(threads_lead_and_follow_as_it_comes),
		IN_ROOM(costs),
	};

	return cmocka_run_group_tests_name("flight", tests, NULL, NULL);
}
