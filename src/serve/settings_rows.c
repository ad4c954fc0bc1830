/* The configuration file, name by name: what larder.conf(5) is made of. */
#include "serve/settings_rows.h"

static const struct conf_row larder_rows[] = {
	{ "listen", CONF_STRING, AT(larder_conf, listen), NULL, NULL,
	  "Where `larder serve` listens: the path of a Unix socket (made with "
	  "mode 0660) or a loopback address such as 127.0.0.1:9000. FastCGI "
	  "has no authentication of its own, so other addresses are refused. "
	  "Default: /run/larder/larder.sock, or larder.sock in the user's "
	  "runtime directory." },
	{ "workers", CONF_INT, AT(larder_conf, workers), "2", "1..256",
	  "Processes that `larder serve` keeps." },
	{ "threads", CONF_INT, AT(larder_conf, threads), "64", "1..4096",
	  "Requests one process serves at once; workers times threads should "
	  "be at least as many as the web server sends at once. A connection "
	  "that is kept open (fastcgi_keep_conn) holds none between requests. "
	  "Renewing answers behind their callers "
	  "(stale_while_revalidate) takes up to half as many more. Always 1 "
	  "as CGI." },
	{ "reserve", CONF_INT, AT(larder_conf, reserve), "-1", "-1..4095",
	  "Threads that never wait for an upstream, so that hits are answered "
	  "when misses are slow; past it a miss gets 503 with Retry-After. "
	  "-1: an eighth of the threads, at least one if there are two." },
	{ "max_body", CONF_SIZE, AT(larder_conf, max_body), "32M", NULL,
	  "Largest request body; more is answered with 413." },
	{ "max_reply", CONF_SIZE, AT(larder_conf, max_reply), "16M", NULL,
	  "Largest reply that is kept; a larger one is passed on uncached." },
	{ "passthrough", CONF_BOOL, AT(larder_conf, passthrough), "no", NULL,
	  "Pass every other request below /v1/ to the upstream, uncached. With "
	  "a key_file, whoever has a larder key then reaches everything that "
	  "the provider's key may do." },
	{ "secret_file", CONF_STRING, AT(larder_conf, secret_file), NULL,
	  NULL,
	  "32 random bytes that key every hash, made on first use with mode "
	  "0600. Default: /var/lib/larder/secret, or larder/secret in the "
	  "user's state directory." },
	{ "budget_file", CONF_STRING, AT(larder_conf, budget_file), NULL,
	  NULL,
	  "Where the sums of [budget] sections are kept, which all processes "
	  "of this host share. It outlives the cache and a reboot; without it "
	  "the present day and month begin at 0 again. Default: "
	  "/var/lib/larder/budgets, or larder/budgets in the user's state "
	  "directory." },
	{ "data", CONF_STRING, AT(larder_conf, data), NULL, NULL,
	  "Where the tables are that tokens are counted with; without them "
	  "counts are estimates. Default: where larder was installed." },
	{ "grace", CONF_DURATION, AT(larder_conf, grace_ms), "30s", NULL,
	  "How long answers in flight may go on after SIGTERM." },
	{ "on_client_abort", CONF_CHOICE, AT(larder_conf, on_client_abort),
	  "cancel", "cancel|finish",
	  "When the caller leaves before the answer is whole: cancel the "
	  "upstream call, or finish it and keep the answer." },
	{ "max_wait", CONF_DURATION, AT(larder_conf, max_wait_ms), "30s",
	  NULL,
	  "How long one request may wait in all, between retries and for its "
	  "turn at an upstream. What the upstream itself takes is not counted: "
	  "its timeouts bound that." },
	{ "keep_alive", CONF_DURATION, AT(larder_conf, keep_alive_ms), "10s",
	  NULL,
	  "A stream that is silent for so long gets a comment line, which "
	  "keeps the timers of web servers and proxies from ending it and "
	  "shows who has left; also before the upstream's first byte, after "
	  "which a failure can be told only within the stream. 0: never." },
	{ 0 }
};

static const struct conf_row cache_rows[] = {
	{ "path", CONF_STRING, AT(cache_conf, store.path), NULL, NULL,
	  "The cache file that all processes of this host share. Default: "
	  "/var/cache/larder/cache.slab, or larder/cache.slab in the user's "
	  "cache directory." },
	{ "size", CONF_SIZE, AT(cache_conf, store.size), "256M", NULL,
	  "Size of that file; it is allocated at once." },
	{ "ttl", CONF_DURATION, AT(cache_conf, ttl_ms), "3d", NULL,
	  "How long an answer is fresh. [model NAME] ttl and the caller's "
	  "X-Larder-TTL come before it." },
	{ "stale_if_error", CONF_DURATION, AT(cache_conf, stale_if_error_ms),
	  "1d", NULL,
	  "How long after that an answer may still be given when the upstream "
	  "fails (408, 429, 5xx, no answer), with X-Larder-Degraded." },
	{ "stale_while_revalidate", CONF_DURATION, AT(cache_conf, refresh_ms),
	  "0", NULL,
	  "How long after that an answer is given at once while one request "
	  "asks the upstream again behind it." },
	{ "early_refresh", CONF_BOOL, AT(cache_conf, early_refresh), "no",
	  NULL,
	  "Ask again for an answer that is much asked for shortly before it "
	  "expires, by chance: the likelier, the longer its upstream took and "
	  "the nearer the end is (XFetch, beta 1). Behind the answer, as "
	  "above." },
	{ "cache_fallbacks", CONF_BOOL, AT(cache_conf, fallbacks), "no", NULL,
	  "Keep the answer of a fallback also as one to the model that was "
	  "asked for." },
	{ "when", CONF_CHOICE, AT(cache_conf, when), "unless-sampled",
	  "temperature-zero|unless-sampled|always|never",
	  "Which requests are cached: only those with temperature 0, all but "
	  "those that set a temperature above 0, all, or none. Embeddings and "
	  "token counts are cached unless it is never." },
	{ "scope", CONF_CHOICE, AT(cache_conf, scope), "tenant",
	  "tenant|site",
	  "Who shares answers: only requests with the same credential, or "
	  "everybody on this site whose credential was accepted." },
	{ "version", CONF_INT, AT(cache_conf, version), "1", "0..2147483647",
	  "Part of every key: raise it to forget everything." },
	{ "ignore", CONF_LIST, AT(cache_conf, ignore), "", NULL,
	  "Further members of the body, at its top level, that do not change "
	  "the answer and stay out of the key." },
	{ 0 }
};

static const struct conf_row memcached_rows[] = {
	{ "servers", CONF_LIST, AT(memcached_conf, servers), "", NULL,
	  "A pool that hosts share: host:port, [v6]:port or /path/of/socket. "
	  "Values are sealed (encrypted and authenticated) with a key derived "
	  "from secret_file in [larder], which is the same on all hosts "
	  "then." },
	{ "budget", CONF_DURATION, AT(memcached_conf, budget_ms), "20ms",
	  NULL,
	  "Time a request may spend on memcached, all in all. What does not "
	  "fit is a miss." },
	{ "sync", CONF_DURATION, AT(memcached_conf, sync_ms), "5s", NULL,
	  "How often a host asks the pool what others have purged." },
	{ "wait", CONF_DURATION, AT(memcached_conf, wait_ms), "30s", NULL,
	  "How long a request waits while another host asks an upstream the "
	  "same question; 0: hosts do not wait for each other." },
	{ 0 }
};

static const struct conf_row upstream_rows[] = {
	{ "dialect", CONF_CHOICE, AT(upstream, dialect_said), "auto",
	  "auto|openai|anthropic",
	  "Which API it speaks; auto: its provider's." },
	{ "provider", CONF_STRING, AT(upstream, provider), NULL, NULL,
	  "What kind of server it is: openai, anthropic, openrouter, azure, "
	  "vllm, ollama, llamacpp, or compatible for any other that speaks "
	  "one of the two APIs (openai unless dialect says anthropic). "
	  "Default: the section's own name where that is one of these, else "
	  "compatible. Openrouter and compatible ones also get HTTP-Referer "
	  "and X-Title of a request." },
	{ "url", CONF_STRING, AT(upstream, url), NULL, NULL,
	  "Its base, up to and with /v1: https://api.openai.com/v1. Plain "
	  "http is for loopback only, unless insecure = yes. Written plainly: "
	  "no user, no %XX, no query, addresses as 127.0.0.1 or [::1]. "
	  "Default: the provider's own, where it has one." },
	{ "key_file", CONF_STRING, AT(upstream, key_file), NULL, NULL,
	  "A file with the provider's API key, readable by larder alone. With "
	  "it, callers must present a key made by `larder key add`. Without "
	  "it, each caller's own credential is passed on." },
	{ "models", CONF_LIST, AT(upstream, models), "", NULL,
	  "`any`: also models that no [model] section names." },
	{ "query", CONF_STRING, AT(upstream, query), NULL, NULL,
	  "What stands behind every URL, such as api-version=2024-10-21. "
	  "Callers' parameters of the same names are left out." },
	{ "key_header", CONF_STRING, AT(upstream, key_header), NULL, NULL,
	  "The header that carries the key, larder's or the caller's own. "
	  "With `authorization`, \"Bearer \" stands before it. Default: as the "
	  "provider has it." },
	{ "endpoints", CONF_LIST, AT(upstream, endpoints), "", NULL,
	  "What it answers, of chat/completions, responses, messages, "
	  "messages/count_tokens, completions and embeddings. Requests to "
	  "another of the first three are translated. Default: as the "
	  "provider has it." },
	{ "lossy", CONF_BOOL, AT(upstream, lossy), "no", NULL,
	  "Leave out of a translated request what this upstream's API has no "
	  "word for, and say so in X-Larder-Degraded. Without it such a "
	  "request is refused." },
	{ "ca_file", CONF_STRING, AT(upstream, ca_file), NULL, NULL,
	  "Certificates to trust instead of the system's." },
	{ "proxy", CONF_STRING, AT(upstream, proxy), NULL, NULL,
	  "A proxy: http, https, socks5 or socks5h://host:port. It learns the "
	  "host of an https url and nothing else. The environment is never "
	  "asked for one." },
	{ "insecure", CONF_BOOL, AT(upstream, insecure), "no", NULL,
	  "Allow plain http to other hosts than loopback, or through a proxy: "
	  "whoever is on the way can read the key then." },
	{ "stream_usage", CONF_CHOICE, AT(upstream, stream_usage), "auto",
	  "auto|yes|no",
	  "Ask for token usage in every streamed chat completion "
	  "(stream_options.include_usage); callers who did not ask never see "
	  "it. Set to no for servers that refuse the member; auto: as the "
	  "provider has it." },
	{ "prompt_cache", CONF_CHOICE, AT(upstream, prompt_cache), "auto",
	  "auto|off|strip",
	  "Use its cache of prompts, as [prompt_cache] says; `off`: requests "
	  "go as they came; `strip`: callers' cache_control marks are taken "
	  "out as well, for servers that refuse them." },
	{ "connect_timeout", CONF_DURATION, AT(upstream, connect_ms), "5s",
	  NULL, "Time to connect. Here and in the next three 0 is no limit." },
	{ "first_byte_timeout", CONF_DURATION, AT(upstream, first_byte_ms),
	  "120s", NULL, "Time until the reply begins." },
	{ "idle_timeout", CONF_DURATION, AT(upstream, idle_ms), "60s", NULL,
	  "Longest silence within a reply." },
	{ "total_timeout", CONF_DURATION, AT(upstream, total_ms), "30m", NULL,
	  "Longest time for one call in all, however steadily its reply "
	  "comes." },
	{ "retries", CONF_INT, AT(upstream, retries), "3", "0..10",
	  "How often a call is made again that failed before anything of its "
	  "answer was shown: no connection, a broken or late answer, or status "
	  "408, 409, 429, 500 and above, unless x-should-retry says no. A "
	  "call that failed late may have been billed: the log counts those." },
	{ "backoff", CONF_DURATION, AT(upstream, backoff_ms), "1s", NULL,
	  "Before the first retry a time up to this is waited, chosen at "
	  "random, then up to twice as long each time. Retry-After is obeyed, "
	  "within [larder] max_wait." },
	{ "breaker_failures", CONF_INT, AT(upstream, breaker_failures), "5",
	  "0..1000",
	  "So many failures in a row, or half of at least twenty within half a "
	  "minute, and the upstream (or the one model, if a [model] section "
	  "names it) is not asked for a while by any process of this host; "
	  "then one request tries it. 0: never." },
	{ "breaker_open", CONF_DURATION, AT(upstream, breaker_open_ms), "2s",
	  NULL,
	  "How long that while is at first; it doubles up to sixteen times "
	  "this, less up to a quarter at random." },
	{ "max_concurrent", CONF_INT, AT(upstream, max_concurrent), "0",
	  "0..256",
	  "Calls this host has under way at once; 0: any number." },
	{ "requests_per_minute", CONF_INT, AT(upstream, requests_per_minute),
	  "0", "0..100000000",
	  "Calls this host makes a minute, of which a sixth may come at once; "
	  "0: any number." },
	{ "tokens_per_minute", CONF_INT, AT(upstream, tokens_per_minute), "0",
	  "0..2000000000",
	  "Tokens this host uses a minute; guessed before a call at four bytes "
	  "a token and put right behind it. 0: any number." },
	{ "queue", CONF_INT, AT(upstream, queue), "64", "0..64",
	  "Requests that may wait for their turn under these limits, tenants "
	  "in turn; the next one gets 429 with Retry-After." },
	{ 0 }
};

static const struct conf_row clients_rows[] = {
	{ "file", CONF_STRING, 0, NULL, NULL,
	  "Client keys, hashed; written by `larder key`, read again when it "
	  "changes. Default: /var/lib/larder/clients, or larder/clients in "
	  "the user's state directory." },
	{ 0 }
};

static const struct conf_row admin_rows[] = {
	{ "key_file", CONF_STRING, AT(admin_conf, key_file), NULL, NULL,
	  "A file with the key that opens /larder/status and /larder/metrics, "
	  "as \"Authorization: Bearer ...\" or as the password of the user "
	  "`admin`; 16 characters or more. Without it these are off." },
	{ 0 }
};

static const struct conf_row log_rows[] = {
	{ "path", CONF_STRING, AT(log_conf, path), NULL, NULL,
	  "The usage log, one JSON object a line. Default: "
	  "/var/log/larder/usage.log, or larder/usage.log in the user's state "
	  "directory." },
	{ "prices", CONF_STRING, AT(log_conf, prices), NULL, NULL,
	  "Prices in LiteLLM's model_prices_and_context_window.json format. "
	  "Default: /etc/larder/prices.json if it exists, else the table "
	  "larder was installed with. Its compiled form is kept beside the "
	  "cache (PATH.prices) and made anew when the table changes." },
	{ 0 }
};

const struct conf_section settings_table[] = {
	{ "larder", false, 0, AT(settings, larder), larder_rows,
	  "The program itself." },
	{ "cache", false, 0, AT(settings, cache), cache_rows,
	  "The shared cache." },
	{ "memcached", false, 0, AT(settings, memcached), memcached_rows,
	  "A second tier of the cache, for several hosts." },
	{ "upstream", true, sizeof(struct upstream), AT(settings, upstreams),
	  upstream_rows, "A provider. At least one is needed." },
	{ "model", true, sizeof(struct model), AT(settings, models),
	  settings_model_rows,
	  "A model clients may ask for, and where it goes." },
	{ "route", true, sizeof(struct route_rule), AT(settings, routes),
	  settings_route_rows,
	  "A rule that changes the model. The first rule whose conditions all "
	  "hold wins, in file order." },
	{ "history", false, 0, AT(settings, history),
	  settings_history_rows,
	  "Bounds on the conversation that is sent." },
	{ "prompt_cache", false, 0, AT(settings, prompt_cache),
	  settings_prompt_cache_rows,
	  "The providers' own caches of prompts." },
	{ "budget", true, sizeof(struct budget_rule), AT(settings, budgets),
	  settings_budget_rows,
	  "What may be spent in a day or a month (UTC), on this host. All "
	  "sections that a request falls under count it. Needs prices; larder "
	  "reserves what a call can cost before it makes it, and puts that "
	  "right behind it." },
	{ "alarm", false, 0, AT(settings, alarm), settings_alarm_rows,
	  "Who is told of budgets. Whatever is here, an alarm is also a line "
	  "on stderr, with the same JSON in it." },
	{ "answers", false, 0, AT(settings, answers), settings_answers_rows,
	  "Answers without a model." },
	{ "clients", false, 0, AT(settings, clients_file), clients_rows,
	  "Who may use the upstreams that have a key_file." },
	{ "admin", false, 0, AT(settings, admin), admin_rows,
	  "Who may look at larder itself." },
	{ "log", false, 0, AT(settings, log), log_rows,
	  "What is written down." },
	{ 0 }
};
