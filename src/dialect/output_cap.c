#include "dialect/output_cap.h"

#include "dialect/model_name.h"

#define MIN_BUDGET 1024 /* the least Anthropic lets a model think */

/* One request's edits. */
struct capping {
	struct splices *s;
	struct arena *a;
	const struct chat *c;
	bool changed;
};

static const char *const members[][2] = {
	[SHAPE_CHAT] = { "max_tokens", "max_completion_tokens" },
	[SHAPE_COMPLETION] = { "max_tokens" },
	[SHAPE_RESPONSES] = { "max_output_tokens" },
	[SHAPE_MESSAGES] = { "max_tokens" },
	[SHAPE_OTHER] = { NULL }, /* the last shape: it sets the length */
};

/* The number of a member, or -1. */
static int64_t number(const struct json *doc, uint32_t obj, const char *name)
{
	int64_t n = -1;

	json_int(doc, json_get(doc, obj, name), &n);
	return n < 0 ? -1 : n;
}

/* The lower of two limits of which -1 is none. */
static int64_t lower(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

int64_t output_cap(const struct chat *c)
{
	int64_t cap = -1;

	for (size_t i = 0; i < 2 && members[c->shape][i]; i++)
		cap = lower(cap, number(c->doc, 0, members[c->shape][i]));
	return cap;
}

/* A number too large to be read bounds, too, and hardly. */
static int64_t bound(const struct json *doc, uint32_t v)
{
	int64_t n = json_is(doc, v, JSON_NUMBER) ? INT64_MAX : -1;

	json_int(doc, v, &n);
	return n;
}

int64_t output_cap_most(const struct chat *c)
{
	int64_t most = -1, n;

	for (size_t i = 0; i < 2 && members[c->shape][i]; i++) {
		if (!json_get(c->doc, 0, members[c->shape][i]))
			continue;
		n = bound(c->doc, json_get(c->doc, 0, members[c->shape][i]));
		if (n <= 0)
			return -1;
		most = n > most ? n : most;
	}
	return most;
}

static void put(struct capping *k, uint32_t obj, const char *name, int64_t n)
{
	splice_set(k->s, k->c->doc, obj, name,
		   str_c(arena_printf(k->a, "%lld", (long long)n)));
	k->changed = true;
}

/* A member that is there, and too high or nothing that bounds. */
static void put_lower(struct capping *k, const char *name, int64_t most)
{
	int64_t n = number(k->c->doc, 0, name);

	if (most > 0 && json_get(k->c->doc, 0, name) && lower(n, most) != n)
		put(k, 0, name, most);
}

/* o1, o3-mini, gpt-5.1, openai/o4-mini, ft:o4-mini:...; these know
 * max_completion_tokens only. */
static bool is_reasoning(struct str model)
{
	size_t at;

	model = model_bare(model);
	at = str_starts(model, STR("gpt-")) ? 4 :
	     str_starts(model, STR("o")) ? 1 : 0;
	if (!at || model.n == at || model.p[at] < (at == 4 ? '5' : '1') ||
	    model.p[at] > '9')
		return false;
	return model.n == at + 1 || strchr("-.:@", model.p[at + 1]) != NULL;
}

/* -- one for each shape ---------------------------------------------------- */

static void cap_alone(struct capping *k, int64_t most)
{
	const char *name = members[k->c->shape][0];
	uint32_t v = json_get(k->c->doc, 0, name);

	if (v)
		put_lower(k, name, most);
	else if (most > 0)
		put(k, 0, name, most);
}

static void cap_reasoning(struct capping *k, int64_t most)
{
	const struct json *doc = k->c->doc;
	uint32_t old = json_get(doc, 0, "max_tokens"), name = old - 1;
	int64_t own = number(doc, 0, "max_completion_tokens");
	int64_t cap = lower(output_cap(k->c), most > 0 ? most : -1);

	if (old) {
		splice_cut(k->s, doc, 0, &name, 1);
		k->changed = true;
	}
	if (cap != own)
		put(k, 0, "max_completion_tokens", cap);
}

static void cap_chat(struct capping *k, int64_t most)
{
	const struct json *doc = k->c->doc;

	if (!json_get(doc, 0, "max_tokens") &&
	    !json_get(doc, 0, "max_completion_tokens")) {
		cap_alone(k, most);
		return;
	}
	put_lower(k, "max_tokens", most);
	put_lower(k, "max_completion_tokens", most);
}

static void cap_messages(struct capping *k, int64_t most)
{
	const struct json *doc = k->c->doc;
	uint32_t thinking = json_get(doc, 0, "thinking");
	int64_t budget = thinking ?
		number(doc, thinking, "budget_tokens") : -1;

	if (most <= 0 || budget < most) {
		cap_alone(k, most);
		return;
	}
	if (lower(output_cap(k->c), most) != most)
		return; /* below its own budget: for the API to refuse */
	budget = most - most / 4;
	if (budget < MIN_BUDGET) {
		budget = MIN_BUDGET;
		most = most > MIN_BUDGET ? most : MIN_BUDGET + most;
	}
	cap_alone(k, most);
	put(k, thinking, "budget_tokens", budget);
}

bool output_cap_set(struct splices *s, struct arena *a, const struct chat *c,
		    struct str model, int64_t most)
{
	struct capping k = { .s = s, .a = a, .c = c };

	if (!members[c->shape][0] || json_type(c->doc, 0) != JSON_OBJECT)
		return false;
	if (c->shape == SHAPE_MESSAGES)
		cap_messages(&k, most);
	else if (c->shape == SHAPE_CHAT && is_reasoning(model))
		cap_reasoning(&k, most);
	else if (c->shape == SHAPE_CHAT)
		cap_chat(&k, most);
	else
		cap_alone(&k, most);
	return k.changed;
}
