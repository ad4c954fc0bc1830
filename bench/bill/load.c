#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bill.h"

struct piece *load_piece(struct load *l, uint64_t id, uint32_t tokens,
			 enum part part)
{
	struct piece *p;

	if (l->pieces == l->piece_room) {
		l->piece_room = l->piece_room ? 2 * l->piece_room : 4096;
		l->piece = room(l->piece, l->piece_room, sizeof(*l->piece));
	}
	p = &l->piece[l->pieces++];
	*p = (struct piece){ id, tokens, part };
	return p;
}

struct call *load_call(struct load *l, int64_t ms, uint64_t tenant,
		       uint64_t talk, uint32_t out)
{
	size_t first = 0, i;
	struct call *c;

	if (l->calls)
		first = l->call[l->calls - 1].first + l->call[l->calls - 1].n;
	if (l->calls == l->call_room) {
		l->call_room = l->call_room ? 2 * l->call_room : 1024;
		l->call = room(l->call, l->call_room, sizeof(*l->call));
	}
	c = &l->call[l->calls++];
	*c = (struct call){ .ms = ms, .tenant = tenant, .talk = talk,
			    .first = first, .n = l->pieces - first,
			    .out = out };
	for (i = first; i < l->pieces; i++)
		c->in += l->piece[i].tokens;
	return c;
}

static int by_time(const void *a, const void *b)
{
	const struct call *x = a, *y = b;

	if (x->ms != y->ms)
		return x->ms < y->ms ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

void load_sort(struct load *l)
{
	qsort(l->call, l->calls, sizeof(*l->call), by_time);
}

void load_free(struct load *l)
{
	free(l->piece);
	free(l->call);
	memset(l, 0, sizeof(*l));
}

/* --- Mooncake's traces --- */

static long long number(const char *line, const char *name)
{
	const char *at = strstr(line, name);

	return at ? strtoll(at + strlen(name), NULL, 10) : 0;
}

/*
 * {"timestamp": ms, "input_length": n, "output_length": n, "hash_ids": [..]}:
 * an id for each 512 tokens, the same only where all before it is the same.
 * Which conversation it is says the second block; the first is the same for
 * all of them.
 */
static void read_line(struct load *l, const char *line)
{
	uint32_t in = (uint32_t)number(line, "\"input_length\":"), tokens;
	uint32_t out = (uint32_t)number(line, "\"output_length\":");
	const char *ids = strstr(line, "\"hash_ids\":");
	unsigned long long id, talk = 0;
	size_t n = 0;
	char *end;

	if (!ids || !(ids = strchr(ids, '[')))
		return;
	for (ids++; in && (id = strtoull(ids, &end, 10), end != ids);
	     ids = end + (*end == ',')) {
		tokens = in < BLOCK ? in : BLOCK;
		in -= tokens;
		load_piece(l, id + 1, tokens, PART_BLOCK);
		if (n++ < 2)
			talk = id;
	}
	if (n)
		load_call(l, number(line, "\"timestamp\":"), 1, talk, out);
}

int load_read(struct load *l, const char *name, const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;

	memset(l, 0, sizeof(*l));
	snprintf(l->name, sizeof(l->name), "%s", name);
	l->blocks = true;
	if (!f) {
		fprintf(stderr, "bill: %s: %s\n", path, strerror(errno));
		return -1;
	}
	while (getline(&line, &size, f) > 0)
		read_line(l, line);
	free(line);
	fclose(f);
	if (!l->calls)
		fprintf(stderr, "bill: %s: no calls\n", path);
	return l->calls ? 0 : -1;
}
