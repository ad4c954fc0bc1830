/*
 * budget run ATTEMPTS CONFIG: that many requests through the whole corridor,
 * none of which is in the cache, by an upstream (a function here) that says at
 * random how many tokens it used. Prints "made N refused N other N".
 *
 * budget show CONFIG LOG...: what is spent by the book, and what the usage logs
 * say, exactly: "spent N held N logged N lines N", money in 10^-12 USD.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "serve/spend.h"
#include "walk.h"

#define TOKENS_MOST 500

struct net {
	uint64_t x;
};

/* -- the upstream ------------------------------------------------------ */

static enum net_end call(struct net *n, const struct net_call *c,
			 char *err_r, size_t err_n)
{
	char reply[512];

	snprintf(err_r, err_n, "%s", "");
	return walk_reply(c, reply,
		snprintf(reply, sizeof(reply), "{\"id\":\"x\",\"object\":"
			 "\"chat.completion\",\"created\":1,\"model\":\"m\","
			 "\"choices\":[{\"index\":0,\"message\":{\"role\":"
			 "\"assistant\",\"content\":\"yes\"},"
			 "\"finish_reason\":\"stop\"}],\"usage\":"
			 "{\"prompt_tokens\":%d,\"completion_tokens\":%d}}",
			 1 + (int)(walk_stir(&n->x) % 5),
			 1 + (int)(walk_stir(&n->x) % TOKENS_MOST)));
}

static const struct net_ops ops = WALK_OPS(call);

/* -- running ----------------------------------------------------------- */

/* The status of one. */
static int ask(struct site *site, struct lane *lane, struct arena *a,
	       unsigned long i)
{
	struct walk w = { .who = "Bearer sk-one" };

	w.length = snprintf(w.body, sizeof(w.body), "{\"model\":\"m\","
			    "\"max_tokens\":%d,\"messages\":[{\"role\":"
			    "\"user\",\"content\":\"question %lu of %d\"}]}",
			    TOKENS_MOST, i, (int)getpid());
	walk(&w, site, lane, a);
	return w.out.n > 11 ? atoi(w.out.p + 8) : 0;
}

static int run(struct site *site, unsigned long attempts)
{
	unsigned long made = 0, refused = 0, other = 0;
	struct net net = { (uint64_t)clock_wall_ms() * 65537 +
			   (uint64_t)getpid() };
	struct slots slots = { .max = 1 };
	struct arena *a = arena_new();
	struct lane lane;

	walk_lane(&lane, &slots, &net, &ops);
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
	int rc;

	if (!runs && (argc < 3 || strcmp(argv[1], "show") != 0)) {
		fputs("usage: budget run ATTEMPTS CONFIG | show CONFIG "
		      "LOG...\n", stderr);
		return 2;
	}
	site = walk_site("budget", argv[runs ? 3 : 2]);
	if (!site)
		return 2;
	rc = runs ? run(site, strtoul(argv[2], NULL, 10)) :
		    show(site, argv + 3);
	site_unref(&site);
	return rc;
}
