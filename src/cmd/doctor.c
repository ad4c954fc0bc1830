/*
 * Tries what the installation is made of and says what to mend. Each line is
 * one finding; the worst decides the exit status.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/count.h"
#include "cmd/cmd.h"
#include "cmd/doctor.h"
#include "net/net.h"

#define WAIT_MS 1000

static const char help[] =
	"usage: larder doctor\n\n"
	"Tries the configuration, the secret, the cache file, the modules,\n"
	"the prices, every memcached node and the limits that `larder serve`\n"
	"runs under, and says what to mend. Exit 0 when all is well.\n";

void doctor_say(struct doctor *d, enum finding f, const char *fmt, ...)
{
	static const char *const words[] = { "ok  ", "odd ", "BAD " };
	va_list ap;

	va_start(ap, fmt);
	fputs(words[f], stdout);
	vprintf(fmt, ap);
	putchar('\n');
	va_end(ap);
	if (f > d->worst)
		d->worst = f;
}

/* -- this host ------------------------------------------------------------- */

static void look_at_cache(struct doctor *d)
{
	const struct cache_conf *c = &d->site->conf.cache;
	int bad;

	if (c->when == WHEN_NEVER) {
		doctor_say(d, ODD, "cache: off (when = never)");
		return;
	}
	if (!d->site->store && access(c->store.path, F_OK) != 0) {
		doctor_say(d, ODD, "cache: %s is not there yet; larder makes "
			   "it when it starts", c->store.path);
		return;
	}
	if (!d->site->store) {
		doctor_say(d, BAD, "cache: %s cannot be used; the line above "
			   "says why", c->store.path);
		return;
	}
	bad = store_check(d->site->store);
	if (bad)
		doctor_say(d, ODD, "cache: %d part(s) of %s were damaged or "
			   "busy; what was damaged has been mended", bad,
			   c->store.path);
	else
		doctor_say(d, FINE, "cache: %s, %zu bytes", c->store.path,
			   c->store.size);
}

/* Locks that processes share must really be shared: not so over NFS, and not
 * between the hosts of a cluster file system. */
static void look_at_place(struct doctor *d)
{
	static const struct {
		long type;
		const char *name;
	} remote[] = { { 0x6969, "NFS" }, { 0xff534d42, "CIFS" },
		       { 0xfe534d42, "SMB2" }, { 0x65735546, "FUSE" },
		       { 0x00c36400, "Ceph" }, { 0x01161970, "GFS2" } };
	const char *path = d->site->conf.cache.store.path;
	struct statfs fs;

	if (!d->site->store || statfs(path, &fs) < 0)
		return;
	for (size_t i = 0; i < COUNT_OF(remote); i++)
		if ((unsigned)fs.f_type == (unsigned)remote[i].type) {
			doctor_say(d, BAD, "cache: %s is on %s; put it on a "
				   "local disk", path, remote[i].name);
			return;
		}
}

static void look_at_module(struct doctor *d)
{
	char why[512];

	if (net_load(why, sizeof(why)))
		doctor_say(d, FINE, "upstream module");
	else
		doctor_say(d, BAD, "upstream module: %s", why);
}

static void look_at_prices(struct doctor *d)
{
	if (site_prices(d->site))
		doctor_say(d, FINE, "prices: %s", d->site->conf.log.prices);
	else
		doctor_say(d, ODD, "prices: none, so that costs stay unknown; "
			   "set prices in [log]");
}

/* -- memcached ------------------------------------------------------------- */

static void look_at_node(struct doctor *d, const struct memc_ops *ops,
			 struct memc *m, size_t i)
{
	const char *name = d->site->conf.memcached.servers.word[i];
	struct str theirs;
	char ours[TIER_MARK_SIZE];

	tier_mark(d->site->tier, ours);
	switch (ops->get(m, i, STR(TIER_MARK_NAME), WAIT_MS, &theirs)) {
	case MEMC_DONE:
		if (str_is(theirs, ours))
			doctor_say(d, FINE, "memcached %s", name);
		else
			doctor_say(d, BAD, "memcached %s: a larder with "
				   "another secret uses it, so neither sees "
				   "the other's answers; copy secret_file from "
				   "one host to all", name);
		return;
	case MEMC_ABSENT:
		ops->add(m, i, STR(TIER_MARK_NAME), str_c(ours), 30 * 86400,
			 WAIT_MS);
		doctor_say(d, FINE, "memcached %s: answers, and is new to this "
			   "secret", name);
		return;
	case MEMC_REFUSED:
	case MEMC_FAILED:
		doctor_say(d, BAD, "memcached %s: no answer within a second; "
			   "is it running, and open to this host?", name);
	}
}

static void look_at_memcached(struct doctor *d)
{
	const struct conf_words *s = &d->site->conf.memcached.servers;
	const struct memc_ops *ops;
	struct memc *m = NULL;
	char why[512];

	if (!s->n)
		return;
	ops = memc_load(why, sizeof(why));
	if (ops)
		m = ops->open(s->word, s->n, why, sizeof(why));
	if (!m) {
		doctor_say(d, BAD, "memcached module: %s", why);
		return;
	}
	doctor_say(d, FINE, "memcached module: libmemcached %s",
		   ops->version());
	for (size_t i = 0; i < s->n; i++)
		look_at_node(d, ops, m, i);
	ops->close(&m);
}

/* -- all of it ------------------------------------------------------------- */

static int examine(struct doctor *d)
{
	const char *path = settings_path(d->a, cmd_config_path());
	char why[1024];

	d->site = site_visit(path, why, sizeof(why));
	if (!d->site) {
		printf("BAD %s\n", why);
		return EXIT_CONFIG;
	}
	doctor_say(d, FINE, "configuration: %s", path);
	look_at_cache(d);
	look_at_place(d);
	look_at_module(d);
	look_at_prices(d);
	look_at_memcached(d);
	doctor_serve(d);
	site_unref(&d->site);
	return d->worst == BAD ? EXIT_FAILED : EXIT_DONE;
}

int cmd_doctor(int argc, char **argv)
{
	struct doctor d = { 0 };
	int rc;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(help, stdout);
		return EXIT_DONE;
	}
	if (argc > 1) {
		fputs(help, stderr);
		return EXIT_USAGE;
	}
	d.a = arena_new();
	rc = examine(&d);
	arena_free(&d.a);
	return rc;
}
