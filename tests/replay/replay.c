/*
 * replay [--quick] [--jobs N] PATH...
 *
 * Plays recorded replies, files or folders of them, to larder. A file's
 * folder or the beginning of its name says its shape (chat, completion,
 * messages or responses), .sse or .json its form; what stands before "--" in
 * its name is its origin. Exits with 1 when anything went wrong.
 */
#include "replay.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/count.h"
#include "base/file.h"
#include "base/hash.h"

#define TAPES_MAX 20000
#define TAPE_SIZE ((size_t)64 << 20)

struct tape {
	const char *path, *name;
	char origin[32];
	enum shape shape;
	bool stream;
};

static struct tape *tapes;
static size_t ntapes;
static struct score *scores;
static bool quick;

/* -- which ----------------------------------------------------------------- */

static const struct {
	const char *name;
	enum shape shape;
} shapes[] = {
	{ "chat", SHAPE_CHAT },
	{ "completion", SHAPE_COMPLETION },
	{ "messages", SHAPE_MESSAGES },
	{ "responses", SHAPE_RESPONSES },
};

static bool ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

static bool shape_of(const char *path, enum shape *shape_r)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < COUNT_OF(shapes); i++) {
		size_t n = strlen(shapes[i].name);

		if (strncmp(name, shapes[i].name, n) != 0 &&
		    !(slash && slash - path >= (ptrdiff_t)n &&
		      strncmp(slash - n, shapes[i].name, n) == 0))
			continue;
		*shape_r = shapes[i].shape;
		return true;
	}
	return false;
}

static void add_file(const char *path)
{
	struct tape *t = &tapes[ntapes];
	const char *slash = strrchr(path, '/'), *dashes;

	t->stream = ends_in(path, ".sse");
	if ((!t->stream && !ends_in(path, ".json")) ||
	    !shape_of(path, &t->shape))
		return;
	if (ntapes + 1 == TAPES_MAX) {
		fprintf(stderr, "replay: too many files\n");
		exit(2);
	}
	t->path = strdup(path);
	t->name = t->path + (slash ? slash + 1 - path : 0);
	dashes = strstr(t->name, "--");
	snprintf(t->origin, sizeof(t->origin), "%.*s",
		 dashes ? (int)(dashes - t->name) : 3,
		 dashes ? t->name : "own");
	ntapes++;
}

static void add(const char *path)
{
	struct dirent **names;
	struct stat st;
	char below[4096];
	int n;

	if (stat(path, &st) < 0) {
		fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
		exit(2);
	}
	if (!S_ISDIR(st.st_mode)) {
		add_file(path);
		return;
	}
	n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.' &&
		    snprintf(below, sizeof(below), "%s/%s", path,
			     names[i]->d_name) < (int)sizeof(below))
			add(below);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

/* -- one of them ----------------------------------------------------------- */

static void say(const char *word, const struct job *j, const char *fmt,
		va_list ap)
{
	char text[600];

	vsnprintf(text, sizeof(text), fmt, ap);
	printf("%s %s: %s\n", word, j->path, text);
	fflush(stdout);
}

void job_fails(struct job *j, const char *fmt, ...)
{
	va_list ap;

	j->score->failures++;
	va_start(ap, fmt);
	say("FAIL", j, fmt, ap);
	va_end(ap);
}

void job_odd(struct job *j, const char *fmt, ...)
{
	va_list ap;

	j->score->odd++;
	va_start(ap, fmt);
	say("odd ", j, fmt, ap);
	va_end(ap);
}

static void play_stream(struct job *j)
{
	const char *what;

	said_stream(&j->said, j->a, j->shape, j->bytes);
	j->score->events = j->said.events;
	if (j->said.how != SAID_WHOLE)
		job_odd(j, "%s", j->said.how == SAID_CUT ?
			"a stream without its end" : "a stream that failed");
	if (j->said.after_end)
		job_odd(j, "there is more behind its end");
	if (j->said.last && (what = said_differ(&j->said, j->said.last)))
		job_odd(j, "it says %s in two ways", what);
	check_splits(j);
	check_forms(j);
	check_walks(j);
	check_crossed(j);
}

static void play_json(struct job *j)
{
	struct reply_facts facts;

	if (said_json(&j->said, j->a, j->shape, j->bytes) < 0 ||
	    facts_of_json(&facts, j->a, j->shape, j->bytes) < 0) {
		j->said.how = SAID_FAILED;
		job_odd(j, "no reply");
		return;
	}
	check_forms(j);
	check_crossed(j);
}

static void play(const struct tape *t, struct score *score)
{
	struct job j = { .path = t->path, .name = t->name,
			 .shape = t->shape, .stream = t->stream,
			 .quick = quick, .score = score };
	char err[256];

	j.a = arena_new();
	if (file_read(&j.bytes, j.a, t->path, TAPE_SIZE, err,
		      sizeof(err)) < 0) {
		job_fails(&j, "%s", err);
		return;
	}
	score->bytes = j.bytes.n;
	if (t->stream)
		play_stream(&j);
	else
		play_json(&j);
	score->how = j.said.how;
	score->done = true;
	arena_free(&j.a);
}

/* -- all of them ----------------------------------------------------------- */

static void reap(void)
{
	int status;

	if (wait(&status) < 0) {
		perror("replay: wait");
		exit(2);
	}
}

/* Each in a process of its own: one that dies takes nothing with it. */
static void play_all(int jobs)
{
	int running = 0;
	pid_t pid;

	for (size_t i = 0; i < ntapes; i++) {
		if (running == jobs) {
			reap();
			running--;
		}
		fflush(stdout);
		pid = fork();
		if (pid < 0) {
			perror("replay: fork");
			exit(2);
		}
		if (pid == 0) {
			play(&tapes[i], &scores[i]);
			fflush(stdout);
			_exit(0);
		}
		running++;
	}
	while (running-- > 0)
		reap();
}

/* -- the table ------------------------------------------------------------- */

struct row {
	const char *origin;
	enum shape shape;
	bool stream;
	size_t tapes, whole, cut, failed;
	struct score sum;
};

static struct row *row_for(struct row *rows, size_t *n, const struct tape *t)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(rows[i].origin, t->origin) == 0 &&
		    rows[i].shape == t->shape && rows[i].stream == t->stream)
			return &rows[i];
	rows[*n] = (struct row){ .origin = t->origin, .shape = t->shape,
				 .stream = t->stream };
	return &rows[(*n)++];
}

static void row_add(struct row *r, const struct tape *t,
		    const struct score *s)
{
	r->tapes++;
	r->whole += s->how == SAID_WHOLE;
	r->cut += s->how == SAID_CUT;
	r->failed += s->how == SAID_FAILED;
	r->sum.bytes += s->bytes;
	r->sum.events += s->events;
	r->sum.splits += s->splits;
	r->sum.runs += s->runs;
	r->sum.cuts += s->cuts;
	r->sum.asks += s->asks;
	r->sum.forms += s->forms;
	r->sum.crossed += s->crossed;
	r->sum.refused += s->refused;
	r->sum.odd += s->odd;
	r->sum.failures += s->failures;
	if (s->done)
		return;
	printf("FAIL %s: it did not come to an end\n", t->path);
	r->sum.failures++;
}

static void row_print(const char *origin, const char *shape, const char *form,
		      const struct row *r)
{
	const struct score *s = &r->sum;

	printf("%-13s %-10s %-4s %5zu %5zu %4zu %4zu %9zu %6zu %9zu %7zu "
	       "%9zu %6zu %5zu %6zu %6zu %4zu %5zu\n", origin, shape, form,
	       r->tapes, r->whole, r->cut, r->failed, s->bytes, s->events,
	       s->splits, s->runs, s->cuts, s->asks, s->forms, s->crossed,
	       s->refused, s->odd, s->failures);
}

static const char *shape_name(enum shape shape)
{
	for (size_t i = 0; i < COUNT_OF(shapes); i++)
		if (shapes[i].shape == shape)
			return shapes[i].name;
	return "?";
}

static int print_table(void)
{
	struct row *rows = calloc(ntapes + 1, sizeof(*rows)), all = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < ntapes; i++) {
		row_add(row_for(rows, &n, &tapes[i]), &tapes[i], &scores[i]);
		scores[i].done = true;
		row_add(&all, &tapes[i], &scores[i]);
	}
	printf("%-13s %-10s %-4s %5s %5s %4s %4s %9s %6s %9s %7s %9s %6s %5s "
	       "%6s %6s %4s %5s\n", "origin", "shape", "form", "files",
	       "whole", "cut", "err", "bytes", "events", "splits", "runs",
	       "cuts", "asks", "forms", "cross", "cannot", "odd", "FAIL");
	all.sum.failures = 0;
	for (size_t i = 0; i < n; i++) {
		row_print(rows[i].origin, shape_name(rows[i].shape),
			  rows[i].stream ? "sse" : "json", &rows[i]);
		all.sum.failures += rows[i].sum.failures;
	}
	row_print("all", "", "", &all);
	free(rows);
	return all.sum.failures ? 1 : 0;
}

int main(int argc, char **argv)
{
	int jobs = 1, i = 1;

	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		if (strcmp(argv[i], "--quick") == 0)
			quick = true;
		else if (strcmp(argv[i], "--jobs") == 0 && i + 1 < argc)
			jobs = atoi(argv[++i]);
		else
			i = argc;
	}
	if (i >= argc || jobs < 1) {
		fprintf(stderr,
			"usage: replay [--quick] [--jobs N] PATH...\n");
		return 2;
	}
	tapes = calloc(TAPES_MAX, sizeof(*tapes));
	scores = mmap(NULL, TAPES_MAX * sizeof(*scores),
		      PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (!tapes || scores == MAP_FAILED || hash_setup() < 0) {
		fprintf(stderr, "replay: no memory\n");
		return 2;
	}
	for (; i < argc; i++)
		add(argv[i]);
	if (!ntapes) {
		fprintf(stderr, "replay: no recordings\n");
		return 2;
	}
	play_all(jobs);
	return print_table();
}
