#include "cmd/report.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

static const char usage[] =
	"usage: larder report [--since DATE] [--until DATE] [FILE...]\n";

static const char help[] =
	"\n"
	"Reads usage logs (standard input without FILE, or for -) and prints\n"
	"requests, cache hits, tokens, cost and savings by day and model.\n"
	"\n"
	"  --since DATE   leave out days before DATE (YYYY-MM-DD, UTC)\n"
	"  --until DATE   leave out days after DATE\n"
	"  --help         print this text\n"
	"\n"
	"HIT % is of the requests that could have been hits: not those that\n"
	"bypass the cache, nor errors. Tokens are those of calls to a\n"
	"provider. A cost of ? is not known: the price table in use when the\n"
	"request was made did not have its model.\n";

enum { EXIT_USAGE = 2 };

/* -- files ----------------------------------------------------------------- */

/* Gives every line in buf[0, n) to the report and moves the rest of the last
 * one to the front; returns its length. `long_r` says that the line which
 * goes on here is longer than allowed. */
static size_t take_lines(struct report *r, char *buf, size_t n, bool *long_r)
{
	char *at = buf, *end;

	while ((end = memchr(at, '\n', n - (size_t)(at - buf)))) {
		if (*long_r)
			r->damaged++;
		else
			report_line(r, (struct str){ at,
						     (size_t)(end - at) });
		*long_r = false;
		at = end + 1;
	}
	n -= (size_t)(at - buf);
	if (n > REPORT_LONGEST_LINE)
		*long_r = true;
	if (*long_r)
		return 0;
	memmove(buf, at, n);
	return n;
}

/* 0, or -1 and errno. */
static int read_log(struct report *r, int fd)
{
	char buf[2 * REPORT_LONGEST_LINE];
	bool too_long = false;
	size_t have = 0;
	ssize_t got;

	for (;;) {
		got = read(fd, buf + have, sizeof(buf) - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		have = take_lines(r, buf, have + (size_t)got, &too_long);
	}
	if (got < 0)
		return -1;
	if (too_long)
		r->damaged++;
	else
		report_line(r, (struct str){ buf, have });
	return 0;
}

static int read_path(struct report *r, const char *path)
{
	bool std = strcmp(path, "-") == 0;
	FILE *f = std ? stdin : fopen(path, "re");
	int rc = f ? read_log(r, fileno(f)) : -1;

	if (rc < 0)
		fprintf(stderr, "larder report: %s: %s\n", path,
			strerror(errno));
	if (f && !std)
		fclose(f);
	return rc;
}

/* -- the command ----------------------------------------------------------- */

static int take_day(const char **day_r, const char *option, const char *arg)
{
	if (!report_is_day(str_c(arg))) {
		fprintf(stderr, "larder report: --%s must be a day such as "
			"2026-11-21, not \"%s\"\n", option, arg);
		return -1;
	}
	*day_r = arg;
	return 0;
}

/* -1: go on; else the exit status. */
static int read_options(struct report *r, int argc, char **argv)
{
	static const struct option options[] = {
		{ "since", required_argument, NULL, 's' },
		{ "until", required_argument, NULL, 'u' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	int c, rc = 0;

	optind = 0; /* whoever called may have used getopt before */
	while (rc == 0 &&
	       (c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 's':
			rc = take_day(&r->since, "since", optarg);
			break;
		case 'u':
			rc = take_day(&r->until, "until", optarg);
			break;
		case 'h':
			printf("%s%s", usage, help);
			return EXIT_SUCCESS;
		default:
			rc = -1;
		}
	if (rc == 0 && optind == argc && isatty(STDIN_FILENO))
		rc = -1;
	if (rc == 0)
		return -1;
	fputs(usage, stderr);
	return EXIT_USAGE;
}

int cmd_report(int argc, char **argv)
{
	struct report r;
	int status, rc = 0;

	report_init(&r);
	status = read_options(&r, argc, argv);
	if (status < 0) {
		if (optind == argc)
			rc = read_path(&r, "-");
		for (int i = optind; i < argc; i++)
			rc |= read_path(&r, argv[i]);
		report_print(&r, stdout);
		if (fflush(stdout) != 0 || ferror(stdout)) {
			fprintf(stderr, "larder report: standard output: %s\n",
				strerror(errno));
			rc = -1;
		}
		status = rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	report_fini(&r);
	return status;
}
