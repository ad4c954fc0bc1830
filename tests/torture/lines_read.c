#include "lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"

#define RUNS (1u << 21)

struct run {
	uint64_t id, most, lines, said;
	uint8_t *seen;
	size_t size;
};

struct reader {
	unsigned n;
	uint64_t most;
	uint8_t **seen;   /* of each writer, by number */
	struct run *run;  /* by a hash of its id */
	struct found f;
};

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

struct reader *reader_new(unsigned n, uint64_t most)
{
	struct reader *r = must(calloc(1, sizeof(*r)));

	r->n = n;
	r->most = most;
	r->seen = must(calloc(n, sizeof(*r->seen)));
	r->run = must(calloc(RUNS, sizeof(*r->run)));
	for (unsigned i = 0; i < n; i++)
		r->seen[i] = must(calloc(most / 8 + 1, 1));
	return r;
}

/* Sets a bit; was it set? */
static int mark(uint8_t *bits, uint64_t i)
{
	int was = bits[i / 8] >> i % 8 & 1;

	bits[i / 8] |= (uint8_t)(1u << i % 8);
	return was;
}

static struct run *run_of(struct reader *r, uint64_t id)
{
	uint64_t i = id % RUNS;

	while (r->run[i].id && r->run[i].id != id)
		i = (i + 1) % RUNS;
	if (!r->run[i].id && ++r->f.runs > RUNS / 2)
		abort();
	r->run[i].id = id;
	return &r->run[i];
}

static void run_line(struct reader *r, struct run *u, uint64_t seq)
{
	size_t size = u->size ? u->size : 64;

	while (seq / 8 >= size)
		size *= 2;
	if (size > u->size) {
		u->seen = must(realloc(u->seen, size));
		memset(u->seen + u->size, 0, size - u->size);
		u->size = size;
	}
	r->f.twice += (uint64_t)mark(u->seen, seq);
	u->lines++;
	if (seq > u->most)
		u->most = seq;
}

static uint64_t number(const char *line, const char *name, int base)
{
	const char *p = strstr(line, name);

	return p ? strtoull(p + strlen(name), NULL, base) : 0;
}

/* Whole, and as it was written? */
static int is_whole(const char *line, size_t n)
{
	const char *crc = n > 19 ? line + n - 18 : NULL;

	return crc && line[0] == '{' && line[n - 1] == '}' &&
	       memcmp(crc, ",\"crc\":\"", 8) == 0 &&
	       strtoul(crc + 8, NULL, 16) == crc32c(0, line, n - 18);
}

static void one(struct reader *r, char *line, size_t n)
{
	uint64_t who, nth, said;
	struct run *u;

	r->f.bytes += n + 1;
	for (; n && *line == ' '; line++, n--)
		r->f.blank++;
	who = number(line, "\"writer\":", 10);
	nth = number(line, "\"nth\":", 10);
	if (!is_whole(line, n) || who >= r->n || nth > r->most) {
		r->f.torn++;
		return;
	}
	u = run_of(r, number(line, "\"run\":\"", 16));
	said = number(line, "\"dropped\":", 10);
	u->said += said;
	run_line(r, u, number(line, "\"seq\":", 10));
	r->f.twice += (uint64_t)mark(r->seen[who], nth);
	r->f.lines++;
}

void reader_file(struct reader *r, const char *path)
{
	FILE *f = fopen(path, "r");
	size_t size = 0;
	char *line = NULL;
	ssize_t n;

	if (!f)
		return;
	while ((n = getline(&line, &size, f)) > 0) {
		if (line[n - 1] != '\n') { /* the last one of a file */
			r->f.torn += strspn(line, " ") != (size_t)n;
			continue;
		}
		line[n - 1] = '\0';
		one(r, line, (size_t)n - 1);
	}
	free(line);
	fclose(f);
}

int reader_saw(const struct reader *r, unsigned who, uint64_t nth)
{
	return r->seen[who][nth / 8] >> nth % 8 & 1;
}

void reader_end(struct reader *r, struct found *f_r)
{
	for (size_t i = 0; i < RUNS; i++) {
		r->f.gaps += r->run[i].most - r->run[i].lines;
		r->f.said += r->run[i].said;
		free(r->run[i].seen);
	}
	for (unsigned i = 0; i < r->n; i++)
		free(r->seen[i]);
	*f_r = r->f;
	free(r->seen);
	free(r->run);
	free(r);
}
