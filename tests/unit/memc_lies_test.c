/* memcached.so with a server that lies, drips, is late or says nothing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/count.h"
#include "unit/memc_bed.h"

#define SHORT_MS 40 /* a wait that is to run out */
#define MAX_TURNS 8

/* What becomes of the connection after (or with) the reply. */
enum act {
	KEEP,  /* wait for the next question on it */
	CLOSE, /* end it */
	RESET, /* end it with RST */
	HOLD,  /* say no more until the client closes */
	BYTES, /* the reply comes byte by byte; then keep */
	DRIP,  /* the reply, then another byte every 5 ms, for ever */
	FLOOD, /* the reply again and again, as fast as it goes */
};

/* One for each question, on whichever connection it comes. */
struct turn {
	const char *say;
	size_t n; /* 0: strlen(say) */
	enum act act;
};

struct liar {
	const struct turn *turn;
	unsigned turns, asked, connections;
	char question[MAX_TURNS][600];
	int listener;
	pthread_t thread;
	char server[32];
};

/* False when the client is gone. */
static bool say(int fd, const char *p, size_t n)
{
	return send(fd, p, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static bool client_there(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char c[256];

	return poll(&p, 1, ms) == 0 || recv(fd, c, sizeof(c), 0) > 0;
}

/* Whether the connection goes on. */
static bool take_turn(int fd, const struct turn *t)
{
	struct linger now = { .l_onoff = 1 };
	size_t n = t->n ? t->n : strlen(t->say), i;

	if (t->act == BYTES) {
		for (i = 0; i < n; i++)
			if (!say(fd, t->say + i, 1))
				return false;
		return true;
	}
	if (!say(fd, t->say, n))
		return false;
	if (t->act == RESET)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	while (t->act == FLOOD && say(fd, t->say, n))
		;
	while (t->act == DRIP && client_there(fd, 5) && say(fd, "1", 1))
		;
	while (t->act == HOLD && client_there(fd, LONG_MS))
		;
	return t->act == KEEP;
}

/* A question ends with a line end; tests ask only short ones. */
static bool hear(int fd, char *to, size_t room)
{
	size_t n = 0;
	ssize_t got;

	do {
		got = recv(fd, to + n, room - 1 - n, 0);
		if (got <= 0)
			return false;
		n += (size_t)got;
		to[n] = '\0';
	} while (to[n - 1] != '\n');
	return true;
}

static void *liar_run(void *arg)
{
	struct liar *l = arg;
	int fd, on = 1;
	unsigned i;

	while ((fd = accept(l->listener, NULL, NULL)) >= 0) {
		l->connections++;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		do {
			i = l->asked;
			if (i >= l->turns ||
			    !hear(fd, l->question[i], sizeof(l->question[i])))
				break;
			l->asked++;
		} while (take_turn(fd, &l->turn[i]));
		close(fd);
	}
	return NULL;
}

static int listen_anywhere(char *server, size_t n)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(0, bind(fd, (struct sockaddr *)&at, sizeof(at)));
	assert_int_equal(0, listen(fd, 16));
	assert_int_equal(0, getsockname(fd, (struct sockaddr *)&at, &size));
	snprintf(server, n, "127.0.0.1:%d", ntohs(at.sin_port));
	return fd;
}

/* --- a client of it --- */

static void liar_start(struct liar *l, struct env *e, const struct turn *t,
		       unsigned turns)
{
	memset(l, 0, sizeof(*l));
	l->turn = t;
	l->turns = turns;
	l->listener = listen_anywhere(l->server, sizeof(l->server));
	assert_int_equal(0, pthread_create(&l->thread, NULL, liar_run, l));
	env_use(e, l->server);
}

static void liar_stop(struct liar *l, struct env *e)
{
	e->ops->close(&e->m);
	shutdown(l->listener, SHUT_RDWR);
	pthread_join(l->thread, NULL);
	close(l->listener);
}

/* --- replies --- */

enum verb { GET, SET, ADD, DROP };

struct lie {
	enum verb verb;
	struct turn turn;
	enum memc_end end;
	const char *value;
};

#define K16 "kkkkkkkkkkkkkkkk"
#define K256 K16 K16 K16 K16 K16 K16 K16 K16 K16 K16 K16 K16 K16 K16 K16 K16
#define HIT "VALUE a 0 2\r\nok\r\nEND\r\n"
#define WITH(bytes, act) { bytes, sizeof(bytes) - 1, act }

static const struct lie lies[] = {
	/* the truth */
	{ GET, WITH(HIT, KEEP), MEMC_DONE, "ok" },
	{ GET, WITH(HIT, BYTES), MEMC_DONE, "ok" },
	{ GET, WITH("VALUE a 4294967295 0\r\n\r\nEND\r\n", KEEP), MEMC_DONE,
	  "" },
	{ GET, WITH("VALUE a 0 7\r\n\r\nEND\r\n\r\nEND\r\n", KEEP), MEMC_DONE,
	  "\r\nEND\r\n" },
	{ GET, WITH("END\r\n", KEEP), MEMC_ABSENT, NULL },
	{ GET, WITH("END\r\n", BYTES), MEMC_ABSENT, NULL },
	{ GET, WITH("SERVER_ERROR out of memory\r\n", KEEP), MEMC_REFUSED,
	  NULL },
	{ GET, WITH("CLIENT_ERROR unauthenticated\r\n", KEEP), MEMC_REFUSED,
	  NULL },
	/* another's answer */
	{ GET, WITH("VALUE b 0 2\r\nok\r\nEND\r\n", KEEP), MEMC_FAILED, NULL },
	{ GET, WITH("VALUE A 0 2\r\nok\r\nEND\r\n", KEEP), MEMC_FAILED, NULL },
	{ GET, WITH("VALUE aa 0 2\r\nok\r\nEND\r\n", KEEP), MEMC_FAILED,
	  NULL },
	{ GET, WITH("VALUE  0 2\r\nok\r\nEND\r\n", KEEP), MEMC_FAILED, NULL },
	{ GET, WITH("STORED\r\n", KEEP), MEMC_FAILED, NULL },
	{ GET, WITH("OK\r\n", KEEP), MEMC_FAILED, NULL },
	{ GET, WITH("VERSION\r\n", KEEP), MEMC_FAILED, NULL },
	{ GET, WITH("ERROR Too many open connections\r\n", CLOSE),
	  MEMC_FAILED, NULL },
	{ GET, WITH("HTTP/1.1 400 Bad Request\r\n\r\n", CLOSE), MEMC_FAILED,
	  NULL },
	/* more than the answer */
	{ GET, WITH("END\r\n" HIT, KEEP), MEMC_FAILED, NULL },
	{ GET, WITH(HIT HIT, KEEP), MEMC_FAILED, NULL },
	{ GET, WITH("VALUE a 0 2\r\nok\r\nVALUE a 0 2\r\nno\r\nEND\r\n",
		    KEEP), MEMC_FAILED, NULL },
	{ GET, WITH("VALUE a 0 2 17\r\nok\r\nEND\r\n", KEEP), MEMC_FAILED,
	  NULL },
	/* a length that is a lie */
	{ GET, WITH("VALUE a 0 1\r\nok\r\nEND\r\n", KEEP), MEMC_FAILED, NULL },
	{ GET, WITH("VALUE a 0 3\r\nok\r\nEND\r\n", HOLD), MEMC_FAILED, NULL },
	{ GET, WITH("VALUE a 0 900000\r\nok\r\nEND\r\n", CLOSE), MEMC_FAILED,
	  NULL },
	{ GET, WITH("VALUE a 0 1000001\r\nok\r\nEND\r\n", KEEP), MEMC_FAILED,
	  NULL },
	{ GET, WITH("VALUE a 0 2147483648\r\nok\r\nEND\r\n", KEEP),
	  MEMC_FAILED, NULL },
	{ GET, WITH("VALUE a 0 18446744073709551614\r\n\r\nEND\r\n", KEEP),
	  MEMC_FAILED, NULL },
	{ GET, WITH("VALUE a 0 18446744073709551618\r\nok\r\nEND\r\n", KEEP),
	  MEMC_FAILED, NULL },
	{ GET, WITH("VALUE a 0 -2\r\nok\r\nEND\r\n", KEEP), MEMC_FAILED,
	  NULL },
	{ GET, WITH("VALUE a 0 \r\nok\r\nEND\r\n", KEEP), MEMC_FAILED, NULL },
	{ GET, WITH("VALUE a 2\r\nok\r\nEND\r\n", KEEP), MEMC_FAILED, NULL },
	{ GET, WITH("VALUE a 4294967296 2\r\nok\r\nEND\r\n", KEEP),
	  MEMC_FAILED, NULL },
	/* half of it */
	{ GET, WITH("", CLOSE), MEMC_FAILED, NULL },
	{ GET, WITH("", RESET), MEMC_FAILED, NULL },
	{ GET, WITH("", HOLD), MEMC_FAILED, NULL },
	{ GET, WITH("VALUE a 0", CLOSE), MEMC_FAILED, NULL },
	{ GET, WITH("VALUE a 0 2\r\nok", CLOSE), MEMC_FAILED, NULL },
	{ GET, WITH("VALUE a 0 2\r\nok", RESET), MEMC_FAILED, NULL },
	{ GET, WITH("VALUE a 0 2\r\nok\r\nEN", HOLD), MEMC_FAILED, NULL },
	{ GET, WITH("END", CLOSE), MEMC_FAILED, NULL },
	/* noise */
	{ GET, WITH("\n", KEEP), MEMC_FAILED, NULL },
	{ GET, WITH("\r\n", KEEP), MEMC_FAILED, NULL },
	{ GET, WITH("END\n", KEEP), MEMC_FAILED, NULL },
	{ GET, WITH("VALUE a 0 2\nok\r\nEND\r\n", KEEP), MEMC_FAILED, NULL },
	{ GET, WITH("\0\0\0\0\r\n", KEEP), MEMC_FAILED, NULL },
	{ GET, WITH("\x81\x0b\0\0\0\0\0\0\0\0\x0f\xa0\r\n", KEEP),
	  MEMC_FAILED, NULL },
	{ GET, WITH("VALUE " K256 K16 " 0 2\r\nok\r\nEND\r\n", KEEP),
	  MEMC_FAILED, NULL },
	{ GET, WITH(K256 K256 K256, HOLD), MEMC_FAILED, NULL },
	{ GET, WITH("SERVER_ERROR " K256 K256 K256 "\r\n", KEEP), MEMC_FAILED,
	  NULL },
	{ GET, WITH(K256, FLOOD), MEMC_FAILED, NULL },
	{ GET, WITH("VALUE a 0 ", DRIP), MEMC_FAILED, NULL },
	{ GET, WITH("VALUE a 0 900000\r\n", DRIP), MEMC_FAILED, NULL },
	/* words for other verbs */
	{ SET, WITH("STORED\r\n", KEEP), MEMC_DONE, NULL },
	{ SET, WITH("STORED\r\n", BYTES), MEMC_DONE, NULL },
	{ SET, WITH("NOT_STORED\r\n", KEEP), MEMC_FAILED, NULL },
	{ SET, WITH("EXISTS\r\n", KEEP), MEMC_FAILED, NULL },
	{ SET, WITH("OK\r\n", KEEP), MEMC_FAILED, NULL },
	{ SET, WITH("STORED\r\nSTORED\r\n", KEEP), MEMC_FAILED, NULL },
	{ SET, WITH("STOREDSTORED\r\n", KEEP), MEMC_FAILED, NULL },
	{ SET, WITH(HIT, KEEP), MEMC_FAILED, NULL },
	{ SET, WITH("SERVER_ERROR object too large for cache\r\n", KEEP),
	  MEMC_REFUSED, NULL },
	{ SET, WITH("STORED", HOLD), MEMC_FAILED, NULL },
	{ ADD, WITH("STORED\r\n", KEEP), MEMC_DONE, NULL },
	{ ADD, WITH("NOT_STORED\r\n", KEEP), MEMC_ABSENT, NULL },
	{ ADD, WITH("DELETED\r\n", KEEP), MEMC_FAILED, NULL },
	{ DROP, WITH("DELETED\r\n", KEEP), MEMC_DONE, NULL },
	{ DROP, WITH("NOT_FOUND\r\n", KEEP), MEMC_ABSENT, NULL },
	{ DROP, WITH("STORED\r\n", KEEP), MEMC_FAILED, NULL },
	{ DROP, WITH("END\r\n", KEEP), MEMC_FAILED, NULL },
};

static enum memc_end ask(struct env *e, enum verb verb, int64_t wait_ms,
			 struct str *value_r)
{
	struct str a = STR("a"), v = STR("v");

	switch (verb) {
	case SET:
		return e->ops->set(e->m, 0, a, v, 60, wait_ms);
	case ADD:
		return e->ops->add(e->m, 0, a, v, 60, wait_ms);
	case DROP:
		return e->ops->drop(e->m, 0, a, wait_ms);
	default:
		return e->ops->get(e->m, 0, a, wait_ms, value_r);
	}
}

/* The lie must not outlast its time, and the next question, be it on a new
 * connection, must have its own answer. */
static void try_lie(struct env *e, const struct lie *c)
{
	struct turn turn[] = { c->turn, WITH("VALUE next 0 4\r\ntrue\r\n"
					     "END\r\n", KEEP) };
	bool kept = c->end == MEMC_DONE || c->end == MEMC_ABSENT;
	bool runs_out = c->turn.act == HOLD || c->turn.act == DRIP;
	int64_t begin = clock_mono_ms(), took;
	struct str v = STR("untouched"), next;
	enum memc_end end, then;
	struct liar l;

	liar_start(&l, e, turn, 2);
	end = ask(e, c->verb, runs_out ? SHORT_MS : LONG_MS, &v);
	took = clock_mono_ms() - begin;
	if (end != c->end || took > SHORT_MS + SLACK_MS ||
	    !str_is(v, c->value ? c->value : "untouched"))
		fail_msg("'%.60s': end %d value '%.*s' %d ms", c->turn.say,
			 end, (int)v.n, v.p, (int)took);
	then = e->ops->get(e->m, 0, STR("next"), LONG_MS, &next);
	if (then != MEMC_DONE || !str_is(next, "true"))
		fail_msg("'%.60s': next %d", c->turn.say, then);
	liar_stop(&l, e);
	if (l.connections != (kept ? 1U : 2U))
		fail_msg("'%.60s': %u connections", c->turn.say,
			 l.connections);
}

static void lies_are_not_believed(void **state)
{
	size_t i;

	for (i = 0; i < COUNT_OF(lies); i++)
		try_lie(*state, &lies[i]);
}

/* --- what is sent --- */

static void questions_are_as_they_should_be(void **state)
{
	static const struct turn turn[] = {
		WITH("STORED\r\n", KEEP), WITH("STORED\r\n", KEEP),
		WITH("STORED\r\n", KEEP), WITH("NOT_STORED\r\n", KEEP),
		WITH("END\r\n", KEEP), WITH("NOT_FOUND\r\n", KEEP),
	};
	struct env *e = *state;
	struct str v;
	struct liar l;

	liar_start(&l, e, turn, COUNT_OF(turn));
	e->ops->set(e->m, 0, STR("n"), STR("xy"), 2592000, LONG_MS);
	e->ops->set(e->m, 0, STR("n"), STR("xy"), 2592001, LONG_MS);
	e->ops->set(e->m, 0, STR("n"), STR(""), 0, LONG_MS);
	e->ops->add(e->m, 0, STR("n"), STR("x"), 3, LONG_MS);
	e->ops->get(e->m, 0, STR("n"), LONG_MS, &v);
	e->ops->drop(e->m, 0, STR("n"), LONG_MS);
	liar_stop(&l, e);
	assert_int_equal(COUNT_OF(turn), l.asked);
	assert_string_equal("set n 0 2592000 2\r\nxy\r\n", l.question[0]);
	assert_string_equal("set n 0 2592000 2\r\nxy\r\n", l.question[1]);
	assert_string_equal("set n 0 1 0\r\n\r\n", l.question[2]);
	assert_string_equal("add n 0 3 1\r\nx\r\n", l.question[3]);
	assert_string_equal("get n\r\n", l.question[4]);
	assert_string_equal("delete n\r\n", l.question[5]);
}

/* --- out of time --- */

static int accepted(int listener, char *question, size_t room)
{
	int fd = accept(listener, NULL, NULL);

	assert_true(fd >= 0);
	assert_true(hear(fd, question, room));
	return fd;
}

struct asker {
	struct env *e;
	const char *name;
	struct str value;
	enum memc_end end;
	pthread_t thread;
};

static void *ask_aside(void *arg)
{
	struct asker *a = arg;

	a->end = a->e->ops->get(a->e->m, 0, str_c(a->name), LONG_MS,
				&a->value);
	return NULL;
}

/* The answer to "first" comes when "second" has been asked: it must reach
 * nobody. */
static void a_late_answer_is_nobodys(void **state)
{
	static const char late[] = "VALUE second 0 4\r\nlate\r\nEND\r\n";
	static const char good[] = "VALUE second 0 4\r\ngood\r\nEND\r\n";
	struct asker second = { .e = *state, .name = "second" };
	struct env *e = *state;
	struct str v = STR("untouched");
	char server[32], question[100];
	int listener = listen_anywhere(server, sizeof(server)), old, new;

	env_use(e, server);
	assert_int_equal(MEMC_FAILED, e->ops->get(e->m, 0, STR("first"),
						  SHORT_MS, &v));
	old = accepted(listener, question, sizeof(question));
	assert_string_equal("get first\r\n", question);
	assert_int_equal(0, pthread_create(&second.thread, NULL, ask_aside,
					   &second));
	new = accepted(listener, question, sizeof(question));
	assert_string_equal("get second\r\n", question);
	say(old, late, sizeof(late) - 1);
	assert_true(say(new, good, sizeof(good) - 1));
	pthread_join(second.thread, NULL);
	assert_int_equal(MEMC_DONE, second.end);
	assert_true(str_is(second.value, "good"));
	assert_true(str_is(v, "untouched"));
	close(old);
	close(new);
	close(listener);
}

/* What lies on the connection before the question is no answer to it, though
 * it says so. */
static void an_answer_before_the_question_is_none(void **state)
{
	static const char early[] = "END\r\n"
				    "VALUE second 0 5\r\nearly\r\nEND\r\n";
	struct asker a = { .e = *state, .name = "first" };
	struct env *e = *state;
	struct pollfd arrived;
	char server[32], question[100];
	int listener = listen_anywhere(server, sizeof(server)), old, new;

	env_use(e, server);
	assert_int_equal(0, pthread_create(&a.thread, NULL, ask_aside, &a));
	old = accepted(listener, question, sizeof(question));
	assert_true(say(old, early, 5));
	pthread_join(a.thread, NULL);
	assert_int_equal(MEMC_ABSENT, a.end);
	assert_true(say(old, early + 5, sizeof(early) - 6));
	a.name = "second";
	assert_int_equal(0, pthread_create(&a.thread, NULL, ask_aside, &a));
	/* It hangs up on the old and asks on a new connection. */
	new = accepted(listener, question, sizeof(question));
	assert_string_equal("get second\r\n", question);
	arrived = (struct pollfd){ .fd = old, .events = POLLIN };
	assert_int_equal(1, poll(&arrived, 1, LONG_MS));
	assert_true(recv(old, question, sizeof(question), 0) <= 0);
	assert_true(say(new, "END\r\n", 5));
	pthread_join(a.thread, NULL);
	assert_int_equal(MEMC_ABSENT, a.end);
	close(old);
	close(new);
	close(listener);
}

/* Nobody accepts, the backlog is full: connecting itself hangs. */
static void connecting_takes_no_longer_either(void **state)
{
	struct env *e = *state;
	char server[32];
	int listener = listen_anywhere(server, sizeof(server));
	int64_t begin;
	struct str v;
	int i;

	listen(listener, 0);
	for (i = 0; i < 3; i++) {
		env_use(e, server);
		begin = clock_mono_ms();
		assert_int_equal(MEMC_FAILED, e->ops->get(e->m, 0, STR("a"),
							  SHORT_MS, &v));
		assert_in_range(clock_mono_ms() - begin, SHORT_MS,
				SHORT_MS + SLACK_MS);
		e->ops->close(&e->m);
	}
	close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MEMC_TEST(lies_are_not_believed),
		MEMC_TEST(questions_are_as_they_should_be),
		MEMC_TEST(a_late_answer_is_nobodys),
		MEMC_TEST(an_answer_before_the_question_is_none),
		MEMC_TEST(connecting_takes_no_longer_either),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
