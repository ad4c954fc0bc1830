#!/bin/sh
# `larder route`: what it says of requests is what a running larder does, it
# asks nobody and leaves nothing behind; `--advise` finds what spoils prompts.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

fake_start
conf_write
cp "$srcdir/data/o200k_base.tok" "$T/"
cat >"$T/prices.json" <<'END'
{"gpt-test": {"input_cost_per_token": 1e-06, "output_cost_per_token": 4e-06,
	"cache_read_input_token_cost": 1e-07},
 "large-test": {"input_cost_per_token": 1e-05, "output_cost_per_token": 4e-05}}
END
sed -i "s|^\[larder\]|&\ndata = $T|; s|^\[log\]|&\nprices = $T/prices.json|" \
	"$T/larder.conf"
cat >>"$T/larder.conf" <<'END'
[model large-test]
upstream = fake
tokenizer = o200k
reject_input_tokens = 400
max_output_tokens = 200
[route never]
model = auto
tag = nobody
use = large-test
[route tools]
has = tools
use = gpt-test then large-test if weak
[route size]
model = auto
small = gpt-test
large = large-test
classifier = gpt-test
[history]
max_tokens = 300
keep_tokens = 100
keep_last = 2
END
own "$T"

PROSE='Write me a letter to the landlord in which I ask him, kindly but clearly, to have the stairs cleaned again every week.'
body() {
	printf '{"model":"%s","messages":[{"role":"user","content":"%s"}]%s}\n' \
		"$1" "$2" "${3:-}"
}
history() {
	printf '{"model":"large-test","messages":[{"role":"user","content":"so"}'
	for i in 1 2 3 4 5 6 7 8; do
		printf ',{"role":"assistant","content":"%s"}' "$PROSE $PROSE"
		printf ',{"role":"user","content":"go on %s"}' $i
	done
	printf ']}\n'
}
{
	body auto hi
	body auto "$PROSE" ',"max_tokens":900'
	body auto hi ',"tools":[{"type":"function","function":{"name":"f"}}]'
	history
	body large-test "$PROSE $PROSE $PROSE $PROSE $PROSE $PROSE $PROSE $PROSE $PROSE $PROSE $PROSE $PROSE $PROSE $PROSE $PROSE $PROSE $PROSE $PROSE $PROSE"
	printf '{"url":"/v1/messages","tenant":"alice","tag":"nobody","body":%s}\n' \
		"$(body auto hi ',"max_tokens":7')"
	body unknown hi
} >"$T/asks.jsonl"

# told FILTER: of the last report.
told() { jq -rs "$1" "$T/told"; }

case_each_request() {
	larder route --json --why "$T/asks.jsonl" >"$T/told" || fail "status $?"
	is '1 2 3 4 5 6 7' "$(told '[.[].line // empty] | join(" ")')" lines
	is 'size model short gpt-test' \
		"$(told '.[0] | [.rule, .way, .why, .models[0].model] | join(" ")')" \
		"a short message"
	is 'classify gpt-test=simple large-test=complex' \
		"$(told '.[1] | [.way, (.models[] | .model + "=" + .when)] | join(" ")')" \
		"a long one"
	is 'null 200' "$(told '.[1] | [.models[0].refused, .models[1].max_output_tokens] | map(tostring) | join(" ")')" \
		"the bound on its answer"
	is 'cascade gpt-test=first large-test=if weak' \
		"$(told '.[2] | [.way, (.models[] | .model + "=" + .when)] | join(" ")')" \
		"one with tools"
	is 'true' "$(told '.[3].models[0] | .exact and .trimmed_messages > 6 and
		.prompt_tokens - .trimmed_tokens < 400 and .refused == null')" \
		"a long conversation"
	like 'prompt is too long: * tokens > 400 maximum' \
		"$(told '.[4].models[0].refused')" "a long prompt"
	is 'never messages alice' \
		"$(told '.[5] | [.rule, .endpoint, .tenant] | join(" ")')" \
		"an envelope"
	is 'never: tag: there is none' \
		"$(told '.[0].unmet[0] | .rule + ": " + .why')" "why not"
	is 7 "$(told '.[7].total.requests')" requests
}

case_costs() {
	larder route --json "$T/asks.jsonl" >"$T/told" || fail "status $?"
	is true "$(told '.[0].models[0] | .prompt_cost == .prompt_tokens / 1e6 and
		.cost_per_1000_output == 0.004')" "the price of a prompt"
	is true "$(told '.[3] | .saved_prompt_cost == .models[0].trimmed_tokens / 1e5')" \
		"what trimming saves"
	is 0 "$(told '.[6].saved_prompt_cost')" "what nothing saves"
	is 'null' "$(told '.[6].models[0].prompt_cost')" "its price"
}

# Nobody judges what is no answer; what is said in another API's words is
# counted in these, and refused where they have none.
case_other_endpoints() {
	ask() { # ENDPOINT BODY
		printf '{"endpoint":"%s","body":%s}\n' "$1" "$2"
	}
	tools='"tools":[{"name":"f","input_schema":{"type":"object"}}]'
	said='"messages":[{"role":"user","content":"hi"}],"max_tokens":7'
	{
		ask messages/count_tokens "{\"model\":\"auto\",$tools,$said}"
		ask embeddings '{"model":"auto","input":"hi","tools":[{}]}'
		ask messages "{\"model\":\"large-test\",$said}"
		ask messages "{\"model\":\"large-test\",\"container\":\"c\",$said}"
	} >"$T/others"
	larder route --json "$T/others" >"$T/told" || fail "status $?"
	is 'tools model 1 0' \
		"$(told '.[0] | [.rule, .way, (.models | length), .models[0].prompt_cost] | map(tostring) | join(" ")')" \
		"a count"
	is 'tools model 1 0' \
		"$(told '.[1] | [.rule, .way, (.models | length), .models[0].max_output_tokens] | map(tostring) | join(" ")')" \
		"an embedding"
	is 'chat/completions 7 8 null' \
		"$(told '.[2].models[0] | [.endpoint, .max_output_tokens, .prompt_tokens, .refused] | map(tostring) | join(" ")')" \
		"a translated one"
	like '*container*' "$(told '.[3].models[0].refused')" \
		"what cannot be said"
}

# For people, from standard input; broken lines are told and counted.
case_text_and_broken_lines() {
	{
		head -n 1 "$T/asks.jsonl"
		printf '{"model":\n\n[1]\n{"model":"auto"}\n'
		printf '{"model":"\\u001b[31m","messages":[]}\n'
	} >"$T/broken"
	rc=0
	larder route - <"$T/broken" >"$T/text" 2>"$T/text.err" || rc=$?
	is 1 $rc status
	grep -q '^line 1: chat/completions, auto$' "$T/text" || fail "no line 1"
	grep -q '^  by \[route size\]: short$' "$T/text" || fail "no rule"
	grep -q '^total: .*, 2 broken lines left out$' "$T/text" ||
		fail "no total: $(grep ^total "$T/text")"
	is '2 4' "$(sed -n 's/^line \([0-9]*\):.*/\1/p' "$T/text.err" | xargs)" \
		"broken lines"
	[ "$(tr -d '\n -~' <"$T/text" | wc -c)" = 0 ] || fail "control bytes"
}

# What is said offline is what happens.
case_as_it_is_served() {
	n=0
	while read -r ask; do
		n=$((n + 1))
		case $n in 1 | 4) ;; *) continue ;; esac
		post /v1/chat/completions "$ask"
		code 200
		larder route --json "$T/asks.jsonl" >"$T/told"
		is "$(told ".[$n - 1].models[0].model")" \
			"$(head_of x-larder-model)" "the model of line $n"
		is "$(told ".[$n - 1].models[0].trimmed_messages | if . > 0 then tostring else \"\" end")" \
			"$(head_of x-larder-trimmed | sed 's/[^0-9].*//')" \
			"what is trimmed of line $n"
	done <"$T/asks.jsonl"
}

case_asks_nobody() {
	door_stop
	rm -rf "$T/cache.slab" "$T/usage.log" "$T/secret"
	calls_mark
	larder route "$T/asks.jsonl" >/dev/null || fail "status $?"
	larder route --advise "$T/asks.jsonl" >/dev/null || fail "status $?"
	is 0 "$(calls)" calls
	for f in cache.slab usage.log secret; do
		[ ! -e "$T/$f" ] || fail "$f was made"
	done
}

case_wrong_usage() {
	for args in '' 'a b' '--nothing a' '--why --advise a'; do
		rc=0
		# shellcheck disable=SC2086
		larder route $args >/dev/null 2>&1 || rc=$?
		is 2 $rc "status of \"$args\""
	done
	rc=0
	larder route "$T/nowhere" >/dev/null 2>&1 || rc=$?
	is 1 $rc "status without the file"
	printf '[route bad]\nuse = a then b\n' >>"$T/larder.conf"
	rc=0
	larder route "$T/asks.jsonl" >"$T/out" 2>&1 || rc=$?
	is 78 $rc "status of a bad rule"
	like '*\[route bad\] (line *): use = a then b: write a model*' \
		"$(cat "$T/out")" "what it says"
	conf_write
}

# A time in front of a long system prompt, and tools in any order.
case_advise() {
	long=$(printf 'Be kind and answer in full sentences, please. %.0s' $(seq 200))
	for i in 1 2 3 4 5; do
		printf '{"model":"gpt-test","messages":[{"role":"system","content":"It is 12:0%s:00. %s"},{"role":"user","content":"%s"}]}\n' \
			$i "$long" $i
	done >"$T/timed"
	set -- a b c d
	for i in 1 2 3 4; do
		printf '{"model":"gpt-test","tools":[{"name":"%s"},{"name":"%s"},{"name":"%s"},{"name":"%s"}],"messages":[{"role":"system","content":"%s"},{"role":"user","content":"%s"}]}\n' \
			"$@" "Now: $long" $i
		first=$1
		shift
		set -- "$@" "$first"
	done >"$T/shuffled"
	larder route --advise --json "$T/timed" >"$T/told" || fail "status $?"
	is 'time system 6 12:01:00. 4' \
		"$(told '.[0].places[0] | [.kind, .in, .at, .piece, .changes] | map(tostring) | join(" ")')" \
		"the time"
	is true "$(told '.[0] | .lost_tokens > 4000 and
		(.lost_cost - .lost_tokens * 9 / 1e7 | fabs) < 1e-9')" "its cost"
	larder route --advise "$T/timed" | grep -q 'It is \[\[12:01:00\.\]\]' ||
		fail "the time is not marked"
	larder route --advise --json "$T/shuffled" >"$T/told"
	is 'order 3' "$(told '.[0].places[0] | .kind + " " + (.changes | tostring)')" \
		"the order of tools"
	head -n 1 "$T/timed" | larder route --advise - >"$T/out"
	is 'no prompt whose beginning keeps changing' "$(cat "$T/out")" "nothing"
}

door_start nginx
run_cases case_each_request case_costs case_other_endpoints \
	case_text_and_broken_lines case_as_it_is_served case_asks_nobody \
	case_advise case_wrong_usage
