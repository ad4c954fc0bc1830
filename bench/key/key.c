/*
 * What the name of a question costs the first time it is asked, before there
 * is a memo: bench/key/run.sh.
 *
 *   key ROUNDS [BODY [KB [WAY]]]
 *       writes a line of JSON for each body and round: nanoseconds of each
 *       way, and what the arena held behind a whole key; or of that body
 *       alone, of that size, in that way, for a profile
 *
 * In one process and in turns, on this thread's CPU time:
 *   cjson    cJSON_Parse and cJSON_Delete, when libcjson is here
 *   key      the corridor's steps parse, shape and key
 *   renamed  the same for a model that the upstream calls otherwise
 *   scan     of these, the strict JSON scan,
 *   view     the view of what it says,
 *   canon    and the canonical form, with its hash
 *   blake2b  of the body's bytes as they are: the floor of any such key
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/count.h"
#include "base/file.h"
#include "bodies.h"
#include "dialect/canon.h"
#include "serve/steps.h"

#define SAMPLE_NS 1000000 /* one way takes at its turn, at least */

struct bench {
	struct arena *a;    /* reset after each key, as a worker does */
	struct site *site;
	struct door door;
	enum shape shape;
	struct str body, renamed;
	struct json doc;    /* of the body */
	size_t used;        /* of the arena behind a key */
};

static void die(const char *what)
{
	fprintf(stderr, "key: %s\n", what);
	exit(1);
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * (int64_t)1000000000 + t.tv_nsec;
}

/* -- the ways -------------------------------------------------------------- */

/* Not linked, so that nothing has to be there to build this. */
static void *(*cjson_parse)(const char *text);
static void (*cjson_delete)(void *item);

static void cjson_find(void)
{
	void *lib = dlopen("libcjson.so.1", RTLD_NOW);

	if (!lib)
		return;
	*(void **)&cjson_parse = dlsym(lib, "cJSON_Parse");
	*(void **)&cjson_delete = dlsym(lib, "cJSON_Delete");
}

static void by_cjson(struct bench *b)
{
	void *item = cjson_parse(b->body.p);

	if (!item)
		die("cJSON refused a body");
	cjson_delete(item);
}

static void key_of(struct bench *b, struct str body)
{
	struct req *r = arena_zalloc(b->a, sizeof(*r));

	r->a = b->a;
	r->site = b->site;
	r->door = &b->door;
	r->asked.endpoint.shape = b->shape;
	r->asked.endpoint.query = STR("");
	directive_init(&r->asked.header);
	r->asked.body = body;
	if (step_parse(r) != GO_ON || step_shape(r) != GO_ON ||
	    step_key(r) != GO_ON || r->keyed.use != USE_CACHE)
		die(r->fail.status ? r->fail.text : "a body has no key");
	b->used = arena_used(b->a);
	arena_reset(b->a);
}

static void by_key(struct bench *b)
{
	key_of(b, b->body);
}

static void by_renamed(struct bench *b)
{
	key_of(b, b->renamed);
}

static void by_scan(struct bench *b)
{
	struct json_error err;
	struct json doc;

	if (json_parse(&doc, b->a, b->body, &err) < 0)
		die(err.what);
	arena_reset(b->a);
}

static void by_view(struct bench *b)
{
	struct fail f = { 0 };
	struct chat c;

	if (chat_view(&c, b->a, &b->doc, b->shape, &f) < 0)
		die(f.text);
	arena_reset(b->a);
}

static void by_canon(struct bench *b)
{
	struct key k;
	struct hash h;

	hash_begin_with(&h, &b->site->secret.cache);
	canon_hash(&h, b->a, &b->doc,
		   &(struct canon_ask){ .shape = b->shape });
	hash_end(&h, &k);
	arena_reset(b->a);
}

static void by_blake2b(struct bench *b)
{
	struct key k;

	hash_of(&k, &b->site->secret.cache.key, b->body);
}

static const struct way {
	const char *name;
	void (*go)(struct bench *b);
} ways[] = {
	{ "cjson", by_cjson },	   { "key", by_key },
	{ "renamed", by_renamed }, { "scan", by_scan },
	{ "view", by_view },	   { "canon", by_canon },
	{ "blake2b", by_blake2b },
};

/* From the command line; NULL: all of them. */
static const char *only_body, *only_kb, *only_way;

static bool is_wanted(const struct way *w)
{
	return (!only_way || strcmp(only_way, w->name) == 0) &&
	       (w->go != by_cjson || (cjson_parse && cjson_delete));
}

/* -- the site -------------------------------------------------------------- */

static char dir[] = "/tmp/larder-key-XXXXXX";
static const char *const names[] = { "larder.conf", "secret", "cache.slab",
				     "usage.log" };

static const char *in_dir(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void sweep(void)
{
	for (size_t i = 0; i < COUNT_OF(names); i++)
		unlink(in_dir(names[i]));
	rmdir(dir);
}

static const char *no_param(struct door *d, const char *name)
{
	(void)d;
	(void)name;
	return NULL;
}

static void site_make(struct bench *b)
{
	char err[256];
	const char *text;

	if (!mkdtemp(dir))
		die("no directory in /tmp");
	atexit(sweep);
	text = arena_printf(b->a,
		"[larder]\nsecret_file = %s/secret\n"
		"[cache]\npath = %s/cache.slab\nsize = 16M\n"
		"[log]\npath = %s/usage.log\n"
		"[upstream bench]\ndialect = openai\nmodels = any\n"
		"url = http://127.0.0.1:9/v1\n"
		"[model mapped-model]\nupstream = bench\n"
		"name = another-model\n", dir, dir, dir);
	if (file_put(in_dir("larder.conf"), str_c(text), false) < 0)
		die("cannot write a configuration");
	b->site = site_open(in_dir("larder.conf"), err, sizeof(err));
	if (!b->site)
		die(err);
	b->door.param = no_param;
	arena_reset(b->a);
}

/* -- rounds ---------------------------------------------------------------- */

/* As often as it takes for the clock not to count; once before, so that it
 * does not pay for what the way before it has left. */
static double sample(struct bench *b, const struct way *w)
{
	int64_t from, took;

	w->go(b);
	for (int n = 1;; n *= 2) {
		from = now();
		for (int i = 0; i < n; i++)
			w->go(b);
		took = now() - from;
		if (took >= SAMPLE_NS)
			return (double)took / n;
	}
}

static void one_round(struct bench *b, const char *name, int kb, int round)
{
	const char *comma = "";

	printf("{\"body\":\"%s\",\"kb\":%d,\"bytes\":%zu,\"round\":%d,"
	       "\"ns\":{", name, kb, b->body.n, round);
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		if (!is_wanted(&ways[i]))
			continue;
		printf("%s\"%s\":%.0f", comma, ways[i].name,
		       sample(b, &ways[i]));
		comma = ",";
	}
	by_key(b);
	printf("},\"arena\":{\"key\":%zu", b->used);
	by_renamed(b);
	printf(",\"renamed\":%zu}}\n", b->used);
}

static void measure(struct bench *b, const struct body_kind *k, int kb,
		    int rounds)
{
	struct arena *kept;
	struct json_error err;

	if ((only_body && strcmp(only_body, k->name) != 0) ||
	    (only_kb && atoi(only_kb) != kb))
		return;
	kept = arena_new();
	b->shape = k->shape;
	b->body = body_make(kept, k, "plainer-model", (size_t)kb * 1024);
	b->renamed = body_make(kept, k, "mapped-model", (size_t)kb * 1024);
	if (json_parse(&b->doc, kept, b->body, &err) < 0)
		die(err.what);
	for (int i = 1; i <= rounds; i++)
		one_round(b, k->name, kb, i);
	fflush(stdout);
	arena_free(&kept);
}

int main(int argc, char **argv)
{
	static const int sizes[] = { 2, 10, 100, 1024 };
	struct bench b = { .a = arena_new() };
	int rounds = argc > 1 && argc <= 5 ? atoi(argv[1]) : 0;

	if (rounds < 1) {
		fputs("usage: key ROUNDS [BODY [KB [WAY]]]\n", stderr);
		return 2;
	}
	only_body = argc > 2 ? argv[2] : NULL;
	only_kb = argc > 3 ? argv[3] : NULL;
	only_way = argc > 4 ? argv[4] : NULL;
	if (hash_setup() < 0)
		die("no libsodium");
	cjson_find();
	if (!cjson_parse)
		fputs("skipped: cjson (no libcjson.so.1 here)\n", stderr);
	site_make(&b);
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		for (size_t k = 0; k < body_nkinds; k++)
			measure(&b, &body_kinds[k], sizes[i], rounds);
	site_unref(&b.site);
	arena_free(&b.a);
	return 0;
}
