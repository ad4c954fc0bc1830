/*
 * What share of requests, and of their bytes, each eviction policy would
 * have answered from a cache of a given size: one table for many traces.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim.h"

#define QUEUE(name, what, shown, access, hits) \
	{ name, what, queue_make, access, queue_unmake, { .top = hits }, \
	  shown }
#define S3(name, what, ...) \
	{ name, what, s3_make, s3_access, s3_unmake, { __VA_ARGS__ }, 1 }
#define SLAB(name, what, shown, ...) \
	{ name, what, slab_make, slab_access, slab_unmake, { __VA_ARGS__ }, \
	  shown }
#define HEAP(name, what, shown, access) \
	{ name, what, heap_make, access, heap_unmake, { .top = 0 }, shown }

const struct policy sim_policies[] = {
	QUEUE("fifo", "first in, first out", 1, fifo_access, 0),
	QUEUE("lru", "least recently used", 1, lru_access, 0),
	QUEUE("clock", "second chance", 1, clock_access, 1),
	QUEUE("clock-3", "up to three chances", 0, clock_access, 3),
	QUEUE("sieve", "SIEVE", 1, sieve_access, 1),
	S3("s3-fifo", "S3-FIFO as in the paper", .top = 3, .small = 10,
	   .enough = 2, .ghost = 100),
	S3("larder", "S3-FIFO as larder has it", .top = 3, .small = 20,
	   .enough = 1, .ghost = 25, .ways = 8, .larger = 3, .chances = 64),
	SLAB("slab-clock", "CLOCK over chunks, as larder once had", 1,
	     .top = 1),
	SLAB("slab-hands", "S3-FIFO by two hands over chunks", 0, .top = 3,
	     .small = 20, .enough = 1, .ghost = 25, .ways = 8),
	{ "w-tinylfu", "W-TinyLFU, window of 1 %", tiny_make, tiny_access,
	  tiny_unmake, { .small = 1 }, 1 },
	HEAP("gdsf", "GreedyDual-Size-Frequency", 1, gdsf_access),
	HEAP("lfu-da", "LFU with dynamic aging", 0, lfuda_access),
	HEAP("min", "Belady's MIN, a bound for equal sizes", 1, min_access),
};
const size_t sim_policies_n = sizeof(sim_policies) / sizeof(*sim_policies);

/* "small=20" */
static int knob_turn(struct knobs *k, const char *text)
{
	const struct {
		const char *name;
		unsigned *to;
	} row[] = {
		{ "top=", &k->top },	     { "small=", &k->small },
		{ "enough=", &k->enough },   { "ghost=", &k->ghost },
		{ "ways=", &k->ways },	     { "larger=", &k->larger },
		{ "keep=", &k->keep },	     { "chances=", &k->chances },
		{ "crash=", &k->crash },
	};
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(*row); i++)
		if (!strncmp(text, row[i].name, strlen(row[i].name))) {
			*row[i].to = (unsigned)strtoul(
				text + strlen(row[i].name), NULL, 10);
			return 0;
		}
	return -1;
}

int policy_named(const char *text, struct policy *p_r)
{
	size_t length = strcspn(text, "/"), i;
	struct policy p;

	for (i = 0; i < sim_policies_n; i++)
		if (!strncmp(sim_policies[i].name, text, length) &&
		    !sim_policies[i].name[length])
			break;
	if (i == sim_policies_n)
		return -1;
	p = sim_policies[i];
	p.name = text;
	for (text += length; *text == '/'; text += strcspn(text, "/"))
		if (knob_turn(&p.knobs, ++text))
			return -1;
	*p_r = p;
	return 0;
}

struct score sim_run(const struct policy *p, const struct trace *t,
		     uint64_t room)
{
	struct cache c = { .t = t, .k = &p->knobs, .room = room };
	double hits = 0, bytes = 0, all = 0;
	struct score score;
	int overflow = 0;
	uint32_t id;
	size_t i;

	p->make(&c);
	for (i = 0; i < t->requests; i++) {
		id = t->who[i];
		all += t->bytes[id];
		if (t->chunks[id] <= room / 2 && p->access(&c, id, i)) {
			hits++;
			bytes += t->bytes[id];
		}
		overflow |= c.used > room;
	}
	p->unmake(&c);
	if (overflow) {
		fprintf(stderr, "sim: %s takes more than its room\n", p->name);
		exit(1);
	}
	score.hit = hits / (double)t->requests;
	score.byte = all > 0 ? bytes / all : 0;
	score.steps = c.evictions ? (double)c.steps / (double)c.evictions : 0;
	score.most = c.most;
	return score;
}

/* What the table is of. */
struct table {
	struct policy policy[32];
	size_t n;
	struct sum {
		double saved, bytes, steps;
	} trace[32], all[32]; /* over the rows of one; means of traces */
	uint64_t most[32];
	unsigned rows, traces;
};

/* The names are cut out of the argument, and stay there. */
static int table_choose(struct table *b, char *names)
{
	char *save, *name;

	b->n = 0;
	for (name = strtok_r(names, ",", &save); name;
	     name = strtok_r(NULL, ",", &save))
		if (b->n == 32 || policy_named(name, &b->policy[b->n++])) {
			fprintf(stderr, "sim: no such policy: %s\n", name);
			return -1;
		}
	return 0;
}

static void table_shown(struct table *b)
{
	size_t i;

	for (i = 0; i < sim_policies_n; i++)
		if (sim_policies[i].shown)
			b->policy[b->n++] = sim_policies[i];
}

static void table_head(const struct table *b)
{
	size_t i;

	printf("| trace | room |");
	for (i = 0; i < b->n; i++)
		printf(" %s |", b->policy[i].name);
	printf("\n|---|---|");
	for (i = 0; i < b->n; i++)
		printf("---|");
	printf("\n");
}

/* The share of the first one's misses. */
static double saved(double first, double hit)
{
	return first < 1 ? (hit - first) / (1 - first) : 0;
}

/* One row: hits and bytes in percent. The first policy is the yardstick. */
static void table_row(struct table *b, const struct trace *t,
		      const char *label, uint64_t room)
{
	struct score s, first = { 0 };
	size_t i;

	printf("| %s | %s |", t->name, label);
	for (i = 0; i < b->n; i++) {
		s = sim_run(&b->policy[i], t, room);
		if (!i)
			first = s;
		b->trace[i].saved += saved(first.hit, s.hit);
		b->trace[i].bytes += saved(first.byte, s.byte);
		b->trace[i].steps += s.steps;
		if (s.most > b->most[i])
			b->most[i] = s.most;
		if (t->equal)
			printf(" %.1f |", 100 * s.hit);
		else
			printf(" %.1f %.1f |", 100 * s.hit, 100 * s.byte);
		fflush(stdout);
	}
	b->rows++;
	printf("\n");
}

/* Each trace counts once, however many sizes of cache it was good for. */
static void table_add_trace(struct table *b)
{
	double n = b->rows;
	size_t i;

	for (i = 0; n > 0 && i < b->n; i++) {
		b->all[i].saved += b->trace[i].saved / n;
		b->all[i].bytes += b->trace[i].bytes / n;
		b->all[i].steps += b->trace[i].steps / n;
	}
	b->traces += n > 0;
	b->rows = 0;
	memset(b->trace, 0, sizeof(b->trace));
}

static void table_foot(const struct table *b)
{
	double n = b->traces ? b->traces : 1;
	size_t i;

	printf("| **misses saved** | mean, %% |");
	for (i = 0; i < b->n; i++)
		printf(" **%.1f** |", 100 * b->all[i].saved / n);
	printf("\n| **missed bytes saved** | mean, %% |");
	for (i = 0; i < b->n; i++)
		printf(" **%.1f** |", 100 * b->all[i].bytes / n);
	printf("\n| looked at per eviction | mean, most |");
	for (i = 0; i < b->n; i++) {
		printf(" %.1f", b->all[i].steps / n);
		if (b->most[i])
			printf(" %llu", (unsigned long long)b->most[i]);
		printf(" |");
	}
	printf("\n");
}

/* Sizes: "1%", of all objects, or "64M". At least 64 chunks make a cache. */
static void table_trace(struct table *b, const struct trace *t,
			const char *sizes)
{
	char *copy = strdup(sizes), *save, *label, *unit;
	uint64_t room;
	double n;

	fprintf(stderr, "%s: %zu requests, %u objects, %.1f MB\n", t->name,
		t->requests, t->objects, (double)t->footprint / 2048);
	for (label = strtok_r(copy, ",", &save); label;
	     label = strtok_r(NULL, ",", &save)) {
		n = strtod(label, &unit);
		room = (uint64_t)(*unit == '%' ? n / 100 * (double)t->footprint
					       : n * 2048);
		if (room >= 64 && room < t->footprint)
			table_row(b, t, label, room);
	}
	table_add_trace(b);
	free(copy);
}

static const char usage[] =
	"usage: sim [-c SIZE,...] [-p POLICY,...] TRACE...\n"
	"       sim --check | --list\n"
	"TRACE is NAME=FORMAT[+answer]:PATH.\n"
	"SIZE is 1% of all objects' room or 64M. FORMAT is text, adapt, csv,\n"
	"be32, be64, mooncake, or made with PATH as\n"
	"REQUESTS,PERCENT-NEVER-ASKED-AGAIN; +answer gives objects the\n"
	"sizes of LLM answers. PATH - is the standard input. A POLICY can\n"
	"differ in a knob of struct knobs: larder/small=20/ghost=50.\n";

static int list(void)
{
	size_t i;

	for (i = 0; i < sim_policies_n; i++)
		printf("%-12s %s\n", sim_policies[i].name,
		       sim_policies[i].what);
	return 0;
}

int main(int argc, char **argv)
{
	const char *sizes = "0.1%,1%,10%,64M,256M";
	struct table b = { 0 };
	struct trace *t;
	int opt;

	if (argc == 2 && !strcmp(argv[1], "--check"))
		return sim_check();
	if (argc == 2 && !strcmp(argv[1], "--list"))
		return list();
	table_shown(&b);
	while ((opt = getopt(argc, argv, "c:p:")) != -1) {
		if (opt == 'c')
			sizes = optarg;
		else if (opt != 'p' || table_choose(&b, optarg))
			return fputs(usage, stderr), 2;
	}
	if (optind == argc)
		return fputs(usage, stderr), 2;
	table_head(&b);
	for (; optind < argc; optind++) {
		if (!(t = trace_read(argv[optind])))
			return 1;
		table_trace(&b, t, sizes);
		trace_free(t);
	}
	table_foot(&b);
	return 0;
}
