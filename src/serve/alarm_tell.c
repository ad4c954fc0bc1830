#include "serve/alarm_tell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define ROUND 3 /* times the timeout of one */

void alarm_round(struct alarm_round *t_r, const struct alarm_conf *c,
		 struct lane *lane)
{
	*t_r = (struct alarm_round){ .c = c, .lane = lane,
		.until_ms = clock_mono_ms() + ROUND * c->timeout_ms };
}

static bool over(const struct alarm_round *t)
{
	return clock_mono_ms() >= t->until_ms;
}

/* What one of them may take now. */
static int64_t most_ms(const struct alarm_round *t)
{
	int64_t ms = t->until_ms - clock_mono_ms();

	return ms < 1 ? 1 : ms < t->c->timeout_ms ? ms : t->c->timeout_ms;
}

/* Is the process being stopped, within ms? */
static bool stopping(const struct lane *lane, int ms)
{
	struct pollfd f = { lane->stop_fd, POLLIN, 0 };

	return poll(&f, 1, ms) > 0;
}

/* -- the webhook ----------------------------------------------------------- */

#define POOL 0x616c61726d /* connections of its own */
#define AGAIN_MS 1000

static int take_head(void *ctx, int status, const struct net_header *h,
		     size_t n)
{
	(void)h;
	(void)n;
	*(int *)ctx = status;
	return 0;
}

/* Nobody reads what it says. */
static int drop(void *ctx, struct str bytes)
{
	(void)ctx;
	(void)bytes;
	return 0;
}

static int stay(void *ctx)
{
	(void)ctx;
	return 0;
}

/* NULL, or what went wrong. */
static const char *post(const struct alarm_round *t, const struct alarm *a,
			char *why, size_t n)
{
	const struct alarm_conf *c = t->c;
	struct lane *lane = t->lane;
	const struct net_header json = { STR("content-type"),
					 STR("application/json") };
	int status = 0;
	const struct net_call call = {
		.method = "POST", .url = c->webhook, .header = &json,
		.nheader = 1, .body = { a->json, a->length },
		.total_ms = most_ms(t), .ca_file = c->ca_file,
		.pool = POOL, .gone_fd = -1, .stop_fd = lane->stop_fd,
		.ctx = &status, .head = take_head, .data = drop, .tick = stay,
		.gone = stay,
	};
	struct net *net = lane_net(lane, why, n);

	if (!net)
		return why;
	*why = '\0';
	if (lane->ops->call(net, &call, why, n) != NET_DONE)
		return *why ? why : "no answer";
	if (status >= 200 && status < 300)
		return NULL;
	snprintf(why, n, "status %d", status);
	return why;
}

static bool tell_webhook(struct alarm_round *t, const struct alarm *a)
{
	const char *bad;
	char why[256];

	if (t->dead || over(t))
		return false;
	bad = post(t, a, why, sizeof(why));
	if (bad && !stopping(t->lane, AGAIN_MS) && !over(t))
		bad = post(t, a, why, sizeof(why));
	if (bad)
		log_seldom("[alarm] webhook: %s; it is asked again behind a "
			   "later request", bad);
	t->dead = bad != NULL;
	return !t->dead;
}

/* -- the command ----------------------------------------------------------- */

#define WORDS_MOST 32
#define LOOK_MS 20

struct run {
	char text[1024], env[6][160];
	char *argv[WORDS_MOST + 1], *envp[7];
};

static void split(struct run *u, const char *command)
{
	char *save = NULL, *w;
	size_t n = 0;

	snprintf(u->text, sizeof(u->text), "%s", command);
	for (w = strtok_r(u->text, " \t", &save); w && n < WORDS_MOST;
	     w = strtok_r(NULL, " \t", &save))
		u->argv[n++] = w;
	u->argv[n] = NULL;
}

static void put_env(struct run *u, const struct alarm *a)
{
	const char *const pair[6][2] = {
		{ "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
			  "/sbin:/bin" },
		{ "LARDER_BUDGET", a->budget }, { "LARDER_TENANT", a->tenant },
		{ "LARDER_SPENT_USD", a->spent },
		{ "LARDER_LIMIT_USD", a->limit },
		{ "LARDER_THRESHOLD", a->mark },
	};

	for (size_t i = 0; i < 6; i++) {
		snprintf(u->env[i], sizeof(u->env[i]), "%s=%s", pair[i][0],
			 pair[i][1]);
		u->envp[i] = u->env[i];
	}
	u->envp[6] = NULL;
}

/* A file without a name, so that no writing can block; -1. */
static int as_input(const struct alarm *a)
{
	int fd = memfd_create("alarm", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, a->json, a->length) != (ssize_t)a->length) {
		close(fd);
		fd = -1;
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

/* None of larder's files and signals, and a group of its own, so that what it
 * starts can be ended with it. */
static int spawn(struct run *u, int in, pid_t *pid_r)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null",
					 O_WRONLY, 0);
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
				 POSIX_SPAWN_SETSIGDEF |
				 POSIX_SPAWN_SETPGROUP);
	rc = posix_spawn(pid_r, u->argv[0], &files, &attr, u->argv, u->envp);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

/* Waits for its end, or makes one. */
static const char *reap(const struct alarm_round *t, pid_t pid)
{
	int64_t until = clock_mono_ms() + most_ms(t);
	int status = 0;
	pid_t got;

	while ((got = waitpid(pid, &status, WNOHANG)) == 0 &&
	       clock_mono_ms() < until && !stopping(t->lane, LOOK_MS))
		;
	if (got == 0) {
		kill(-pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		return "took too long and was killed";
	}
	return got > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ?
		       NULL : "failed";
}

/* Whatever it did, it may have done its work. */
static bool tell_command(const struct alarm_round *t, const struct alarm *a)
{
	const char *bad;
	struct run u;
	pid_t pid;
	int in, rc;

	if (over(t))
		return false;
	in = as_input(a);
	split(&u, t->c->command);
	put_env(&u, a);
	rc = in < 0 ? errno : spawn(&u, in, &pid);
	if (in >= 0)
		close(in);
	bad = rc != 0 ? strerror(rc) : reap(t, pid);
	if (bad)
		log_seldom("[alarm] command %s: %s", u.argv[0], bad);
	return true;
}

bool alarm_tell(struct alarm_round *t, struct alarm *a)
{
	if (t->c->command && !a->ran && !stopping(t->lane, 0))
		a->ran = tell_command(t, a);
	if (t->c->webhook && !a->posted)
		a->posted = tell_webhook(t, a);
	return (!t->c->command || a->ran) && (!t->c->webhook || a->posted);
}
