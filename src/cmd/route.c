#include "cmd/route.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/cmd.h"

static const char usage[] =
	"usage: larder route [--why] [--json] FILE\n"
	"       larder route --advise [--json] FILE\n";

static const char help[] =
	"\n"
	"Reads requests, a JSON body a line (- is standard input), and says\n"
	"what would become of each, without asking anybody: the rule and the\n"
	"model, how many tokens its prompt has, what trimming would take, and\n"
	"what it would cost. A line may also be {\"body\": {...}} with\n"
	"\"endpoint\" (or the \"url\" of a batch file), \"tenant\", \"tag\".\n"
	"\n"
	"  --why      say of the rules before it why they do not match\n"
	"  --advise   instead look for prompts whose beginning changes from\n"
	"             one request to the next, so that no provider can cache\n"
	"             them, and say what that costs\n"
	"  --json     one JSON object a line, and one of the total\n"
	"  --help     print this text\n"
	"\n"
	"What is known only to a running larder is left out: the cache, which\n"
	"model a conversation was given before, what estimates have learned.\n"
	"Costs are USD by the price table. Exit 1 when a line is broken.\n";

struct job {
	struct site *site;
	struct route_advice *advice; /* or NULL */
	struct route_total total;
	bool why, json;
};

/* -- the site -------------------------------------------------------------- */

static int read_parts(struct site *s, char *err_r, size_t err_n)
{
	const struct settings *c = &s->conf;

	s->route = route_new(c->routes.item, c->routes.n, err_r, err_n);
	if (s->route && c->answers.file)
		s->pinned = pinned_load(c->answers.file, err_r, err_n);
	return s->route && (s->pinned || !c->answers.file) ? 0 : -1;
}

/* No more of it than rules and tables: no cache, no secret, no log. */
static struct site *read_site(void)
{
	struct site *s = calloc(1, sizeof(*s));
	char why[1024];

	if (!s)
		abort();
	s->a = arena_new();
	s->refs = 1;
	if (settings_load(&s->conf, s->a, settings_path(s->a,
							cmd_config_path()),
			  why, sizeof(why)) == 0 &&
	    read_parts(s, why, sizeof(why)) == 0)
		return s;
	fprintf(stderr, "larder route: %s\n", why);
	site_unref(&s);
	return NULL;
}

/* -- lines ----------------------------------------------------------------- */

static void tell_broken(struct job *job, struct arena *a, size_t number,
			const char *why)
{
	struct buf b;

	job->total.broken++;
	if (!job->json) {
		fprintf(stderr, "line %zu: %s\n", number,
			route_shown(a, str_c(why)));
		return;
	}
	buf_init(&b, a);
	buf_json(&b, str_c(why));
	printf("{\"line\":%zu,\"error\":%s}\n", number, b.p);
}

static void take_request(struct job *job, struct arena *a,
			 const struct route_line *l)
{
	struct route_plan p;

	if (job->advice) {
		job->total.requests++;
		route_advice_add(job->advice, l);
		return;
	}
	route_plan_make(&p, a, job->site, l);
	route_total_add(&job->total, &p);
	if (job->json)
		route_json(l, &p, job->site, a, job->why, stdout);
	else
		route_print(l, &p, job->site, a, job->why, stdout);
}

static void take_line(struct job *job, struct arena *a, struct str text,
		      size_t number)
{
	struct route_line l = { .number = number };
	char why[640];

	text = str_trim(text);
	if (!text.n)
		return;
	if (text.n > job->site->conf.larder.max_body)
		tell_broken(job, a, number, "it is longer than max_body");
	else if (route_line_read(&l, a, text, why, sizeof(why)) < 0)
		tell_broken(job, a, number, why);
	else
		take_request(job, a, &l);
}

static int read_file(struct job *job, FILE *f)
{
	struct arena *a = arena_new();
	size_t room = 0, number = 0;
	char *line = NULL;
	ssize_t n;

	while ((n = getline(&line, &room, f)) >= 0) {
		take_line(job, a, (struct str){ line, (size_t)n }, ++number);
		arena_reset(a);
	}
	free(line);
	arena_free(&a);
	return ferror(f) ? -1 : 0;
}

static int read_path(struct job *job, const char *path)
{
	bool std = strcmp(path, "-") == 0;
	FILE *f = std ? stdin : fopen(path, "re");
	int rc = f ? read_file(job, f) : -1;

	if (rc < 0)
		fprintf(stderr, "larder route: %s: %s\n", path,
			strerror(errno));
	if (f && !std)
		fclose(f);
	return rc;
}

/* -- the command ----------------------------------------------------------- */

static void tell_total(struct job *job)
{
	if (job->advice) {
		route_advice_print(job->advice, job->json, stdout);
		if (job->total.broken && !job->json)
			printf("%zu broken lines left out\n",
			       job->total.broken);
	} else if (job->json) {
		route_total_json(&job->total, stdout);
	} else {
		route_total_print(&job->total, stdout);
	}
}

static int run(struct job *job, bool advise, const char *path)
{
	int rc;

	job->site = read_site();
	if (!job->site)
		return EXIT_CONFIG;
	job->total.a = arena_new();
	if (advise)
		job->advice = route_advice_new(job->site);
	rc = read_path(job, path);
	if (rc == 0)
		tell_total(job);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "larder route: standard output: %s\n",
			strerror(errno));
		rc = -1;
	}
	route_advice_free(&job->advice);
	arena_free(&job->total.a);
	site_unref(&job->site);
	return rc < 0 || job->total.broken ? EXIT_FAILED : EXIT_DONE;
}

int cmd_route(int argc, char **argv)
{
	static const struct option options[] = {
		{ "why", no_argument, NULL, 'w' },
		{ "advise", no_argument, NULL, 'a' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	struct job job = { 0 };
	bool advise = false, bad = false;
	int c;

	optind = 0; /* whoever called may have used getopt before */
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		job.why |= c == 'w';
		advise |= c == 'a';
		job.json |= c == 'j';
		bad |= c == '?';
		if (c == 'h') {
			printf("%s%s", usage, help);
			return EXIT_DONE;
		}
	}
	if (bad || optind + 1 != argc || (advise && job.why)) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return run(&job, advise, argv[optind]);
}
