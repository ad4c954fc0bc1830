/* The configuration file, name by name: the sections about money spent. */
#include "serve/settings_rows.h"

const struct conf_row settings_budget_rows[] = {
	{ "limit", CONF_STRING, AT(budget_rule, limit_said), NULL, NULL,
	  "USD, such as 10 or 0.50; at most 1000000." },
	{ "every", CONF_CHOICE, AT(budget_rule, every), "day", "day|month",
	  "When it begins anew: at midnight, or with the month, UTC." },
	{ "tenant", CONF_LIST, AT(budget_rule, tenant), "", NULL,
	  "Names of callers, as `larder key add` was given them and the log "
	  "shows them; empty: all." },
	{ "per_tenant", CONF_BOOL, AT(budget_rule, per_tenant), "no", NULL,
	  "Each of them has a budget of its own; without it they share one. "
	  "With an empty `tenant` it is for those that no other section of "
	  "the same `every` names." },
	{ "model", CONF_LIST, AT(budget_rule, model), "", NULL,
	  "Only calls of these models, by their [model] sections or as the "
	  "upstream calls them, their editions (gpt-4o-2024-08-06 is gpt-4o, "
	  "not the reverse) and what the price table has in one row with them "
	  "included; empty: all." },
	{ "upstream", CONF_LIST, AT(budget_rule, upstream), "", NULL,
	  "Only calls of these upstreams; empty: all." },
	{ "on_budget", CONF_CHOICE, AT(budget_rule, on_budget), "warn",
	  "warn|block",
	  "What happens once it is spent: only alarms, or no further call: "
	  "callers get 429 with the code budget_exceeded. Answers from the "
	  "cache cost nothing and are given all the same, and so are those of "
	  "models whose price is 0. One call may go beyond the limit, the "
	  "last; see BUDGETS." },
	{ "alarm_at", CONF_LIST, AT(budget_rule, alarm_said), "80%, 100%",
	  NULL,
	  "Parts of the limit, or USD, that make an alarm when they are "
	  "reached, each once in a day or month." },
	{ "reserve_tokens", CONF_INT, AT(budget_rule, reserve), "4096",
	  "1..100000000",
	  "Tokens of an answer that are reserved where neither the request "
	  "nor max_output_tokens of its model bounds them, and it does not "
	  "reason; and that are counted where a caller left before any came." },
	{ "block_unpriced", CONF_BOOL, AT(budget_rule, block_unpriced), "no",
	  NULL,
	  "Refuse models whose price is not known, by their name or that of "
	  "their last answer. Without it they are called and counted, but not "
	  "their cost." },
	{ 0 }
};

const struct conf_row settings_alarm_rows[] = {
	{ "webhook", CONF_STRING, AT(alarm_conf, webhook), NULL, NULL,
	  "A URL that is sent each alarm as a JSON object, by POST: https, or "
	  "http to loopback. Its member `text` is a sentence, as chats expect "
	  "it. Redirects are not followed. What fails is tried again after a "
	  "second, and behind later requests until it is told or the process "
	  "ends; the log then says \"alarm not told\"." },
	{ "command", CONF_STRING, AT(alarm_conf, command), NULL, NULL,
	  "A program to run for each, once, by its full path, with arguments "
	  "parted by blanks; no shell. It finds the JSON on standard input and "
	  "LARDER_BUDGET, LARDER_TENANT, LARDER_SPENT_USD, LARDER_LIMIT_USD "
	  "and LARDER_THRESHOLD in its environment, which has nothing else but "
	  "PATH." },
	{ "timeout", CONF_DURATION, AT(alarm_conf, timeout_ms), "10s", NULL,
	  "How long each of the two may take; all alarms that wait may take "
	  "three times that, and then wait for the next time. No caller waits "
	  "for them." },
	{ "ca_file", CONF_STRING, AT(alarm_conf, ca_file), NULL, NULL,
	  "Certificates to trust for the webhook, instead of the system's." },
	{ 0 }
};
