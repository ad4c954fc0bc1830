/*
 * budget run ATTEMPTS CONFIG: that many requests through the whole corridor,
 * none of which is in the cache, by an upstream (a function here) that says at
 * random how many tokens it used. Prints "made N refused N other N".
 *
 * budget show CONFIG LOG...: what is spent by the book, and what the usage logs
 * say, exactly: "spent N held N logged N lines N", money in 10^-12 USD.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "serve/corridor.h"
#include "serve/spend.h"

#define TOKENS_MOST 500

struct net {
	uint64_t x;
};

/* What is asked at the moment. */
static struct {
	char body[256], length[16];
	struct str rest;
	struct buf out;
} now;

static uint64_t stir(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* -- the upstream ------------------------------------------------------ */

static enum net_end call(struct net *n, const struct net_call *c,
			 char *err_r, size_t err_n)
{
	const struct net_header type = { STR("Content-Type"),
					 STR("application/json") };
	char reply[512];
	int len;

	snprintf(err_r, err_n, "%s", "");
	len = snprintf(reply, sizeof(reply), "{\"id\":\"x\",\"object\":"
		       "\"chat.completion\",\"created\":1,\"model\":\"m\","
		       "\"choices\":[{\"index\":0,\"message\":{\"role\":"
		       "\"assistant\",\"content\":\"yes\"},\"finish_reason\":"
		       "\"stop\"}],\"usage\":{\"prompt_tokens\":%d,"
		       "\"completion_tokens\":%d}}", 1 + (int)(stir(&n->x) % 5),
		       1 + (int)(stir(&n->x) % TOKENS_MOST));
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
		return "Bearer sk-one";
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

/* -- running ----------------------------------------------------------- */

/* The status of one. */
static int ask(struct site *site, struct lane *lane, struct arena *a,
	       unsigned long i)
{
	struct door door = { .out = { put, NULL }, .param = param,
			     .read = get, .gone_fd = -1, .out_fd = -1 };
	int n = snprintf(now.body, sizeof(now.body), "{\"model\":\"m\","
			 "\"max_tokens\":%d,\"messages\":[{\"role\":\"user\","
			 "\"content\":\"question %lu of %d\"}]}", TOKENS_MOST,
			 i, (int)getpid());

	now.rest = (struct str){ now.body, (size_t)n };
	snprintf(now.length, sizeof(now.length), "%d", n);
	buf_init(&now.out, a);
	corridor_walk(site, lane, &door);
	return now.out.n > 11 ? atoi(now.out.p + 8) : 0;
}

static int run(struct site *site, unsigned long attempts)
{
	unsigned long made = 0, refused = 0, other = 0;
	struct net net = { (uint64_t)clock_wall_ms() * 65537 +
			   (uint64_t)getpid() };
	struct slots slots = { .max = 1 };
	struct arena *a = arena_new();
	struct lane lane;

	lane_init(&lane, &slots);
	lane.ops = &ops;
	lane.net = &net;
	for (unsigned long i = 0; i < attempts; i++) {
		switch (ask(site, &lane, a, i)) {
		case 200: made++; break;
		case 429: refused++; break;
		default: other++;
		}
		arena_reset(a);
	}
	lane_fini(&lane);
	arena_free(&a);
	printf("made %lu refused %lu other %lu\n", made, refused, other);
	return other != 0;
}

/* -- showing ----------------------------------------------------------- */

static void add(void *ctx, const struct spend_line *l)
{
	picousd *sum = ctx;

	sum[0] += l->spent;
	sum[1] += l->held;
}

static picousd logged(const char *line)
{
	static const char name[] = ",\"budget_usd\":";
	const char *at = strstr(line, name), *end;
	picousd v = 0;

	if (!at)
		return 0;
	at += sizeof(name) - 1;
	end = at + strcspn(at, ",}");
	price_parse((struct str){ at, (size_t)(end - at) }, &v);
	return v;
}

/* Adds up one log; -1 when there is none. */
static int read_log(const char *path, picousd *sum, long long *lines)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;

	if (!f)
		return -1;
	for (; getline(&line, &room, f) > 0; ++*lines)
		*sum += logged(line);
	free(line);
	fclose(f);
	return 0;
}

static int show(struct site *site, char **logs)
{
	picousd sum[2] = { 0 }, log = 0;
	long long lines = 0;

	spend_each(&site->conf, &site->secret, site->book, clock_wall_ms(),
		   add, sum);
	for (; *logs; logs++)
		if (read_log(*logs, &log, &lines) < 0)
			return 1;
	printf("spent %lld held %lld logged %lld lines %lld\n",
	       (long long)sum[0], (long long)sum[1], (long long)log, lines);
	return 0;
}

int main(int argc, char **argv)
{
	bool runs = argc == 4 && strcmp(argv[1], "run") == 0;
	struct site *site;
	char why[1024];
	int rc;

	if (!runs && (argc < 3 || strcmp(argv[1], "show") != 0)) {
		fputs("usage: budget run ATTEMPTS CONFIG | show CONFIG "
		      "LOG...\n", stderr);
		return 2;
	}
	if (hash_setup() < 0)
		return 2;
	site = site_open(argv[runs ? 3 : 2], why, sizeof(why));
	if (!site) {
		fprintf(stderr, "budget: %s\n", why);
		return 2;
	}
	rc = runs ? run(site, strtoul(argv[2], NULL, 10)) :
		    show(site, argv + 3);
	site_unref(&site);
	return rc;
}
