#include "serve/alarm.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/alarm_queue.h"
#include "serve/alarm_tell.h"
#include "serve/spend_rule.h"

/* -- what is said ---------------------------------------------------------- */

static void money(struct buf *b, const char *name, picousd v)
{
	char text[32];

	price_text(v, text);
	buf_printf(b, ",\"%s\":%s", name, text);
}

static void word(struct buf *b, const char *name, const char *v)
{
	if (!*v)
		return;
	buf_printf(b, ",\"%s\":", name);
	buf_json(b, str_c(v));
}

static void moment(struct buf *b, const char *name, int64_t wall_ms)
{
	char at[25];

	clock_rfc3339(wall_ms, at);
	word(b, name, at);
}

static void sentence(struct buf *b, const struct budget_rule *rule,
		     const char *tenant, const struct budget_alarm *at,
		     picousd spent)
{
	char text[32];
	struct buf s;

	buf_init(&s, b->a);
	price_text(spent, text);
	buf_printf(&s, "Budget %s%s%s: %s of %s USD a %s are spent (alarm at "
		   "%s)", rule->item.name, *tenant ? ", tenant " : "", tenant,
		   text, rule->limit_said, spend_rule_word(rule), at->word);
	word(b, "text", arena_cstr(b->a, buf_view(&s)));
}

static void describe(struct buf *b, uint32_t period,
		     const struct budget_rule *rule, const char *tenant,
		     const struct budget_alarm *at, picousd spent)
{
	char host[65] = "";

	gethostname(host, sizeof(host) - 1);
	buf_puts(b, "{\"event\":\"budget\"");
	moment(b, "time", clock_wall_ms());
	word(b, "host", host);
	word(b, "budget", rule->item.name);
	word(b, "tenant", tenant);
	word(b, "alarm_at", at->word);
	money(b, "alarm_usd", at->at);
	money(b, "spent_usd", spent);
	money(b, "limit_usd", rule->limit);
	word(b, "every", spend_rule_word(rule));
	moment(b, "since", budget_begins_ms((enum budget_every)rule->every,
					    period));
	moment(b, "renewed", spend_rule_ends_ms(rule, period));
	word(b, "on_budget", rule->on_budget == BUDGET_BLOCK ? "block" :
							       "warn");
	sentence(b, rule, tenant, at, spent);
	buf_putc(b, '}');
}

/* -- what waits ------------------------------------------------------------ */

static void keep(struct alarms *s, const struct budget_rule *rule,
		 const char *tenant, const struct budget_alarm *at,
		 picousd spent, struct str json)
{
	struct alarm *a = calloc(1, sizeof(*a) + json.n + 1);

	if (!a)
		abort();
	memcpy(a->json, json.p, json.n);
	a->length = json.n;
	snprintf(a->budget, sizeof(a->budget), "%s", rule->item.name);
	snprintf(a->tenant, sizeof(a->tenant), "%s", tenant);
	snprintf(a->mark, sizeof(a->mark), "%s", at->word);
	price_text(spent, a->spent);
	price_text(rule->limit, a->limit);
	alarms_add(s, a);
}

static void note_one(struct req *r, const struct budget_rule *rule,
		     const struct budget_alarm *at, uint32_t period,
		     picousd spent)
{
	const struct alarm_conf *c = &r->site->conf.alarm;
	const char *tenant = rule->per_tenant ? r->who.account : "";
	struct buf b;

	buf_init(&b, r->a);
	describe(&b, period, rule, tenant, at, spent);
	log_line("alarm %.*s", (int)b.n, b.p);
	if (c->webhook || c->command)
		keep(r->site->alarms, rule, tenant, at, spent, buf_view(&b));
}

void alarm_note(struct req *r, const struct budget_rule *b, uint32_t period,
		picousd from, picousd to)
{
	for (size_t i = 0; i < b->nalarm; i++)
		if (b->alarm[i].at > from && b->alarm[i].at <= to)
			note_one(r, b, &b->alarm[i], period, to);
}

/* -- the errand ------------------------------------------------------------ */

struct telling {
	struct errand errand; /* first: work gets its address */
	struct site *site;
};

static void tell_all(struct site *site, struct lane *lane)
{
	struct alarm *a = alarms_take(site->alarms), *left = NULL, *next;
	struct alarm **end = &left;
	struct alarm_round round;

	alarm_round(&round, &site->conf.alarm, lane);
	for (; a; a = next) {
		next = a->next;
		a->next = NULL;
		if (alarm_tell(&round, a)) {
			free(a);
		} else {
			*end = a;
			end = &a->next;
		}
	}
	alarms_end(site->alarms, left, true, clock_mono_ms());
}

/* Without a lane the process is about to end. */
static void tell(struct errand *e, struct lane *lane)
{
	struct telling *t = (struct telling *)e;
	struct site *site = t->site;
	struct arena *a = e->a; /* t is in it */

	if (lane)
		tell_all(site, lane);
	else
		alarms_end(site->alarms, NULL, false, 0);
	site_unref(&site);
	arena_free(&a);
}

/* A door that has no errands has nobody waiting behind it. */
static void give(struct req *r)
{
	struct arena *a = arena_new();
	struct telling *t = arena_zalloc(a, sizeof(*t));

	t->errand = (struct errand){ .a = a, .heard = true, .work = tell };
	t->site = site_ref(r->site);
	if (!r->door->later)
		tell(&t->errand, r->lane);
	else if (!r->door->later(r->door, &t->errand))
		tell(&t->errand, NULL); /* the next request's end */
}

void alarm_behind(struct req *r)
{
	/* Whoever asks aside has somebody waiting. */
	if (!r->asked.purpose &&
	    alarms_begin(r->site->alarms, clock_mono_ms()))
		give(r);
}
