/*
 * The corridor without a server: a door in memory, a network that follows a
 * script, and a site in a directory of its own. What the corridor answered,
 * asked and logged last is at hand; what must hold for every answer (its
 * head is well-formed, no secret is anywhere it does not belong, its log
 * line is one line with the right checksum) is checked at each.
 */
#ifndef CORRIDOR_BED_H
#define CORRIDOR_BED_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */

#include "base/json.h"
#include "serve/corridor.h"

#define COUNT(x) (sizeof(x) / sizeof(*(x)))
#define SSE "text/event-stream"

/* A question's "messages", and the least of chat completions. */
#define USER(text) "\"messages\":[{\"role\":\"user\",\"content\":\"" text "\"}]"
#define CHAT "{\"model\":\"m\"," USER("hi") "}"

#define PROVIDER_KEY "sk-provider-0123456789abcdef"

/* What the upstream does. */
struct play {
	int status;          /* 0: no answer at all */
	const char *type;    /* Content-Type */
	const char *const *header; /* name, value, ..., NULL */
	const char *body;
	size_t piece;        /* bytes of body at a time; 0: all */
	int ticks;           /* silences before the body, */
	int early_ticks;     /* and before the head, */
	int tick_ms;         /* each at least so long */
	bool gone;           /* the caller hangs up before the head */
	enum net_end end;
};

/* What the corridor asked the upstream. */
struct asked_net {
	const char *method, *url, *header; /* "name: value\n"... */
	struct str body;
};

struct bed {
	char dir[512], conf[600], log[600], clients[600];
	struct arena *a;  /* of everything below */
	struct site *site;
	struct slots slots;
	struct lane lane;

	struct play play;
	/* When set, says what the upstream answers instead. */
	void (*answer)(struct bed *b, struct play *p);
	int calls;
	struct asked_net net;

	size_t sink_dies_at; /* bytes it takes; 0: all */
	int flushes;
	/* When set, hears of each flush, and all that the caller has then. */
	void (*flushed)(struct bed *b, struct str given);
	bool holds_on;    /* the door takes no errands */
	bool drops;       /* or takes them and runs none */
	bool finished;    /* the door let the caller go */
	int calls_before; /* of those, before it did */

	int status;       /* of the last answer */
	struct str head, body;
	struct str line;  /* its log line; empty when there is none */
	int behind;       /* lines of requests that refreshed it */
	int asides;       /* lines of what larder asked for itself */
	struct json doc;  /* of line */
	size_t log_seen;
	size_t lines;     /* of the log since the bed was made */
	const char *larder_key; /* which must not reach the upstream */
};

/* Lines to add to the sections; rest NULL: two upstreams without keys. In
 * `larder` and `rest` "%1$s" is the bed's directory. */
struct bed_conf {
	const char *larder, *cache, *rest;
};

/* One call, whatever becomes of it: what is tried again, and when nobody is
 * asked any more, has tests of its own. */
#define BED_ONCE "retries = 0\nbreaker_failures = 0\n"

#define BED_UPSTREAMS \
	"[upstream openai]\nurl = https://openai.test/v1\nmodels = any\n" \
	BED_ONCE \
	"[upstream anthropic]\ndialect = anthropic\n" BED_ONCE \
	"url = https://anthropic.test/v1\nmodels = any\n"

/* %s is the directory, where the provider's key is in the file "key". */
#define BED_OWN_KEYS \
	"[upstream openai]\nurl = https://openai.test/v1\nmodels = any\n" \
	"key_file = %1$s/key\n" BED_ONCE \
	"[upstream anthropic]\ndialect = anthropic\nmodels = any\n" \
	"url = https://anthropic.test/v1\nkey_file = %1$s/key\n" BED_ONCE

/* Nothing added. */
extern const struct bed_conf bed_plain;

void bed_open(struct bed *b, const struct bed_conf *c);
void bed_close(struct bed *b);

/* Another configuration over the same files, as a reload would have it. */
void bed_reconfigure(struct bed *b, const struct bed_conf *c);

/* A larder key of that name, to be used as a credential. */
const char *bed_client(struct bed *b, const char *name);

struct ask {
	const char *uri;    /* NULL: /v1/chat/completions */
	const char *body;   /* NULL: none */
	size_t body_n;      /* 0: strlen(body) */
	const char *method; /* NULL: POST */
	const char *auth;   /* Authorization; NULL: "Bearer sk-own" */
	const char *xkey;   /* x-api-key; with it auth has no default */
	/* Further CGI variables: name, value, ..., up to 5 pairs. */
	const char *param[16];
};

/* Walks one request through the corridor and gives its status. */
int bed_ask(struct bed *b, const struct ask *q);

/* A chat completion by a credential, for when nothing else matters. */
int bed_chat(struct bed *b, const char *auth, const char *body);

/* A header of the last answer, NULL when absent; twice is a failure. */
const char *bed_head(struct bed *b, const char *name);

/* A header of the last request to the upstream, the same. */
const char *bed_sent(struct bed *b, const char *name);

/* A member of the last log line (a string decoded, else as it stands), NULL
 * when absent. */
const char *bed_log(struct bed *b, const char *name);

bool bed_has(struct str s, const char *what);

/* The word of Cache-Status behind "larder; ", such as "hit" or "fwd=miss". */
const char *bed_cache(struct bed *b);

/* Spins until the wall clock has gone on by more than ms. */
void bed_later(int64_t ms);

/* cmocka's fail_msg wants its own fail. */
#define bed_fail(...) \
	do { \
		print_error(__VA_ARGS__); \
		_fail(__FILE__, __LINE__); \
	} while (0)

/* Fails and shows the answer when s is not want. */
#define assert_str(s, want) \
	assert_string_equal(arena_cstr(b->a, (s)), (want))

/* Each expects the bed as b. */
#define assert_cache(want) assert_string_equal(bed_cache(b), (want))
#define assert_hit() assert_int_equal(strncmp(bed_cache(b), "hit; ", 5), 0)
#define assert_logged(name, want) \
	assert_string_equal(bed_log(b, name) ? bed_log(b, name) : "(absent)", \
			    (want))
#define assert_says(what) \
	do { \
		if (!bed_has(b->body, (what))) \
			bed_fail("\"%s\" is not in %s\n", (what), \
				 arena_cstr(b->a, b->body)); \
	} while (0)

/* An answer of any shape that says text. */
const char *bed_reply(struct bed *b, enum shape shape, const char *text);
const char *bed_stream(struct bed *b, enum shape shape, const char *text);

/* From now on the upstream answers 200 with this. */
void bed_plays(struct bed *b, const char *type, const char *body);

/* For bed.answer: answers a chat with how many calls there were. */
void bed_says_count(struct bed *b, struct play *p);

/* The shape that the last request to the upstream wants, by its URL. */
enum shape bed_shape(const struct bed *b);

#endif
