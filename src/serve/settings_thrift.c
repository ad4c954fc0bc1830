/* The configuration file, name by name: the sections that lower the bill. */
#include "serve/settings_rows.h"

const struct conf_row settings_model_rows[] = {
	{ "upstream", CONF_STRING, AT(model, upstream), NULL, NULL,
	  "The [upstream] that serves it." },
	{ "name", CONF_STRING, AT(model, name), NULL, NULL,
	  "What the upstream calls it, if that differs." },
	{ "ttl", CONF_DURATION, AT(model, ttl_ms), NULL, NULL,
	  "How long its answers are fresh; 0: they are not kept. Default: as "
	  "[cache] has it." },
	{ "fallback", CONF_LIST, AT(model, fallback), "", NULL,
	  "Models to ask when this one fails, by their [model] sections and in "
	  "this order; `stale` is an expired answer, whatever its age. With "
	  "callers' own credentials only models of the same upstream are "
	  "asked." },
	{ "fallback_on", CONF_LIST, AT(model, fallback_on),
	  "connect, timeout, 408, 409, 429, 5xx, context, credentials", NULL,
	  "What is a failure here: `connect` (no connection, or a broken "
	  "answer), `timeout`, statuses (400 to 599, or 4xx and 5xx for all of "
	  "them), `context` (the prompt is too long for the model), "
	  "`credentials` (larder's own key is refused, or has no credit)." },
	{ "max_output_tokens", CONF_INT, AT(model, max_output_tokens), "0",
	  "0..100000000",
	  "Most tokens an answer may have: a request that asks for more, or "
	  "does not say, gets this, in the member the model expects; 0: as "
	  "the request says (and 4096 where it says nothing and the API must "
	  "be told)." },
	{ "reject_input_tokens", CONF_INT, AT(model, reject_input_tokens),
	  "0", "0..1000000000",
	  "A prompt of more tokens than this is refused before it is sent "
	  "(or asked of a fallback, if fallback_on has `context`); 0: never." },
	{ "tokenizer", CONF_CHOICE, AT(model, tokenizer), "auto",
	  "auto|o200k|cl100k|estimate",
	  "How its tokens are counted: exactly, in one of OpenAI's encodings, "
	  "or by an estimate that learns from the usage its upstream returns; "
	  "auto: by the model's name." },
	{ 0 }
};

#define BOUND(name, member, doc) \
	{ name, CONF_INT, AT(route_rule, member), "-1", "-1..1000000000", doc }

const struct conf_row settings_route_rows[] = {
	{ "model", CONF_LIST, AT(route_rule, model), "", NULL,
	  "Requested models this rule is for, of which `auto` may be one; "
	  "empty: every model. A caller's own credential is for the upstream "
	  "that serves the model it asks for: where a model of this rule is "
	  "of another one, such requests go as if there were no rule (the log "
	  "has route_why \"own key\"). Of names that nobody serves the rule "
	  "may choose; `auto` is such a name, unless there is a "
	  "[model auto]." },
	{ "endpoint", CONF_LIST, AT(route_rule, endpoint), "", NULL,
	  "Endpoints, such as chat/completions or messages; empty: all." },
	{ "tenant", CONF_LIST, AT(route_rule, tenant), "", NULL,
	  "Names of callers, as `larder key add` was given them and the log "
	  "shows them; empty: all." },
	{ "tag", CONF_LIST, AT(route_rule, tag), "", NULL,
	  "X-Larder-Tag of the request; empty: any, or none." },
	BOUND("min_chars", min_chars,
	  "Fewest characters the last user message may have. In all of these "
	  "-1 is no bound."),
	BOUND("max_chars", max_chars, "And the most."),
	BOUND("min_tokens", min_tokens,
	  "Fewest tokens the last user message may have, by a quick estimate "
	  "that is the same at all times."),
	BOUND("max_tokens", max_tokens, "And the most."),
	BOUND("min_prompt_chars", min_prompt_chars,
	  "Fewest characters of text the whole prompt may have."),
	BOUND("max_prompt_chars", max_prompt_chars, "And the most."),
	BOUND("min_prompt_tokens", min_prompt_tokens,
	  "Fewest tokens the whole prompt may have, estimated."),
	BOUND("max_prompt_tokens", max_prompt_tokens, "And the most."),
	BOUND("min_turns", min_turns,
	  "Fewest messages the conversation may have, system ones not "
	  "counted."),
	BOUND("max_turns", max_turns, "And the most."),
	{ "has", CONF_LIST, AT(route_rule, has), "", NULL,
	  "What the request must have, all of it: tools, images, json_schema "
	  "(an answer of a given form is asked for), code or math (in the "
	  "first 64 KB of the last user message)." },
	{ "lacks", CONF_LIST, AT(route_rule, lacks), "", NULL,
	  "And what it must not have." },
	{ "script", CONF_LIST, AT(route_rule, script), "", NULL,
	  "What most letters of the last user message are: latin, cyrillic, "
	  "greek, arabic, hebrew, devanagari, thai, hangul, kana (Japanese), "
	  "han (Chinese), other; empty: any." },
	{ "pattern", CONF_STRING, AT(route_rule, pattern), NULL, NULL,
	  "A Perl-compatible expression that must match somewhere in the last "
	  "user message." },
	{ "time", CONF_STRING, AT(route_rule, time), NULL, NULL,
	  "Days and hours, local time: `mon-fri 08:00-18:00`, `sat, sun`, or "
	  "`22:00-06:00`." },
	{ "use", CONF_STRING, AT(route_rule, use), NULL, NULL,
	  "The model to ask instead; or `A then B if weak`: A, and B when A's "
	  "answer is weak. (Embeddings and token counts cannot be: they are "
	  "A's.)" },
	{ "small", CONF_STRING, AT(route_rule, small), NULL, NULL,
	  "Instead of use, together with large: the model for user messages "
	  "of less than 100 characters, and for those that the classifier "
	  "calls simple. Not for embeddings." },
	{ "large", CONF_STRING, AT(route_rule, large), NULL, NULL,
	  "The model for code and mathematics, and for what the classifier "
	  "calls complex." },
	{ "classifier", CONF_STRING, AT(route_rule, classifier), NULL, NULL,
	  "The model that is asked which of the two it is, in at most five "
	  "tokens; its answer is cached. Without one it is `else`." },
	{ "classifier_timeout", CONF_DURATION, AT(route_rule, classifier_ms),
	  "3s", NULL, "How long the classifier may take." },
	{ "else", CONF_STRING, AT(route_rule, otherwise), NULL, NULL,
	  "The model when there is no classifier or it fails. Default: "
	  "large." },
	{ "weak_on", CONF_LIST, AT(route_rule, weak_on),
	  "empty, refusal, json, schema, length", NULL,
	  "What makes an answer weak: empty, refusal, json (asked for and not "
	  "given), schema (of another form than was asked for), length (cut "
	  "by its limit), logprob (below min_logprob). A stream begins as soon "
	  "as nothing else can make it weak; `length` alone is not waited "
	  "for." },
	{ "min_logprob", CONF_STRING, AT(route_rule, min_logprob), "-1.0",
	  NULL,
	  "For `logprob`: the lowest mean log-probability of an answer's "
	  "tokens, where the upstream says it." },
	{ "judge", CONF_STRING, AT(route_rule, judge), NULL, NULL,
	  "A model that is shown question and answer and says whether it is "
	  "weak. Streams wait for it." },
	{ "judge_timeout", CONF_DURATION, AT(route_rule, judge_ms), "5s", NULL,
	  "How long the judge may take; then the answer is good." },
	{ "sticky", CONF_DURATION, AT(route_rule, sticky_ms), "1h", NULL,
	  "How long a conversation keeps the model that `small` and `large`, "
	  "or `if weak`, have given it, from one turn to the next: a change "
	  "would lose what the provider has cached of it. 0: not." },
	{ 0 }
};

const struct conf_row settings_history_rows[] = {
	{ "max_tokens", CONF_INT, AT(trim_conf, max_tokens), "0",
	  "0..1000000000",
	  "A prompt that has grown past this loses its oldest messages; 0: "
	  "never. What must stay may be more." },
	{ "keep_tokens", CONF_INT, AT(trim_conf, keep_tokens), "0",
	  "0..1000000000",
	  "What is left of it then; 0: half of max_tokens. It is cut in few "
	  "large steps, so that the turns between send the same beginning and "
	  "the provider's cache goes on hitting." },
	{ "keep_last", CONF_INT, AT(trim_conf, keep_last), "10",
	  "1..1000000", "The newest messages, which always stay." },
	{ "pin_first", CONF_BOOL, AT(trim_conf, pin_first), "no", NULL,
	  "The first user message stays as well." },
	{ "method", CONF_CHOICE, AT(trim_conf, method), "drop",
	  "off|drop|summarise|auto",
	  "What happens to older messages: nothing, they are dropped, or a "
	  "summary takes their place; auto: they are dropped only where that "
	  "lowers the bill expected of the turns to come (what the provider "
	  "has cached costs a tenth), or when the prompt is twice max_tokens. "
	  "System messages always stay and a tool call is never parted from "
	  "its result." },
	{ "summary_model", CONF_STRING, AT(trim_conf, summary_model), NULL,
	  NULL,
	  "Who writes the summary, once for each cut. When it fails, messages "
	  "are dropped, and the answer is not kept." },
	{ "summary_tokens", CONF_INT, AT(trim_conf, summary_tokens), "400",
	  "16..100000", "Most tokens of a summary." },
	{ 0 }
};

const struct conf_row settings_prompt_cache_rows[] = {
	{ "anthropic", CONF_CHOICE, AT(prompt_cache_conf, anthropic), "auto",
	  "auto|off",
	  "Put cache_control marks on prompts that are likely to be read "
	  "again (Anthropic's, also through OpenRouter), as the traffic so "
	  "far suggests. Callers' own marks come before it." },
	{ "openai", CONF_CHOICE, AT(prompt_cache_conf, openai), "auto",
	  "auto|off",
	  "Give OpenAI a prompt_cache_key for each conversation that has "
	  "none." },
	{ "hour", CONF_BOOL, AT(prompt_cache_conf, hour), "yes", NULL,
	  "Use Anthropic's 1-hour life, which costs twice the input price to "
	  "write, where pauses are long." },
	{ 0 }
};

const struct conf_row settings_answers_rows[] = {
	{ "file", CONF_STRING, AT(answers_conf, file), NULL, NULL,
	  "Questions and answers, one JSON object a line: {\"question\": "
	  "[\"...\"], \"answer\": \"...\", \"models\": [\"...\"]}. Who asks "
	  "one of them, and nothing else, gets its answer and no model is "
	  "asked. Read again on SIGHUP." },
	{ 0 }
};
