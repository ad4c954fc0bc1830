/* How the memcached nodes are, and the upstreams with their breakers and
 * limits. */
#include "serve/status_walk.h"

#include <inttypes.h>

#include "serve/way.h"
#include "store/node.h"
#include "store/word.h"

/* --- memcached nodes --- */

static void show_node(struct walk *w, const char *name)
{
	struct board_node *n = node_find(w->of->board, name);
	uint64_t deaths;
	bool up;

	if (!n)
		return;
	/* Whether it would be asked is not for us to ask: that may be a
	 * probe. */
	up = word_get(&n->off_until_ms) == 0;
	deaths = word_get(&n->deaths);
	w->eye->item(w->ctx, name);
	walk_show(w, "up", STATUS_YES_NO, up, up ? "up" : "down");
	walk_number(w, "deaths", deaths,
	       arena_printf(w->a, "%" PRIu64 " times down", deaths));
	w->eye->item_end(w->ctx);
}

void walk_nodes(struct walk *w)
{
	const struct conf_words *servers = &w->of->conf->memcached.servers;

	for (size_t i = 0; i < servers->n; i++)
		show_node(w, servers->word[i]);
}

size_t walk_nodes_n(const struct walk *w)
{
	return w->of->conf->memcached.servers.n;
}

/* --- upstreams --- */

static void show_state(struct walk *w, const struct breaker_state *s)
{
	const char *state = !s->open ? "closed" : s->tried ? "trying" : "open";
	const char *say = !s->open ? "breaker closed" :
			  s->tried ? "breaker open, being tried" :
			  "breaker open, tried again by the next request";

	if (s->open_ms)
		say = arena_printf(w->a, "breaker open, tried again in "
				   "%" PRId64 ".%" PRId64 " s",
				   s->open_ms / 1000, s->open_ms % 1000 / 100);
	walk_word(w, "breaker", state, say);
	walk_number(w, "retry_ms", (uint64_t)s->open_ms, NULL);
	walk_number(w, "opened", s->opened,
	       arena_printf(w->a, "%" PRIu64 " times opened", s->opened));
	walk_number(w, "failures_in_row", s->row,
	       s->row ? arena_printf(w->a, "%" PRIu64 " failures in a row",
				     s->row) : NULL);
}

/* Those that it is open for alone. */
static void show_accounts(struct walk *w, const struct key *id,
			  const struct breaker_conf *c)
{
	unsigned n = breaker_open_among(w->of->board, id, c, w->of->mono_ms);

	walk_number(w, "open_for_accounts", n,
	       n ? arena_printf(w->a, "open for %u account%s", n,
				n == 1 ? "" : "s") : NULL);
}

/* "3 of 8 running". */
static void show_of(struct walk *w, const char *name, int64_t n, int64_t all,
		    const char *what)
{
	walk_number(w, name, (uint64_t)n,
	       arena_printf(w->a, "%" PRId64 " of %" PRId64 " %s", n, all,
			    what));
}

/* What is left is what could be asked at once, a sixth of a minute's. */
static void show_left(struct walk *w, const char *name, int64_t left,
		      int64_t per_minute, const char *what)
{
	walk_number(w, name, (uint64_t)left,
	       arena_printf(w->a, "%" PRId64 " %s left now (%" PRId64
			    " a minute)", left, what, per_minute));
}

static void show_limits(struct walk *w, const struct upstream *u)
{
	struct limit_conf c;
	struct limit_state s;
	struct key id;

	way_limit_conf(u, &c);
	if (!c.concurrent && !c.requests && !c.tokens)
		return;
	way_limit_id(u, &id);
	limit_look(limit_seen(w->of->board, &id), &c, w->of->mono_ms, &s);
	if (c.concurrent)
		show_of(w, "running", s.running, c.concurrent, "running");
	show_of(w, "waiting", s.waiting, c.queue, "waiting");
	if (c.requests)
		show_left(w, "requests_left", s.requests_left, c.requests,
			  "requests");
	if (c.tokens)
		show_left(w, "tokens_left", s.tokens_left, c.tokens,
			  "tokens");
}

static void show_upstream(struct walk *w, const struct upstream *u,
			 const char *model)
{
	struct breaker_conf c;
	struct breaker_state s;
	struct key id;

	way_breaker_conf(u, &c);
	way_breaker_id(u, model, &id);
	breaker_look(breaker_seen(w->of->board, &id), &c, w->of->mono_ms, &s);
	w->eye->item(w->ctx, u->item.name);
	walk_word(w, "model", model,
	     model ? arena_printf(w->a, "model %s", model) : NULL);
	if (c.row) {
		show_state(w, &s);
		show_accounts(w, &id, &c);
	} else {
		walk_word(w, "breaker", "off", "no breaker");
	}
	if (!model)
		show_limits(w, u);
	w->eye->item_end(w->ctx);
}

void walk_upstreams(struct walk *w)
{
	const struct upstream *u = w->of->conf->upstreams.item;
	const struct model *m = w->of->conf->models.item;

	for (size_t i = 0; i < w->of->conf->upstreams.n; i++) {
		show_upstream(w, &u[i], NULL);
		for (size_t j = 0; j < w->of->conf->models.n; j++)
			if (m[j].to == &u[i])
				show_upstream(w, &u[i], m[j].item.name);
	}
}

size_t walk_upstreams_n(const struct walk *w)
{
	return w->of->conf->upstreams.n;
}
