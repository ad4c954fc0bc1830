/*
 * The configuration file as structs. settings.c holds the one table that
 * reading it, `larder config --doc` and `--example` all come from.
 */
#ifndef SERVE_SETTINGS_H
#define SERVE_SETTINGS_H

#include "base/conf.h"
#include "dialect/shape.h"
#include "serve/provider.h"
#include "store/budget.h"
#include "store/store.h"
#include "thrift/price.h"
#include "thrift/route.h"
#include "thrift/trim.h"

enum when { WHEN_TEMPERATURE_ZERO, WHEN_UNLESS_SAMPLED, WHEN_ALWAYS,
	    WHEN_NEVER };
enum scope { SCOPE_TENANT, SCOPE_SITE };
enum on_abort { ABORT_CANCEL, ABORT_FINISH };
enum prompt_cache { PROMPT_CACHE_AUTO, PROMPT_CACHE_OFF, PROMPT_CACHE_STRIP };
enum tokenizer { TOKENIZER_AUTO, TOKENIZER_O200K, TOKENIZER_CL100K,
		 TOKENIZER_ESTIMATE };
enum yes_no_auto { SAY_AUTO, SAY_YES, SAY_NO };

struct larder_conf { /* [larder] */
	const char *listen;
	int workers, threads, reserve;
	size_t max_body, max_reply;
	bool passthrough;
	const char *secret_file;
	const char *budget_file;
	const char *data;    /* where token tables are */
	int64_t grace_ms;
	int on_client_abort;
	int64_t max_wait_ms, keep_alive_ms;
};

struct cache_conf { /* [cache] */
	struct store_conf store;
	int64_t ttl_ms, stale_if_error_ms, refresh_ms;
	bool early_refresh, fallbacks;
	int when, scope, version;
	struct conf_words ignore;
};

struct upstream { /* [upstream NAME] */
	struct conf_item item;
	int dialect_said;        /* 0: not; else enum dialect + 1 */
	const char *provider;    /* a name; checked on load */
	const struct provider *as; /* never NULL after that */
	const char *url; /* without a slash at its end; never NULL, either */
	const char *query; /* behind every URL, without a '?'; or NULL */
	const char *key_file, *key_header, *ca_file, *proxy;
	struct conf_words endpoints; /* what it speaks; empty: as provider */
	unsigned shapes;         /* that as bits, 1 << enum shape */
	struct conf_words models; /* "any" or nothing */
	bool insecure, lossy;
	int stream_usage;        /* enum yes_no_auto */
	int prompt_cache;        /* enum prompt_cache */
	int64_t connect_ms, first_byte_ms, idle_ms, total_ms;
	int retries;
	int64_t backoff_ms;
	int breaker_failures;
	int64_t breaker_open_ms;
	int max_concurrent, requests_per_minute, tokens_per_minute, queue;
};

struct model { /* [model NAME] */
	struct conf_item item;
	const char *upstream; /* a name; checked on load */
	const char *name;     /* what the upstream calls it */
	int64_t ttl_ms;       /* -1: as [cache] has it */
	struct conf_words fallback;    /* models, or `stale` */
	struct conf_words fallback_on; /* when; see settings_rows.c */
	int max_output_tokens, reject_input_tokens; /* 0: no bound */
	int tokenizer;        /* enum tokenizer */
	const struct upstream *to; /* the one named, found on load */
};

struct admin_conf { /* [admin] */
	const char *key_file;
};

struct prompt_cache_conf { /* [prompt_cache] */
	int anthropic, openai; /* enum prompt_cache, without strip */
	bool hour;
};

struct answers_conf { /* [answers] */
	const char *file;
};

struct memcached_conf { /* [memcached] */
	struct conf_words servers;
	int64_t budget_ms, sync_ms, wait_ms;
};

struct log_conf { /* [log] */
	const char *path, *prices;
};

enum on_budget { BUDGET_WARN, BUDGET_BLOCK };

struct budget_alarm {
	const char *word; /* as it was written */
	picousd at;
};

struct budget_rule { /* [budget NAME] */
	struct conf_item item;
	const char *limit_said;
	picousd limit;
	int every;        /* enum budget_every */
	struct conf_words tenant, model, upstream; /* empty: all */
	bool per_tenant;
	int on_budget;    /* enum on_budget */
	bool block_unpriced;
	int reserve;      /* tokens of an answer that has no bound */
	struct conf_words alarm_said;
	struct budget_alarm *alarm; /* rising */
	size_t nalarm;
};

struct alarm_conf { /* [alarm] */
	const char *webhook, *command, *ca_file;
	int64_t timeout_ms;
};

struct settings {
	struct larder_conf larder;
	struct cache_conf cache;
	struct memcached_conf memcached;
	struct conf_items upstreams; /* struct upstream */
	struct conf_items models;    /* struct model */
	struct conf_items routes;    /* struct route_rule */
	struct conf_items budgets;   /* struct budget_rule */
	struct alarm_conf alarm;
	struct trim_conf history;
	struct prompt_cache_conf prompt_cache;
	struct answers_conf answers;
	const char *clients_file;
	struct admin_conf admin;
	struct log_conf log;
	const char *path; /* of the file read, or NULL */
	struct str text;  /* that file */
};

extern const struct conf_section settings_table[];

/* Where the configuration is: `given`, $LARDER_CONF, /etc/larder/larder.conf
 * or the user's own larder/larder.conf, whichever comes first. */
const char *settings_path(struct arena *a, const char *given);

/* Reads and checks path into *s (memory from a). 0, or -1 with one line in
 * err_r that names file, line and fix. */
int settings_load(struct settings *s, struct arena *a, const char *path,
		  char *err_r, size_t err_n);

const struct upstream *settings_upstream(const struct settings *s,
					 const char *name);
const struct model *settings_model(const struct settings *s,
				   struct str name);
/* Who serves a model of that name to callers of a shape: its section's
 * upstream, or one with `models = any`; or NULL. */
const struct upstream *settings_server(const struct settings *s,
				       struct str model, enum shape shape);
/* The first upstream of that dialect with `models = any`, or NULL. */
const struct upstream *settings_any(const struct settings *s,
				    enum dialect d);
/* The first with `models = any` that answers that shape, or else to whose API
 * it can be translated, or NULL. */
const struct upstream *settings_any_for(const struct settings *s,
					enum shape shape);

#endif
