#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "cmd/cmd.h"
#include "serve/settings.h"

static const char help[] =
	"usage: larder stats [--json]\n\n"
	"What is in the shared cache of this host, and what happened to it\n"
	"since it was made.\n";

static const struct {
	const char *name;
	size_t offset;
} rows[] = {
#define ROW(x) { #x, offsetof(struct store_stats, x) }
	ROW(size), ROW(used), ROW(entries), ROW(gets), ROW(hits), ROW(puts),
	ROW(evictions), ROW(expired), ROW(lock_waits), ROW(lock_timeouts),
	ROW(recoveries), ROW(damaged), ROW(refused),
#undef ROW
};

static uint64_t value(const struct store_stats *s, size_t i)
{
	uint64_t v;

	memcpy(&v, (const char *)s + rows[i].offset, sizeof(v));
	return v;
}

static void print(const struct store_stats *s, bool json)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (json)
			printf("%s\"%s\":%" PRIu64, i ? "," : "{",
			       rows[i].name, value(s, i));
		else
			printf("%-14s %" PRIu64 "\n", rows[i].name,
			       value(s, i));
	if (json)
		puts("}");
}

static int run(bool json, struct arena *a)
{
	struct store_stats st;
	struct settings s;
	struct store *store;
	char why[1024];

	if (settings_load(&s, a, settings_path(a, cmd_config_path()), why,
			  sizeof(why)) < 0) {
		fprintf(stderr, "larder: %s\n", why);
		return EXIT_CONFIG;
	}
	store = store_open(&s.cache.store, why, sizeof(why));
	if (!store) {
		fprintf(stderr, "larder: %s\n", why);
		return EXIT_FAILED;
	}
	store_stats(store, &st);
	store_close(&store);
	print(&st, json);
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
