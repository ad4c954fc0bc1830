#include "cmd/report_feed.h"

#include <stdio.h>
#include <sys/stat.h>

#include "cmd/report_bar.h"
#include "cmd/report_read.h"
#include "cmd/report_seen.h"

void report_feed_init(struct report_feed *f,
		      void (*take)(void *ctx, struct report_entry *e),
		      void *ctx)
{
	*f = (struct report_feed){
		.take = take, .ctx = ctx,
		.since_ms = INT64_MIN, .until_ms = INT64_MAX,
		.line = arena_new(), .seen = report_seen_new(),
	};
}

void report_feed_fini(struct report_feed *f)
{
	arena_free(&f->line);
	report_seen_free(&f->seen);
}

/* -- a line ---------------------------------------------------------------- */

/* The number is the line's own: it may say anything. */
static void add_dropped(struct report_feed *f, int64_t n)
{
	if (n > 0 && __builtin_add_overflow(f->dropped, n, &f->dropped))
		f->dropped = INT64_MAX;
}

static void take(struct report_feed *f, struct report_entry *e)
{
	add_dropped(f, e->dropped);
	if (e->event.n) {
		f->events++;
		return;
	}
	f->taken++;
	f->take(f->ctx, e);
}

/* Was it there before? */
static enum report_fault look(struct report_feed *f,
			      const struct report_entry *e, bool *again_r)
{
	enum report_seen_as as = report_seen_entry(f->seen, e);

	*again_r = as == REPORT_SEEN_AGAIN;
	f->unlike += as == REPORT_SEEN_OTHER;
	return as == REPORT_SEEN_BARE ? REPORT_CHECKSUM : REPORT_RIGHT;
}

void report_feed_line(struct report_feed *f, struct str line)
{
	enum report_fault fault;
	struct report_entry e;
	bool again = false;

	if (arena_used(f->line))
		arena_reset(f->line);
	fault = report_entry_read(&e, f->line, line);
	if (!fault)
		fault = look(f, &e, &again);
	if (fault)
		f->fault[fault]++;
	else if (again)
		f->duplicates++;
	else if (e.ms < f->since_ms || e.ms > f->until_ms)
		f->elsewhen++;
	else
		take(f, &e);
}

int64_t report_feed_damaged(const struct report_feed *f)
{
	int64_t sum = 0;

	for (int i = REPORT_TORN; i < REPORT_FAULTS; i++)
		sum += f->fault[i];
	return sum;
}

/* -- files ----------------------------------------------------------------- */

struct reading {
	void (*line)(void *ctx, struct str line);
	void *ctx;
	struct report_bar bar;
	int64_t bytes; /* of this file */
};

static void each_line(void *ctx, struct str line)
{
	struct reading *r = ctx;

	r->line(r->ctx, line);
}

static void each_block(void *ctx, int64_t bytes)
{
	struct reading *r = ctx;

	r->bytes = bytes;
	report_bar_at(&r->bar, bytes);
}

/* Was the same file named before it? */
static bool is_again(char *const *path, int at)
{
	struct stat a, b;

	if (stat(path[at], &a) < 0 || !S_ISREG(a.st_mode))
		return false;
	for (int i = 0; i < at; i++)
		if (stat(path[i], &b) == 0 && a.st_ino == b.st_ino &&
		    a.st_dev == b.st_dev)
			return true;
	return false;
}

int report_feed_files(const char *command, char *const *path, int n,
		      void (*line)(void *ctx, struct str line), void *ctx)
{
	struct reading r = { .line = line, .ctx = ctx };
	const struct report_reader reader = { each_line, each_block, &r };
	char why[1024];
	int rc = 0;

	report_bar_begin(&r.bar, path, n);
	for (int i = 0; i < n; i++) {
		r.bytes = 0;
		if (is_again(path, i)) {
			report_bar_end(&r.bar);
			fprintf(stderr, "larder %s: %s was named twice: read "
				"once\n", command, path[i]);
		} else if (report_read(&reader, path[i], why,
				       sizeof(why)) < 0) {
			report_bar_end(&r.bar);
			fprintf(stderr, "larder %s: %s\n", command, why);
			rc = -1;
		}
		report_bar_next(&r.bar, r.bytes);
	}
	report_bar_end(&r.bar);
	return rc;
}
