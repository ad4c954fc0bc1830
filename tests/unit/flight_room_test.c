/* Flights have half the room of the cache: who gives way to whom. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "flight_help.h"

static void no_room_breaks_the_flight(void **state)
{
	struct store *s = room_open(*state, SMALL);
	struct part me = part_of(s);
	struct actor lead;
	size_t told = 0;

	actor_thread(&lead, s);
	assert_int_equal(JOIN(&lead, 1), FLIGHT_LEAD);
	assert_int_equal(join_key(&me, 1), FLIGHT_FOLLOW);
	for (; told < MB; told += 30000) {
		TELL(&lead, 1, 30000);
		if (part_next(&me) != NEWS_BYTES)
			break;
	}
	assert_true(told > MB / 4 && told < MB);
	assert_int_equal(part_next(&me), NEWS_LOST);
	assert_int_equal(me.got.n, told);
	assert_true(said(buf_view(&me.got), 1, 1));
	assert_int_equal(loose_in(s, 1), 0);
	flight_leave(&me.f);
	/* Its leader does not notice; and there is room for another. */
	TELL(&lead, 1, 30000);
	assert_int_equal(COUNT(&lead), 0);
	assert_int_equal(join_key(&me, 2), FLIGHT_LEAD);
	part_tell(&me, 2, 200000);
	flight_end(&me.f, FLIGHT_WHOLE);
	assert_int_equal(END(&lead, FLIGHT_WHOLE), 1);
	actor_gone(&lead);
	arena_free(&me.a);
	end_in_order(s);
}

/* A crowd of leaders on one thread, nobody behind them. */
#define CROWD 10
#define EACH 60000 /* ten of these are more than flights may have */

struct crowd {
	struct arena *a;
	struct flight *f[CROWD];
	uint64_t told[CROWD];
};

static void crowd_tell(struct crowd *c, unsigned i, size_t n)
{
	char *bytes = malloc(n);

	say(bytes, n, 100 + i, 9, c->told[i]);
	flight_tell(c->f[i], (struct str){ bytes, n });
	c->told[i] += n;
	free(bytes);
}

static void crowd_lead(struct crowd *c, struct store *s)
{
	struct key k;
	unsigned i;

	*c = (struct crowd){ .a = arena_new() };
	for (i = 0; i < CROWD; i++) {
		k = key_of(100 + i);
		assert_int_equal(flight_join(s, c->a, &k, 0, &c->f[i]),
				 FLIGHT_LEAD);
	}
}

static unsigned crowd_flying(struct store *s)
{
	unsigned i, n = 0;

	for (i = 0; i < CROWD; i++)
		n += slot_of(s, 100 + i) != NULL;
	return n;
}

static void crowd_end(struct crowd *c)
{
	unsigned i;

	for (i = 0; i < CROWD; i++)
		flight_end(&c->f[i], FLIGHT_WHOLE);
	arena_free(&c->a);
}

/* Whoever tells when there is no room: those whom nobody follows go first. */
static void who_is_followed_keeps_its_bytes(void **state)
{
	struct store *s = room_open(*state, SMALL);
	struct part me = part_of(s);
	struct actor lead;
	struct crowd c;
	unsigned round, i;

	actor_thread(&lead, s);
	crowd_lead(&c, s);
	assert_int_equal(JOIN(&lead, 1), FLIGHT_LEAD);
	assert_int_equal(join_key(&me, 1), FLIGHT_FOLLOW);
	for (round = 0; round < 10; round++) {
		TELL(&lead, 1, EACH / 2);
		assert_int_equal(part_next(&me), NEWS_BYTES);
		for (i = 0; i < CROWD; i++)
			crowd_tell(&c, i, EACH / 10);
	}
	assert_in_range(crowd_flying(s), 1, CROWD - 1);
	END(&lead, FLIGHT_WHOLE);
	assert_int_equal(part_next(&me), NEWS_WHOLE);
	assert_int_equal(me.got.n, 10 * (EACH / 2));
	assert_true(said(buf_view(&me.got), 1, 1));
	flight_leave(&me.f);
	crowd_end(&c);
	actor_gone(&lead);
	arena_free(&me.a);
	end_in_order(s);
}

/* The longest of them; its leader does not notice, nor does it get into the
 * flight of who asks anew. */
static void the_longest_unfollowed_gives_way(void **state)
{
	struct store *s = room_open(*state, SMALL);
	struct part me = part_of(s);
	struct actor heir;
	struct crowd c;
	unsigned i;

	actor_thread(&heir, s);
	crowd_lead(&c, s);
	for (i = 0; i < CROWD; i++)
		crowd_tell(&c, i, i == 3 ? 2 * EACH : EACH / 2);
	assert_int_equal(crowd_flying(s), CROWD);
	crowd_tell(&c, 5, 2 * EACH);
	assert_int_equal(crowd_flying(s), CROWD - 1);
	assert_null(slot_of(s, 103));
	assert_int_equal(flight_followers(c.f[3]), 0);
	assert_int_equal(JOIN(&heir, 103), FLIGHT_LEAD);
	assert_int_equal(join_key(&me, 103), FLIGHT_FOLLOW);
	crowd_tell(&c, 3, 100); /* into the void */
	TELL(&heir, 2, 700);
	flight_end(&c.f[3], FLIGHT_WHOLE);
	assert_int_equal(part_next(&me), NEWS_BYTES);
	assert_int_equal(me.got.n, 700);
	assert_true(said(buf_view(&me.got), 103, 2));
	assert_int_equal(part_next(&me), NEWS_NONE);
	END(&heir, FLIGHT_WHOLE);
	assert_int_equal(part_next(&me), NEWS_WHOLE);
	flight_leave(&me.f);
	crowd_end(&c);
	actor_gone(&heir);
	arena_free(&me.a);
	end_in_order(s);
}

/* One that is longer than there could ever be room for goes alone. */
static void a_giant_takes_nobody_along(void **state)
{
	struct store *s = room_open(*state, SMALL);
	struct part me = part_of(s);
	struct actor lead;
	struct crowd c;
	unsigned i;

	actor_thread(&lead, s);
	assert_int_equal(JOIN(&lead, 1), FLIGHT_LEAD);
	assert_int_equal(join_key(&me, 1), FLIGHT_FOLLOW);
	TELL(&lead, 1, 200);
	END(&lead, FLIGHT_WHOLE);
	crowd_lead(&c, s);
	for (i = 0; i < CROWD; i++)
		crowd_tell(&c, i, 2000);
	assert_int_equal(JOIN(&lead, 2), FLIGHT_LEAD);
	for (i = 0; i < 3; i++)
		TELL(&lead, 2, MB / 5);
	assert_null(slot_of(s, 2));
	assert_int_equal(crowd_flying(s), CROWD);
	assert_int_equal(part_next(&me), NEWS_BYTES);
	assert_int_equal(part_next(&me), NEWS_WHOLE);
	flight_leave(&me.f);
	END(&lead, FLIGHT_WHOLE);
	crowd_end(&c);
	actor_gone(&lead);
	arena_free(&me.a);
	end_in_order(s);
}

/* Followers that died are counted for a minute; then the room is had. */
static void room_is_taken_from_the_forgotten(void **state)
{
	struct store *s = room_open(*state, SMALL);
	struct part me = part_of(s);
	struct actor lead;
	struct flight_slot *slot;

	actor_thread(&lead, s);
	assert_int_equal(JOIN(&lead, 1), FLIGHT_LEAD);
	assert_int_equal(join_key(&me, 1), FLIGHT_FOLLOW);
	TELL(&lead, 1, 300000);
	slot = slot_of(s, 1);
	END(&lead, FLIGHT_WHOLE);
	assert_int_equal(JOIN(&lead, 2), FLIGHT_LEAD);
	TELL(&lead, 2, 100000);
	assert_true(loose_in(s, 1) * 504 >= 400000);
	slot->ended_ms -= FLIGHTS_KEEP_MS;
	TELL(&lead, 2, 300000);
	assert_true(COUNT(&lead) == 0 && slot_of(s, 2));
	assert_true(loose_in(s, 1) * 504 < 500000);
	assert_int_equal(part_next(&me), NEWS_ORPHAN);
	flight_leave(&me.f);
	assert_int_equal(join_key(&me, 2), FLIGHT_FOLLOW);
	END(&lead, FLIGHT_WHOLE);
	assert_int_equal(part_next(&me), NEWS_BYTES);
	assert_int_equal(me.got.n, 400000);
	assert_true(said(buf_view(&me.got), 2, 2));
	assert_int_equal(part_next(&me), NEWS_WHOLE);
	flight_leave(&me.f);
	actor_gone(&lead);
	arena_free(&me.a);
	end_in_order(s);
}

/* Entries give way to flights, and the other way round as far as it goes. */
static void flights_and_entries_share(void **state)
{
	struct store *s = room_open(*state, SMALL);
	struct part me = part_of(s);
	struct actor lead;
	uint64_t i;

	for (i = 10; i < 300; i++)
		assert_int_equal(put_n(s, i, 1, 5000), 0);
	actor_thread(&lead, s);
	assert_int_equal(JOIN(&lead, 1), FLIGHT_LEAD);
	assert_int_equal(join_key(&me, 1), FLIGHT_FOLLOW);
	TELL(&lead, 1, 400000);
	for (i = 10; i < 300; i++)
		assert_int_equal(put_n(s, i, 1, 5000), 0);
	END(&lead, FLIGHT_WHOLE);
	assert_int_equal(part_next(&me), NEWS_BYTES);
	assert_true(me.got.n == 400000 && said(buf_view(&me.got), 1, 1));
	assert_int_equal(part_next(&me), NEWS_WHOLE);
	flight_leave(&me.f);
	actor_gone(&lead);
	arena_free(&me.a);
	end_in_order(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(no_room_breaks_the_flight),
		IN_ROOM(who_is_followed_keeps_its_bytes),
		IN_ROOM(the_longest_unfollowed_gives_way),
		IN_ROOM(a_giant_takes_nobody_along),
		IN_ROOM(room_is_taken_from_the_forgotten),
		IN_ROOM(flights_and_entries_share),
	};

	return cmocka_run_group_tests_name("flight_room", tests, NULL, NULL);
}
