#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/count.h"
#include "cmd/cmd.h"
#include "serve/settings.h"
#include "store/node.h"

static const char help[] =
	"usage: larder stats [--json]\n\n"
	"What is in the shared cache of this host, what happened to it since\n"
	"it was made, and how its memcached nodes are.\n";

static const struct {
	const char *name;
	size_t offset;
} slab_rows[] = {
#define ROW(x) { #x, offsetof(struct store_stats, x) }
	ROW(size), ROW(used), ROW(entries), ROW(gets), ROW(hits), ROW(puts),
	ROW(evictions), ROW(expired), ROW(lock_waits), ROW(lock_timeouts),
	ROW(recoveries), ROW(dropped), ROW(damaged), ROW(lost), ROW(refused),
#undef ROW
};

static const struct {
	const char *name;
	enum board_count count;
} board_rows[] = {
	{ "requests", BOARD_ASKED },
	{ "requests_hit_local", BOARD_HIT_LOCAL },
	{ "requests_hit_memcached", BOARD_HIT_MEMCACHED },
	{ "requests_hit_stale", BOARD_HIT_STALE },
	{ "requests_collapsed", BOARD_COLLAPSED },
	{ "memcached_gets", BOARD_MEMC_GETS },
	{ "memcached_hits", BOARD_MEMC_HITS },
	{ "memcached_puts", BOARD_MEMC_PUTS },
	{ "memcached_failures", BOARD_MEMC_FAILS },
	{ "memcached_skipped", BOARD_MEMC_SKIPS },
	{ "memcached_forged", BOARD_MEMC_FORGED },
	{ "memcached_partial", BOARD_MEMC_PARTIAL },
	{ "flights_led", BOARD_FLIGHT_LEADS },
	{ "flights_followed", BOARD_FLIGHT_FOLLOWS },
	{ "flights_orphaned", BOARD_FLIGHT_ORPHANS },
	{ "flights_alone", BOARD_FLIGHT_ALONE },
	{ "stale_if_error", BOARD_STALE_ERROR },
	{ "stale_while_revalidate", BOARD_STALE_REFRESH },
	{ "purged_tags_met", BOARD_PURGED },
};

struct out {
	struct arena *a;
	bool json;
	const char *before; /* a comma, once something stands before it */
};

static void number(struct out *o, const char *name, uint64_t v)
{
	if (o->json)
		printf("%s\"%s\":%" PRIu64, o->before, name, v);
	else
		printf("%-24s %" PRIu64 "\n", name, v);
	o->before = ",";
}

/* "12.3", of a hundred. */
static void rate(struct out *o, const char *name, uint64_t part, uint64_t all)
{
	uint64_t tenths = all ? part * 1000 / all : 0;

	if (o->json)
		printf("%s\"%s\":%" PRIu64 ".%" PRIu64, o->before, name,
		       tenths / 10, tenths % 10);
	else
		printf("%-24s %" PRIu64 ".%" PRIu64 "\n", name, tenths / 10,
		       tenths % 10);
}

static void slab(struct out *o, const struct store_stats *s)
{
	uint64_t v;

	for (size_t i = 0; i < COUNT_OF(slab_rows); i++) {
		memcpy(&v, (const char *)s + slab_rows[i].offset, sizeof(v));
		number(o, slab_rows[i].name, v);
	}
}

static void board(struct out *o, const struct board *b)
{
	const uint64_t *n = b->count;

	for (size_t i = 0; i < COUNT_OF(board_rows); i++)
		number(o, board_rows[i].name, n[board_rows[i].count]);
	rate(o, "local_hit_percent", n[BOARD_HIT_LOCAL], n[BOARD_ASKED]);
	rate(o, "memcached_hit_percent", n[BOARD_HIT_MEMCACHED],
	     n[BOARD_ASKED]);
}

/* Does not take part: looking must not make it probe a node. */
static bool is_off(const struct board_node *n)
{
	return n->off_until_ms != 0;
}

static void node(struct out *o, const char *name, const struct board_node *n)
{
	struct buf quoted;

	if (!o->json) {
		printf("%-24s %s, %" PRIu64 " times down\n", name,
		       is_off(n) ? "down" : "up", n->deaths);
		return;
	}
	buf_init(&quoted, o->a);
	buf_json(&quoted, str_c(name));
	printf("%s{\"server\":%.*s,\"up\":%s,\"deaths\":%" PRIu64 "}",
	       o->before, (int)quoted.n, quoted.p, is_off(n) ? "false" : "true",
	       n->deaths);
	o->before = ",";
}

static void nodes(struct out *o, struct board *b,
		  const struct memcached_conf *c)
{
	const struct board_node *n;

	if (o->json)
		fputs(",\"memcached\":", stdout);
	o->before = "[";
	for (size_t i = 0; i < c->servers.n; i++) {
		n = node_find(b, c->servers.word[i]);
		if (n)
			node(o, c->servers.word[i], n);
	}
	if (o->json)
		printf("%s]}\n", *o->before == '[' ? "[" : "");
}

static int run(bool json, struct arena *a)
{
	struct out o = { a, json, "{" };
	struct store_stats st;
	struct settings s;
	struct store *store;
	char why[1024];

	if (settings_load(&s, a, settings_path(a, cmd_config_path()), why,
			  sizeof(why)) < 0) {
		fprintf(stderr, "larder: %s\n", why);
		return EXIT_CONFIG;
	}
	s.cache.store.as_is = true;
	store = store_open(&s.cache.store, why, sizeof(why));
	if (!store) {
		fprintf(stderr, "larder: %s\n", why);
		return EXIT_FAILED;
	}
	store_stats(store, &st);
	slab(&o, &st);
	board(&o, store_board(store));
	nodes(&o, store_board(store), &s.memcached);
	store_close(&store);
	return EXIT_DONE;
}

int cmd_stats(int argc, char **argv)
{
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
	struct arena *a;
	int rc;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(help, stdout);
		return EXIT_DONE;
	}
	if (argc > 1 && !json) {
		fputs(help, stderr);
		return EXIT_USAGE;
	}
	a = arena_new();
	rc = run(json, a);
	arena_free(&a);
	return rc;
}
