/* Whose CPU time is it? */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

#define PROCESSES 65536

struct process {
	long pid, parent;
	double seconds;
};

/* Of all its threads, also of those that have ended. */
static double clock_of(long pid)
{
	struct timespec t = { 0 };
	clockid_t id;

	if (clock_getcpuclockid((pid_t)pid, &id) != 0 ||
	    clock_gettime(id, &t) < 0)
		return 0;
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int read_stat(long pid, struct process *p)
{
	char path[64], text[1024], *at;
	long user, sys; /* of those it waited for */
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return -1;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	at = strrchr(text, ')'); /* a name may have any character */
	if (!at || sscanf(at + 1, " %*c %ld %*d %*d %*d %*d %*u %*u %*u %*u "
			  "%*u %*d %*d %ld %ld", &p->parent, &user,
			  &sys) != 3)
		return -1;
	p->pid = pid;
	p->seconds = clock_of(pid) +
		     (double)(user + sys) / (double)sysconf(_SC_CLK_TCK);
	return 0;
}

static size_t read_all(struct process *p)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	size_t n = 0;

	while (d && n < PROCESSES && (e = readdir(d)))
		if (atol(e->d_name) > 0 &&
		    read_stat(atol(e->d_name), &p[n]) == 0)
			n++;
	if (d)
		closedir(d);
	return n;
}

static double seconds_below(const struct process *p, size_t n, long pid)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i].pid == pid)
			sum += p[i].seconds;
		else if (p[i].parent == pid)
			sum += seconds_below(p, n, p[i].pid);
	}
	return sum;
}

double load_cpu(long pid)
{
	struct process *p = calloc(PROCESSES, sizeof(*p));
	double sum = seconds_below(p, read_all(p), pid);

	free(p);
	return sum;
}
