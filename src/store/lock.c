#include "store/lock.h"

#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

/* What befell the shard that this thread holds. It is said when the lock is
 * left: writing to stderr may block. */
struct note {
	const char *text;
	struct log_gate gate;
};
static _Thread_local struct note *to_say;

/* After one wait in vain nobody waits for that shard for so long, or until
 * somebody got it: its holder was stopped or is starved, and 20 ms for each
 * caller would add up. */
#define HURRY_MS 1000

int lock_init_robust(pthread_mutex_t *m)
{
	pthread_mutexattr_t attr;
	int bad;

	if (pthread_mutexattr_init(&attr) != 0)
		return -1;
	bad = pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED) ||
	      pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST) ||
	      pthread_mutex_init(m, &attr);
	pthread_mutexattr_destroy(&attr);
	return bad ? -1 : 0;
}

#ifdef __GLIBC__
static int kind_made;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void learn_kind(void)
{
	pthread_mutex_t m;

	kind_made = lock_init_robust(&m) == 0 ? m.__data.__kind : -1;
}

bool lock_is_ours(const pthread_mutex_t *m)
{
	pthread_once(&once, learn_kind);
	return __atomic_load_n(&m->__data.__kind, __ATOMIC_RELAXED) ==
	       kind_made;
}
#else
bool lock_is_ours(const pthread_mutex_t *m)
{
	(void)m;
	return true;
}
#endif

static void hurry_set(struct shard_head *h, int64_t until_ms)
{
	__atomic_store_n(&h->hurry_until_ms, until_ms, __ATOMIC_RELAXED);
}

static int64_t hurry_until(struct shard_head *h)
{
	return __atomic_load_n(&h->hurry_until_ms, __ATOMIC_RELAXED);
}

static bool in_hurry(struct shard_head *h)
{
	int64_t until = hurry_until(h), now_ms = clock_mono_ms();

	/* One further away than we ever set is damage, or another boot's. */
	return now_ms < until && until <= now_ms + HURRY_MS;
}

static int timed_out(const struct shard *s)
{
	shard_count(s, COUNT_LOCK_TIMEOUTS);
	log_seldom("cache: a part of it is locked by a process that does "
		   "not move; going on without");
	return ETIMEDOUT;
}

/* The monotonic clock, so that a wall clock set back does not make 20 ms an
 * hour. ThreadSanitizer (gcc 12) does not see pthread_mutex_clocklock() and
 * then takes everything under the lock for a race. */
#ifdef __SANITIZE_THREAD__
#define WAIT_CLOCK CLOCK_REALTIME
static int lock_until(pthread_mutex_t *m, const struct timespec *until)
{
	return pthread_mutex_timedlock(m, until);
}
#else
#define WAIT_CLOCK CLOCK_MONOTONIC
static int lock_until(pthread_mutex_t *m, const struct timespec *until)
{
	return pthread_mutex_clocklock(m, WAIT_CLOCK, until);
}
#endif

static int wait_for(const struct shard *s)
{
	struct timespec until;
	int e;

	shard_count(s, COUNT_LOCK_WAITS);
	if (in_hurry(s->head))
		return timed_out(s);
	clock_gettime(WAIT_CLOCK, &until);
	until.tv_nsec += LOCK_WAIT_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	e = lock_until(&s->head->lock, &until);
	if (e != ETIMEDOUT)
		return e;
	hurry_set(s->head, clock_mono_ms() + HURRY_MS);
	return timed_out(s);
}

void lock_damaged(const struct shard *s)
{
	static struct note note = {
		.text = "a part of it was damaged; what is whole was kept"
	};

	shard_count(s, COUNT_DAMAGED);
	shard_rebuild(s);
	to_say = &note;
}

/* Its holder died: what it was writing is half there. */
static void recover(const struct shard *s)
{
	static struct note note = {
		.text = "a process died while writing; what it left half "
			"done is undone"
	};

	shard_rebuild(s);
	s->head->suspect = 0;
	shard_count(s, COUNT_RECOVERIES);
	pthread_mutex_consistent(&s->head->lock);
	to_say = &note;
}

/* Here since before a reboot. Flights that were under way are over, and
 * their chunks lost until now: that alone is no damage. */
static void examine(const struct shard *s)
{
	static struct note note = {
		.text = "a part of it was torn by a reboot; what is whole "
			"was kept"
	};

	if (shard_check(s) < 0 && shard_rebuild(s) > 0) {
		shard_count(s, COUNT_DAMAGED);
		to_say = &note;
	}
	s->head->suspect = 0;
}

static int refuse(const struct shard *s)
{
	shard_count(s, COUNT_DAMAGED);
	log_seldom("cache: a lock in it is damaged; remove the file to use "
		   "all of it again");
	return -1;
}

int lock_enter(const struct shard *s)
{
	int e;

	if (!lock_is_ours(&s->head->lock))
		return refuse(s);
	e = pthread_mutex_trylock(&s->head->lock);
	if (e == EBUSY)
		e = wait_for(s);
	if (e == ETIMEDOUT)
		return -1;
	if (e != 0 && e != EOWNERDEAD)
		return refuse(s);
	if (hurry_until(s->head))
		hurry_set(s->head, 0);
	if (e == EOWNERDEAD)
		recover(s);
	if (s->head->suspect)
		examine(s);
	return 0;
}

void lock_leave(const struct shard *s)
{
	struct note *n = to_say;

	to_say = NULL;
	pthread_mutex_unlock(&s->head->lock);
	if (n)
		log_gated(&n->gate, "cache: %s", n->text);
}
