/*
 * tenants LOOKUPS TENANTS PROMPTS CONFIG: that many requests through the whole
 * corridor, by random tenants, all of whom ask the same prompts. The upstream
 * (a function here) answers with the credential it was called with, so an
 * answer that is another tenant's says so.
 *
 * Prints "lookups N hits N misses N foreign N seconds N"; exit status 1 when
 * one was foreign or wrong.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "serve/corridor.h"

#define NAME_MAX_ 64

struct net {
	int calls;
};

/* What is asked at the moment. */
static struct {
	char who[NAME_MAX_], prompt[NAME_MAX_], body[256], length[16];
	struct str rest;
	struct buf out;
	bool stream;
} now;

/* -- the upstream: says who asked it for what -------------------------- */

static struct str header(const struct net_call *c, const char *name)
{
	for (size_t i = 0; i < c->nheader; i++)
		if (str_ieq(c->header[i].name, str_c(name)))
			return c->header[i].value;
	return STR("");
}

static enum net_end call(struct net *n, const struct net_call *c,
			 char *err_r, size_t err_n)
{
	const struct net_header type = { STR("Content-Type"),
					 STR("application/json") };
	struct str who = header(c, "Authorization");
	char reply[512];
	const char *q = memmem(c->body.p, c->body.n, "prompt", 6);
	int len;

	snprintf(err_r, err_n, "%s", "");
	n->calls++;
	len = snprintf(reply, sizeof(reply), "{\"id\":\"x\",\"object\":"
		       "\"chat.completion\",\"created\":1,\"model\":\"m\","
		       "\"choices\":[{\"index\":0,\"message\":{\"role\":"
		       "\"assistant\",\"content\":\"%.10s for %.*s.\"},"
		       "\"finish_reason\":\"stop\"}]}", q ? q : "",
		       (int)who.n, who.p);
	if (c->head(c->ctx, 200, &type, 1) ||
	    c->data(c->ctx, (struct str){ reply, (size_t)len }))
		return NET_REFUSED;
	return NET_DONE;
}

static void net_close(struct net **n)
{
	*n = NULL;
}

static const struct net_ops ops = { NET_ABI, NULL, net_close, call };

/* -- the door ---------------------------------------------------------- */

static int put(struct sink *s, struct str bytes)
{
	(void)s;
	buf_str(&now.out, bytes);
	return 0;
}

static const char *param(struct door *d, const char *name)
{
	(void)d;
	if (strcmp(name, "REQUEST_URI") == 0)
		return "/v1/chat/completions";
	if (strcmp(name, "REQUEST_METHOD") == 0)
		return "POST";
	if (strcmp(name, "HTTP_AUTHORIZATION") == 0)
		return now.who;
	if (strcmp(name, "CONTENT_LENGTH") == 0)
		return now.length;
	return NULL;
}

static ssize_t get(struct door *d, char *p, size_t n)
{
	(void)d;
	if (n > now.rest.n)
		n = now.rest.n;
	memcpy(p, now.rest.p, n);
	now.rest = str_from(now.rest, n);
	return (ssize_t)n;
}

/* -- one lookup -------------------------------------------------------- */

static uint64_t stir(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* Some write the same question otherwise, so that it is not only found by
 * its bytes. */
static void choose(uint64_t *x, unsigned long tenants, unsigned long prompts)
{
	static const char *const spelt[] = {
		"{\"model\":\"m\",%s\"messages\":[{\"role\":\"user\","
		"\"content\":\"%s\"}]}",
		"{\"messages\":[{\"content\":\"%2$s\",\"role\":\"user\"}],"
		"%1$s \"model\":\"m\"}",
	};
	const char *how = stir(x) % 4 ? spelt[0] : spelt[1];
	int n;

	snprintf(now.who, sizeof(now.who), "Bearer sk-tenant-%05lu",
		 (unsigned long)(stir(x) % tenants));
	snprintf(now.prompt, sizeof(now.prompt), "prompt%04lu",
		 (unsigned long)(stir(x) % prompts));
	now.stream = stir(x) % 8 == 0;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	n = snprintf(now.body, sizeof(now.body), how,
		     now.stream ? "\"stream\":true," : "", now.prompt);
#pragma GCC diagnostic pop
	now.rest = (struct str){ now.body, (size_t)n };
	snprintf(now.length, sizeof(now.length), "%d", n);
}

/* 1 a hit, 0 a miss, -1 anything but the answer to this very caller. */
static int ask(struct site *site, struct lane *lane, struct arena *a)
{
	struct door door = { .out = { put, NULL }, .param = param,
			     .read = get, .gone_fd = -1 };
	char want[2 * NAME_MAX_ + 16];
	struct str said;

	buf_init(&now.out, a);
	corridor_walk(site, lane, &door);
	said = buf_view(&now.out);
	snprintf(want, sizeof(want), "\"%s for %s.\"", now.prompt, now.who);
	if (!str_starts(said, STR("Status: 200")) ||
	    !memmem(said.p, said.n, want, strlen(want))) {
		fprintf(stderr, "%s asked %s and got %.*s\n", now.who,
			now.prompt, (int)said.n, said.p);
		return -1;
	}
	return memmem(said.p, said.n, "larder; hit", 11) != NULL;
}

static int run(struct site *site, unsigned long lookups,
	       unsigned long tenants, unsigned long prompts)
{
	unsigned long hits = 0, misses = 0, foreign = 0;
	uint64_t x = (uint64_t)clock_wall_ms() * 65537 + (uint64_t)getpid();
	struct slots slots = { .max = 1 };
	int64_t began = clock_mono_ms();
	struct arena *a = arena_new();
	struct net net = { 0 };
	struct lane lane;

	lane_init(&lane, &slots);
	lane.ops = &ops;
	lane.net = &net;
	while (hits + misses + foreign < lookups && foreign < 5) {
		choose(&x, tenants, prompts);
		switch (ask(site, &lane, a)) {
		case 1: hits++; break;
		case 0: misses++; break;
		default: foreign++;
		}
		arena_reset(a);
	}
	lane_fini(&lane);
	arena_free(&a);
	printf("lookups %lu hits %lu misses %lu foreign %lu seconds %.1f\n",
	       hits + misses + foreign, hits, misses, foreign,
	       (double)(clock_mono_ms() - began) / 1000);
	return foreign || !hits || !misses;
}

int main(int argc, char **argv)
{
	struct site *site;
	char why[1024];
	int rc;

	if (argc != 5) {
		fputs("usage: tenants LOOKUPS TENANTS PROMPTS CONFIG\n",
		      stderr);
		return 2;
	}
	if (hash_setup() < 0)
		return 2;
	site = site_open(argv[4], why, sizeof(why));
	if (!site) {
		fprintf(stderr, "tenants: %s\n", why);
		return 2;
	}
	rc = run(site, strtoul(argv[1], NULL, 10),
		 strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
	site_unref(&site);
	return rc;
}
