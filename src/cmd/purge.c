#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "cmd/cmd.h"
#include "serve/answer.h"
#include "store/gens.h"

static const char help[] =
	"usage: larder purge [--dry-run] WHAT...\n\n"
	"Forgets answers, here at once and on hosts that share a memcached\n"
	"within [memcached] sync. WHAT is one or more of\n\n"
	"  --all            everything\n"
	"  --model NAME     asked for, or answered, as NAME\n"
	"  --tenant NAME    of a client key, or as the usage log names it\n"
	"  --tag NAME       stored under X-Larder-Tag: NAME\n"
	"  --key HEX        one question: 16 digits from X-Larder-Key\n\n"
	"--dry-run only counts what this host has of it.\n";

static const struct {
	const char *option;
	enum gens_kind kind;
	bool named;
} options[] = {
	{ "--all", GENS_ALL, false },      { "--model", GENS_MODEL, true },
	{ "--tenant", GENS_TENANT, true }, { "--tag", GENS_TAG, true },
	{ "--key", GENS_KEY, true },
};

#define NAME_LONGEST 1024

struct what {
	enum gens_kind kind;
	struct str name;
};

struct purge {
	struct site *site;
	struct board before; /* generations as they were */
	struct what what[64];
	size_t n;
	bool dry;
	unsigned long long found;
};

/* -- what this host has of it ---------------------------------------------- */

static bool is_meant(const struct what *w, const struct answer_about *a)
{
	char hex[17];

	switch (w->kind) {
	case GENS_ALL:
		return true;
	case GENS_MODEL:
		return str_eq(w->name, a->by.model) ||
		       str_eq(w->name, a->by.requested);
	case GENS_TENANT:
		return str_eq(w->name, a->by.tenant);
	case GENS_TAG:
		return str_eq(w->name, a->stamp.tag);
	case GENS_KEY:
		key_hex(&a->by.base, 8, hex);
		return str_is(w->name, hex);
	}
	return false;
}

/* One that could still be given: not purged before. */
static bool was_live(const struct purge *p, const struct key *k,
		     const struct answer_about *a)
{
	struct key name;

	forget_name(p->site, &p->before, &a->by, &name);
	return key_eq(&name, k) && forget_holds(&p->before, &a->stamp);
}

static int see(void *ctx, const struct key *k, const struct entry *e)
{
	struct purge *p = ctx;
	struct answer_about a;
	bool meant = false;

	if (answer_about(&a, e->bytes) < 0 || !was_live(p, k, &a))
		return 0;
	for (size_t i = 0; i < p->n; i++)
		meant |= is_meant(&p->what[i], &a);
	p->found += meant;
	if (meant && !p->dry) /* so that its bytes are gone, too */
		store_drop(p->site->store, k);
	return 0;
}

/* -- doing it -------------------------------------------------------------- */

/* How many nodes did not hear of it. */
static int tell_others(struct purge *p, struct arena *a)
{
	struct tier_walk w = { p->site->tier, tier_lane_new(), 5000000 };
	int missed = tier_sync(&w, a, true);

	tier_lane_free(&w.l);
	return missed;
}

static int purge(struct purge *p, struct arena *a)
{
	struct board *b = tier_board(p->site->tier);
	struct arena *each = arena_new();
	int missed;

	if (!p->dry) /* a number of this clock must be above all others' */
		tell_others(p, a);
	p->before = *b;
	for (size_t i = 0; i < p->n && !p->dry; i++)
		gens_raise(b, p->what[i].kind, p->what[i].name,
			   clock_wall_ms());
	/* From here on it is forgotten; what follows is tidying. */
	store_each(p->site->store, each, clock_wall_ms(), see, p);
	arena_free(&each);
	printf("%llu answer%s %s\n", p->found, p->found == 1 ? "" : "s",
	       p->dry ? "would be forgotten here" : "forgotten here");
	if (p->dry)
		return EXIT_DONE;
	missed = tell_others(p, a);
	if (store_flush(p->site->store) < 0)
		fprintf(stderr, "larder: the cache file could not be written "
			"through; a power failure may undo this\n");
	if (!missed)
		return EXIT_DONE;
	printf("%d memcached node%s could not be told: other hosts may go on "
	       "giving these answers until they could; this one does not\n",
	       missed, missed == 1 ? "" : "s");
	return EXIT_FAILED;
}

static bool is_key(struct str s)
{
	return s.n == 16 && strspn(s.p, "0123456789abcdef") == 16;
}

/* 0, or -1 when argv is not what help says. */
static int read_args(struct purge *p, int argc, char **argv)
{
	size_t o;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--dry-run") == 0) {
			p->dry = true;
			continue;
		}
		for (o = 0; o < COUNT_OF(options); o++)
			if (strcmp(argv[i], options[o].option) == 0)
				break;
		if (o == COUNT_OF(options) || p->n == COUNT_OF(p->what) ||
		    (options[o].named && ++i == argc))
			return -1;
		p->what[p->n++] = (struct what){
			options[o].kind,
			str_c(options[o].named ? argv[i] : ""),
		};
		if ((options[o].kind == GENS_KEY && !is_key(str_c(argv[i]))) ||
		    strlen(argv[i]) > NAME_LONGEST)
			return -1;
	}
	return p->n ? 0 : -1;
}

static int run(struct purge *p, struct arena *a)
{
	char why[1024];
	int rc;

	p->site = site_visit(settings_path(a, cmd_config_path()), why,
			    sizeof(why));
	if (!p->site) {
		fprintf(stderr, "larder: %s\n", why);
		return EXIT_CONFIG;
	}
	/* Without the slab's board nobody would hear of it. */
	rc = p->site->store ? purge(p, a) : EXIT_FAILED;
	site_unref(&p->site);
	return rc;
}

int cmd_purge(int argc, char **argv)
{
	struct purge p = { 0 };
	struct arena *a;
	int rc;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(help, stdout);
		return EXIT_DONE;
	}
	if (read_args(&p, argc, argv) < 0) {
		fputs(help, stderr);
		return EXIT_USAGE;
	}
	a = arena_new();
	rc = run(&p, a);
	arena_free(&a);
	return rc;
}
