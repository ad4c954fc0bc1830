/*
 * Runs programs as a web server runs CGI, one after another: the body in a
 * pipe, the answer read and looked at. Prints one line of JSON for each round
 * and program.
 *
 *   cgi ROUNDS TIMES BODY 'NAME|MUST|PROGRAM|ARGUMENT...'...
 *
 * A round takes each program TIMES times, in turn, so that what else the
 * machine does hits all alike. MUST is what every answer has in it. Who has
 * arguments is no CGI program, and gets an empty environment. The CPU time is
 * the kernel's count of what the child used from fork to exit.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAMS 16
#define WORDS 8
#define ANSWER (1 << 16)

struct program {
	const char *name, *must;
	char *argv[WORDS + 1];
	int times, failed;
	double wall_us, cpu_us;
	long faults;
};

struct body {
	char text[1 << 15]; /* a pipe takes as much at once */
	size_t n;
};

extern char **environ;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double in_us(const struct timeval *t)
{
	return (double)t->tv_sec * 1e6 + (double)t->tv_usec;
}

static pid_t spawn(char **argv, int in, int out)
{
	static char *nothing[] = { NULL };
	posix_spawn_file_actions_t f;
	pid_t pid;

	posix_spawn_file_actions_init(&f);
	posix_spawn_file_actions_adddup2(&f, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&f, out, STDOUT_FILENO);
	if (posix_spawn(&pid, argv[0], &f, NULL, argv,
			argv[1] ? nothing : environ) != 0)
		die(argv[0]);
	posix_spawn_file_actions_destroy(&f);
	return pid;
}

static bool is_good(int fd, const char *must)
{
	static char answer[ANSWER + 1];
	ssize_t n = read(fd, answer, ANSWER);

	if (n < 0)
		return false;
	answer[n] = '\0';
	return strstr(answer, must) != NULL;
}

/* An answer fits into its pipe, so it can be read when all is over. */
static void run(struct program *p, const struct body *b)
{
	int in[2], out[2], status;
	struct rusage used;
	double began;
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 ||
	    write(in[1], b->text, b->n) != (ssize_t)b->n)
		die("pipe");
	close(in[1]);
	began = now_us();
	pid = spawn(p->argv, in[0], out[1]);
	if (wait4(pid, &status, 0, &used) != pid)
		die("wait4");
	p->wall_us += now_us() - began;
	p->cpu_us += in_us(&used.ru_utime) + in_us(&used.ru_stime);
	p->faults += used.ru_minflt;
	p->times++;
	close(out[1]);
	if (status || !is_good(out[0], p->must))
		p->failed++;
	close(in[0]);
	close(out[0]);
}

static void print(struct program *p, int round)
{
	printf("{\"round\":%d,\"row\":\"%s\",\"times\":%d,\"failed\":%d,"
	       "\"cpu_us\":%.1f,\"wall_us\":%.1f,\"faults\":%.1f}\n", round,
	       p->name, p->times, p->failed, p->cpu_us / p->times,
	       p->wall_us / p->times, (double)p->faults / p->times);
	p->times = p->failed = 0;
	p->wall_us = p->cpu_us = 0;
	p->faults = 0;
}

static int read_program(struct program *p, char *text)
{
	int n = 0;

	p->name = strsep(&text, "|");
	p->must = strsep(&text, "|");
	while (text && n < WORDS)
		p->argv[n++] = strsep(&text, "|");
	return n ? 0 : -1;
}

static void read_body(struct body *b, const char *path)
{
	FILE *f = fopen(path, "rb");
	char length[32];

	if (!f)
		die(path);
	b->n = fread(b->text, 1, sizeof(b->text), f);
	fclose(f);
	snprintf(length, sizeof(length), "%zu", b->n);
	setenv("CONTENT_LENGTH", length, 1);
}

int main(int argc, char **argv)
{
	static struct program p[PROGRAMS];
	static struct body b;
	int n = argc - 4;

	if (n < 1 || n > PROGRAMS) {
		fputs("usage: cgi ROUNDS TIMES BODY "
		      "'NAME|MUST|PROGRAM|ARGUMENT...'...\n", stderr);
		return 2;
	}
	read_body(&b, argv[3]);
	for (int i = 0; i < n; i++)
		if (read_program(&p[i], argv[4 + i]) < 0)
			return 2;
	for (int round = 0; round <= atoi(argv[1]); round++) {
		for (int t = 0; t < (round ? atoi(argv[2]) : 5); t++)
			for (int i = 0; i < n; i++)
				run(&p[i], &b);
		for (int i = 0; i < n; i++)
			print(&p[i], round); /* 0: to warm up */
		fflush(stdout);
	}
	return 0;
}
