#include "serve/settings_check.h"

#include <stdlib.h>

#include "serve/url.h"

#define LIMIT_MOST 1000000 /* USD */
#define USD 1000000000000ll
#define NAME_MOST 60
#define BUDGETS_MOST 64
#define ALARMS_MOST 16

/* -- amounts --------------------------------------------------------------- */

static bool is_money(const char *word, picousd *v_r)
{
	return price_parse(str_c(word), v_r) && *v_r > 0 &&
	       *v_r <= LIMIT_MOST * USD;
}

static int check_limit(struct budget_rule *b, const struct complaint *c)
{
	if (!b->limit_said)
		return COMPLAIN(c, b, "[budget %s] needs a limit, in USD");
	if (!is_money(b->limit_said, &b->limit))
		return COMPLAIN(c, b, "[budget %s]: limit: \"%s\" is no amount "
				"of USD; write 10 or 0.50, more than 0 and at "
				"most %d", b->limit_said, LIMIT_MOST);
	return 0;
}

/* "80%" of the limit, or "8.00". */
static bool read_alarm(const struct budget_rule *b, struct str word,
		       picousd *at_r)
{
	picousd v;

	if (!word.n || word.p[word.n - 1] != '%')
		return price_parse(word, at_r) && *at_r > 0 &&
		       *at_r <= LIMIT_MOST * USD;
	word.n--;
	if (!price_parse(word, &v) || v <= 0 || v > 1000 * USD)
		return false;
	*at_r = (picousd)((__int128)b->limit * v / (100 * USD));
	if (!*at_r)
		*at_r = 1;
	return true;
}

static int rising(const void *a, const void *b)
{
	const struct budget_alarm *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

static int check_alarms(struct budget_rule *b, struct arena *a,
			const struct complaint *c)
{
	const struct conf_words *w = &b->alarm_said;

	if (w->n > ALARMS_MOST)
		return COMPLAIN(c, b, "[budget %s]: alarm_at: at most %d",
				ALARMS_MOST);
	b->alarm = arena_new_n(a, struct budget_alarm, w->n + 1);
	for (b->nalarm = 0; b->nalarm < w->n; b->nalarm++) {
		b->alarm[b->nalarm].word = w->word[b->nalarm];
		if (!read_alarm(b, str_c(w->word[b->nalarm]),
				&b->alarm[b->nalarm].at))
			return COMPLAIN(c, b, "[budget %s]: alarm_at: \"%s\" "
					"is neither a part of the limit (80%%) "
					"nor an amount of USD (8.00)",
					w->word[b->nalarm]);
	}
	qsort(b->alarm, b->nalarm, sizeof(*b->alarm), rising);
	return 0;
}

/* -- whom they name -------------------------------------------------------- */

static bool served(const struct settings *s, const char *model)
{
	const struct upstream *u = s->upstreams.item;
	const struct model *m = s->models.item;

	for (size_t i = 0; i < s->upstreams.n; i++)
		if (u[i].models.n)
			return true;
	for (size_t i = 0; i < s->models.n; i++)
		if (strcmp(m[i].item.name, model) == 0 ||
		    strcmp(m[i].name, model) == 0)
			return true;
	return false;
}

static int check_names(const struct settings *s, const struct budget_rule *b,
		       const struct complaint *c)
{
	if (strlen(b->item.name) > NAME_MOST)
		return COMPLAIN(c, b, "[budget %s]: a name may have %d bytes",
				NAME_MOST);
	for (size_t i = 0; i < b->upstream.n; i++)
		if (!settings_upstream(s, b->upstream.word[i]))
			return COMPLAIN(c, b, "[budget %s]: upstream: there is "
					"no [upstream %s]",
					b->upstream.word[i]);
	for (size_t i = 0; i < b->model.n; i++)
		if (!served(s, b->model.word[i]))
			return COMPLAIN(c, b, "[budget %s]: model: there is no "
					"[model %s]", b->model.word[i]);
	return 0;
}

/* -- who is told ----------------------------------------------------------- */

static int check_webhook(const struct alarm_conf *a, const struct complaint *c)
{
	struct url url;
	const char *why;

	if (!a->webhook)
		return 0;
	why = url_base(&url, str_c(a->webhook));
	if (why)
		return settings_complain(c, 1, "[alarm] webhook: url %s", why);
	if (!url.tls && !url.loopback)
		return settings_complain(c, 1, "[alarm] webhook is plain http "
				"to another host; use https");
	return 0;
}

static int check_alarm(const struct alarm_conf *a, const struct complaint *c)
{
	if (a->command && *a->command != '/')
		return settings_complain(c, 1, "[alarm] command must begin "
				"with the full path of a program");
	if (a->timeout_ms < 100 || a->timeout_ms > 600000)
		return settings_complain(c, 1, "[alarm] timeout must be 100ms "
				"to 10m");
	return check_webhook(a, c);
}

int settings_check_ledger(struct settings *s, struct arena *a,
			  const struct complaint *c)
{
	struct budget_rule *b = s->budgets.item;

	if (s->budgets.n > BUDGETS_MOST)
		return settings_complain(c, b[BUDGETS_MOST].item.line,
				"at most %d [budget] sections", BUDGETS_MOST);
	for (size_t i = 0; i < s->budgets.n; i++)
		if (check_limit(&b[i], c) < 0 ||
		    check_alarms(&b[i], a, c) < 0 ||
		    check_names(s, &b[i], c) < 0)
			return -1;
	return check_alarm(&s->alarm, c);
}
