/* Who has the first event first: a leader's caller, or those who follow. */
#include "corridor_bed.h"
#include "store/flights.h"

#define DELTA "data: {\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":" \
	"{\"content\":\"part%s\"},\"finish_reason\":null}]}\n\n"
#define STOP "data: {\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":{}" \
	",\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
#define STREAM "{\"model\":\"m\",\"stream\":true," USER("hi") "}"

struct scene {
	struct bed bed; /* first */
	bool given;     /* the caller has some of the answer */
	uint64_t told;  /* bytes in the flight when he was given it */
};

/* The one that is under way. */
static struct flight_slot *flying(struct store *s)
{
	struct key k = { { 0 } };
	struct shard sh;

	for (int first = 0; first < 256; first++) { /* it chooses the shard */
		k.b[0] = (uint8_t)first;
		store_shard(s, &k, &sh);
		for (uint32_t i = 0; i < sh.flights; i++)
			if (flights_state(&sh.flight[i]) == FLIGHT_FLYING)
				return &sh.flight[i];
	}
	return NULL;
}

static void look(struct bed *b, struct str given)
{
	struct scene *s = (struct scene *)b;
	const struct flight_slot *slot = flying(b->site->store);

	if (s->given || !bed_has(given, "part"))
		return;
	assert_non_null(slot);
	s->given = true;
	s->told = slot->chain.length;
}

static void follow(struct bed *b, struct play *p)
{
	(void)p;
	flying(b->site->store)->followers++;
}

/* What of it the flight had when the caller was given the first event. */
static uint64_t told_before(const char *text, bool followed)
{
	struct scene s = { .told = 0 };
	struct bed *b = &s.bed;
	const char *first;

	bed_open(b, &bed_plain);
	first = arena_printf(b->a, DELTA, text);
	bed_plays(b, SSE, arena_printf(b->a, "%s" STOP, first));
	b->play.piece = strlen(first);
	b->flushed = look;
	b->answer = followed ? follow : NULL;
	assert_int_equal(bed_chat(b, NULL, STREAM), 200);
	assert_true(s.given);
	assert_says("[DONE]");
	b->flushed = NULL;
	bed_chat(b, NULL, STREAM);
	assert_hit();
	bed_close(b);
	return s.told;
}

static void test_alone(void **state)
{
	(void)state;
	assert_int_equal(told_before("", false), 0);
}

/* Nor do they wait for what a connection may not take at once. */
static void test_followed(void **state)
{
	char large[8192];

	(void)state;
	assert_true(told_before("", true) > 0);
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	assert_true(told_before(large, false) > sizeof(large));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
