#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/cmd.h"
#include "cmd/report_view.h"
#include "serve/page.h"

static const char help[] =
	"usage: larder stats [--json]\n\n"
	"What this host's larder came to today and since its cache was made,\n"
	"what is in that cache, what is left of budgets, and how memcached\n"
	"and the upstreams are.\n";

struct out {
	const char *before; /* what separates the next thing from the last */
	const char *item;   /* what an item of this section is */
};

/* --- for people: a number a line, or an item a line --- */

#define SHOWN 200 /* characters of a name, or of what is said of it */

/* Names come from upstreams and configurations, and may move a cursor. */
static void put(const char *before, int wide, const char *s)
{
	char out[4 * SHOWN + 2];

	report_shown(s, SHOWN, out);
	printf("%s%-*s", before, wide, out);
}

static void text_section(void *ctx, const struct status_section *s)
{
	struct out *o = ctx;

	o->item = s->item;
	if (!s->item || s->items)
		printf("%s%s:\n", o->before, s->title);
	o->before = "\n";
}

static void text_item(void *ctx, const char *name)
{
	struct out *o = ctx;

	put("", 24, name);
	o->before = " ";
}

static void text_row(void *ctx, const struct status_row *r)
{
	struct out *o = ctx;
	char usd[32];

	if (!o->item && r->kind == STATUS_PERCENT) {
		printf("%-24s %" PRIu64 ".%" PRIu64 "\n", r->name,
		       r->number / 10, r->number % 10);
	} else if (!o->item && r->kind == STATUS_USD) {
		status_money(r->number, usd);
		printf("%-24s %s\n", r->name, usd);
	} else if (!o->item) {
		printf("%-24s %" PRIu64 "\n", r->name, r->number);
	} else if (r->say) {
		put(o->before, 0, r->say);
		o->before = ", ";
	}
}

static void text_item_end(void *ctx)
{
	(void)ctx;
	putchar('\n');
}

static void text_section_end(void *ctx, const struct status_section *s)
{
	struct out *o = ctx;

	(void)s;
	o->before = "\n";
}

static const struct status_eye text = {
	text_section, text_item, text_row, text_item_end, text_section_end,
};

/* --- the command --- */

static void print(const struct status_of *of, bool as_json, struct arena *a)
{
	struct out o = { "", NULL };
	struct buf b;

	if (!as_json) {
		status_walk(of, a, &text, &o);
		return;
	}
	buf_init(&b, a);
	page_json(&b, of);
	puts(b.p);
}

/* Looking makes neither a secret nor a book: without them nothing was spent. */
static int look_at_budgets(struct status_of *of, struct secrets *secret,
			   char *why, size_t n)
{
	const struct larder_conf *c = &of->conf->larder;

	of->secret = secret;
	if (!of->conf->budgets.n || access(c->secret_file, F_OK) != 0)
		return 0;
	if (secrets_load(secret, c->secret_file, why, n) < 0)
		return -1;
	of->book = budget_open(c->budget_file, true, why, n);
	return of->book || access(c->budget_file, F_OK) != 0 ? 0 : -1;
}

static int run(bool as_json, struct arena *a)
{
	struct status_of of = { .mono_ms = clock_mono_ms(),
				.wall_ms = clock_wall_ms() };
	struct secrets secret = { 0 };
	struct store *store;
	struct settings s;
	char why[1024];

	if (settings_load(&s, a, settings_path(a, cmd_config_path()), why,
			  sizeof(why)) < 0) {
		fprintf(stderr, "larder: %s\n", why);
		return EXIT_CONFIG;
	}
	s.cache.store.as_is = true;
	of.conf = &s;
	store = store_open(&s.cache.store, why, sizeof(why));
	if (!store || look_at_budgets(&of, &secret, why, sizeof(why)) < 0) {
		fprintf(stderr, "larder: %s\n", why);
		store_close(&store);
		return EXIT_FAILED;
	}
	of.store = store;
	of.board = store_board(store);
	print(&of, as_json, a);
	budget_close(&of.book);
	store_close(&store);
	return EXIT_DONE;
}

int cmd_stats(int argc, char **argv)
{
	bool as_json = argc == 2 && strcmp(argv[1], "--json") == 0;
	struct arena *a;
	int rc;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(help, stdout);
		return EXIT_DONE;
	}
	if (argc > 1 && !as_json) {
		fputs(help, stderr);
		return EXIT_USAGE;
	}
	a = arena_new();
	rc = run(as_json, a);
	arena_free(&a);
	return rc;
}
