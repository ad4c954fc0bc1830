#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "serve/site.h"

static const char help[] =
	"usage: larder config --check      read the configuration and all it "
	"names\n"
	"       larder config --doc        its manual, as roff\n"
	"       larder config --example    a commented example\n";

static int check(struct arena *a)
{
	const char *path = settings_path(a, cmd_config_path());
	struct site *s;
	char why[1024];

	s = site_open(path, why, sizeof(why));
	if (!s) {
		fprintf(stderr, "larder: %s\n", why);
		return EXIT_CONFIG;
	}
	if (!s->store && s->conf.cache.when != WHEN_NEVER) {
		site_unref(&s);
		return EXIT_FAILED; /* a line said why */
	}
	site_unref(&s);
	printf("%s: fine\n", path);
	return EXIT_DONE;
}

static int run(const char *what, struct arena *a)
{
	if (strcmp(what, "--check") == 0)
		return check(a);
	if (strcmp(what, "--doc") == 0)
		conf_doc(settings_table, stdout);
	else if (strcmp(what, "--example") == 0)
		conf_example(settings_table, stdout);
	else if (strcmp(what, "--help") == 0)
		fputs(help, stdout);
	else
		return EXIT_USAGE;
	return EXIT_DONE;
}

int cmd_config(int argc, char **argv)
{
	struct arena *a = arena_new();
	int rc = argc == 2 ? run(argv[1], a) : EXIT_USAGE;

	arena_free(&a);
	if (rc == EXIT_USAGE)
		fputs(help, stderr);
	return rc;
}
