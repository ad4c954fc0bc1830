/*
 * Which model a request goes to: rules in file order, the first that matches
 * wins, all conditions of a rule must hold. A completion's prompt counts as
 * its user message; where there is none at all (embeddings), conditions on
 * it do not hold. Embeddings and counts have no answer that could be weak:
 * the first model of a cascade is theirs, and no classifier is asked.
 */
#ifndef THRIFT_ROUTE_H
#define THRIFT_ROUTE_H

#include "base/conf.h"
#include "dialect/chat.h"

struct route_rule { /* [route NAME] */
	struct conf_item item;
	/* Conditions. Of numbers -1 is no bound. */
	struct conf_words model, endpoint, tenant, tag; /* empty: any */
	int min_chars, max_chars;     /* of the last user message */
	int min_tokens, max_tokens;   /* of it, estimated */
	int min_prompt_chars, max_prompt_chars;
	int min_prompt_tokens, max_prompt_tokens;
	int min_turns, max_turns;     /* messages but system ones */
	struct conf_words has, lacks; /* tools images json_schema code math */
	struct conf_words script;     /* of the last user message */
	const char *pattern;          /* pcre2, on the last user message */
	const char *time;             /* "mon-fri 08:00-18:00", local time */
	/* What then: `use`, or small and large by the heuristic (such a rule
	 * is not for embeddings). */
	const char *use;              /* a model, or "A then B if weak" */
	const char *small, *large;
	const char *classifier;       /* model that says which; or NULL */
	int64_t classifier_ms;
	const char *otherwise;        /* when it fails; NULL: large */
	/* Of "if weak". */
	struct conf_words weak_on;
	const char *min_logprob;      /* a number */
	const char *judge;            /* model that is asked; or NULL */
	int64_t judge_ms;
	int64_t sticky_ms;            /* a conversation keeps its model */
};

struct route_ask { /* what conditions look at */
	const struct chat *chat;
	struct str endpoint; /* "chat/completions" */
	struct str tenant, tag;
	int64_t wall_ms;
};

enum route_way {
	ROUTE_NONE,     /* no rule matches */
	ROUTE_MODEL,    /* model */
	ROUTE_CASCADE,  /* model, then better if its answer is weak */
	ROUTE_CLASSIFY, /* ask the classifier: model (small) or better */
};

struct route_choice {
	const struct route_rule *rule; /* NULL: none */
	enum route_way way;
	const char *model;  /* ROUTE_CLASSIFY: for what is simple */
	const char *better; /* ROUTE_CASCADE, ROUTE_CLASSIFY */
	const char *best;   /* of its two models, whatever the way; NULL: the
			     * rule has one */
	const char *otherwise; /* ROUTE_CLASSIFY: when nobody can say */
	const char *why;    /* static: "short", "code", "math", or "" */
	bool timed;         /* at another hour it may be another */
};

struct route; /* compiled rules; read-only once made */

/* NULL with err_r when a pattern does not compile or a value is no good; the
 * line names the rule and the place. Free with route_free. */
struct route *route_new(const struct route_rule *rules, size_t n,
			char *err_r, size_t err_n);
void route_free(struct route **r);

/* A pattern that runs into pcre2's match limit does not match. Thread-safe. */
void route_choose(const struct route *r, const struct route_ask *ask,
		  struct route_choice *choice_r);

/* Why rule i (from 0, < n) does not match, in words from a; NULL: it does. */
const char *route_unmet(const struct route *r, size_t i, struct arena *a,
			const struct route_ask *ask);

/* What makes an answer weak, of one of the rules. */
struct route_weak {
	unsigned on; /* bits of enum weak (thrift/judge.h) */
	double min_logprob;
};
const struct route_weak *route_weak(const struct route *r,
				    const struct route_rule *rule);

/* "A then B if weak" or "A". 0, or -1 when it is neither; from a. */
int route_use(struct arena *a, const char *use, const char **model_r,
	      const char **better_r);

#endif
