#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "door/listen.h"
#include "door/master.h"

static const char help[] =
	"usage: larder serve [--config FILE]\n\n"
	"Listens on [larder] listen and serves FastCGI with [larder] workers\n"
	"processes. SIGTERM stops after the answers in flight, SIGHUP reads\n"
	"the configuration again and reopens the log.\n";

int cmd_serve(int argc, char **argv)
{
	struct arena *a = arena_new();
	const char *path = settings_path(a, cmd_config_path());
	struct site *site;
	char why[1024], where[4096];
	int fd, rc;

	if (argc > 1) {
		arena_free(&a);
		fputs(help, strcmp(argv[1], "--help") ? stderr : stdout);
		return strcmp(argv[1], "--help") ? EXIT_USAGE : EXIT_DONE;
	}
	site = site_open(path, why, sizeof(why));
	arena_free(&a);
	if (!site) {
		fprintf(stderr, "larder: %s\n", why);
		return EXIT_CONFIG;
	}
	snprintf(where, sizeof(where), "%s", site->conf.larder.listen);
	fd = listen_open(where, why, sizeof(why));
	if (fd < 0) {
		fprintf(stderr, "larder: %s\n", why);
		site_unref(&site);
		return EXIT_FAILED;
	}
	log_line("serving on %s", where);
	rc = master_run(site, fd);
	listen_remove(where);
	return rc;
}
