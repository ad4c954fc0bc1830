/*
 * The program. What it does is decided in this order: a subcommand; sockets
 * from a supervisor (LISTEN_FDS); a listening socket on descriptor 0; CGI
 * variables; otherwise usage.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/count.h"
#include "base/hash.h"
#include "base/log.h"
#include "cmd/cmd.h"
#include "door/cgi.h"
#include "door/master.h"
#include "door/worker.h"
#include "serve/alarm_queue.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{ "serve", cmd_serve, "listen and serve FastCGI (prefork)" },
	{ "report", cmd_report, "cost and savings from usage logs" },
	{ "simulate", cmd_simulate, "what another cache would have cost" },
	{ "estimate", cmd_estimate, "what a month will cost" },
	{ "route", cmd_route, "what would become of requests, and why" },
	{ "key", cmd_key, "make, list and revoke client keys" },
	{ "purge", cmd_purge, "forget stored answers" },
	{ "stats", cmd_stats, "what is in the shared cache now" },
	{ "doctor", cmd_doctor, "try the installation, say what to mend" },
	{ "config", cmd_config, "check, document or exemplify the "
				"configuration" },
};

static const char *config_path;

const char *cmd_config_path(void)
{
	return config_path;
}

int cmd_take_config(int *argc_r, char **argv)
{
	int n = 0, argc = *argc_r;

	for (int i = 0; i < argc; i++) {
		if (i && strncmp(argv[i], "--config=", 9) == 0) {
			config_path = argv[i] + 9;
		} else if (i && strcmp(argv[i], "--config") == 0) {
			if (i + 1 == argc) {
				fprintf(stderr, "larder: --config needs a "
					"FILE\n");
				return -1;
			}
			config_path = argv[++i];
		} else {
			argv[n++] = argv[i];
		}
	}
	argv[n] = NULL;
	*argc_r = n;
	return 0;
}

static void usage(FILE *out)
{
	fputs("usage: larder [--config FILE] COMMAND [ARG...]\n\n", out);
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		fprintf(out, "  %-8s %s\n", commands[i].name,
			commands[i].what);
	fputs("\n`larder COMMAND --help` says more. Without a COMMAND larder "
	      "serves FastCGI on\nthe socket it was started with (mod_fcgid, "
	      "lighttpd, spawn-fcgi, systemd), or\nanswers one CGI "
	      "request.\n\n"
	      "The configuration is FILE, else $LARDER_CONF, else "
	      "/etc/larder/larder.conf.\n", out);
}

/* Keys are in memory: no core files, no ptrace by others. */
static void guard_secrets(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

static struct site *open_site(void)
{
	struct arena *a = arena_new();
	const char *path = settings_path(a, config_path);
	struct site *s;
	char why[1024];

	s = site_open(path, why, sizeof(why));
	if (!s)
		log_line("%s", why);
	arena_free(&a);
	return s;
}

/* -- doors ----------------------------------------------------------------- */

static int is_listening(int fd)
{
	int yes = 0;
	socklen_t n = sizeof(yes);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &n) == 0 &&
	       yes;
}

/* Descriptor 3, when a supervisor says that it is for this process. */
static int has_supervisor(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");

	return pid && n && atoll(pid) == getpid() && atoi(n) > 0 &&
	       is_listening(3);
}

static int door_supervised(void)
{
	struct site *s = open_site();

	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	return s ? master_run(s, 3) : EXIT_CONFIG;
}

/* One process: who started it starts more, and watches the pids it knows. */
static int door_socket(void)
{
	struct site *s = open_site();

	return s ? worker_run(s, 0) : EXIT_CONFIG;
}

/* The heap is taken at once and given back by the end of the process, which
 * takes everything: what is tidied up first is paid for by each request. */
static int door_cgi(void)
{
	struct slots slots = { .max = 1 };
	struct lane lane;
	struct site *s;
	int rc;

	mallopt(M_TOP_PAD, 1 << 20);
	s = open_site();
	if (!s) {
		cgi_refuse();
		return EXIT_DONE; /* the answer was given */
	}
	lane_init(&lane, &slots);
	rc = cgi_serve(s, &lane);
	alarms_unref(&s->alarms); /* says what was told to nobody */
	if (lane.net)
		lane_fini(&lane); /* takes leave of the upstream */
	_exit(rc);
}

static int door(void)
{
	if (has_supervisor())
		return door_supervised();
	if (is_listening(0))
		return door_socket();
	if (getenv("GATEWAY_INTERFACE"))
		return door_cgi();
	usage(stderr);
	return EXIT_USAGE;
}

static int command(int argc, char **argv)
{
	char name[32]; /* what getopt_long() calls it */

	if (strcmp(argv[1], "--help") == 0) {
		usage(stdout);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("larder " PACKAGE_VERSION);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0) {
			snprintf(name, sizeof(name), "larder %s", argv[1]);
			argv[1] = name;
			return commands[i].run(argc - 1, argv + 1);
		}
	fprintf(stderr, "larder: no command \"%s\"; see larder --help\n",
		argv[1]);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	guard_secrets();
	if (hash_setup() < 0) {
		fputs("larder: no random numbers from the system\n", stderr);
		return EXIT_FAILED;
	}
	/* As CGI the arguments are the query's words, never ours. */
	if (getenv("GATEWAY_INTERFACE"))
		return door();
	if (cmd_take_config(&argc, argv) < 0)
		return EXIT_USAGE;
	return argc > 1 ? command(argc, argv) : door();
}
