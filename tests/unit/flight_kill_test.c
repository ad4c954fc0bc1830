/*
 * One flight per question, between processes of which some are killed or
 * stopped: at chosen moments, at each labelled point (where this is built
 * with STORE_POINTS), and in a storm (LARDER_KILLS says how many).
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "flight_help.h"
#include "kill_help.h"

/* -- the leader dies ------------------------------------------------------ */

#define CROWD 8

/* Each waits, and joins again when told that he is an orphan. */
static void *orphan(void *arg)
{
	struct actor *w = arg;
	int news;

	do
		news = NEXT(w, 1000);
	while (news == NEWS_NONE);
	if (news != NEWS_ORPHAN)
		return arg;
	LEAVE(w);
	return NULL;
}

static void one_of_the_orphans_leads(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, MB);
	struct actor lead, w[CROWD], *heir = NULL;
	int64_t since;
	int i, role, follows = 0;

	actor_process(&lead, r, MB);
	assert_int_equal(JOIN(&lead, 1), FLIGHT_LEAD);
	for (i = 0; i < CROWD; i++) {
		actor_process(&w[i], r, MB);
		assert_int_equal(JOIN(&w[i], 1), FLIGHT_FOLLOW);
		actor_send(&w[i], (struct order){ DO_NEXT, 0, 0,
						  PATIENCE_MS });
	}
	since = clock_mono_us();
	actor_gone(&lead);
	for (i = 0; i < CROWD; i++)
		assert_int_equal(actor_hear(&w[i]), NEWS_ORPHAN);
	for (i = 0; i < CROWD; i++) {
		LEAVE(&w[i]);
		role = JOIN(&w[i], 1);
		follows += role == FLIGHT_FOLLOW;
		if (role == FLIGHT_LEAD)
			heir = &w[i];
	}
	since = clock_mono_us() - since;
	assert_non_null(heir);
	assert_int_equal(follows, CROWD - 1);
	print_message("taken over and all %d have joined after %u ms\n",
		      CROWD, (unsigned)(since / 1000));
	assert_true(since < 2000000);
	TELL(heir, 2, 999);
	END(heir, FLIGHT_WHOLE);
	for (i = 0; i < CROWD; i++) {
		if (&w[i] != heir) {
			assert_int_equal(NEXT(&w[i], 0), NEWS_BYTES);
			assert_int_equal(NEXT(&w[i], 0), NEWS_WHOLE);
			LEAVE(&w[i]);
		}
		actor_gone(&w[i]);
	}
	assert_int_equal(board_has(s, BOARD_FLIGHT_ORPHANS), 1);
	assert_int_equal(board_has(s, BOARD_FLIGHT_LEADS), 2);
	end_in_order(s);
}

static void orphans_have_the_bytes_first(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, MB);
	struct part me = part_of(s);
	struct actor lead, other;
	pthread_t thread;
	void *bad;

	actor_process(&lead, r, MB);
	actor_process(&other, r, MB);
	assert_int_equal(JOIN(&lead, 1), FLIGHT_LEAD);
	TELL(&lead, 1, 70000);
	assert_int_equal(join_key(&me, 1), FLIGHT_FOLLOW);
	assert_int_equal(JOIN(&other, 1), FLIGHT_FOLLOW);
	assert_int_equal(NEXT(&other, 0), NEWS_BYTES);
	TELL(&lead, 1, 30);
	actor_gone(&lead);
	assert_int_equal(flight_next(me.f, &me.got, PATIENCE_MS), NEWS_BYTES);
	assert_int_equal(me.got.n, 70030);
	assert_true(said(buf_view(&me.got), 1, 1));
	assert_int_equal(flight_next(me.f, &me.got, PATIENCE_MS), NEWS_ORPHAN);
	flight_leave(&me.f);
	assert_int_equal(pthread_create(&thread, NULL, orphan, &other), 0);
	pthread_join(thread, &bad);
	assert_null(bad);
	assert_int_equal(join_key(&me, 1), FLIGHT_LEAD);
	assert_int_equal(board_has(s, BOARD_FLIGHT_ORPHANS), 1);
	flight_end(&me.f, FLIGHT_BROKEN);
	actor_gone(&other);
	arena_free(&me.a);
	end_in_order(s);
}

/* And when it goes on nothing of it gets into the flight that came after. */
static void a_stopped_leader_is_left(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, MB);
	struct part me = part_of(s);
	struct actor lead, heir;

	actor_process(&lead, r, MB);
	actor_process(&heir, r, MB);
	assert_int_equal(JOIN(&lead, 1), FLIGHT_LEAD);
	TELL(&lead, 1, 500);
	assert_int_equal(join_key(&me, 1), FLIGHT_FOLLOW);
	kill(lead.pid, SIGSTOP);
	is_stopped(lead.pid);
	assert_int_equal(flight_next(me.f, &me.got, 0), NEWS_BYTES);
	assert_int_equal(flight_next(me.f, &me.got, 0), NEWS_NONE);
	age(slot_of(s, 1), FLIGHT_STUCK_MS);
	assert_int_equal(flight_next(me.f, &me.got, PATIENCE_MS), NEWS_STUCK);
	assert_int_equal(JOIN(&heir, 1), FLIGHT_LEAD);
	assert_int_equal(flight_next(me.f, &me.got, PATIENCE_MS), NEWS_ORPHAN);
	flight_leave(&me.f);
	assert_int_equal(join_key(&me, 1), FLIGHT_FOLLOW);
	kill(lead.pid, SIGCONT);
	TELL(&lead, 1, 500);
	BEAT(&lead);
	TELL(&heir, 2, 600);
	assert_int_equal(END(&lead, FLIGHT_WHOLE), 1);
	assert_int_equal(flight_next(me.f, &me.got, PATIENCE_MS), NEWS_BYTES);
	assert_true(me.got.n == 600 && said(buf_view(&me.got), 1, 2));
	assert_int_equal(flight_next(me.f, &me.got, 0), NEWS_NONE);
	END(&heir, FLIGHT_WHOLE);
	assert_int_equal(flight_next(me.f, &me.got, PATIENCE_MS), NEWS_WHOLE);
	flight_leave(&me.f);
	assert_int_equal(board_has(s, BOARD_FLIGHT_ORPHANS), 0);
	actor_gone(&lead);
	actor_gone(&heir);
	arena_free(&me.a);
	assert_int_equal(store_check(s), 0);
	store_close(&s);
}

/* -- the shard is held by one who is stopped ------------------------------ */

/* What a request does in the store, all in one shard: before its upstream is
 * asked, and behind it. */
static enum flight_role asks(struct store *s, struct part *p)
{
	get_n(s, p->a, 10); /* what is known of these very bytes */
	get_n(s, p->a, 1);  /* the answer */
	get_n(s, p->a, 11); /* may he have it? */
	get_n(s, p->a, 12); /* is it one that is not kept? */
	return (enum flight_role)join_key(p, 1);
}

static void has_answer(struct store *s, struct part *p)
{
	get_n(s, p->a, 1); /* once more, as it leads */
	flight_tell(p->f, STR("the answer"));
	put_n(s, 1, 1, 5000);
	put_n(s, 10, 1, 100);
	put_n(s, 11, 1, 100);
	put_n(s, 12, 1, 100);
	flight_end(&p->f, FLIGHT_STORED);
}

static void a_request_passes_a_stopped_holder(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, MB);
	struct part me = part_of(s);
	struct arena *other_a = arena_new(); /* get_n() resets it */
	struct part later;
	int64_t before, behind;
	struct actor other;
	struct shard sh;
	pid_t pid = holder(r);
	enum flight_role role;

	before = clock_mono_us();
	role = asks(s, &me);
	before = clock_mono_us() - before;
	assert_int_equal(role, FLIGHT_ALONE);
	kill(pid, SIGCONT);
	exits_with(pid, 0);

	actor_thread(&other, s);
	assert_int_equal(asks(s, &me), FLIGHT_LEAD);
	assert_int_equal(JOIN(&other, 1), FLIGHT_FOLLOW); /* to wait for */
	later = me;
	later.a = other_a;
	pid = holder(r);
	store_shard(s, &(struct key){ .b = { 0 } }, &sh);
	assert_int_equal(sh.head->hurry_until_ms, 0);
	behind = clock_mono_us();
	has_answer(s, &later);
	behind = clock_mono_us() - behind;
	kill(pid, SIGCONT);
	exits_with(pid, 0);
	print_message("a stopped holder costs a request %u ms before it asks, "
		      "%u ms behind it\n", (unsigned)(before / 1000),
		      (unsigned)(behind / 1000));
	assert_true(before + behind < 250000 * 2); /* a busy machine */
	assert_int_equal(NEXT(&other, 0), NEWS_ORPHAN); /* look, then lead */
	LEAVE(&other);
	actor_gone(&other);
	arena_free(&me.a);
	arena_free(&other_a);
	store_close(&s);
}

/* -- many ----------------------------------------------------------------- */

#define HOUSES 4
#define HEADS 16
#define SAGA 120000

struct head {
	pthread_t thread;
	struct store *s;
	_Atomic unsigned *joined;
	int right;
};

static void *listen_whole(void *arg)
{
	struct head *h = arg;
	struct part p = { .s = h->s, .a = arena_new() };
	int64_t until = clock_mono_ms() + PATIENCE_MS;
	int news = -1, role;

	role = part_join(&p, &(struct order){ DO_JOIN, 1, 0, 0 });
	++*h->joined;
	if (role == FLIGHT_FOLLOW) {
		do
			news = flight_next(p.f, &p.got, 1000);
		while ((news == NEWS_BYTES || news == NEWS_NONE) &&
		       clock_mono_ms() < until);
		flight_leave(&p.f);
	}
	h->right = role == FLIGHT_ALONE ||
		   (news == NEWS_WHOLE && p.got.n == SAGA &&
		    said(buf_view(&p.got), 1, 1));
	arena_free(&p.a);
	return NULL;
}

static int house(struct room *r, _Atomic unsigned *joined)
{
	struct store *s = room_open(r, MB);
	struct head h[HEADS];
	int i, right = 0;

	if (!s)
		return 0;
	for (i = 0; i < HEADS; i++) {
		h[i] = (struct head){ .s = s, .joined = joined };
		if (pthread_create(&h[i].thread, NULL, listen_whole, &h[i]))
			return 0;
	}
	for (i = 0; i < HEADS; i++) {
		pthread_join(h[i].thread, NULL);
		right += h[i].right;
	}
	return right;
}

static void sixty_four_follow(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, MB);
	struct part me = part_of(s);
	_Atomic unsigned *joined = shared(4096);
	int64_t until = clock_mono_ms() + PATIENCE_MS;
	struct store_stats st;
	pid_t pid[HOUSES];
	uint64_t alone;
	int i;

	assert_int_equal(join_key(&me, 1), FLIGHT_LEAD);
	for (i = 0; i < HOUSES; i++) {
		pid[i] = fork();
		if (pid[i] == 0)
			_exit(house(r, joined));
	}
	while (*joined < HOUSES * HEADS / 2 && clock_mono_ms() < until)
		sched_yield();
	for (i = 0; i < SAGA / 400; i++) {
		part_tell(&me, 1, 400);
		while (i == SAGA / 800 && *joined < HOUSES * HEADS &&
		       clock_mono_ms() < until)
			sched_yield(); /* some join in the middle */
	}
	flight_end(&me.f, FLIGHT_WHOLE);
	for (i = 0; i < HOUSES; i++)
		exits_with(pid[i], HEADS);
	/* On a machine so busy that the lock was not to be had for 60 ms one
	 * may be alone; nobody else may. */
	store_stats(s, &st);
	alone = board_has(s, BOARD_FLIGHT_ALONE);
	if (alone)
		print_message("%u were alone\n", (unsigned)alone);
	assert_true(alone == 0 || st.lock_timeouts > 0);
	assert_int_equal(board_has(s, BOARD_FLIGHT_FOLLOWS) + alone,
			 HOUSES * HEADS);
	assert_true(alone < HEADS);
	/* Who could not leave is counted for a minute. */
	assert_true(loose_in(s, 1) == 0 || st.lock_timeouts > 0);
	arena_free(&me.a);
	assert_int_equal(store_check(s), 0);
	munmap(joined, 4096);
	store_close(&s);
}

/* -- a storm -------------------------------------------------------------- */

#define KILLS 200

static pid_t storm_worker(struct room *r, struct tale *t, unsigned me,
			  uint64_t seed)
{
	pid_t pid;

	t->done[me] = 0;
	pid = fork_tied();
	if (pid == 0) {
		storm_work(room_open(r, MB), t, me, seed, UINT64_MAX);
		_exit(1);
	}
	return pid;
}

/* After it all a question can be asked as if nothing had been. */
static void as_new(struct room *r, struct store *s)
{
	struct part me = part_of(s);
	struct order o = { DO_JOIN, 0, 0, 0 };
	struct actor lead;

	actor_process(&lead, r, MB);
	for (o.key = 0; o.key < QUESTIONS; o.key++) {
		assert_int_equal(JOIN(&lead, o.key), FLIGHT_LEAD);
		assert_int_equal(part_join(&me, &o), FLIGHT_FOLLOW);
		TELL(&lead, 1, 5000);
		END(&lead, FLIGHT_WHOLE);
		assert_int_equal(flight_next(me.f, &me.got, 1000), NEWS_BYTES);
		assert_true(said(buf_view(&me.got), o.key, 1));
		assert_int_equal(flight_next(me.f, &me.got, 1000), NEWS_WHOLE);
		flight_leave(&me.f);
	}
	actor_gone(&lead);
	arena_free(&me.a);
	assert_int_equal(store_check(s), 0);
}

static void a_storm_of_kills(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, MB);
	struct tale *t = shared(sizeof(*t));
	unsigned kills = kills_wanted(KILLS), n, i;
	struct store_stats st;
	pid_t pid[WORKERS];
	uint64_t x = 4711;

	for (i = 0; i < WORKERS; i++)
		pid[i] = storm_worker(r, t, i, stir(&x));
	for (n = 0; n < kills; n++) {
		i = (unsigned)(stir(&x) % WORKERS);
		kill_one(pid[i], &t->done[i], 2, 2000000, &x);
		pid[i] = storm_worker(r, t, i, stir(&x));
	}
	for (i = 0; i < WORKERS; i++)
		dies_killed(pid[i]);
	store_stats(s, &st);
	print_message("%u kills: %u led, %u heard all, %u orphaned, %u "
		      "broken, %u alone; %u died holding the lock; longest "
		      "wait %u ms\n", n, (unsigned)t->leads,
		      (unsigned)t->wholes, (unsigned)t->orphans,
		      (unsigned)t->broken, (unsigned)t->alone,
		      (unsigned)st.recoveries, (unsigned)t->longest_ms);
	assert_int_equal(t->wrong, 0);
	assert_int_equal(st.damaged, 0);
	assert_int_equal(store_check(s), 0);
	assert_true(t->wholes > n);
	assert_true(n == 0 || t->orphans > 0);
	as_new(r, s);
	munmap(t, sizeof(*t));
	store_close(&s);
}

/* -- each point ----------------------------------------------------------- */

#ifdef STORE_POINTS
/* What one who is going to die does, until then. 0: he is still alive. */
static int does(struct actor *w, enum op op, uint64_t tag, int64_t arg)
{
	return actor_do(w, (struct order){ op, 1, tag, arg }) == ACTOR_DIED;
}

static int leads_until(struct actor *w, struct actor *follower, int *joined_r)
{
	*joined_r = 0;
	if (does(w, DO_JOIN, 0, 0))
		return 1;
	assert_int_equal(JOIN(follower, 1), FLIGHT_FOLLOW);
	*joined_r = 1;
	return does(w, DO_TELL, 1, 700) || does(w, DO_TELL, 1, 40) ||
	       does(w, DO_END, 0, FLIGHT_WHOLE);
}

/* Whoever follows hears something right, and not for ever. */
static void hears_the_end(struct actor *w)
{
	int news, n;

	do
		news = NEXT(w, PATIENCE_MS);
	while (news == NEWS_BYTES);
	n = HEARD(w, 1);
	assert_true(n == 0 || n == 700 || n == 740);
	if (news == NEWS_WHOLE)
		assert_int_equal(n, 740);
	else
		assert_int_equal(news, NEWS_ORPHAN);
	LEAVE(w);
}

static void leads_anew(struct actor *w)
{
	assert_int_equal(JOIN(w, 1), FLIGHT_LEAD);
	TELL(w, 1, 2000);
	assert_int_equal(COUNT(w), 0);
	END(w, FLIGHT_WHOLE);
}

static void leaders_die_at_each_point(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, MB);
	struct actor doomed, other;
	int n = 0, died, joined;

	do {
		actor_process(&doomed, r, MB);
		actor_process(&other, r, MB);
		DOOM(&doomed, ++n);
		died = leads_until(&doomed, &other, &joined);
		if (joined)
			hears_the_end(&other);
		leads_anew(&other);
		actor_gone(&doomed);
		actor_gone(&other);
		assert_int_equal(store_check(s), 0);
	} while (died);
	print_message("%d points in a leader's life\n", n - 1);
	assert_true(n > 20);
	store_close(&s);
}

/* Hears, loses its leader, takes over. */
static int follows_until(struct actor *w, struct actor *leader,
			 struct store *s)
{
	(void)s;
	if (does(w, DO_JOIN, 0, 0) || does(w, DO_NEXT, 0, 0))
		return 1;
	actor_gone(leader);
	return does(w, DO_NEXT, 0, PATIENCE_MS) || does(w, DO_LEAVE, 0, 0) ||
	       does(w, DO_JOIN, 0, 0) || does(w, DO_TELL, 1, 9) ||
	       does(w, DO_END, 0, FLIGHT_STORED);
}

/* Hears all and is the last to leave. */
static int listens_until(struct actor *w, struct actor *leader,
			 struct store *s)
{
	(void)s;
	if (does(w, DO_JOIN, 0, 0))
		return 1;
	END(leader, FLIGHT_WHOLE);
	return does(w, DO_NEXT, 0, 0) || does(w, DO_NEXT, 0, 0) ||
	       does(w, DO_LEAVE, 0, 0);
}

/* Finds its leader stuck, ousts it and takes over. */
static int ousts_until(struct actor *w, struct actor *leader, struct store *s)
{
	(void)leader;
	if (does(w, DO_JOIN, 0, 0) || does(w, DO_NEXT, 0, 0))
		return 1;
	age(slot_of(s, 1), FLIGHT_STUCK_MS + 1000);
	return does(w, DO_NEXT, 0, 0) || does(w, DO_LEAVE, 0, 0) ||
	       does(w, DO_JOIN, 0, 0) || does(w, DO_TELL, 1, 9) ||
	       does(w, DO_END, 0, FLIGHT_STORED);
}

static int followers_die(struct room *r, struct store *s, int n,
			 int (*until)(struct actor *, struct actor *,
				      struct store *))
{
	struct actor doomed, leader, heir;
	int died;

	actor_process(&doomed, r, MB);
	actor_process(&leader, r, MB);
	actor_process(&heir, r, MB);
	assert_int_equal(JOIN(&leader, 1), FLIGHT_LEAD);
	TELL(&leader, 1, 3000);
	DOOM(&doomed, n);
	died = until(&doomed, &leader, s);
	actor_gone(&doomed);
	if (leader.fd >= 0)
		actor_gone(&leader);
	leads_anew(&heir);
	actor_gone(&heir);
	return died;
}

static void followers_die_at_each_point(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, MB);
	int n[3] = { 0, 0, 0 };

	while (followers_die(r, s, ++n[0], follows_until))
		assert_int_equal(store_check(s), 0);
	while (followers_die(r, s, ++n[1], listens_until))
		assert_int_equal(store_check(s), 0);
	while (followers_die(r, s, ++n[2], ousts_until))
		assert_int_equal(store_check(s), 0);
	print_message("%d, %d and %d points in a follower's\n", n[0] - 1,
		      n[1] - 1, n[2] - 1);
	assert_true(n[0] > 20 && n[1] > 5 && n[2] > 20);
	store_close(&s);
}

/* Two answers of which only one has room. The other's leader is not
 * followed, and goes; or both are, and the one that tells goes. */
#define LONG_TALE 300000

static int makes_room_until(struct room *r, struct store *s, int n,
			    bool followed)
{
	struct part me = part_of(s);
	struct actor doomed, bystander, heir;
	int died, news;

	actor_process(&doomed, r, MB);
	actor_process(&bystander, r, MB);
	actor_process(&heir, r, MB);
	assert_int_equal(JOIN(&bystander, 2), FLIGHT_LEAD);
	TELL(&bystander, 2, LONG_TALE);
	assert_int_equal(JOIN(&doomed, 1), FLIGHT_LEAD);
	assert_int_equal(JOIN(&heir, 1), FLIGHT_FOLLOW);
	if (followed)
		assert_int_equal(join_key(&me, 2), FLIGHT_FOLLOW);
	DOOM(&doomed, n);
	died = does(&doomed, DO_TELL, 1, LONG_TALE);
	assert_int_equal(store_check(s), 0);
	do
		news = NEXT(&heir, died ? PATIENCE_MS : 0);
	while (news == NEWS_BYTES);
	if (died)
		assert_true(news == NEWS_ORPHAN || news == NEWS_LOST);
	else
		assert_int_equal(news, followed ? NEWS_LOST : NEWS_NONE);
	assert_true(HEARD(&heir, 1) >= 0);
	LEAVE(&heir);
	actor_gone(&doomed);
	leads_anew(&heir);
	if (followed) {
		assert_int_equal(flight_next(me.f, &me.got, 0), NEWS_BYTES);
		assert_int_equal(me.got.n, LONG_TALE);
		assert_true(said(buf_view(&me.got), 2, 2));
		flight_leave(&me.f);
	}
	END(&bystander, FLIGHT_WHOLE);
	actor_gone(&bystander);
	actor_gone(&heir);
	arena_free(&me.a);
	return died;
}

/* Not each point: it is a long way. */
static void who_makes_room_dies_here_and_there(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, MB);
	struct store_stats st;
	int n[2] = { 1, 1 };

	while (makes_room_until(r, s, n[0], false))
		n[0] += 101;
	while (makes_room_until(r, s, n[1], true))
		n[1]++;
	print_message("%d points where another gives way, %d where it does\n",
		      n[0], n[1]);
	assert_true(n[0] > 1000 && n[1] > 4);
	store_stats(s, &st);
	assert_int_equal(st.damaged, 0);
	assert_int_equal(loose_in(s, 1), 0);
	store_close(&s);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(one_of_the_orphans_leads),
		IN_ROOM(orphans_have_the_bytes_first),
		IN_ROOM(a_stopped_leader_is_left),
		IN_ROOM(a_request_passes_a_stopped_holder),
		IN_ROOM(sixty_four_follow),
		IN_ROOM(a_storm_of_kills),
#ifdef STORE_POINTS
		IN_ROOM(leaders_die_at_each_point),
		IN_ROOM(followers_die_at_each_point),
		IN_ROOM(who_makes_room_dies_here_and_there),
#endif
	};

	return cmocka_run_group_tests_name("flight_kill", tests, NULL, NULL);
}
