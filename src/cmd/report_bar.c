#include "cmd/report_bar.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

#define FIRST_MS 500 /* what is done before that needs no bar */
#define EACH_MS 200
#define WIDTH 30

void report_bar_begin(struct report_bar *b, char *const *path, int n)
{
	struct stat st;

	*b = (struct report_bar){ .on = isatty(STDERR_FILENO) };
	b->start_ms = clock_mono_ms();
	b->drawn_ms = b->start_ms + FIRST_MS - EACH_MS;
	for (int i = 0; b->on && i < n; i++) {
		if (stat(path[i], &st) < 0 || !S_ISREG(st.st_mode)) {
			b->total = 0;
			return;
		}
		b->total += st.st_size;
	}
}

static void draw(const struct report_bar *b, int64_t done, int64_t ms)
{
	double part = b->total ? (double)done / (double)b->total : 0;
	double speed = (double)done / 1e3 / (double)(ms > 0 ? ms : 1);
	int full;

	if (part > 1)
		part = 1;
	full = (int)(part * WIDTH);
	if (b->total)
		fprintf(stderr, "\r[%.*s%*s] %3d %%  %.0f MB/s  %.0f s left  ",
			full, "##############################",
			WIDTH - full, "", (int)(part * 100), speed,
			part > 0 ? (double)ms / 1e3 * (1 - part) / part : 0);
	else
		fprintf(stderr, "\r%.1f GB  %.0f MB/s  ", (double)done / 1e9,
			speed);
}

void report_bar_at(struct report_bar *b, int64_t bytes)
{
	int64_t now;

	if (!b->on)
		return;
	now = clock_mono_ms();
	if (now - b->drawn_ms < EACH_MS)
		return;
	b->drawn_ms = now;
	draw(b, b->before + bytes, now - b->start_ms);
}

void report_bar_next(struct report_bar *b, int64_t bytes)
{
	b->before += bytes;
}

void report_bar_end(struct report_bar *b)
{
	if (b->on && b->drawn_ms >= b->start_ms + FIRST_MS)
		fprintf(stderr, "\r%78s\r", "");
}
