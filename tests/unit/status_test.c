/* What larder says of itself: names that stay, and words for people. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/file.h"
#include "serve/status.h"
#include "serve/tally.h"
#include "serve/way.h"
#include "store/node.h"

#define PLACE_FILE "larder.conf"
#include "place.h"

#define T0 1000000
#define WALL 1800000000000

static const char conf[] =
	"[memcached]\nservers = m1:1, m2:2\n"
	"[upstream a]\nurl = https://a.test/v1\n"
	"max_concurrent = 4\nrequests_per_minute = 60\n"
	"tokens_per_minute = 6000\nqueue = 7\n"
	"[upstream b]\nurl = https://b.test/v1\nbreaker_failures = 0\n"
	"[model x]\nupstream = a\n[model y]\nupstream = a\n";

struct seen {
	struct buf rows;  /* [section] {item name=value ... } */
	struct buf says;
	int depth, items;
};

static void on_section(void *ctx, const struct status_section *s)
{
	struct seen *o = ctx;

	assert_int_equal(0, o->depth++);
	buf_printf(&o->rows, "[%s]", s->name);
	o->items = s->item ? (int)s->items : -1;
}

static void on_item(void *ctx, const char *name)
{
	struct seen *o = ctx;

	assert_int_equal(1, o->depth++);
	assert_int_not_equal(-1, o->items);
	buf_printf(&o->rows, "{%s", name);
	buf_printf(&o->says, "%s:", name);
}

static void on_row(void *ctx, const struct status_row *r)
{
	struct seen *o = ctx;

	assert_int_equal(o->depth, o->items < 0 ? 1 : 2);
	if (r->kind == STATUS_WORD)
		buf_printf(&o->rows, " %s=%s", r->name,
			   r->word ? r->word : "-");
	else
		buf_printf(&o->rows, " %s=%" PRIu64, r->name, r->number);
	if (r->say)
		buf_printf(&o->says, " %s;", r->say);
}

static void on_item_end(void *ctx)
{
	struct seen *o = ctx;

	assert_int_equal(2, o->depth--);
	buf_puts(&o->rows, "}");
	buf_puts(&o->says, "\n");
}

static void on_section_end(void *ctx, const struct status_section *s)
{
	struct seen *o = ctx;

	(void)s;
	assert_int_equal(1, o->depth--);
}

static const struct status_eye eye = { on_section, on_item, on_row,
				       on_item_end, on_section_end };

struct bed {
	struct settings conf;
	struct board *board;
	struct seen seen;
};

static void look(struct place *p, struct bed *b, int64_t mono_ms)
{
	struct status_of of = { &b->conf, NULL, b->board, mono_ms, WALL,
				NULL, NULL };

	memset(&b->seen, 0, sizeof(b->seen));
	buf_init(&b->seen.rows, p->a);
	buf_init(&b->seen.says, p->a);
	status_walk(&of, p->a, &eye, &b->seen);
	assert_int_equal(0, b->seen.depth);
}

static void set_up(struct place *p, struct bed *b)
{
	memset(b, 0, sizeof(*b));
	p->err[0] = '\0';
	assert_int_equal(file_put(p->path, str_c(conf), false), 0);
	settings_load(&b->conf, p->a, p->path, p->err, sizeof(p->err));
	assert_string_equal(p->err, "");
	b->board = arena_new_n(p->a, struct board, 1);
}

static void has(const struct buf *b, const char *what)
{
	if (!strstr(b->p, what))
		print_error("no \"%s\" in\n%s\n", what, b->p);
	assert_non_null(strstr(b->p, what));
}

static void of_a_new_board(void **state)
{
	struct place *p = *state;
	struct bed b;

	set_up(p, &b);
	look(p, &b, T0);
	has(&b.seen.rows, "[requests] flights_led=0 ");
	has(&b.seen.rows, "[upstreams]{a model=- breaker=closed retry_ms=0 "
	    "opened=0 failures_in_row=0 open_for_accounts=0 running=0 waiting=0 requests_left=10 "
	    "tokens_left=1000}{a model=x breaker=closed retry_ms=0 opened=0 "
	    "failures_in_row=0 open_for_accounts=0}{a model=y ");
	has(&b.seen.rows, "{b model=- breaker=off}");
	has(&b.seen.says, "a: breaker closed; 0 times opened; 0 of 4 running; "
	    "0 of 7 waiting; 10 requests left now (60 a minute); 1000 tokens "
	    "left now (6000 a minute);\n"
	    "a: model x; breaker closed; 0 times opened;\n");
	has(&b.seen.says, "b: no breaker;\n");
	has(&b.seen.says, "m1:1: up; 0 times down;\n");
}

/* A rate of those whom the cache could have served, as reports have it. */
static void of_hits_today(void **state)
{
	const int64_t slot = WALL / 86400000 * 86400000 / TALLY_QUARTER_MS;
	struct place *p = *state;
	struct tally *t;
	struct bed b;

	set_up(p, &b);
	t = tally_of(b.board);
	t->past[slot % TALLY_PAST].slot = slot;
	t->pulse.cache[TALLY_LOCAL] = t->pulse.hits = 3;
	t->pulse.cache[TALLY_MISS] = 3;
	t->pulse.misses = 1; /* the others failed */
	t->pulse.cache[TALLY_BYPASS] = 4;
	look(p, &b, T0);
	has(&b.seen.rows, " today_answers=10 today_hits=3 today_misses=1 "
	    "today_hit_percent=750 ");
}

/* It takes no places, so a look at a thousand models harms nobody. */
static void looking_leaves_no_trace(void **state)
{
	struct place *p = *state;
	struct board none;
	struct bed b;

	memset(&none, 0, sizeof(none));
	set_up(p, &b);
	look(p, &b, T0);
	assert_memory_equal(b.board->breaker, none.breaker,
			    sizeof(none.breaker));
	assert_memory_equal(b.board->limit, none.limit, sizeof(none.limit));
}

static struct board_breaker *place_of(struct board *b,
				      const struct upstream *u,
				      const struct model *m)
{
	struct key id;

	way_breaker_id(u, m ? m->item.name : NULL, &id);
	return breaker_find(b, &id);
}

static void trouble(struct bed *b, const struct model *m)
{
	const struct upstream *u = b->conf.upstreams.item;
	struct breaker_turn t = { .as = BREAKER_USE };
	struct breaker_conf c;
	int i;

	way_breaker_conf(u, &c);
	for (i = 0; i < c.row; i++)
		breaker_bad(place_of(b->board, u, m), &c, &t, T0, 0);
}

static void of_trouble(void **state)
{
	struct place *p = *state;
	const struct upstream *u;
	const struct model *m;
	struct limit_turn turn = { .place = NULL };
	struct breaker_turn t;
	struct breaker_conf c;
	struct limit_conf l;
	struct key id;
	struct bed b;

	set_up(p, &b);
	u = b.conf.upstreams.item;
	m = b.conf.models.item;
	trouble(&b, &m[1]);
	way_limit_conf(u, &l);
	way_limit_id(u, &id);
	assert_int_equal(LIMIT_GO, limit_ask(limit_find(b.board, &id), &l, 1,
					     600, T0, &turn));
	node_bad(node_find(b.board, "m2:2"), T0, 0);
	node_bad(node_find(b.board, "m2:2"), T0, 0);
	board_count(b.board, BOARD_RETRIES);
	board_count(b.board, BOARD_MAYBE_BILLED);
	look(p, &b, T0 + 200);
	has(&b.seen.rows, " retries=1 maybe_billed=1 ");
	has(&b.seen.says, "m2:2: down; 1 times down;\n");
	has(&b.seen.rows, "{a model=- breaker=closed retry_ms=0 opened=0 "
	    "failures_in_row=0 open_for_accounts=0 running=1 waiting=0 requests_left=9 "
	    "tokens_left=420}");
	has(&b.seen.rows, "{a model=y breaker=open retry_ms=1800 opened=1 "
	    "failures_in_row=5 open_for_accounts=0}");
	has(&b.seen.says, "a: model y; breaker open, tried again in 1.8 s; "
	    "1 times opened; 5 failures in a row;\n");
	look(p, &b, T0 + 2000);
	has(&b.seen.says, "open, tried again by the next request;");
	way_breaker_conf(u, &c);
	breaker_use(place_of(b.board, u, &m[1]), &c, T0 + 2000, &t);
	look(p, &b, T0 + 2001);
	has(&b.seen.rows, "breaker=trying retry_ms=0");
	has(&b.seen.says, "open, being tried;");
}

/* Names are unique where they have to be, and of what they may be. */
static void every_count_is_shown_once(void **state)
{
	struct place *p = *state;
	struct bed b;
	char want[32];
	int i;

	set_up(p, &b);
	for (i = 0; i < BOARD_COUNT_N; i++)
		b.board->count[i] = 1000000 + (uint64_t)i;
	look(p, &b, T0);
	for (i = 0; i < BOARD_COUNT_N; i++) {
		snprintf(want, sizeof(want), "=%d", 1000000 + i);
		has(&b.seen.rows, want);
		assert_null(strstr(strstr(b.seen.rows.p, want) + 1, want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(of_a_new_board),
		PLACE_TEST(of_hits_today),
		PLACE_TEST(looking_leaves_no_trace),
		PLACE_TEST(of_trouble),
		PLACE_TEST(every_count_is_shown_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
