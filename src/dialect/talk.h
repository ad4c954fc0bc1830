/*
 * What a request says, in no dialect: what a reader (talk_read.h) makes of
 * one shape and a writer (talk_write.h) says in another. Private to the
 * talk*.c files.
 *
 * Nothing is decoded: values are tokens of the source, and strings what
 * stands between their quotes.
 */
#ifndef DIALECT_TALK_H
#define DIALECT_TALK_H

#include "base/count.h"
#include "dialect/translate.h"

/* Members of the request that are carried as they stand, or not at all. */
enum talk_setting {
	TALK_TEMPERATURE,
	TALK_TOP_P,
	TALK_TOP_K,
	TALK_MAX_TOKENS, /* of visible text, maybe of reasoning as well */
	TALK_MAX_ALL,    /* reasoning included, and the request says so */
	TALK_STOP,       /* a string or an array of strings */
	TALK_SEED,
	TALK_N,
	TALK_LOGPROBS,
	TALK_TOP_LOGPROBS,
	TALK_LOGIT_BIAS,
	TALK_FREQUENCY_PENALTY,
	TALK_PRESENCE_PENALTY,
	TALK_MODALITIES,
	TALK_VERBOSITY,
	TALK_TRUNCATION,
	TALK_STORE,
	TALK_USER,
	TALK_SAFETY_ID,
	TALK_METADATA,
	TALK_CACHE_KEY,
	TALK_TIER,
	TALK_SETTINGS
};

enum talk_kind {
	TALK_TEXT,
	TALK_REFUSAL,
	TALK_IMAGE,
	TALK_FILE,
	TALK_PLAIN, /* a document that is text */
	TALK_AUDIO,
	TALK_CALL,
	TALK_RESULT,
	TALK_THINKING, /* signed by an Anthropic model */
	TALK_REDACTED, /* the same, sealed */
};

enum talk_role { TALK_SYSTEM, TALK_USER_TURN, TALK_ASSISTANT };

struct talk_list {
	struct talk_part *part;
	uint32_t n, cap;
};

/* Small, for a hostile request is little but parts. */
struct talk_part {
	enum talk_kind kind;
	uint32_t tok;   /* where it stands in the source */
	uint32_t value; /* IMAGE: detail, AUDIO: all of it, CALL: the
			 * arguments, JSON in a string or an object */
	bool error;     /* RESULT */
	struct str text; /* words; of IMAGE and FILE the data */
	struct str name; /* of a CALL, a FILE, a PLAIN */
	union {
		struct str id;   /* CALL, RESULT */
		struct str url;  /* IMAGE, FILE: p NULL when there is data */
		struct str sign; /* THINKING; of REDACTED all there is */
	};
	union {
		struct str media;        /* IMAGE, FILE: the data's type */
		struct talk_list inside; /* RESULT */
	};
};

struct talk_turn {
	enum talk_role role;
	uint32_t tok;
	struct talk_list list;
};

struct talk_tool {
	uint32_t name, description, schema, strict; /* 0: absent */
};

enum talk_choice {
	TALK_CHOOSE_UNSAID,
	TALK_CHOOSE_AUTO,
	TALK_CHOOSE_NONE,
	TALK_CHOOSE_ANY,
	TALK_CHOOSE_NAMED,
};

enum talk_format { TALK_FORMAT_TEXT, TALK_FORMAT_JSON, TALK_FORMAT_SCHEMA };

enum talk_effort {
	TALK_EFFORT_UNSAID,
	TALK_EFFORT_NONE,
	TALK_EFFORT_MINIMAL,
	TALK_EFFORT_LOW,
	TALK_EFFORT_MEDIUM,
	TALK_EFFORT_HIGH,
	TALK_EFFORT_XHIGH,
	TALK_EFFORT_MAX,
};

struct talk_lost; /* talk_fault.h */

struct talk {
	const struct json *doc;
	const struct translate_ask *q; /* what is to become of it */
	struct arena *a;
	struct talk_lost *lost;

	uint32_t set[TALK_SETTINGS]; /* tokens; 0: absent */

	struct talk_turn *turn;
	size_t nturn, turn_cap;
	bool prefill; /* the answer goes on where the last turn ends */

	struct talk_tool *tool;
	size_t ntool;
	enum talk_choice choice;
	uint32_t choice_name;
	uint32_t parallel_tok;
	bool serial; /* one call at a time */

	enum talk_format format;
	uint32_t format_tok;
	uint32_t schema, schema_name, schema_about, schema_strict;
	bool schema_bound; /* strict where the source cannot but be */

	enum talk_effort effort;
	uint32_t effort_tok; /* what asks for reasoning, for refusals */
	bool summary;        /* reasoning is to be shown */
};

/* A new part, zeroed. */
struct talk_part *talk_part(const struct talk *t, struct talk_list *list,
			    enum talk_kind kind, uint32_t tok);

#endif
