/*
 * Prices recorded usages and compares with what another program made of them:
 * see README. Each line is priced as that program read it; where the reply's
 * body is one that larder reads, also as larder does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "dialect/reply.h"
#include "thrift/decimal.h"
#include "thrift/price.h"

#define LARGEST (64u << 20)
#define CLOSE_ENOUGH 1000 /* 1e-9 USD */
#define MOST_PROVIDERS 64

struct tally {
	char provider[40];
	int lines, agree, bodies, bodies_agree;
};

struct run {
	const struct prices *prices;
	struct tally tally[MOST_PROVIDERS];
	size_t n;
	int differ;
};

static const struct {
	const char *name;
	enum shape shape;
} shapes[] = {
	{ "chat", SHAPE_CHAT },
	{ "responses", SHAPE_RESPONSES },
	{ "messages", SHAPE_MESSAGES },
	{ "embedding", SHAPE_EMBEDDING },
};

static _Noreturn void die(const char *why)
{
	fprintf(stderr, "usages: %s\n", why);
	exit(2);
}

static struct tally *tally_of(struct run *r, struct str provider)
{
	struct tally *t;

	for (size_t i = 0; i < r->n; i++)
		if (str_is(provider, r->tally[i].provider))
			return &r->tally[i];
	if (r->n == MOST_PROVIDERS || provider.n >= sizeof(t->provider))
		die("too many providers");
	t = &r->tally[r->n++];
	memcpy(t->provider, provider.p, provider.n);
	return t;
}

static struct usage usage_of(const struct json *doc, uint32_t obj)
{
	struct usage u = { 0 };
	const struct {
		const char *name;
		int64_t *n;
	} members[] = {
		{ "input", &u.input },
		{ "output", &u.output },
		{ "cache_read", &u.cache_read },
		{ "cache_write", &u.cache_write },
		{ "cache_write_1h", &u.cache_write_1h },
		{ "reasoning", &u.reasoning },
		{ "audio_in", &u.audio_in },
		{ "audio_read", &u.audio_read },
		{ "audio_out", &u.audio_out },
		{ "image_in", &u.image_in },
		{ "image_out", &u.image_out },
	};

	for (size_t i = 0; i < COUNT_OF(members); i++)
		json_int(doc, json_get(doc, obj, members[i].name),
			 members[i].n);
	u.tier = usage_tier_of(json_inner(doc, json_get(doc, 0, "tier")));
	return u;
}

/* As larder reads the reply. 1, or 0 when it has no such body. */
static int read_body(const struct json *doc, struct arena *a,
		     struct usage *u_r)
{
	uint32_t shape = json_get(doc, 0, "shape");
	struct reply_facts f;

	for (size_t i = 0; i < COUNT_OF(shapes); i++) {
		if (!json_string_is(doc, shape, shapes[i].name))
			continue;
		facts_init(&f);
		if (facts_of_json(&f, a, shapes[i].shape,
				  json_span(doc, json_get(doc, 0, "body"))))
			die("a body is no reply");
		*u_r = f.usage;
		u_r->tier = USAGE_STANDARD; /* as the other reads it */
		return 1;
	}
	return 0;
}

static void show(const struct json *doc, struct arena *a, const char *what,
		 picousd have, struct str want)
{
	char text[32] = "unknown";

	if (have != PRICE_UNKNOWN)
		price_text(have, text);
	printf("%s: %s, not %.*s, for the %s of %.*s\n",
	       arena_cstr(a, json_string(doc, json_get(doc, 0, "model"), a)),
	       text, (int)want.n, want.p, what, (int)doc->text.n,
	       doc->text.p);
}

static bool agrees(struct run *r, const struct json *doc, struct arena *a,
		   const struct usage *u, const char *what)
{
	struct str want = json_string(doc, json_get(doc, 0, "usd"), a);
	const char *model = arena_cstr(a, json_string(doc,
					json_get(doc, 0, "model"), a));
	picousd have = price_of(r->prices, model, u);
	int64_t usd;

	if (!decimal_read(want, 12, true, &usd))
		die("a line without usd");
	if (have != PRICE_UNKNOWN && llabs(have - usd) <= CLOSE_ENOUGH)
		return true;
	show(doc, a, what, have, want);
	r->differ++;
	return false;
}

static void compare(struct run *r, struct str line, struct arena *a)
{
	struct json_error bad;
	struct json doc;
	struct tally *t;
	struct usage u;

	if (json_parse(&doc, a, line, &bad) < 0)
		die("a line is no JSON");
	t = tally_of(r, json_string(&doc, json_get(&doc, 0, "provider"), a));
	u = usage_of(&doc, json_get(&doc, 0, "usage"));
	t->lines++;
	t->agree += agrees(r, &doc, a, &u, "usage");
	if (!read_body(&doc, a, &u))
		return;
	t->bodies++;
	t->bodies_agree += agrees(r, &doc, a, &u, "body");
}

static void print(const struct run *r)
{
	struct tally all = { .provider = "all" };
	const struct tally *t;

	printf("%-24s %8s %8s %8s %8s\n", "provider", "usages", "agree",
	       "bodies", "agree");
	for (size_t i = 0; i <= r->n; i++) {
		t = i < r->n ? &r->tally[i] : &all;
		printf("%-24s %8d %8d %8d %8d\n", t->provider, t->lines,
		       t->agree, t->bodies, t->bodies_agree);
		all.lines += t->lines;
		all.agree += t->agree;
		all.bodies += t->bodies;
		all.bodies_agree += t->bodies_agree;
	}
}

int main(int argc, char **argv)
{
	struct arena *a = arena_new(), *tmp = arena_new();
	struct run r = { 0 };
	struct str text, line;
	struct prices *p;
	char why[512];

	if (argc != 3)
		die("usage: usages TABLE.json USAGES.jsonl");
	if (hash_setup() < 0)
		die("no hash");
	p = prices_load(argv[1], why, sizeof(why));
	if (!p || file_read(&text, a, argv[2], LARGEST, why, sizeof(why)) < 0)
		die(why);
	r.prices = p;
	while (str_cut(&text, '\n', &line)) {
		compare(&r, line, tmp);
		arena_reset(tmp);
	}
	print(&r);
	prices_free(&p);
	arena_free(&tmp);
	arena_free(&a);
	return r.differ != 0 || !r.n;
}
