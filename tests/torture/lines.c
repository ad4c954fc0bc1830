/*
 * lines DIRECTORY WRITERS LINES: so many processes write so many lines each
 * to one usage log, while it is renamed, the disk is full at times, and the
 * writers are killed and begin again. Then every line is read: each request is
 * in one line, or was counted as lost, or was under way when its writer was
 * killed; none is torn or twice.
 *
 * The disk is full when the directory is a tmpfs that may be made smaller
 * (root; lines.sh mounts one); else the writers' limit on the sizes of files
 * is reached, in the middle of lines.
 */
#include "lines.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "serve/ledger.h"

#define TMPFS 0x01021994
#define STEP_US 5000  /* between two kills */
#define FULL_STEPS 2  /* so long is the disk full, */
#define FREE_STEPS 38 /* and before that not */

static struct {
	const char *dir;
	char path[4096];
	unsigned n;
	uint64_t lines;
	int tmpfs;
	struct writer *writer;
	pid_t *pid;
	unsigned turns, fulls;
	/* Lines that were under way when their writers were killed. */
	struct cut {
		unsigned who;
		uint64_t nth;
	} *cut;
	size_t ncut;
} now;

/* -- one writer ------------------------------------------------------------ */

static void line_of(struct buf *b, unsigned who, uint64_t nth)
{
	static const char filler[] = "........................................"
				     "........................................"
				     "........................................";

	/* Mostly about as long as they are, a few as long as they may be. */
	buf_printf(b, "{\"writer\":%u,\"nth\":%" PRIu64 ",\"text\":\"%.*s\"",
		   who, nth, (int)(nth * 7 % sizeof(filler)), filler);
	if (nth % 1000 == 0)
		buf_printf(b, ",\"more\":\"%03700d\"", 0);
}

static void write_lines(unsigned who)
{
	struct writer *w = &now.writer[who];
	struct arena *a = arena_new();
	struct ledger *l;
	char why[600];
	struct buf b;

	l = ledger_open(now.path, why, sizeof(why));
	if (!l)
		_exit(3);
	ledger_count_lost(l, &w->lost);
	while (w->asked < now.lines) {
		w->asked++;
		buf_init(&b, a);
		line_of(&b, who, w->asked);
		ledger_write(l, &b);
		w->lost_done = w->lost;
		w->done++;
		arena_reset(a);
	}
	w->finished = 1;
	_exit(0);
}

static void begin(unsigned who)
{
	now.pid[who] = fork();
	if (now.pid[who] < 0)
		exit(2);
	if (now.pid[who] > 0)
		return;
	if (!freopen("/dev/null", "w", stderr)) /* log_seldom's */
		_exit(2);
	write_lines(who);
}

/* -- what happens to them -------------------------------------------------- */

/* The line it was at, unless that was counted as lost, may be in the log. */
static void killed(unsigned who)
{
	struct writer *w = &now.writer[who];

	w->kills++;
	if (w->asked > w->done && w->lost == w->lost_done) {
		now.cut = realloc(now.cut, (now.ncut + 1) * sizeof(*now.cut));
		if (!now.cut)
			abort();
		now.cut[now.ncut++] = (struct cut){ who, w->asked };
	}
	w->lost_done = w->lost;
	w->done = w->asked; /* begins with the next one */
}

static void kill_one(unsigned who)
{
	int status;

	if (now.writer[who].finished)
		return;
	kill(now.pid[who], SIGKILL);
	waitpid(now.pid[who], &status, 0);
	if (WIFEXITED(status) ? WEXITSTATUS(status) != 0 :
				WTERMSIG(status) != SIGKILL) {
		fprintf(stderr, "a writer ended with %#x\n", status);
		exit(2);
	}
	if (now.writer[who].finished) {
		now.pid[who] = 0;
		return;
	}
	killed(who);
	begin(who);
}

static void turn(void)
{
	char to[4200];

	snprintf(to, sizeof(to), "%s.%u", now.path, ++now.turns);
	if (rename(now.path, to) < 0)
		now.turns--;
}

static void resize_tmpfs(uint64_t size)
{
	char option[64];

	snprintf(option, sizeof(option), "size=%" PRIu64, size);
	mount(NULL, now.dir, NULL, MS_REMOUNT, option);
}

/* No more than there is now, and a bit; or as much as one likes. */
static void limit(int full)
{
	struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY };
	struct statfs fs;
	struct stat st;

	if (now.tmpfs) {
		if (statfs(now.dir, &fs) == 0)
			resize_tmpfs(full ? (uint64_t)(fs.f_blocks - fs.f_bfree) *
					   (uint64_t)fs.f_bsize + 4096 :
					   (uint64_t)16 << 30);
		return;
	}
	if (full && stat(now.path, &st) == 0)
		r.rlim_cur = (rlim_t)st.st_size + 5000;
	for (unsigned i = 0; i < now.n; i++)
		if (now.pid[i] && !now.writer[i].finished)
			prlimit(now.pid[i], RLIMIT_FSIZE, &r, NULL);
}

static int running(void)
{
	for (unsigned i = 0; i < now.n; i++)
		if (!now.writer[i].finished)
			return 1;
	return 0;
}

static void storm(void)
{
	struct timespec step = { 0, STEP_US * 1000 };
	unsigned phase;

	for (unsigned i = 0; i < now.n; i++)
		begin(i);
	for (unsigned k = 0; running(); k++) {
		nanosleep(&step, NULL);
		phase = k % (FULL_STEPS + FREE_STEPS);
		kill_one((unsigned)rand() % now.n);
		if (phase == FREE_STEPS)
			now.fulls++;
		if (phase >= FREE_STEPS || phase == 0)
			limit(phase != 0);
		if (k % 97 == 0)
			turn();
	}
	limit(0);
	for (unsigned i = 0; i < now.n; i++)
		if (now.pid[i])
			waitpid(now.pid[i], NULL, 0);
}

/* -- what came of it ------------------------------------------------------- */

static void read_all(struct reader *r)
{
	char path[4200];

	for (unsigned i = 1; i <= now.turns; i++) {
		snprintf(path, sizeof(path), "%s.%u", now.path, i);
		reader_file(r, path);
	}
	reader_file(r, now.path);
}

/* Cut off by a kill, and neither in the log nor counted. */
static uint64_t neither(const struct reader *r)
{
	uint64_t n = 0;

	for (size_t i = 0; i < now.ncut; i++)
		n += !reader_saw(r, now.cut[i].who, now.cut[i].nth);
	return n;
}

static int judge(double seconds)
{
	struct reader *r = reader_new(now.n, now.lines);
	uint64_t asked = 0, lost = 0, kills = 0, cut;
	struct found f;
	int bad;

	read_all(r);
	cut = neither(r);
	reader_end(r, &f);
	for (unsigned i = 0; i < now.n; i++) {
		asked += now.writer[i].asked;
		lost += now.writer[i].lost;
		kills += now.writer[i].kills;
	}
	bad = f.torn || f.twice || asked != now.n * now.lines ||
	      asked != f.lines + lost + cut || f.gaps != f.said;
	printf("requests %" PRIu64 " = lines %" PRIu64 " + dropped %" PRIu64
	       " + killed under way %" PRIu64 "; torn %" PRIu64 " twice %"
	       PRIu64 "; kills %" PRIu64 " rotations %u disk full %u times; "
	       "%" PRIu64 " runs, gaps %" PRIu64 " said %" PRIu64
	       "; %" PRIu64 " bytes, blanks %" PRIu64 "; %.1f s%s\n", asked,
	       f.lines, lost, cut, f.torn, f.twice, kills, now.turns,
	       now.fulls, f.runs, f.gaps, f.said, f.bytes, f.blank, seconds,
	       bad ? " BAD" : "");
	return bad;
}

static int is_tmpfs(const char *dir)
{
	struct statfs fs;

	return geteuid() == 0 && getenv("LINES_TMPFS") &&
	       statfs(dir, &fs) == 0 && fs.f_type == TMPFS;
}

int main(int argc, char **argv)
{
	int64_t began = clock_mono_ms();

	if (argc != 4) {
		fprintf(stderr, "usage: lines DIRECTORY WRITERS LINES\n");
		return 2;
	}
	now.dir = argv[1];
	now.n = (unsigned)atoi(argv[2]);
	now.lines = strtoull(argv[3], NULL, 10);
	now.tmpfs = is_tmpfs(now.dir);
	snprintf(now.path, sizeof(now.path), "%s/usage.log", now.dir);
	now.pid = calloc(now.n, sizeof(*now.pid));
	now.writer = mmap(NULL, now.n * sizeof(*now.writer),
			  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			  -1, 0);
	if (now.writer == MAP_FAILED || !now.pid)
		return 2;
	storm();
	return judge((double)(clock_mono_ms() - began) / 1000);
}
