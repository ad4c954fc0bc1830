#include "fake/record.h"

#include <ctype.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/buf.h"

#define TEXTS 1024
#define HOLD_LOOK_MS 5

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static char *last;
static unsigned count, connections, left;
static _Atomic unsigned releases;

/* Texts with [[times]], by their hash; collisions do not matter here. */
static unsigned short times[TEXTS];

int record_open(const char *path)
{
	if (!path)
		return 0;
	log_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND |
			    O_CLOEXEC, 0600);
	return log_fd < 0 ? -1 : 0;
}

/* Under the lock, so that the lines stand in the order of their numbers. */
static void log_line(struct str line)
{
	ssize_t put;

	while (log_fd >= 0 && line.n) {
		put = write(log_fd, line.p, line.n);
		if (put <= 0) {
			perror("fake-llm: log");
			return;
		}
		line = str_from(line, (size_t)put);
	}
}

static void headers_add(struct buf *b, struct arena *a,
			const struct http_request *r)
{
	size_t i, k;

	for (i = 0; i < r->nheader; i++) {
		struct str name = arena_str(a, r->header[i].name);
		char *p = (char *)name.p;

		for (k = 0; k < name.n; k++)
			p[k] = (char)tolower((unsigned char)p[k]);
		if (i)
			buf_putc(b, ',');
		buf_json(b, name);
		buf_putc(b, ':');
		buf_json(b, r->header[i].value);
	}
}

static void request_json(struct buf *b, struct arena *a,
			 const struct http_request *r, unsigned n)
{
	buf_printf(b, "{\"n\":%u,\"method\":", n);
	buf_json(b, r->method);
	buf_puts(b, ",\"path\":");
	buf_json(b, r->path);
	buf_puts(b, ",\"query\":");
	buf_json(b, r->query);
	buf_puts(b, ",\"headers\":{");
	headers_add(b, a, r);
	buf_puts(b, "},\"body\":");
	buf_json(b, r->body);
	buf_puts(b, "}\n");
}

unsigned record_request(struct arena *a, const struct http_request *r,
			bool first_here)
{
	struct buf b;
	unsigned n;

	buf_init(&b, a);
	pthread_mutex_lock(&lock);
	n = ++count;
	connections += first_here;
	request_json(&b, a, r, n);
	log_line(buf_view(&b));
	free(last);
	last = strndup(b.p, b.n);
	pthread_mutex_unlock(&lock);
	return n;
}

void record_left(struct arena *a, unsigned n)
{
	const char *line = arena_printf(a, "{\"n\":%u,\"left\":true}\n", n);

	pthread_mutex_lock(&lock);
	left++;
	log_line(str_c(line));
	pthread_mutex_unlock(&lock);
}

int record_times(struct str text)
{
	uint32_t h = 2166136261u;
	size_t i;
	int n;

	for (i = 0; i < text.n; i++)
		h = (h ^ (unsigned char)text.p[i]) * 16777619u;
	pthread_mutex_lock(&lock);
	n = ++times[h % TEXTS];
	pthread_mutex_unlock(&lock);
	return n;
}

unsigned record_releases(void)
{
	return releases;
}

int record_hold(int fd, unsigned before)
{
	while (releases == before)
		if (http_linger(fd, HOLD_LOOK_MS) < 0)
			return -1;
	return 0;
}

void record_release(void)
{
	releases++;
}

void record_reset(void)
{
	pthread_mutex_lock(&lock);
	count = connections = left = 0;
	memset(times, 0, sizeof(times));
	free(last);
	last = NULL;
	if (log_fd >= 0 && ftruncate(log_fd, 0) < 0)
		perror("fake-llm: log");
	pthread_mutex_unlock(&lock);
}

const char *record_last(struct arena *a)
{
	const char *copy;

	pthread_mutex_lock(&lock);
	copy = arena_strdup(a, last ? last : "null\n");
	pthread_mutex_unlock(&lock);
	return copy;
}

const char *record_counts(struct arena *a)
{
	const char *text;

	pthread_mutex_lock(&lock);
	text = arena_printf(a, "{\"count\":%u,\"connections\":%u,"
			    "\"left\":%u}\n", count, connections, left);
	pthread_mutex_unlock(&lock);
	return text;
}

unsigned record_count(void)
{
	unsigned n;

	pthread_mutex_lock(&lock);
	n = count;
	pthread_mutex_unlock(&lock);
	return n;
}
