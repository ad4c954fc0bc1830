/* What goes to the web server: FastCGI's records, read here by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "door/record.h"

#define ID 0x1234
#define MOST 400000

/* What has come at the other end. */
struct heard {
	int fd, records, ends;
	unsigned char *text; /* of stdout */
	size_t n, largest;
	bool closed; /* by an empty record */
};

static bool read_all(int fd, unsigned char *to, size_t n)
{
	ssize_t got;

	for (; n; n -= (size_t)got, to += got)
		if ((got = read(fd, to, n)) <= 0)
			return false;
	return true;
}

static void hear_one(struct heard *h, const unsigned char *head)
{
	size_t n = (size_t)(head[4] << 8 | head[5]);
	unsigned char end[8];

	h->records++;
	assert_int_equal(head[0], 1);
	assert_int_equal(head[2] << 8 | head[3], ID);
	assert_int_equal(head[6] | head[7], 0);
	if (head[1] == 3) {
		assert_true(h->closed);
		assert_int_equal(n, 8);
		assert_true(read_all(h->fd, end, 8));
		assert_memory_equal(end, "\0\0\0\0\0\0\0\0", 8);
		h->ends++;
		return;
	}
	assert_int_equal(head[1], 6);
	assert_false(h->closed);
	h->closed = n == 0;
	assert_true(h->n + n <= MOST);
	assert_true(read_all(h->fd, h->text + h->n, n));
	h->n += n;
	h->largest = n > h->largest ? n : h->largest;
}

static void *hear(void *arg)
{
	struct heard *h = arg;
	unsigned char head[8];

	while (read_all(h->fd, head, 8))
		hear_one(h, head);
	return NULL;
}

static char *bytes_of(size_t n)
{
	char *p = malloc(n + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = (char)(i * 7 + i / 251);
	return p;
}

/* All of `n` bytes in pieces of so many, flushed after every so many. */
static void send_pieces(struct record *o, const char *p, size_t n,
			size_t piece, int each)
{
	int i = 0;

	for (size_t at = 0; at < n; at += piece) {
		if (piece > n - at)
			piece = n - at;
		assert_int_equal(record_put(o, (struct str){ p + at, piece }),
				 0);
		if (each && ++i % each == 0) {
			assert_int_equal(record_flush(o), 0);
			assert_null(o->text); /* nothing waits */
		}
	}
}

static const struct {
	size_t n, piece;
	int each;
	int records; /* with the two of the end; 0: any number */
} sizes[] = {
	{ 0, 1, 0, 2 }, { 1, 1, 0, 3 }, { 2500, 500, 0, 3 },
	{ 2500, 500, 1, 7 }, { 8160, 8160, 0, 3 }, { 8161, 8161, 0, 3 },
	{ 65535, 65535, 0, 3 }, { 65536, 65536, 0, 4 }, { 300000, 17, 0, 0 },
	{ 300000, 8191, 0, 0 }, { 300000, 300000, 0, 7 },
	{ 300000, 7000, 3, 0 },
};

static void test_sizes(void **state)
{
	struct heard h;
	struct record o;
	pthread_t t;
	char *bytes;
	int fd[2];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
		h = (struct heard){ .fd = fd[1], .text = malloc(MOST) };
		o = (struct record){ .fd = fd[0], .id = ID };
		bytes = bytes_of(sizes[i].n);
		pthread_create(&t, NULL, hear, &h);
		send_pieces(&o, bytes, sizes[i].n, sizes[i].piece,
			    sizes[i].each);
		assert_int_equal(record_end(&o), 0);
		assert_null(o.text);
		close(fd[0]);
		pthread_join(t, NULL);
		close(fd[1]);
		assert_int_equal(h.n, sizes[i].n);
		assert_memory_equal(h.text, bytes, h.n);
		assert_int_equal(h.ends, 1);
		if (sizes[i].records)
			assert_int_equal(h.records, sizes[i].records);
		free(h.text);
		free(bytes);
	}
}

/* Once it is broken it stays so, and what waited is forgotten. */
static void test_broken(void **state)
{
	struct record o;
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	o = (struct record){ .fd = fd[0], .id = ID };
	close(fd[1]);
	assert_int_equal(record_put(&o, STR("gathered")), 0);
	assert_int_equal(record_flush(&o), -1);
	assert_int_equal(record_put(&o, STR("more")), -1);
	assert_int_equal(record_flush(&o), -1);
	assert_int_equal(record_end(&o), -1);
	assert_null(o.text);
	close(fd[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
