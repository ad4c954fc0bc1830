/*
 * Children that are killed or stopped, and what they leave in memory that
 * outlives them.
 */
#ifndef KILL_HELP_H
#define KILL_HELP_H

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "base/clock.h"
#include "store/lock.h"
#include "store/shm.h"
#include "store_help.h"

#define PATIENCE_MS 10000

/* Zeros, to be unmapped; shared with children. */
static inline void *shared(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	return p;
}

/* A child that does not outlive us, also when this test fails. */
static inline pid_t fork_tied(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static inline void dies_killed(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status)); /* and of nothing else before */
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

static inline void exits_with(pid_t pid, int code)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), code);
}

static inline void is_stopped(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
}

/* A child that takes the only shard's lock, and stops itself there. */
static inline pid_t holder(struct room *r)
{
	pid_t pid = fork_tied();
	struct shard s;
	struct shm m;

	if (pid == 0) {
		if (room_map(r, &m) < 0)
			_exit(1);
		shard_at(&s, m.base, &m.g, 0);
		if (lock_enter(&s) < 0)
			_exit(2);
		raise(SIGSTOP);
		lock_leave(&s);
		_exit(0);
	}
	is_stopped(pid);
	return pid;
}

/* Not before it has done a little; then at any moment of so many ns. */
static inline void kill_one(pid_t pid, const _Atomic uint64_t *done,
			    uint64_t little, uint64_t ns, uint64_t *x)
{
	const struct timespec moment = { 0, (long)(stir(x) % ns) };
	int64_t until = clock_mono_ms() + PATIENCE_MS;

	while (*done < little && clock_mono_ms() < until)
		sched_yield();
	assert_true(*done >= little); /* else it hangs */
	nanosleep(&moment, NULL);
	dies_killed(pid);
}

/* What LARDER_KILLS says, or so many. */
static inline unsigned kills_wanted(unsigned n)
{
	const char *wish = getenv("LARDER_KILLS");

	return wish ? (unsigned)strtoul(wish, NULL, 10) : n;
}

#endif
