/*
 * What the three APIs demand of a conversation, by what they publish and
 * answer, read from the JSON alone: it shares nothing with the code that is
 * tested. NULL, or what is wrong.
 */
#ifndef TESTS_UNIT_TRIM_RULES_H
#define TESTS_UNIT_TRIM_RULES_H

#include "base/json.h"
#include "dialect/shape.h"

#define MAX_IDS 1024

struct ids {
	struct str id[MAX_IDS];
	size_t n;
};

static inline void ids_add(struct ids *s, struct str id)
{
	assert_true(s->n < MAX_IDS);
	s->id[s->n++] = id;
}

static inline bool ids_has(const struct ids *s, struct str id)
{
	for (size_t i = 0; i < s->n; i++)
		if (str_eq(s->id[i], id))
			return true;
	return false;
}

static inline bool ids_take(struct ids *s, struct str id)
{
	for (size_t i = 0; i < s->n; i++) {
		if (str_eq(s->id[i], id)) {
			s->id[i] = s->id[--s->n];
			return true;
		}
	}
	return false;
}

static inline struct str member(const struct json *doc, uint32_t v,
				const char *name)
{
	return json_inner(doc, json_get(doc, v, name));
}

static inline bool role_is(const struct json *doc, uint32_t v,
			   const char *role)
{
	return str_is(member(doc, v, "role"), role);
}

static inline bool type_is(const struct json *doc, uint32_t v,
			   const char *type)
{
	return str_is(member(doc, v, "type"), type);
}

/* An assistant's message with tool_calls must be followed by tool messages
 * that respond to each tool_call_id, and by nothing else before. */
static inline const char *chat_wrong(const struct json *doc, uint32_t list)
{
	struct ids open;
	uint32_t i, c, calls;

	open.n = 0; /* the rest of it need not be cleared */
	for (i = json_first(doc, list); i; i = json_next(doc, list, i)) {
		if (role_is(doc, i, "tool")) {
			if (!ids_take(&open, member(doc, i, "tool_call_id")))
				return "a result without its call";
			continue;
		}
		if (open.n)
			return "a call without its result";
		calls = json_get(doc, i, "tool_calls");
		if (!calls)
			continue;
		for (c = json_first(doc, calls); c;
		     c = json_next(doc, calls, c))
			ids_add(&open, member(doc, c, "id"));
	}
	return open.n ? "a call without its result" : NULL;
}

/* The results of one user message: they stand first, and answer the message
 * before. */
static inline const char *results_wrong(const struct json *doc, uint32_t v,
					struct ids *open)
{
	bool other = false;

	if (!json_is(doc, v, JSON_ARRAY))
		return NULL;
	for (uint32_t b = json_first(doc, v); b; b = json_next(doc, v, b)) {
		if (!type_is(doc, b, "tool_result")) {
			other = true;
			continue;
		}
		if (other)
			return "a result behind other blocks";
		if (!ids_take(open, member(doc, b, "tool_use_id")))
			return "a result without its call";
	}
	return NULL;
}

/* Each tool_use must have a tool_result in the next message; the first
 * message is a user's; content is not left out. */
static inline const char *messages_wrong(const struct json *doc,
					 uint32_t list)
{
	struct ids open;
	const char *why;

	open.n = 0;
	for (uint32_t i = json_first(doc, list); i;
	     i = json_next(doc, list, i)) {
		uint32_t v = json_get(doc, i, "content");

		if (!v)
			return "no content";
		if (role_is(doc, i, "user")) {
			why = results_wrong(doc, v, &open);
			if (why)
				return why;
		}
		if (open.n)
			return "a call without its result";
		if (!role_is(doc, i, "assistant") ||
		    !json_is(doc, v, JSON_ARRAY))
			continue;
		for (uint32_t b = json_first(doc, v); b;
		     b = json_next(doc, v, b))
			if (type_is(doc, b, "tool_use"))
				ids_add(&open, member(doc, b, "id"));
	}
	return open.n ? "a call without its result" : NULL;
}

/* Each output has a call before it and each call an output behind it; what
 * came of a reasoning item ("fc of 7") needs it, and it what came of it. */
static inline const char *responses_wrong(const struct json *doc,
					  uint32_t list)
{
	struct ids open, reasons;
	struct str due = { NULL, 0 };

	open.n = reasons.n = 0;
	for (uint32_t i = json_first(doc, list); i;
	     i = json_next(doc, list, i)) {
		struct str of = member(doc, i, "id");

		while (of.n && !str_starts(of, STR(" of ")))
			of = str_from(of, 1);
		if (due.n && !str_eq(of, due))
			return "reasoning without what came of it";
		due = (struct str){ NULL, 0 };
		if (type_is(doc, i, "reasoning"))
			ids_add(&reasons, due = of);
		else if (of.n && !str_is(of, " of 0") &&
			 !ids_has(&reasons, of))
			return "an item without its reasoning";
		if (type_is(doc, i, "function_call"))
			ids_add(&open, member(doc, i, "call_id"));
		else if (type_is(doc, i, "function_call_output") &&
			 !ids_take(&open, member(doc, i, "call_id")))
			return "a result without its call";
	}
	return open.n ? "a call without its result" : NULL;
}

static inline uint32_t rules_list(const struct json *doc, enum shape shape)
{
	return json_get(doc, 0, shape == SHAPE_RESPONSES ? "input" :
							   "messages");
}

static inline const char *rules_wrong(const struct json *doc,
				      enum shape shape)
{
	uint32_t list = rules_list(doc, shape);

	if (!json_first(doc, list))
		return "no messages";
	if (shape == SHAPE_CHAT)
		return chat_wrong(doc, list);
	return shape == SHAPE_MESSAGES ? messages_wrong(doc, list) :
					 responses_wrong(doc, list);
}

static inline bool is_system_item(const struct json *doc, uint32_t i)
{
	return role_is(doc, i, "system") || role_is(doc, i, "developer");
}

/* Is the first that is no system message a user's? */
static inline bool rules_user_first(const struct json *doc, enum shape shape)
{
	uint32_t list = rules_list(doc, shape), i = json_first(doc, list);

	while (i && is_system_item(doc, i))
		i = json_next(doc, list, i);
	return i && role_is(doc, i, "user");
}

/*
 * Where roles must alternate: messages do; of chat the templates of several
 * models want it, of users' messages and of assistants' without calls.
 * How often they do not.
 */
static inline size_t rules_repeats(const struct json *doc, enum shape shape)
{
	uint32_t list = rules_list(doc, shape), i;
	struct str last = { NULL, 0 };
	size_t n = 0;

	if (shape == SHAPE_RESPONSES)
		return 0;
	for (i = json_first(doc, list); i; i = json_next(doc, list, i)) {
		struct str role = member(doc, i, "role");

		if (is_system_item(doc, i) || str_is(role, "tool") ||
		    json_get(doc, i, "tool_calls"))
			continue;
		n += str_eq(role, last);
		last = role;
	}
	return n;
}

#endif
