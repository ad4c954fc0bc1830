#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "unit/memc_bed.h"

#define START_MS 20000 /* for a machine that is busy with other things */

void memc_bed_need(void)
{
	char path[4096], file[4200], *dir, *save = NULL;
	const char *ci = getenv("CI");

	snprintf(path, sizeof(path), "%s:/usr/bin:/usr/local/bin",
		 getenv("PATH") ? getenv("PATH") : "");
	for (dir = strtok_r(path, ":", &save); dir;
	     dir = strtok_r(NULL, ":", &save)) {
		snprintf(file, sizeof(file), "%s/memcached", dir);
		if (access(file, X_OK) == 0)
			return;
	}
	if (ci && strcmp(ci, "true") == 0)
		fail_msg("no memcached is installed");
	skip();
}

int memc_bed_open(struct memc_bed *b)
{
	const char *top = getenv("TMPDIR");

	memset(b, 0, sizeof(*b));
	if (!top || strlen(top) > 50) /* a socket's path is short */
		top = P_tmpdir;
	snprintf(b->dir, sizeof(b->dir), "%s/larder-memc-XXXXXX", top);
	return mkdtemp(b->dir) ? 0 : -1;
}

static int bed_remove(const char *path, const struct stat *st, int type,
		      struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void memc_bed_close(struct memc_bed *b)
{
	unsigned i;

	for (i = 0; i < MEMC_BED_NODES; i++)
		memc_daemon_kill(&b->node[i]);
	nftw(b->dir, bed_remove, 4, FTW_DEPTH | FTW_PHYS);
}

static void nap(void)
{
	struct timespec t = { .tv_nsec = 1000000 };

	nanosleep(&t, NULL);
}

/* --- one daemon --- */

static void be_memcached(const struct memc_daemon *d, bool tcp, pid_t parent)
{
	char port[16];
	const char *arg[24] = { "memcached", "-U", "0", "-t", "1", "-m",
				"64" };
	int n = 7, null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	if (geteuid() == 0) {
		arg[n++] = "-u";
		arg[n++] = "root";
	}
	if (d->item_max) {
		arg[n++] = "-I";
		arg[n++] = d->item_max;
	}
	if (tcp) {
		/* -1: any; it tells which in the note. */
		snprintf(port, sizeof(port), "%d", d->port ? d->port : -1);
		setenv("MEMCACHED_PORT_FILENAME", d->note, 1);
		arg[n++] = "-l";
		arg[n++] = "127.0.0.1";
		arg[n++] = "-p";
		arg[n++] = port;
	} else {
		arg[n++] = "-s";
		arg[n++] = d->server;
	}
	execvp("memcached", (char *const *)(uintptr_t)arg);
	execv("/usr/bin/memcached", (char *const *)(uintptr_t)arg);
	_exit(127);
}

static int connects(const struct memc_daemon *d)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)d->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(d->port ? AF_INET : AF_UNIX,
			SOCK_STREAM | SOCK_CLOEXEC, 0), bad;

	if (d->port) {
		bad = connect(fd, (struct sockaddr *)&in, sizeof(in));
	} else {
		memcpy(un.sun_path, d->server,
		       strnlen(d->server, sizeof(un.sun_path) - 1));
		bad = connect(fd, (struct sockaddr *)&un, sizeof(un));
	}
	close(fd);
	return bad;
}

static void read_note(struct memc_daemon *d)
{
	FILE *f = fopen(d->note, "re");

	if (!f)
		return;
	if (fscanf(f, "TCP INET: %d", &d->port) == 1)
		snprintf(d->server, sizeof(d->server), "127.0.0.1:%d",
			 d->port);
	fclose(f);
}

/* False: it ended, as when its port was taken in the meantime. */
static bool came_up(struct memc_daemon *d, bool tcp)
{
	int ms;

	for (ms = 0; ms < START_MS; ms++) {
		if (waitpid(d->pid, NULL, WNOHANG) != 0) {
			d->pid = 0;
			return false;
		}
		if (tcp && !d->port)
			read_note(d);
		if ((!tcp || d->port) && connects(d) == 0)
			return true;
		nap();
	}
	fail_msg("memcached does not answer on %s", d->server);
	return false;
}

static void start(struct memc_daemon *d, bool tcp)
{
	pid_t parent = getpid();
	int tries;

	for (tries = 0; tries < 50; tries++) {
		d->pid = fork();
		assert_true(d->pid >= 0);
		if (d->pid == 0)
			be_memcached(d, tcp, parent);
		if (came_up(d, tcp))
			return;
		nap();
	}
	fail_msg("memcached does not start on %s", d->server);
}

static struct memc_daemon *add(struct memc_bed *b, bool tcp,
			       const char *item_max)
{
	struct memc_daemon d = { .item_max = item_max };

	assert_true(b->n < MEMC_BED_NODES);
	snprintf(d.server, sizeof(d.server), "%s/s%u", b->dir, b->n);
	snprintf(d.note, sizeof(d.note), "%s/port%u", b->dir, b->n);
	b->node[b->n] = d;
	start(&b->node[b->n], tcp);
	return &b->node[b->n++];
}

struct memc_daemon *memc_bed_unix(struct memc_bed *b, const char *item_max)
{
	return add(b, false, item_max);
}

struct memc_daemon *memc_bed_tcp(struct memc_bed *b, const char *item_max)
{
	return add(b, true, item_max);
}

void memc_daemon_kill(struct memc_daemon *d)
{
	if (!d->pid)
		return;
	kill(d->pid, SIGKILL);
	while (waitpid(d->pid, NULL, 0) < 0 && errno == EINTR)
		;
	d->pid = 0;
}

void memc_daemon_again(struct memc_daemon *d)
{
	start(d, d->port != 0);
}

void memc_daemon_stop(struct memc_daemon *d)
{
	int status;

	assert_int_equal(0, kill(d->pid, SIGSTOP));
	assert_int_equal(d->pid, waitpid(d->pid, &status, WUNTRACED));
	assert_true(WIFSTOPPED(status));
}

void memc_daemon_go_on(struct memc_daemon *d)
{
	assert_int_equal(0, kill(d->pid, SIGCONT));
}

/* --- a client --- */

int env_make(void **state)
{
	struct env *e = calloc(1, sizeof(*e));

	if (!e || memc_bed_open(&e->bed) < 0)
		return -1;
	e->ops = memc_load(e->err, sizeof(e->err));
	if (!e->ops) {
		fprintf(stderr, "%s\n", e->err);
		return -1;
	}
	*state = e;
	return 0;
}

int env_clear(void **state)
{
	struct env *e = *state;

	e->ops->close(&e->m);
	memc_bed_close(&e->bed);
	free(e);
	return 0;
}

void env_use(struct env *e, const char *server)
{
	e->ops->close(&e->m);
	e->m = e->ops->open(&server, 1, e->err, sizeof(e->err));
	if (!e->m)
		fail_msg("%s", e->err);
}
