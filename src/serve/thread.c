#include "serve/thread.h"

#include "base/clock.h"
#include "serve/cascade.h"

#define LOOKS 4 /* how many earlier ends of a dialogue are looked for */

/* -- hashes ---------------------------------------------------------------- */

/* The mark is an object, so the string before it is its name. */
static bool is_mark(const struct json *doc, uint32_t i, uint32_t end)
{
	return i + 1 < end && json_type(doc, i) == JSON_STRING &&
	       json_type(doc, i + 1) == JSON_OBJECT &&
	       json_string_is(doc, i, "cache_control");
}

/* Most bytes of a conversation are in long texts. */
static void hash_text(struct hash *h, const struct key *brief, struct str s)
{
	if (!brief || s.n <= BLAKE2B_BLOCK)
		hash_field(h, s);
	else
		hash_short(h, brief, s);
}

/*
 * What a value says, without the marks that clients move from one message to
 * the next as a dialogue grows.
 */
static void hash_value(struct hash *h, const struct key *brief,
		       const struct json *doc, uint32_t v)
{
	uint32_t end = v ? doc->tok[v].next : 0, i = v;

	while (i < end) {
		if (is_mark(doc, i, end)) {
			i = doc->tok[i + 1].next;
			continue;
		}
		if (json_type(doc, i) < JSON_ARRAY)
			hash_text(h, brief, json_span(doc, i));
		else
			hash_add(h, doc->text.p + doc->tok[i].at, 1);
		i++;
	}
	hash_add(h, "", 1);
}

static void hash_members(struct hash *h, const struct key *brief,
			 const struct json *doc, const char *const *name)
{
	for (; *name; name++) {
		hash_field(h, str_c(*name));
		hash_value(h, brief, doc, json_get(doc, 0, *name));
	}
}

/* Each from the one before it. */
static void hash_on(struct thread *t, struct req *r, size_t i,
		    struct str before)
{
	static const char *const manners[] = { "tool_choice", "thinking",
					       NULL };
	const struct json *doc = t->chat->doc;
	struct hash h;

	hash_begin_with(&h, &r->site->secret.cache);
	hash_add(&h, t->at[i].b, HASH_BYTES);
	if (i == 0) {
		hash_members(&h, t->brief, doc, manners);
		hash_field(&h, before);
	}
	hash_value(&h, t->brief, doc, t->chat->turn[i].tok);
	hash_end(&h, &t->at[i + 1]);
}

void thread_name(struct thread *t, struct req *r, struct str what,
		 struct str before, size_t turns)
{
	static const char *const first[] = { "tools", "functions", "system",
					     "instructions", NULL };
	struct hash h;

	t->at = arena_new_n(r->a, struct key, turns + 1);
	hash_begin_with(&h, &r->site->secret.cache);
	hash_field(&h, STR("thread"));
	hash_field(&h, what);
	hash_members(&h, t->brief, t->chat->doc, first);
	hash_end(&h, &t->at[0]);
	for (size_t i = 0; i < turns; i++)
		hash_on(t, r, i, before);
}

size_t thread_end_before(const struct chat *c, size_t n)
{
	while (n-- > 1)
		if (c->turn[n].role == ROLE_ASSISTANT &&
		    c->turn[n - 1].role != ROLE_ASSISTANT)
			return n;
	return 0;
}

/* -- the model of a conversation ------------------------------------------- */

/* Of the rule that was chosen, for reading and for writing. */
static const struct thread *thread_of(struct req *r,
				      const struct route_rule *rule)
{
	struct buf what;

	if (r->thread)
		return r->thread;
	r->thread = arena_new_n(r->a, struct thread, 1);
	*r->thread = (struct thread){ &r->chat, &r->site->secret.body, NULL };
	buf_init(&what, r->a);
	buf_puts(&what, "model ");
	buf_add(&what, (const char *)r->who.tenant.b, HASH_BYTES);
	buf_puts(&what, rule->item.name);
	thread_name(r->thread, r, buf_view(&what), STR(""), r->chat.nturn);
	return r->thread;
}

static bool remembers(const struct req *r, const struct route_rule *rule)
{
	return rule->sticky_ms > 0 && r->site->store &&
	       r->chat.nturn && !r->chat.stateful;
}

const char *thread_model(struct req *r, const struct route_rule *rule)
{
	size_t end = thread_end_before(&r->chat, r->chat.nturn);
	const struct thread *t;
	struct entry e;

	if (!remembers(r, rule) || !end)
		return NULL;
	t = thread_of(r, rule);
	for (int i = 0; i < LOOKS && end; i++) {
		if (store_get(r->site->store, r->a, &t->at[end],
			      clock_wall_ms(), &e) == 1)
			return arena_cstr(r->a, e.bytes);
		end = thread_end_before(&r->chat, end);
	}
	return NULL;
}

/* Whose answer the caller got; empty: that of neither. */
static struct str answered(const struct req *r)
{
	const struct target *t = req_target(r);

	if (!t)
		return STR("");
	if (!r->hit.found || str_eq(r->hit.stamp.model, t->model))
		return target_name(t);
	return cascade_betters(r) ?
		       target_name(&r->plan.target[1]) :
		       STR("");
}

/* The same, and for long enough? To look is cheaper than to write. */
static bool is_kept(struct req *r, const struct key *k, const struct entry *e)
{
	int64_t now = e->born_ms, least = now + (e->expires_ms - now) / 2;
	struct entry is;

	return store_get(r->site->store, r->a, k, now, &is) == 1 &&
	       str_eq(is.bytes, e->bytes) && is.expires_ms > least;
}

void thread_keep(struct req *r)
{
	const struct route_rule *rule = r->plan.rule;
	int64_t now = clock_wall_ms();
	struct entry e = { now, now, answered(r) };
	const struct key *k;

	if (!r->plan.sticks || !remembers(r, rule) || r->fail.status ||
	    !e.bytes.n)
		return;
	e.expires_ms += rule->sticky_ms;
	k = &thread_of(r, rule)->at[r->chat.nturn];
	if (!is_kept(r, k, &e))
		store_put(r->site->store, k, &e);
}
