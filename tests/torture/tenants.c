/*
 * tenants LOOKUPS TENANTS PROMPTS CONFIG: that many requests through the whole
 * corridor, by random tenants, all of whom ask the same prompts. The upstream
 * (a function here) answers with the credential it was called with, so an
 * answer that is another tenant's says so.
 *
 * Prints "lookups N hits N misses N foreign N seconds N"; exit status 1 when
 * one was foreign or wrong.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "walk.h"

#define NAME_MAX_ 64

struct net {
	int calls;
};

/* What is asked at the moment. */
struct question {
	struct walk walk;
	char who[NAME_MAX_], prompt[NAME_MAX_];
};

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
	struct str who = header(c, "Authorization");
	const char *q = memmem(c->body.p, c->body.n, "prompt", 6);
	char reply[512];

	snprintf(err_r, err_n, "%s", "");
	n->calls++;
	return walk_reply(c, reply,
		snprintf(reply, sizeof(reply), "{\"id\":\"x\",\"object\":"
			 "\"chat.completion\",\"created\":1,\"model\":\"m\","
			 "\"choices\":[{\"index\":0,\"message\":{\"role\":"
			 "\"assistant\",\"content\":\"%.10s for %.*s.\"},"
			 "\"finish_reason\":\"stop\"}]}", q ? q : "",
			 (int)who.n, who.p));
}

static const struct net_ops ops = WALK_OPS(call);

/* -- one lookup -------------------------------------------------------- */

/* Some write the same question otherwise, so that it is not only found by
 * its bytes. */
static void choose(struct question *q, uint64_t *x, unsigned long tenants,
		   unsigned long prompts)
{
	static const char *const spelt[] = {
		"{\"model\":\"m\",%s\"messages\":[{\"role\":\"user\","
		"\"content\":\"%s\"}]}",
		"{\"messages\":[{\"content\":\"%2$s\",\"role\":\"user\"}],"
		"%1$s \"model\":\"m\"}",
	};
	const char *how = walk_stir(x) % 4 ? spelt[0] : spelt[1];

	snprintf(q->who, sizeof(q->who), "Bearer sk-tenant-%05lu",
		 (unsigned long)(walk_stir(x) % tenants));
	snprintf(q->prompt, sizeof(q->prompt), "prompt%04lu",
		 (unsigned long)(walk_stir(x) % prompts));
	q->walk.who = q->who;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	q->walk.length = snprintf(q->walk.body, sizeof(q->walk.body), how,
				  walk_stir(x) % 8 ? "" : "\"stream\":true,",
				  q->prompt);
#pragma GCC diagnostic pop
}

/* 1 a hit, 0 a miss, -1 anything but the answer to this very caller. */
static int ask(struct question *q, struct site *site, struct lane *lane,
	       struct arena *a)
{
	char want[2 * NAME_MAX_ + 16];
	struct str said;

	walk(&q->walk, site, lane, a);
	said = buf_view(&q->walk.out);
	snprintf(want, sizeof(want), "\"%s for %s.\"", q->prompt, q->who);
	if (!str_starts(said, STR("Status: 200")) ||
	    !memmem(said.p, said.n, want, strlen(want))) {
		fprintf(stderr, "%s asked %s and got %.*s\n", q->who,
			q->prompt, (int)said.n, said.p);
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
	struct question q = { 0 };
	struct lane lane;

	walk_lane(&lane, &slots, &net, &ops);
	while (hits + misses + foreign < lookups && foreign < 5) {
		choose(&q, &x, tenants, prompts);
		switch (ask(&q, site, &lane, a)) {
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
	int rc;

	if (argc != 5) {
		fputs("usage: tenants LOOKUPS TENANTS PROMPTS CONFIG\n",
		      stderr);
		return 2;
	}
	site = walk_site("tenants", argv[4]);
	if (!site)
		return 2;
	rc = run(site, strtoul(argv[1], NULL, 10),
		 strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
	site_unref(&site);
	return rc;
}
