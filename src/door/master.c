#include "door/master.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "door/signals.h"
#include "door/worker.h"

#define DELAY_MIN_MS 100
#define DELAY_MAX_MS 5000
#define YOUNG_MS 2000
#define KILL_AFTER_MS 2000 /* beyond the grace that workers give */
#define KILL_AGAIN_MS 1000

struct slot {
	pid_t pid;        /* 0: none now */
	int64_t born_ms;
	int64_t due_ms;   /* when to fork again */
	int64_t delay_ms;
};

struct master {
	struct site *site;
	int listen_fd, sig_fd;
	struct slot *slot;
	int n;
	char *listen; /* as it was at the start, like n */
	bool stopping;
};

static void spawn(struct master *m, struct slot *s)
{
	pid_t parent = getpid();
	sigset_t old;

	s->born_ms = clock_mono_ms();
	signals_block(&old); /* until the child has a pipe of its own */
	s->pid = fork();
	if (s->pid != 0)
		signals_restore(&old);
	if (s->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent)
			_exit(0);
		_exit(worker_run(m->site, m->listen_fd));
	}
	if (s->pid < 0) {
		log_line("cannot fork a worker: %s", strerror(errno));
		s->pid = 0;
		s->due_ms = s->born_ms + DELAY_MAX_MS;
	}
}

static void spawn_due(struct master *m)
{
	int64_t now = clock_mono_ms();

	for (int i = 0; i < m->n && !m->stopping; i++)
		if (!m->slot[i].pid && m->slot[i].due_ms <= now)
			spawn(m, &m->slot[i]);
}

static void bury(struct master *m, struct slot *s, int status)
{
	int64_t now = clock_mono_ms();

	if (!m->stopping && WIFSIGNALED(status))
		log_line("worker %d died of signal %d", (int)s->pid,
			 WTERMSIG(status));
	else if (!m->stopping)
		log_line("worker %d left with status %d", (int)s->pid,
			 WEXITSTATUS(status));
	if (now - s->born_ms >= YOUNG_MS)
		s->delay_ms = 0;
	s->due_ms = now + s->delay_ms;
	s->delay_ms = s->delay_ms ? s->delay_ms * 2 : DELAY_MIN_MS;
	if (s->delay_ms > DELAY_MAX_MS)
		s->delay_ms = DELAY_MAX_MS;
	s->pid = 0;
}

static void reap(struct master *m)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < m->n; i++)
			if (m->slot[i].pid == pid)
				bury(m, &m->slot[i], status);
}

static int alive(const struct master *m)
{
	int n = 0;

	for (int i = 0; i < m->n; i++)
		n += m->slot[i].pid != 0;
	return n;
}

static void tell_all(const struct master *m, int sig)
{
	for (int i = 0; i < m->n; i++)
		if (m->slot[i].pid)
			kill(m->slot[i].pid, sig);
}

/* What a master cannot change while it runs. */
static void mention_restart(const struct master *m)
{
	const struct larder_conf *c = &m->site->conf.larder;

	if (strcmp(c->listen, m->listen) != 0)
		log_line("[larder] listen changed: needs a restart");
	if (c->workers != m->n)
		log_line("[larder] workers changed: needs a restart");
}

/* The workers reload themselves; this is for those forked later. */
static void reload(struct master *m)
{
	struct site *fresh;
	char why[1024];

	tell_all(m, SIGHUP);
	fresh = site_open(m->site->conf.path, why, sizeof(why));
	if (!fresh)
		return; /* each worker has said why */
	site_unref(&m->site);
	m->site = fresh;
	mention_restart(m);
}

/* Milliseconds until something is due; -1: nothing. */
static int patience(const struct master *m, int64_t kill_ms)
{
	int64_t now = clock_mono_ms(), next = kill_ms;

	for (int i = 0; i < m->n && !m->stopping; i++)
		if (!m->slot[i].pid && (next < 0 || m->slot[i].due_ms < next))
			next = m->slot[i].due_ms;
	if (next < 0)
		return -1;
	return next > now ? (int)(next - now) : 0;
}

static void on_signals(struct master *m)
{
	unsigned char sig;

	while (read(m->sig_fd, &sig, 1) == 1) {
		if (sig == SIGHUP && !m->stopping)
			reload(m);
		if (sig == SIGTERM || sig == SIGINT) {
			m->stopping = true;
			tell_all(m, SIGTERM);
		}
	}
}

static void loop(struct master *m)
{
	struct pollfd f = { m->sig_fd, POLLIN, 0 };
	int64_t kill_ms = -1;

	while (!m->stopping || alive(m)) {
		spawn_due(m);
		if (poll(&f, 1, patience(m, kill_ms)) > 0)
			on_signals(m);
		reap(m);
		if (m->stopping && kill_ms < 0)
			kill_ms = clock_mono_ms() + KILL_AFTER_MS +
				  m->site->conf.larder.grace_ms;
		if (m->stopping && clock_mono_ms() >= kill_ms) {
			tell_all(m, SIGKILL);
			kill_ms = clock_mono_ms() + KILL_AGAIN_MS;
		}
	}
}

int master_run(struct site *site, int listen_fd)
{
	struct master m = { .site = site, .listen_fd = listen_fd,
			    .n = site->conf.larder.workers,
			    .listen = strdup(site->conf.larder.listen) };

	m.sig_fd = signals_catch();
	m.slot = calloc((size_t)m.n, sizeof(*m.slot));
	if (m.sig_fd < 0 || !m.slot || !m.listen)
		return 1;
	loop(&m);
	free(m.slot);
	free(m.listen);
	site_unref(&m.site);
	return 0;
}
