#include "storm_kill.h"

#include <ctype.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define GROUPS_MAX 4
#define VICTIMS_MAX 512
#define NAP_MIN_US 2000
#define NAP_MAX_US 20000

static pid_t group[GROUPS_MAX];
static size_t groups;
static unsigned long wanted;
static _Atomic unsigned long killed;
static _Atomic bool stopping;
static pthread_t thread;

void kill_among(pid_t g)
{
	if (groups < GROUPS_MAX)
		group[groups++] = g;
}

void kill_times(unsigned long n)
{
	wanted = n;
}

bool kill_wanted(void)
{
	return wanted && groups;
}

bool kill_over(void)
{
	return killed >= wanted;
}

unsigned long kill_count(void)
{
	return killed;
}

/* Is the process one of ours, and alive? */
static bool fits(const char *pid, pid_t g)
{
	char path[64], line[512], name[64] = "", state = 0;
	int pgrp = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f) ||
	    sscanf(line, "%*d (%63[^)]) %c %*d %d", name, &state, &pgrp) != 3)
		pgrp = 0;
	fclose(f);
	return pgrp == g && strcmp(name, "larder") == 0 && state != 'Z' &&
	       atoi(pid) != g;
}

static size_t victims(pid_t g, pid_t *pid)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	size_t n = 0;

	while (d && n < VICTIMS_MAX && (e = readdir(d)))
		if (isdigit((unsigned char)e->d_name[0]) &&
		    fits(e->d_name, g))
			pid[n++] = atoi(e->d_name);
	if (d)
		closedir(d);
	return n;
}

static void *kill_all(void *arg)
{
	unsigned seed = (unsigned)time(NULL);
	pid_t pid[VICTIMS_MAX];
	struct timespec nap = { 0, 0 };
	size_t n;

	(void)arg;
	while (!kill_over() && !stopping) {
		nap.tv_nsec = 1000L * (NAP_MIN_US + rand_r(&seed) %
				       (NAP_MAX_US - NAP_MIN_US));
		nanosleep(&nap, NULL);
		n = victims(group[(size_t)rand_r(&seed) % groups], pid);
		if (n && kill(pid[(size_t)rand_r(&seed) % n], SIGKILL) == 0)
			killed++;
	}
	return NULL;
}

void kill_start(void)
{
	if (kill_wanted() &&
	    pthread_create(&thread, NULL, kill_all, NULL) != 0)
		abort();
}

void kill_stop(void)
{
	stopping = true;
	if (kill_wanted())
		pthread_join(thread, NULL);
}
