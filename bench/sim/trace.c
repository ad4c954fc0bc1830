/*
 * Reads runs of requests. A file is read once; a key together with its size
 * is an object, so a resource that changed its size is another one, as a
 * changed answer would be.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define FRONT 64 /* bytes of an entry that are not value */
#define CHUNK 512
#define MOST_BYTES (16u << 20)

struct raw {
	uint64_t *key;
	uint32_t *bytes;
	size_t n, room;
};

static void raw_add(struct raw *r, uint64_t key, uint64_t bytes)
{
	if (r->n == r->room) {
		r->room = r->room ? 2 * r->room : 1 << 16;
		r->key = realloc(r->key, r->room * sizeof(*r->key));
		r->bytes = realloc(r->bytes, r->room * sizeof(*r->bytes));
		if (!r->key || !r->bytes) {
			fprintf(stderr, "sim: no memory\n");
			exit(1);
		}
	}
	r->key[r->n] = key;
	r->bytes[r->n++] =
		bytes > MOST_BYTES ? MOST_BYTES : (uint32_t)bytes;
}

/*
 * Sizes for traces that have none. EQUAL: 2 KB. ANSWER: as answers of LLMs
 * are, drawn by the key alone: most between 1 and 4 KB (the median of those
 * in Mooncake's conversations has 350 tokens, 1.8 KB with its JSON), one in
 * 500 above 64 KB, up to 16 MB.
 */
#define EQUAL 2000

static uint64_t raw_answer_size(uint64_t key)
{
	static const struct {
		uint32_t upto, bytes; /* of 10,000; a straight line between */
	} row[] = {
		{ 0, 300 },	   { 500, 500 },     { 2500, 1200 },
		{ 5000, 2000 },	   { 7500, 3000 },   { 9500, 6000 },
		{ 9900, 16000 },   { 9980, 65000 },  { 9995, 262000 },
		{ 9999, 2000000 }, { 10000, 16000000 },
	};
	uint64_t h = sim_mix(key ^ 0x5151), at = h % 10000, i = 1;
	uint64_t wide, high, far = (h >> 32) % 1000;

	while (row[i].upto <= at)
		i++;
	wide = row[i].upto - row[i - 1].upto;
	high = row[i].bytes - row[i - 1].bytes;
	far += (at - row[i - 1].upto) * 1000;
	return row[i - 1].bytes + high * far / (wide * 1000);
}

/* "12\n13\n...", a key a line. */
static void raw_text(struct raw *r, FILE *f)
{
	unsigned long long key;

	while (fscanf(f, "%llu%*[^\n]", &key) == 1)
		raw_add(r, key, EQUAL);
}

/* "request key bytes", of AdaptSize. */
static void raw_adapt(struct raw *r, FILE *f)
{
	unsigned long long key, bytes;

	while (fscanf(f, "%*u %llu %llu", &key, &bytes) == 2)
		raw_add(r, key, bytes);
}

/* "version,time,op,size,lbn" under a line of names, of libCacheSim. */
static void raw_csv(struct raw *r, FILE *f)
{
	unsigned long long key, bytes;
	char line[512];

	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%*[^,],%*[^,],%*[^,],%llu,%llu", &bytes,
			   &key) == 2)
			raw_add(r, key, bytes);
}

/* Numbers of 4 or 8 bytes, big end first. */
static void raw_binary(struct raw *r, FILE *f, size_t wide)
{
	unsigned char b[8];
	uint64_t key;
	size_t i;

	while (fread(b, wide, 1, f) == 1) {
		for (key = 0, i = 0; i < wide; i++)
			key = key << 8 | b[i];
		raw_add(r, key, EQUAL);
	}
}

static void raw_be32(struct raw *r, FILE *f)
{
	raw_binary(r, f, 4);
}

static void raw_be64(struct raw *r, FILE *f)
{
	raw_binary(r, f, 8);
}

/*
 * Mooncake: a line a call to an LLM, {.., "hash_ids":[..]}, with a hash for
 * each 512 tokens of its prompt, the same only when all before it is the
 * same, too. Whole prompts hardly ever come again (1 and 5 %), so each hash
 * is taken for a request for what hangs on it.
 */
static void raw_mooncake_line(struct raw *r, const char *line)
{
	const char *ids = strstr(line, "\"hash_ids\":");
	unsigned long long id;
	char *end;

	if (!ids || !(ids = strchr(ids, '[')))
		return;
	for (ids++; (id = strtoull(ids, &end, 10)), end != ids;
	     ids = end + (*end == ','))
		raw_add(r, id, EQUAL);
}

static void raw_mooncake(struct raw *r, FILE *f)
{
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, f) > 0)
		raw_mooncake_line(r, line);
	free(line);
}

static const struct {
	const char *name;
	void (*read)(struct raw *r, FILE *f);
} formats[] = {
	{ "text", raw_text },
	{ "adapt", raw_adapt },
	{ "csv", raw_csv },
	{ "be32", raw_be32 },
	{ "be64", raw_be64 },
	{ "mooncake", raw_mooncake },
};

/*
 * Made, not recorded: n requests; `once` in 100 are never asked again, the
 * rest follow Zipf's law of exponent 1 over n / 20 objects (drawn as the
 * power of a uniform number), whose ranks move by a tenth every tenth.
 */
static void raw_made(struct raw *r, size_t n, unsigned once)
{
	uint64_t h, objects = n / 20 + 1, rank, low;
	size_t i;
	int bits;

	for (i = 0; i < n; i++) {
		h = sim_mix(i * 2 + 1);
		if (h % 100 < once) {
			raw_add(r, (1ull << 40) + i, EQUAL);
			continue;
		}
		for (bits = 0; objects >> bits > 1; bits++)
			;
		low = 1ull << ((h >> 8) % (unsigned)(bits + 1));
		rank = low + (h >> 24) % low;
		raw_add(r, (rank + i / (n / 10 + 1) * (objects / 10)) %
				   objects, EQUAL);
	}
}

/* The object of a key and size, numbered in order of appearance. */
static uint32_t raw_number(struct trace *t, uint32_t *table, uint64_t *keys,
			   size_t mask, uint64_t key, uint32_t bytes)
{
	size_t at = sim_mix(key ^ sim_mix(bytes)) & mask;
	uint32_t id;

	for (; (id = table[at]) != 0; at = (at + 1) & mask)
		if (keys[id - 1] == key && t->bytes[id - 1] == bytes)
			return id - 1;
	id = t->objects++;
	table[at] = id + 1;
	keys[id] = key;
	t->bytes[id] = bytes;
	t->chunks[id] = (bytes + FRONT + CHUNK - 1) / CHUNK;
	t->footprint += t->chunks[id];
	return id;
}

/* Who asks for the same again, and whether all are of one size. */
static void raw_look_ahead(struct trace *t)
{
	size_t *last = sim_zeros(t->objects, sizeof(*last)), i;

	for (i = 0; i < t->objects; i++)
		last[i] = NEVER;
	for (i = t->requests; i-- > 0;) {
		t->next[i] = last[t->who[i]];
		last[t->who[i]] = i;
	}
	t->equal = 1;
	for (i = 1; i < t->objects; i++)
		if (t->chunks[i] != t->chunks[0])
			t->equal = 0;
	free(last);
}

static struct trace *raw_trace(struct raw *r)
{
	struct trace *t = sim_zeros(1, sizeof(*t));
	size_t size = 16, i;
	uint32_t *table;
	uint64_t *keys;

	while (size < 2 * r->n)
		size *= 2;
	table = sim_zeros(size, sizeof(*table));
	keys = sim_zeros(r->n, sizeof(*keys));
	t->requests = r->n;
	t->who = sim_zeros(r->n, sizeof(*t->who));
	t->bytes = sim_zeros(r->n, sizeof(*t->bytes));
	t->chunks = sim_zeros(r->n, sizeof(*t->chunks));
	t->next = sim_zeros(r->n, sizeof(*t->next));
	for (i = 0; i < r->n; i++)
		t->who[i] = raw_number(t, table, keys, size - 1, r->key[i],
				       r->bytes[i]);
	raw_look_ahead(t);
	free(table);
	free(keys);
	free(r->key);
	free(r->bytes);
	return t;
}

struct trace *trace_of(const uint32_t *keys, const uint32_t *bytes, size_t n)
{
	struct raw r = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		raw_add(&r, keys[i], bytes ? bytes[i] : 1);
	return raw_trace(&r);
}

static int raw_read(struct raw *r, const char *format, const char *path)
{
	unsigned once;
	size_t i, n;
	FILE *f;

	if (!strcmp(format, "made") &&
	    sscanf(path, "%zu,%u", &n, &once) == 2) {
		raw_made(r, n, once);
		return 0;
	}
	for (i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(format, formats[i].name))
			break;
	if (i == sizeof(formats) / sizeof(*formats)) {
		fprintf(stderr, "sim: unknown format %s\n", format);
		return -1;
	}
	f = strcmp(path, "-") ? fopen(path, "rb") : stdin;
	if (!f) {
		fprintf(stderr, "sim: %s: %s\n", path, strerror(errno));
		return -1;
	}
	formats[i].read(r, f);
	if (f != stdin)
		fclose(f);
	return 0;
}

struct trace *trace_read(const char *spec)
{
	char name[64], format[32];
	struct raw r = { 0 };
	struct trace *t;
	int at = 0, answers;
	char *plus;
	size_t i;

	if (sscanf(spec, "%63[^=]=%31[^:]:%n", name, format, &at) != 2 || !at) {
		fprintf(stderr, "sim: not NAME=FORMAT:PATH: %s\n", spec);
		return NULL;
	}
	plus = strstr(format, "+answer");
	answers = plus != NULL;
	if (plus)
		*plus = 0;
	if (raw_read(&r, format, spec + at))
		return NULL;
	if (!r.n) {
		fprintf(stderr, "sim: %s: no requests\n", spec);
		return NULL;
	}
	for (i = 0; answers && i < r.n; i++)
		r.bytes[i] = (uint32_t)raw_answer_size(r.key[i]);
	t = raw_trace(&r);
	memcpy(t->name, name, sizeof(name));
	return t;
}

void trace_free(struct trace *t)
{
	free(t->who);
	free(t->bytes);
	free(t->chunks);
	free(t->next);
	free(t);
}
