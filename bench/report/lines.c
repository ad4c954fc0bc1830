/*
 * Writes N lines of a usage log as larder writes them, always the same ones
 * for the same N: 32 processes on four hosts, 14 days, eight models, forty
 * tenants, a third of the requests answered from the cache. Of 1,000,000 lines
 * 1 is torn, one is of another program and one has a wrong checksum (with
 * --clean none has), so that a report has something to count.
 *
 *   lines [--clean] N >usage.log
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crc32c.h"

#define PROCESSES 32
#define DAYS 14
#define START_MS INT64_C(1793232000000) /* 2026-10-29 */
#define COUNT_OF(list) (sizeof(list) / sizeof(*(list)))

static uint64_t state = 1;

/* splitmix64 */
static uint64_t next(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* Below n; small ones are far likelier. */
static unsigned skewed(unsigned n)
{
	double u = (double)(next() >> 11) / 9007199254740992.0;

	return (unsigned)(u * u * u * n);
}

static unsigned below(unsigned n)
{
	return (unsigned)(next() % n);
}

static const struct model {
	const char *upstream, *asked, *said, *endpoint;
	int64_t input, output; /* picodollars a token */
} models[] = {
	{ "openai", "gpt-4o-mini", "gpt-4o-mini-2024-07-18",
	  "chat/completions", 150000, 600000 },
	{ "openai", "gpt-4.1", "gpt-4.1-2025-04-14", "responses", 2000000,
	  8000000 },
	{ "anthropic", "claude-haiku-4-5", "claude-haiku-4-5-20251001",
	  "messages", 1000000, 5000000 },
	{ "openai", "gpt-4o", "gpt-4o-2024-08-06", "chat/completions",
	  2500000, 10000000 },
	{ "anthropic", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929",
	  "messages", 3000000, 15000000 },
	{ "deepseek", "deepseek-v3.2", "deepseek-v3.2", "chat/completions",
	  280000, 420000 },
	{ "google", "gemini-2.5-flash", "gemini-2.5-flash",
	  "chat/completions", 300000, 2500000 },
	{ "openai", "text-embedding-3-small", "text-embedding-3-small",
	  "embeddings", 20000, 0 },
};

struct line {
	char text[4096];
	size_t n;
};

__attribute__((format(printf, 2, 3)))
static void add(struct line *l, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	l->n += (size_t)vsnprintf(l->text + l->n, sizeof(l->text) - l->n, fmt,
				  args);
	va_end(args);
}

static void add_money(struct line *l, const char *name, int64_t v)
{
	add(l, ",\"%s\":%" PRId64 ".%012" PRId64, name, v / 1000000000000,
	    v % 1000000000000);
	while (l->text[l->n - 1] == '0')
		l->n--;
	l->n -= l->text[l->n - 1] == '.';
}

struct call {
	const struct model *m;
	const char *cache;
	int64_t input, output, read, cost;
	bool hit, failed;
	uint64_t run, seq;
	const char *route; /* or NULL */
};

static void make_call(struct call *c)
{
	static const char *const hits[] = { "local", "memcached", "stale",
					    "collapsed" };
	unsigned how = below(100);

	*c = (struct call){ .m = &models[skewed(COUNT_OF(models))] };
	c->input = 60 + skewed(6000);
	c->output = c->m->output ? 5 + skewed(900) : 0;
	c->hit = how < 33;
	c->failed = how == 99;
	c->cache = c->hit ? hits[skewed(COUNT_OF(hits))] :
		   how < 75 ? "miss" : "bypass";
	if (!c->hit && c->input > 1024 && below(3) == 0)
		c->read = c->input / 128 * 100;
	c->cost = (c->input - c->read) * c->m->input +
		  c->read * (c->m->input / 10) + c->output * c->m->output;
}

static void add_identity(struct line *l, uint64_t i, uint64_t n,
			 struct call *c)
{
	static uint64_t seq[PROCESSES];
	unsigned p = below(PROCESSES);
	char at[25];

	clock_rfc3339(START_MS + (int64_t)((double)i / (double)n * DAYS *
					   86400000), at);
	c->seq = ++seq[p];
	c->run = p * UINT64_C(0x9e3779b97f4a7c15) + 7;
	add(l, "{\"time\":\"%s\",\"pid\":%u,\"host\":\"web%u\"", at,
	    1000 + p, p % 4);
	add(l, ",\"tenant\":\"team-%02u\",\"endpoint\":\"%s\",\"status\":%d"
	    ",\"cache\":\"%s\"", skewed(40), c->m->endpoint,
	    c->failed ? 502 : 200, c->cache);
	if (strcmp(c->cache, "bypass") != 0)
		add(l, ",\"key\":\"%016" PRIx64 "\",\"scope\":\"site\"",
		    skewed(2000000) * UINT64_C(0xd6e8feb86659fd93));
	if (c->hit || (strcmp(c->cache, "miss") == 0 && !c->failed))
		add(l, ",\"size\":%" PRId64 ",\"ttl_ms\":%u",
		    400 + 5 * c->output, c->hit ? 1 + below(259200000) :
		    259200000);
}

static void add_usage(struct line *l, struct call *c)
{
	add(l, ",\"gen_ai.provider.name\":\"%s\",\"gen_ai.request.model\":"
	    "\"%s\"", c->m->upstream, c->m->asked);
	if (c->failed)
		return;
	add(l, ",\"gen_ai.response.model\":\"%s\","
	    "\"gen_ai.usage.input_tokens\":%" PRId64
	    ",\"gen_ai.usage.output_tokens\":%" PRId64, c->m->said, c->input,
	    c->output);
	if (c->read)
		add(l, ",\"gen_ai.usage.cache_read.input_tokens\":%" PRId64,
		    c->read);
	if (!c->hit)
		add_money(l, "cost_usd", c->cost);
	if (c->hit) {
		add_money(l, "saved_usd", c->cost);
		add(l, ",\"saved_by\":\"cache\"");
	} else if (c->m->asked[0] == 'g' && below(10) == 0) {
		add_money(l, "saved_usd", c->cost * 3);
		add(l, ",\"saved_by\":\"routing\"");
		c->route = "short";
	}
}

static void add_rest(struct line *l, const struct call *c)
{
	unsigned ms = c->hit ? 1 + below(4) : 200 + skewed(20000);

	if (!c->hit)
		add(l, ",\"attempts\":1");
	add(l, ",\"stream\":%s,\"ttfb_ms\":%u,\"duration_ms\":%u",
	    below(2) ? "true" : "false", c->hit ? ms : 150 + skewed(1500), ms);
	if (c->failed)
		add(l, ",\"error.type\":\"upstream_unreachable\"");
	if (c->route)
		add(l, ",\"route\":\"%s\"", c->route);
	if (below(5) == 0)
		add(l, ",\"tag\":\"job-%u\"", skewed(20));
	if (!c->failed)
		add(l, ",\"gen_ai.response.finish_reasons\":\"stop\"");
	add(l, ",\"run\":\"%016" PRIx64 "\",\"seq\":%" PRIu64, c->run, c->seq);
	add(l, ",\"crc\":\"%08x\"}", crc32c(0, l->text, l->n));
}

int main(int argc, char **argv)
{
	bool clean = argc > 1 && strcmp(argv[1], "--clean") == 0;
	uint64_t n = argc > 1 + clean ? strtoull(argv[1 + clean], NULL, 10) :
					0;
	struct line l;
	struct call c;

	for (uint64_t i = 0; i < n; i++) {
		l.n = 0;
		make_call(&c);
		add_identity(&l, i, n, &c);
		add_usage(&l, &c);
		add_rest(&l, &c);
		if (!clean && i % 1000000 == 500000)
			printf("%.*s\nstarted at noon\n", 100, l.text);
		if (!clean && i % 1000000 == 700000)
			l.text[30] ^= 1;
		printf("%.*s\n", (int)l.n, l.text);
	}
	return fflush(stdout) == 0 && n ? 0 : 2;
}
