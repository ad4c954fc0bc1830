/*
 * Connections and threads, without FastCGI: a thread answers each byte with
 * the next one in the alphabet.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "door/kept.h"
#include "door/listen.h"

#define PLACE_FILE "socket"
#include "unit/place.h"

#define LONG_MS 20000 /* a test that waits this long has failed */
#define THREADS 4
#define MOST 40

static struct bed {
	struct kept_conf conf;
	struct kept *kept;
	struct sockaddr_un at;
	pthread_t thread[THREADS];
	_Atomic int answered;
	int held[2]; /* a pipe: who gets an 'h' waits for it */
	int holds[2];
} bed;

static int open_bed(void **state)
{
	struct place *p;

	if (place_setup(state) < 0 || pipe(bed.held) < 0 ||
	    pipe(bed.holds) < 0)
		return -1;
	p = *state;
	bed.answered = 0;
	bed.at.sun_family = AF_UNIX;
	snprintf(bed.at.sun_path, sizeof(bed.at.sun_path), "%.100s", p->path);
	bed.conf = (struct kept_conf){
		listen_open(p->path, p->err, sizeof(p->err)),
		eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), LONG_MS, LONG_MS,
		MOST, NULL, NULL };
	if (bed.conf.listen_fd < 0)
		return -1;
	fcntl(bed.conf.listen_fd, F_SETFL, O_NONBLOCK);
	bed.kept = kept_open(&bed.conf);
	return bed.kept ? 0 : -1;
}

static int close_bed(void **state)
{
	kept_close(&bed.kept);
	close(bed.conf.listen_fd);
	close(bed.conf.stop_fd);
	for (int i = 0; i < 2; i++) {
		close(bed.held[i]);
		close(bed.holds[i]);
	}
	listen_remove(bed.at.sun_path);
	return place_teardown(state);
}

/* -- threads --------------------------------------------------------------- */

static void hold(void)
{
	char c = 0;

	if (write(bed.holds[1], &c, 1) != 1 || read(bed.held[0], &c, 1) != 1)
		abort();
}

static void *serve(void *unused)
{
	struct conn *c;
	char byte;

	while ((c = kept_next(bed.kept))) {
		if (read(kept_fd(c), &byte, 1) != 1)
			abort();
		if (byte == 'h')
			hold();
		atomic_fetch_add(&bed.answered, 1);
		byte++;
		if (byte == 'z' + 1) {
			kept_drop(bed.kept, c);
			continue;
		}
		if (send(kept_fd(c), &byte, 1, MSG_NOSIGNAL) != 1)
			abort();
		kept_back(bed.kept, c);
	}
	return unused;
}

static void begin(int threads)
{
	for (int i = 0; i < threads; i++)
		assert_int_equal(pthread_create(&bed.thread[i], NULL, serve,
						NULL), 0);
}

static void say_stop(void)
{
	uint64_t one = 1;

	assert_int_equal(write(bed.conf.stop_fd, &one, sizeof(one)), 8);
}

static void join(int threads)
{
	for (int i = 0; i < threads; i++)
		assert_int_equal(pthread_join(bed.thread[i], NULL), 0);
}

/* -- callers --------------------------------------------------------------- */

static int call(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&bed.at,
				 sizeof(bed.at)), 0);
	return fd;
}

static void say(int fd, char c)
{
	assert_int_equal(send(fd, &c, 1, MSG_NOSIGNAL), 1);
}

/* What comes next; 0 when the connection is closed. */
static char hear(int fd)
{
	struct pollfd f = { fd, POLLIN, 0 };
	char c = 0;

	assert_int_equal(poll(&f, 1, LONG_MS), 1);
	return recv(fd, &c, 1, 0) == 1 ? c : 0;
}

static void wait_held(void)
{
	char c;

	assert_int_equal(read(bed.holds[0], &c, 1), 1);
}

static void release(void)
{
	assert_int_equal(write(bed.held[1], "", 1), 1);
}

/* -- tests ----------------------------------------------------------------- */

/* Many that come, ask, stay, ask again and go, in no order. */
static void *calls(void *seed)
{
	unsigned dice = (unsigned)(uintptr_t)seed;
	int fd[8];

	for (int i = 0; i < 8; i++)
		fd[i] = -1;
	for (int i = 0; i < 500; i++) {
		int *at = &fd[rand_r(&dice) % 8];

		if (*at < 0)
			*at = call();
		say(*at, rand_r(&dice) % 8 ? 'a' : 'z');
		if (hear(*at) != 'b') {
			close(*at);
			*at = -1;
		}
	}
	for (int i = 0; i < 8; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	return NULL;
}

static void test_many(void **state)
{
	pthread_t caller[4];

	(void)state;
	begin(THREADS);
	for (uintptr_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&caller[i], NULL, calls,
						(void *)(i + 1)), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(caller[i], NULL);
	say_stop();
	join(THREADS);
	assert_int_equal(bed.answered, 4 * 500);
}

/* What is under way is answered, and what was asked meanwhile on connections
 * that are open. */
static void test_stop(void **state)
{
	int busy = call(), idle = call(), asks = call();

	(void)state;
	begin(1);
	say(idle, 'a');
	assert_int_equal(hear(idle), 'b');
	say(asks, 'a');
	assert_int_equal(hear(asks), 'b');
	say(busy, 'h');
	wait_held();
	say(asks, 'l');
	say_stop();
	release();
	assert_int_equal(hear(busy), 'i');
	assert_int_equal(hear(asks), 'm');
	assert_int_equal(hear(idle), 0);
	assert_int_equal(hear(busy), 0);
	assert_int_equal(hear(asks), 0);
	join(1);
	close(busy);
	close(idle);
	close(asks);
}

/* Descriptors have an end: who is one too many waits to be accepted until
 * another goes. */
static void test_most(void **state)
{
	int fd[MOST], late;

	(void)state;
	begin(2);
	for (int i = 0; i < MOST; i++) {
		fd[i] = call();
		say(fd[i], 'a');
		assert_int_equal(hear(fd[i]), 'b');
	}
	late = call();
	say(late, 'a');
	for (int i = 0; i < MOST; i++) {
		say(fd[i], 'c');
		assert_int_equal(hear(fd[i]), 'd');
	}
	assert_int_equal(recv(late, (char[1]){ 0 }, 1, MSG_DONTWAIT), -1);
	close(fd[0]);
	assert_int_equal(hear(late), 'b');
	say_stop();
	join(2);
	for (int i = 1; i < MOST; i++)
		close(fd[i]);
	close(late);
}

/* Those that others hold do not hold up the end of the idle ones. */
static void test_stop_closes_idle(void **state)
{
	int busy = call(), idle;

	(void)state;
	begin(2);
	say(busy, 'h');
	wait_held();
	idle = call();
	say(idle, 'a');
	assert_int_equal(hear(idle), 'b');
	say_stop();
	assert_int_equal(hear(idle), 0);
	release();
	assert_int_equal(hear(busy), 'i');
	assert_int_equal(hear(busy), 0);
	join(2);
	close(busy);
	close(idle);
}

/* A caller that is gone is no request. */
static void test_gone(void **state)
{
	int fd = call();

	(void)state;
	begin(1);
	say(fd, 'a');
	assert_int_equal(hear(fd), 'b');
	close(fd);
	close(call());
	fd = call();
	say(fd, 'c');
	assert_int_equal(hear(fd), 'd');
	say_stop();
	join(1);
	assert_int_equal(bed.answered, 2);
	close(fd);
}

static void test_cannot(void **state)
{
	struct kept_conf c = bed.conf;

	(void)state;
	c.stop_fd = -1;
	assert_null(kept_open(&c));
	assert_int_equal(errno, EBADF);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, open_bed, close_bed)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_many), WITH(test_stop), WITH(test_most),
		WITH(test_stop_closes_idle),
		WITH(test_gone), WITH(test_cannot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
