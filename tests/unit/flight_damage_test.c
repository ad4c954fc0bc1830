/* Flights in trouble: a shard that is locked, children that inherit,
 * threads that end, and a table with flipped bits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "flight_help.h"

/* The lock of the only shard. */
static void shard_lock(struct store *s, struct shard *sh_r)
{
	struct key k = key_n(1);

	store_shard(s, &k, sh_r);
	assert_int_equal(lock_enter(sh_r), 0);
}

/* -- a shard that is locked ----------------------------------------------- */

static void what_cannot_be_told_is_kept(void **state)
{
	struct store *s = room_open(*state, MB);
	struct part me = part_of(s);
	struct actor lead, other;
	struct shard sh;

	actor_thread(&lead, s);
	actor_thread(&other, s);
	assert_int_equal(JOIN(&lead, 1), FLIGHT_LEAD);
	assert_int_equal(join_key(&me, 1), FLIGHT_FOLLOW);
	TELL(&lead, 1, 100);
	shard_lock(s, &sh);
	TELL(&lead, 1, 1000);
	TELL(&lead, 1, 30000);
	assert_int_equal(JOIN(&other, 1), FLIGHT_ALONE);
	lock_leave(&sh);
	assert_int_equal(part_next(&me), NEWS_BYTES);
	assert_int_equal(me.got.n, 100);
	TELL(&lead, 1, 10);
	assert_int_equal(part_next(&me), NEWS_BYTES);
	assert_int_equal(me.got.n, 31110);
	shard_lock(s, &sh);
	TELL(&lead, 1, 20);
	lock_leave(&sh);
	END(&lead, FLIGHT_WHOLE);
	assert_int_equal(part_next(&me), NEWS_BYTES);
	assert_int_equal(me.got.n, 31130);
	assert_true(said(buf_view(&me.got), 1, 1));
	assert_int_equal(part_next(&me), NEWS_WHOLE);
	flight_leave(&me.f);
	actor_gone(&lead);
	actor_gone(&other);
	arena_free(&me.a);
	end_in_order(s);
}

static void an_end_does_not_wait_for_ever(void **state)
{
	struct store *s = room_open(*state, MB);
	struct part me = part_of(s);
	struct actor lead, other;
	struct shard sh;
	int64_t since;

	actor_thread(&lead, s);
	actor_thread(&other, s);
	assert_int_equal(JOIN(&lead, 1), FLIGHT_LEAD);
	assert_int_equal(JOIN(&other, 1), FLIGHT_FOLLOW);
	TELL(&lead, 1, 100);
	shard_lock(s, &sh);
	since = clock_mono_ms();
	assert_int_equal(END(&lead, FLIGHT_WHOLE), 1);
	assert_true(clock_mono_ms() - since < 2000); /* 100 by itself */
	assert_int_equal(NEXT(&other, 0), NEWS_NONE); /* cannot look */
	lock_leave(&sh);
	assert_int_equal(NEXT(&other, 0), NEWS_BYTES);
	assert_int_equal(NEXT(&other, 0), NEWS_ORPHAN);
	LEAVE(&other);
	assert_int_equal(join_key(&me, 1), FLIGHT_LEAD);
	flight_end(&me.f, FLIGHT_STORED);
	assert_int_equal(board_has(s, BOARD_FLIGHT_ORPHANS), 0);
	actor_gone(&lead);
	actor_gone(&other);
	arena_free(&me.a);
	end_in_order(s);
}

/* -- children and threads ------------------------------------------------- */

static int child_of_leader(struct part *p)
{
	flight_tell(p->f, STR("not from here"));
	flight_beat(p->f);
	if (flight_followers(p->f) != 0)
		return 1;
	flight_end(&p->f, FLIGHT_BROKEN);
	if (p->f)
		return 2;
	/* It is somebody else's flight, which it may follow. */
	if (join_key(p, 1) != FLIGHT_FOLLOW)
		return 3;
	flight_leave(&p->f);
	return join_key(p, 2) == FLIGHT_LEAD ? 0 : 4;
}

static void exits_well(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_child_does_not_lead(void **state)
{
	struct store *s = room_open(*state, MB);
	struct part me = part_of(s);
	struct actor other;
	pid_t pid;

	actor_thread(&other, s);
	assert_int_equal(join_key(&me, 1), FLIGHT_LEAD);
	assert_int_equal(JOIN(&other, 1), FLIGHT_FOLLOW);
	pid = fork();
	if (pid == 0)
		_exit(child_of_leader(&me));
	exits_well(pid);
	assert_int_equal(flight_followers(me.f), 1);
	assert_int_equal(NEXT(&other, 0), NEWS_NONE);
	part_tell(&me, 1, 10);
	assert_int_equal(NEXT(&other, 0), NEWS_BYTES);
	flight_end(&me.f, FLIGHT_WHOLE);
	assert_int_equal(NEXT(&other, 0), NEWS_WHOLE);
	LEAVE(&other);
	assert_int_equal(board_has(s, BOARD_FLIGHT_ORPHANS), 0);
	/* The child died a leader. */
	assert_int_equal(join_key(&me, 2), FLIGHT_LEAD);
	assert_int_equal(board_has(s, BOARD_FLIGHT_ORPHANS), 1);
	flight_end(&me.f, FLIGHT_WHOLE);
	actor_gone(&other);
	arena_free(&me.a);
	end_in_order(s);
}

static void a_child_does_not_follow(void **state)
{
	struct store *s = room_open(*state, MB);
	struct part me = part_of(s);
	struct actor lead;
	pid_t pid;

	actor_thread(&lead, s);
	assert_int_equal(JOIN(&lead, 1), FLIGHT_LEAD);
	assert_int_equal(join_key(&me, 1), FLIGHT_FOLLOW);
	TELL(&lead, 1, 10);
	pid = fork();
	if (pid == 0) {
		int news = flight_next(me.f, &me.got, 0);

		flight_leave(&me.f);
		_exit(news == NEWS_ORPHAN && me.got.n == 0 ? 0 : 1);
	}
	exits_well(pid);
	assert_int_equal(COUNT(&lead), 1);
	assert_int_equal(part_next(&me), NEWS_BYTES);
	flight_leave(&me.f);
	END(&lead, FLIGHT_WHOLE);
	actor_gone(&lead);
	arena_free(&me.a);
	end_in_order(s);
}

static void a_thread_that_ends_leaves_orphans(void **state)
{
	struct store *s = room_open(*state, MB);
	struct part me = part_of(s);
	struct actor lead;

	actor_thread(&lead, s);
	assert_int_equal(JOIN(&lead, 1), FLIGHT_LEAD);
	assert_int_equal(join_key(&me, 1), FLIGHT_FOLLOW);
	TELL(&lead, 1, 3000);
	actor_gone(&lead);
	assert_int_equal(part_next(&me), NEWS_BYTES);
	assert_int_equal(me.got.n, 3000);
	assert_int_equal(flight_next(me.f, &me.got, 60000), NEWS_ORPHAN);
	flight_leave(&me.f);
	assert_int_equal(board_has(s, BOARD_FLIGHT_ORPHANS), 1);
	assert_int_equal(join_key(&me, 1), FLIGHT_LEAD);
	flight_end(&me.f, FLIGHT_WHOLE);
	arena_free(&me.a);
	end_in_order(s);
}

/* -- damage --------------------------------------------------------------- */

/* One finds it, and nobody falls into it again. */
static void damaged_bytes_end_the_flight(void **state)
{
	struct store *s = room_open(*state, MB);
	struct part me = part_of(s);
	struct actor lead, other;
	struct store_stats st;
	struct shard sh;

	actor_thread(&lead, s);
	actor_thread(&other, s);
	assert_int_equal(JOIN(&lead, 1), FLIGHT_LEAD);
	assert_int_equal(JOIN(&other, 1), FLIGHT_FOLLOW);
	assert_int_equal(join_key(&me, 1), FLIGHT_FOLLOW);
	TELL(&lead, 1, 5000);
	shard_lock(s, &sh);
	lock_leave(&sh);
	((char *)shard_slot(&sh, slot_of(s, 1)->chain.first))[100] ^= 4;
	assert_int_equal(part_next(&me), NEWS_ORPHAN);
	assert_int_equal(me.got.n, 0);
	flight_leave(&me.f);
	assert_int_equal(NEXT(&other, 0), NEWS_ORPHAN);
	LEAVE(&other);
	assert_int_equal(join_key(&me, 1), FLIGHT_LEAD);
	assert_int_equal(JOIN(&other, 1), FLIGHT_FOLLOW);
	TELL(&lead, 1, 5000); /* to nobody */
	part_tell(&me, 2, 300);
	END(&lead, FLIGHT_WHOLE);
	flight_end(&me.f, FLIGHT_WHOLE);
	assert_int_equal(NEXT(&other, 0), NEWS_BYTES);
	assert_int_equal(HEARD(&other, 2), 300);
	assert_int_equal(NEXT(&other, 0), NEWS_WHOLE);
	LEAVE(&other);
	store_stats(s, &st);
	assert_int_equal(st.damaged, 1);
	actor_gone(&lead);
	actor_gone(&other);
	arena_free(&me.a);
	end_in_order(s);
}

#define DAMAGES 2000
#define AGE 40 /* after so many the file is made anew: locks stay broken */

/* Anywhere in the slots, most often in the one that is in use, or in the
 * chunks behind it. */
static void damage(struct store *s, uint64_t *x)
{
	struct flight_slot *slot = slot_of(s, 1);
	struct key k = key_n(1);
	struct shard sh;
	char *at;
	size_t n;

	store_shard(s, &k, &sh);
	at = (char *)sh.flight;
	n = sh.flights * sizeof(*sh.flight);
	if (slot && stir(x) % 4)
		at = (char *)slot, n = sizeof(*slot);
	else if (stir(x) % 2)
		at = sh.chunk, n = 20 * LAYOUT_CHUNK;
	at += stir(x) % (n - 8);
	switch (stir(x) % 4) {
	case 0:
		memset(at, 0, 8);
		break;
	case 1:
		memset(at, 0xff, 4);
		break;
	default:
		*at ^= (char)(1 << stir(x) % 8);
	}
}

/* Whatever is heard is what was told; a whole is the whole. */
static int hear_rightly(struct part *p, size_t told)
{
	enum flight_news news;
	int i;

	for (i = 0; i < 4; i++) {
		news = flight_next(p->f, &p->got, 1);
		if (p->got.n > told || !said(buf_view(&p->got), 1, 1))
			return -1;
		if (news == NEWS_WHOLE && p->got.n != told)
			return -1;
		if (news != NEWS_BYTES)
			break;
	}
	return 0;
}

/* One flight with three damages in it. How many roles were had. */
static int damaged_flight(struct part *me, struct actor *lead, uint64_t *x)
{
	int leads = JOIN(lead, 1) == FLIGHT_LEAD, follows, i;
	size_t told = 0;

	follows = join_key(me, 1) == FLIGHT_FOLLOW;
	for (i = 0; i < 3; i++) {
		if (leads)
			TELL(lead, 1, 1500), told += 1500;
		damage(me->s, x);
		if (follows)
			assert_int_equal(hear_rightly(me, told), 0);
	}
	if (leads)
		assert_int_equal(END(lead, FLIGHT_WHOLE), 1);
	if (follows)
		assert_int_equal(hear_rightly(me, told), 0);
	if (me->f) /* it may have led, where the other's lock was broken */
		follows ? flight_leave(&me->f) :
			  flight_end(&me->f, FLIGHT_WHOLE);
	return leads + follows;
}

static __attribute__((unused)) void
no_damage_is_believed(void **state)
{
	struct room *r = *state;
	uint64_t x = 2026, i, had = 0;
	struct store *s = NULL;
	struct actor lead;
	struct part me;

	for (i = 0; i < DAMAGES / 3; i++) {
		if (i % (AGE / 3) == 0) {
			room_remove(r, "cache.slab");
			s = room_open(r, MB);
			assert_non_null(s);
			me = part_of(s);
			actor_thread(&lead, s);
		}
		had += (uint64_t)damaged_flight(&me, &lead, &x);
		if (i % (AGE / 3) == AGE / 3 - 1 || i == DAMAGES / 3 - 1) {
			actor_gone(&lead);
			arena_free(&me.a);
			store_check(s);
			assert_int_equal(store_check(s), 0);
			store_close(&s);
		}
	}
	print_message("%d damages: %u of %u parts were had\n", DAMAGES,
		      (unsigned)had, (unsigned)(i * 2));
	assert_true(had > i); /* they were still of use */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(what_cannot_be_told_is_kept),
		IN_ROOM(an_end_does_not_wait_for_ever),
		IN_ROOM(a_child_does_not_lead),
		IN_ROOM(a_child_does_not_follow),
		IN_ROOM(a_thread_that_ends_leaves_orphans),
		IN_ROOM(damaged_bytes_end_the_flight),
#ifndef __SANITIZE_THREAD__ /* it would not believe in broken locks */
		IN_ROOM(no_damage_is_believed),
#endif
	};

	return cmocka_run_group_tests_name("flight_damage", tests, NULL, NULL);
}
