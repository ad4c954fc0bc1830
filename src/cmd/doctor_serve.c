/*
 * The limits that the system sets are those of the process that listens, when
 * there is one and it is larder's (with systemd's sockets it is systemd);
 * else those of doctor itself.
 */
#include "cmd/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/count.h"

/* A thread's when it waits for an upstream: the web server's connection, the
 * upstream's, libcurl's own two and an epoll set; and one to spare. */
#define FILES_EACH 6
#define FILES_BESIDE 64 /* logs, tables, listening, what libraries open */
#define BACKLOG 1024    /* as of door/listen.c */

/* Of whom the limits are read. */
struct judged {
	const char *pid;  /* "self", or a number */
	const char *whose;
};

/* -- what is wanted -------------------------------------------------------- */

/* The threads that renew answers come beside (door/worker.c). */
static long tasks_wanted(const struct larder_conf *c)
{
	return 1 + (long)c->workers *
		   (1 + c->threads + (c->threads - c->reserve + 1) / 2);
}

static long files_wanted(const struct larder_conf *c)
{
	return FILES_BESIDE + (long)FILES_EACH * c->threads;
}

/* -- what there is --------------------------------------------------------- */

/* The number behind name on its line in the file; -1: none, or no limit.
 * which: 0, the first number (soft), or 1, the second one (hard). */
static long limit_in(const char *path, const char *name, int which)
{
	char line[256], soft[32], hard[32];
	size_t n = strlen(name);
	FILE *f = fopen(path, "r");
	long v = -1;
	char *end;

	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, name, n) != 0 ||
		    sscanf(line + n, "%31s %31s", soft, hard) < 1 + which)
			continue;
		v = strtol(which ? hard : soft, &end, 10);
		if (*end)
			v = -1;
		break;
	}
	if (f)
		fclose(f);
	return v;
}

static long rlimit_of(struct doctor *d, const struct judged *j,
		      const char *name, int which)
{
	return limit_in(arena_printf(d->a, "/proc/%s/limits", j->pid), name,
			which);
}

/* TasksMax of a service; -1: none is to be seen. */
static long tasks_of_group(struct doctor *d, const struct judged *j)
{
	FILE *f = fopen(arena_printf(d->a, "/proc/%s/cgroup", j->pid), "r");
	char line[1024];
	long v = -1;

	while (f && v < 0 && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::/", 4) == 0)
			v = limit_in(arena_printf(d->a,
				"/sys/fs/cgroup%s/pids.max", line + 3), "", 0);
	}
	if (f)
		fclose(f);
	return v;
}

/* -- who listens ----------------------------------------------------------- */

/* Its number, 0 when it is not larder, or -1 when nobody is there. */
static long listener(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct ucred who = { 0 };
	socklen_t n = sizeof(who);
	char name[64], comm[32] = "";
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	FILE *f;

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) < 0)
		who.pid = -1;
	if (fd >= 0)
		close(fd);
	if (who.pid < 0)
		return -1;
	snprintf(name, sizeof(name), "/proc/%ld/comm", (long)who.pid);
	f = fopen(name, "r");
	if (f && !fgets(comm, sizeof(comm), f))
		comm[0] = '\0';
	if (f)
		fclose(f);
	return strcmp(comm, "larder\n") == 0 ? who.pid : 0;
}

/* Not to be there is well where larder runs as CGI. */
static struct judged look_at_socket(struct doctor *d)
{
	const char *path = d->site->conf.larder.listen;
	struct judged self = { "self", "of this shell" };
	struct stat st;
	long pid;

	if (path[0] != '/' || lstat(path, &st) < 0)
		return self;
	pid = listener(path);
	if (pid < 0)
		doctor_say(d, ODD, "serve: %s is there, but nobody answers, or "
			   "not to this user", path);
	else
		doctor_say(d, FINE, "serve: listens on %s", path);
	if (pid > 0)
		return (struct judged){ arena_printf(d->a, "%ld", pid),
					"of the one that runs" };
	return self;
}

/* -- all of it ------------------------------------------------------------- */

static void look_at_queue(struct doctor *d)
{
	long most = limit_in("/proc/sys/net/core/somaxconn", "", 0);

	if (most >= 0 && most < BACKLOG)
		doctor_say(d, ODD, "serve: the queue for new connections is "
			   "%ld long, and past it the web server says 502; set "
			   "net.core.somaxconn to %d", most, BACKLOG);
}

static void look_at_limits(struct doctor *d, const struct judged *j)
{
	const struct larder_conf *c = &d->site->conf.larder;
	const struct {
		const char *what, *mend;
		long wanted, there;
	} limits[] = {
		{ "open files for each worker", "LimitNOFILE, ulimit -n",
		  files_wanted(c), rlimit_of(d, j, "Max open files", 1) },
		{ "tasks", "LimitNPROC, ulimit -u", tasks_wanted(c),
		  rlimit_of(d, j, "Max processes", 0) },
		{ "tasks", "TasksMax", tasks_wanted(c),
		  tasks_of_group(d, j) },
	};

	for (size_t i = 0; i < COUNT_OF(limits); i++)
		if (limits[i].there >= 0 && limits[i].there < limits[i].wanted)
			doctor_say(d, ODD, "serve: up to %ld %s, and %ld are "
				   "allowed (%s); raise %s, or lower threads",
				   limits[i].wanted, limits[i].what,
				   limits[i].there, j->whose, limits[i].mend);
}

void doctor_serve(struct doctor *d)
{
	const struct larder_conf *c = &d->site->conf.larder;
	struct judged j = look_at_socket(d);

	doctor_say(d, FINE, "serve: %d worker(s) of %d threads: %d requests "
		   "can wait for an upstream at once, more get 503; %d threads "
		   "are left for hits", c->workers, c->threads,
		   c->workers * (c->threads - c->reserve),
		   c->workers * c->reserve);
	look_at_limits(d, &j);
	look_at_queue(d);
}
