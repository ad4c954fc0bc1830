#include <sodium/utils.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "serve/clients.h"
#include "serve/settings.h"

static const char help[] =
	"usage: larder key add NAME      make a key and print it, once\n"
	"       larder key list          who has keys\n"
	"       larder key revoke WHO    WHO is a name or an id; at once\n\n"
	"Keys are kept as hashes in [clients] file. Callers send theirs as\n"
	"\"Authorization: Bearer lk_...\" or \"x-api-key: lk_...\".\n";

static int complain(const char *why)
{
	fprintf(stderr, "larder: %s\n", why);
	return EXIT_FAILED;
}

static int add(const char *file, const char *name)
{
	char key[CLIENT_KEY_SIZE], why[512];

	if (clients_add(file, name, key, why, sizeof(why)) < 0)
		return complain(why);
	puts(key);
	sodium_memzero(key, sizeof(key));
	return EXIT_DONE;
}

static int list(const char *file, struct arena *a)
{
	struct client *c;
	char why[512];
	size_t n;

	if (clients_list(file, a, &c, &n, why, sizeof(why)) < 0)
		return complain(why);
	printf("%-16s  %-24s  %-24s  %s\n", "id", "made", "revoked", "name");
	for (size_t i = 0; i < n; i++)
		printf("%-16s  %-24s  %-24s  %s\n", c[i].id, c[i].made,
		       c[i].revoked, c[i].name);
	return EXIT_DONE;
}

static int revoke(const char *file, const char *who)
{
	char why[512];

	if (clients_revoke(file, who, why, sizeof(why)) < 0)
		return complain(why);
	return EXIT_DONE;
}

static int run(int argc, char **argv, struct arena *a)
{
	struct settings s;
	char why[1024];

	if (settings_load(&s, a, settings_path(a, cmd_config_path()), why,
			  sizeof(why)) < 0) {
		complain(why);
		return EXIT_CONFIG;
	}
	if (argc == 3 && strcmp(argv[1], "add") == 0)
		return add(s.clients_file, argv[2]);
	if (argc == 2 && strcmp(argv[1], "list") == 0)
		return list(s.clients_file, a);
	if (argc == 3 && strcmp(argv[1], "revoke") == 0)
		return revoke(s.clients_file, argv[2]);
	fputs(help, stderr);
	return EXIT_USAGE;
}

int cmd_key(int argc, char **argv)
{
	struct arena *a;
	int rc;

	if (argc < 2 || strcmp(argv[1], "--help") == 0) {
		fputs(help, argc < 2 ? stderr : stdout);
		return argc < 2 ? EXIT_USAGE : EXIT_DONE;
	}
	a = arena_new();
	rc = run(argc, argv, a);
	arena_free(&a);
	return rc;
}
