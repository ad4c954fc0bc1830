/*
 * Loads that are made up, always the same for a name. `mixed` is what a
 * gateway of a company may see in a working day; the others are what a rule
 * that learns may fall over.
 */
#include <stdio.h>
#include <string.h>

#include "bill.h"

#define MINUTE 60000
#define HOUR (60 * MINUTE)

/* --- chance --- */

struct dice {
	uint64_t at;
};

static uint64_t roll(struct dice *d)
{
	return mix(d->at++, 4711);
}

static uint32_t between(struct dice *d, uint32_t a, uint32_t b)
{
	return a + (uint32_t)(roll(d) % (b - a + 1));
}

static bool percent(struct dice *d, unsigned n)
{
	return roll(d) % 100 < n;
}

/* Times as people have them: most about the middle, some far longer; each of
 * three throws may double or halve it. */
static int64_t about(struct dice *d, int64_t ms)
{
	int i;

	for (i = 0; i < 3; i++)
		ms = percent(d, 50) ? ms * 17 / 10 : ms * 10 / 17;
	return ms + (int64_t)(roll(d) % (uint64_t)(ms / 4 + 1));
}

/* --- conversations --- */

struct kind {
	uint32_t system;       /* tokens; the same text for all of its tenant */
	bool own_system;       /* no: another for each conversation */
	uint32_t ask[2];       /* tokens of a user's message, from and to */
	uint32_t first[2];     /* of the first one */
	uint32_t answer[2];
	uint32_t turns[2];
	uint32_t tools[2];     /* calls of tools before a turn's answer */
	uint32_t result[2];    /* tokens of what a tool says */
	int64_t pause;	       /* between turns; about */
	bool exactly;	       /* that */
	int64_t step;	       /* between calls of tools */
	uint32_t known;	       /* questions, asked again and again; 0: all new */
	bool code;
};

#define MOST_PIECES 512

struct talk {
	struct load *l;
	const struct kind *k;
	struct dice *d;
	uint64_t tenant, id;
	struct piece said[MOST_PIECES];
	size_t n;
	int64_t ms;
};

static void say(struct talk *t, enum part part, uint32_t tokens)
{
	if (t->n < MOST_PIECES)
		t->said[t->n++] =
			(struct piece){ roll(t->d), tokens, part };
}

/* Asks for what has been said, and hears the answer. */
static void ask(struct talk *t, uint32_t out)
{
	struct call *c;
	size_t i;

	for (i = 0; i < t->n; i++)
		load_piece(t->l, t->said[i].id, t->said[i].tokens,
			   t->said[i].part);
	c = load_call(t->l, t->ms, t->tenant, t->id, out);
	c->code = t->k->code;
	say(t, PART_ASSISTANT, out);
}

static uint32_t draw(struct talk *t, const uint32_t range[2])
{
	return between(t->d, range[0], range[1]);
}

static void say_known(struct talk *t)
{
	struct piece *p = &t->said[t->n++];

	p->id = mix(t->tenant, roll(t->d) % t->k->known);
	p->tokens = t->k->ask[0] +
		    (uint32_t)(p->id % (t->k->ask[1] - t->k->ask[0] + 1));
	p->part = PART_USER;
}

static void turn(struct talk *t, bool first)
{
	const struct kind *k = t->k;
	uint32_t tools = draw(t, k->tools);

	if (k->known)
		say_known(t);
	else
		say(t, PART_USER,
		    draw(t, first && k->first[1] ? k->first : k->ask));
	while (tools-- && t->n + 3 < MOST_PIECES) {
		ask(t, between(t->d, 40, 200));
		t->ms += about(t->d, k->step);
		say(t, PART_TOOL, draw(t, k->result));
	}
	ask(t, draw(t, k->answer));
	t->ms += k->exactly ? k->pause : about(t->d, k->pause);
}

static void talk(struct load *l, struct dice *d, const struct kind *k,
		 uint64_t tenant, int64_t ms)
{
	struct talk t = { .l = l, .k = k, .d = d, .tenant = tenant,
			  .id = roll(d), .ms = ms };
	uint32_t turns = draw(&t, k->turns), i;

	if (k->system)
		t.said[t.n++] = (struct piece){
			k->own_system ? roll(d) : mix(tenant, k->system),
			k->system, PART_SYSTEM };
	for (i = 0; i < turns && t.n + 3 < MOST_PIECES; i++)
		turn(&t, !i);
}

/* n conversations of a kind, at random within from..upto, by `tenants`. */
static void talks(struct load *l, struct dice *d, const struct kind *k,
		  unsigned n, uint64_t tenant, unsigned tenants,
		  int64_t from, int64_t upto)
{
	unsigned i;
	int64_t ms;

	for (i = 0; i < n; i++) {
		ms = from + (int64_t)(roll(d) % (uint64_t)(upto - from));
		talk(l, d, k, tenant + i % tenants, ms);
	}
}

/* --- kinds --- */

static const struct kind support = {
	.system = 3200, .ask = { 15, 120 }, .answer = { 60, 300 },
	.turns = { 1, 7 }, .pause = 45000,
};
static const struct kind faq = {
	.system = 3200, .ask = { 10, 60 }, .answer = { 60, 300 },
	.turns = { 1, 1 }, .pause = MINUTE, .known = 250,
};
static const struct kind agent = {
	.system = 11500, .ask = { 30, 400 }, .answer = { 100, 600 },
	.turns = { 1, 6 }, .tools = { 2, 18 }, .result = { 50, 2500 },
	.pause = 3 * MINUTE, .step = 7000, .code = true,
};
static const struct kind slow = { /* people who read between turns */
	.system = 1800, .ask = { 30, 300 }, .first = { 500, 6000 },
	.answer = { 200, 900 }, .turns = { 2, 9 }, .pause = 11 * MINUTE,
};
static const struct kind one_off = { /* documents, each asked once */
	.system = 150, .ask = { 2500, 20000 }, .answer = { 100, 500 },
	.turns = { 1, 1 }, .pause = MINUTE,
};
static const struct kind sorter = { /* a batch: one short text each */
	.system = 1500, .ask = { 60, 500 }, .answer = { 2, 8 },
	.turns = { 1, 1 }, .pause = MINUTE,
};
static const struct kind stamped = { /* system text that has the time in it */
	.system = 4000, .own_system = true, .ask = { 20, 200 },
	.answer = { 50, 300 }, .turns = { 1, 1 }, .pause = MINUTE,
};
static const struct kind chat = {
	.system = 300, .ask = { 20, 400 }, .first = { 50, 3000 },
	.answer = { 100, 800 }, .turns = { 1, 14 }, .pause = 70000,
};
static const struct kind every_six = {
	.system = 2500, .ask = { 50, 500 }, .answer = { 100, 600 },
	.turns = { 6, 12 }, .pause = 6 * MINUTE, .exactly = true,
};
static const struct kind every_two_hours = {
	.system = 2500, .ask = { 50, 500 }, .answer = { 100, 600 },
	.turns = { 3, 5 }, .pause = 2 * HOUR, .exactly = true,
};
static const struct kind long_talk = {
	.system = 2500, .ask = { 50, 600 }, .answer = { 100, 600 },
	.turns = { 8, 20 }, .pause = 50000,
};

static void made_mixed(struct load *l, struct dice *d)
{
	talks(l, d, &support, 900, 100, 3, 0, 8 * HOUR);
	talks(l, d, &faq, 1200, 100, 3, 0, 8 * HOUR);
	talks(l, d, &agent, 70, 200, 6, 0, 8 * HOUR);
	talks(l, d, &slow, 120, 300, 12, 0, 7 * HOUR);
	talks(l, d, &chat, 350, 400, 40, 0, 8 * HOUR);
	talks(l, d, &one_off, 1200, 500, 4, 0, 8 * HOUR);
	talks(l, d, &sorter, 2500, 600, 1, 3 * HOUR, 4 * HOUR);
	talks(l, d, &stamped, 700, 700, 2, 0, 8 * HOUR);
}

static void made_once(struct load *l, struct dice *d)
{
	talks(l, d, &one_off, 4000, 1, 1, 0, 4 * HOUR);
}

static void made_stamped(struct load *l, struct dice *d)
{
	talks(l, d, &stamped, 4000, 1, 1, 0, 4 * HOUR);
}

static void made_burst(struct load *l, struct dice *d)
{
	talks(l, d, &one_off, 600, 1, 1, 0, MINUTE);
}

static void made_six(struct load *l, struct dice *d)
{
	talks(l, d, &every_six, 500, 1, 500, 0, 4 * HOUR);
}

static void made_two_hours(struct load *l, struct dice *d)
{
	talks(l, d, &every_two_hours, 300, 1, 300, 0, 8 * HOUR);
}

static void made_talks(struct load *l, struct dice *d)
{
	talks(l, d, &long_talk, 200, 1, 10, 0, 2 * HOUR);
}

static void made_turns_bad(struct load *l, struct dice *d)
{
	talks(l, d, &long_talk, 300, 1, 1, 0, 2 * HOUR);
	talks(l, d, &one_off, 3000, 1, 1, 2 * HOUR, 4 * HOUR);
}

static void made_turns_good(struct load *l, struct dice *d)
{
	talks(l, d, &one_off, 3000, 1, 1, 0, 2 * HOUR);
	talks(l, d, &long_talk, 300, 1, 1, 2 * HOUR, 4 * HOUR);
}

/* A thousand tenants, half of whom only ever ask once. */
static void made_tenants(struct load *l, struct dice *d)
{
	talks(l, d, &chat, 1500, 1000, 500, 0, 6 * HOUR);
	talks(l, d, &one_off, 1500, 2000, 500, 0, 6 * HOUR);
}

static void made_few(struct load *l, struct dice *d)
{
	talks(l, d, &support, 12, 1, 1, 0, 8 * HOUR);
	talks(l, d, &one_off, 12, 2, 1, 0, 8 * HOUR);
}

static const struct {
	const char *name;
	void (*make)(struct load *l, struct dice *d);
} kinds[] = {
	{ "mixed", made_mixed },
	{ "once", made_once },
	{ "stamped", made_stamped },
	{ "burst", made_burst },
	{ "six-minutes", made_six },
	{ "two-hours", made_two_hours },
	{ "talks", made_talks },
	{ "turns-bad", made_turns_bad },
	{ "turns-good", made_turns_good },
	{ "tenants", made_tenants },
	{ "few", made_few },
};

int load_make(struct load *l, const char *name)
{
	struct dice d = { mix(1, 2) << 20 };
	size_t i;

	memset(l, 0, sizeof(*l));
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(name, kinds[i].name))
			break;
	if (i == sizeof(kinds) / sizeof(*kinds)) {
		fprintf(stderr, "bill: no load %s\n", name);
		return -1;
	}
	snprintf(l->name, sizeof(l->name), "%s", name);
	kinds[i].make(l, &d);
	load_sort(l);
	return 0;
}
