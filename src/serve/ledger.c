#include "serve/ledger.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <sodium/randombytes.h>

#include "base/clock.h"
#include "base/crc32c.h"
#include "base/log.h"

#define WAIT_MS 2000
#define WAIT_AGAIN_MS 20
#define HELD_UP_MS 1000

struct ledger {
	pthread_mutex_t lock; /* of file */
	struct ledger_file file;
	_Atomic int64_t held_up_ms; /* until then it is not waited for */
	uint64_t *lost;             /* on the board, or NULL */
};

/* The process's, not a log's: a reload must not start again at 1. */
static struct {
	pthread_mutex_t lock;
	pid_t pid; /* a child's is another */
	uint64_t id, seq, lost; /* lost: since the last line */
} run = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* The number of one more line. */
static uint64_t count(uint64_t *id_r)
{
	uint64_t seq;

	pthread_mutex_lock(&run.lock);
	if (run.pid != getpid()) {
		run.pid = getpid();
		run.seq = run.lost = 0;
		randombytes_buf(&run.id, sizeof(run.id));
	}
	*id_r = run.id;
	seq = ++run.seq;
	pthread_mutex_unlock(&run.lock);
	return seq;
}

/* Lines lost since the last good one; who takes them says them, or brings
 * them back. */
static uint64_t lost_take(void)
{
	return __atomic_exchange_n(&run.lost, 0, __ATOMIC_RELAXED);
}

static void lost_add(uint64_t n)
{
	__atomic_fetch_add(&run.lost, n, __ATOMIC_RELAXED);
}

struct ledger *ledger_open(const char *path, char *err_r, size_t err_n)
{
	struct ledger *l = calloc(1, sizeof(*l));

	if (!l)
		abort();
	if (ledger_file_open(&l->file, path) < 0) {
		snprintf(err_r, err_n, "cannot write the usage log %s: %s "
			 "(make its directory writable for the user larder "
			 "runs as, or name another in [log] path)", path,
			 errno == EINVAL ? "it is no regular file" :
					   strerror(errno));
		free(l);
		return NULL;
	}
	pthread_mutex_init(&l->lock, NULL);
	return l;
}

void ledger_close(struct ledger **l)
{
	if (!*l)
		return;
	ledger_file_close(&(*l)->file);
	pthread_mutex_destroy(&(*l)->lock);
	free(*l);
	*l = NULL;
}

void ledger_count_lost(struct ledger *l, uint64_t *count)
{
	l->lost = count;
}

/* False when the file system holds somebody up. */
static bool enter(struct ledger *l)
{
	int64_t now = clock_mono_ms(), wait = WAIT_MS;
	struct timespec until;

	if (now < atomic_load(&l->held_up_ms))
		wait = WAIT_AGAIN_MS;
	/* By the wall clock: thread sanitizers know no other lock that waits
	 * so long. */
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (until.tv_nsec + wait * 1000000) / 1000000000;
	until.tv_nsec = (until.tv_nsec + wait * 1000000) % 1000000000;
	if (pthread_mutex_timedlock(&l->lock, &until) == 0)
		return true;
	atomic_store(&l->held_up_ms, now + wait + HELD_UP_MS);
	return false;
}

static void put_hex(struct buf *line, uint64_t v, int digits)
{
	while (digits-- > 0)
		buf_putc(line, "0123456789abcdef"[v >> 4 * digits & 15]);
}

static void finish(struct buf *line, uint64_t id, uint64_t seq, uint64_t lost)
{
	uint32_t crc;

	buf_puts(line, ",\"run\":\"");
	put_hex(line, id, 16);
	buf_puts(line, "\",\"seq\":");
	buf_int(line, (int64_t)seq);
	if (lost)
		buf_printf(line, ",\"dropped\":%" PRIu64, lost);
	crc = crc32c(0, line->p, line->n);
	buf_puts(line, ",\"crc\":\"");
	put_hex(line, crc, 8);
	buf_puts(line, "\"}\n");
}

/* 0, or an errno. */
static int put(struct ledger *l, struct buf *line)
{
	uint64_t id, seq = count(&id), lost;
	int why;

	if (!enter(l))
		return ETIMEDOUT;
	lost = lost_take();
	finish(line, id, seq, lost);
	why = line->n > LEDGER_LINE_MAX ?
		      EMSGSIZE : ledger_file_put(&l->file, buf_view(line));
	pthread_mutex_unlock(&l->lock);
	if (why)
		lost_add(lost);
	return why;
}

void ledger_write(struct ledger *l, struct buf *line)
{
	int why = put(l, line);

	if (!why)
		return;
	lost_add(1);
	if (l->lost)
		__atomic_fetch_add(l->lost, 1, __ATOMIC_RELAXED);
	log_seldom("a usage line was lost: %s", why == ETIMEDOUT ?
		   "its file system hangs" : strerror(why));
}
