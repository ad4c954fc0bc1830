#!/bin/sh
# `A then B if weak` through a web server: the cheap model's answer is judged
# before the caller sees any of it, and the better one asked when it is weak.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/upstreams.sh"

fake_start
conf_begin 'keep_alive = 100ms'
conf_upstream main "$FAKE_URL/v1" 'retries = 0
	breaker_failures = 0'
conf_upstream ant "$FAKE_URL/v1" 'dialect = anthropic
	retries = 0
	breaker_failures = 0'
conf_model cheap main
conf_model better main
conf_model claude-cheap ant
conf_model claude-better ant
conf_model small-window main 'reject_input_tokens = 1000'
cat >>"$T/larder.conf" <<-END
	[route up]
	model = auto
	use = cheap then better if weak
	sticky = 0
	[route claude]
	model = claude-auto
	use = claude-cheap then claude-better if weak
	sticky = 0
	[route across]
	model = across
	use = claude-cheap then better if weak
	sticky = 0
	[route kept]
	model = kept
	use = cheap then better if weak
END
door_open

STREAM=',"stream":true'
WEAK='[[refusal]] [[only cheap]]'

by() { is "$1" "$(head_of x-larder-model)" X-Larder-Model; }
undegraded() { is '' "$(head_of x-larder-degraded)" X-Larder-Degraded; }

# asks MODEL TEXT MORE: is answered 200, by so many calls.
asks() {
	calls_mark
	say_to "$1" "$2" "${3:-}"
	code 200
}

case_good() {
	for more in '' "$STREAM"; do
		asks auto "$CASE ${more:+stream}" "$more"
		by cheap
		undegraded
		is 1 "$(calls)" calls
		is null "$(logged .weak)" weak
	done
}

# Both are on the bill, and the same question is asked only once.
case_weak() {
	for more in '' "$STREAM"; do
		asks auto "$WEAK $CASE ${more:+stream}" "$more"
		by better
		undegraded
		is 2 "$(calls)" calls
		is refusal "$(logged .weak)" weak
		is cheap "$(logged .weak_model)" weak_model
		is up "$(logged .route)" route
		asks auto "$WEAK $CASE ${more:+stream}" "$more"
		like 'larder; hit*' "$(head_of cache-status)" Cache-Status
		by better
		is 0 "$(calls)" "calls the second time"
	done
}

# Every API, and from one to the other.
case_every_dialect() {
	for more in '' "$STREAM"; do
		no="[[refusal]] [[only claude-cheap]] $CASE ${more:+stream}"
		calls_mark
		post /v1/messages '{"model":"claude-auto","max_tokens":64,
			"messages":[{"role":"user","content":"'"$no"'"}]'"$more}" \
			-H 'anthropic-version: 2023-06-01'
		code 200
		by claude-better
		is 2 "$(calls)" "calls of messages"
		calls_mark
		post /v1/responses '{"model":"auto","input":"'"$WEAK $CASE ${more:+stream}"'"'"$more}"
		code 200
		by better
		is 2 "$(calls)" "calls of responses"
		asks across "$no" "$more"
		by better
		is 2 "$(calls)" "calls across"
	done
}

# What it costs to know: nothing shown, nothing waited for.
case_refused_stream_is_cut_short() {
	asks auto "$WEAK [[hold 3]] $CASE" "$STREAM"
	by better
	! grep -q refusal\":\"[A-Za-z] "$T/body" || fail "it was shown"
}

case_json() {
	json=',"response_format":{"type":"json_object"}'
	asks auto "$CASE" "$json" # a few words
	by better
	is json "$(logged .weak)" weak
	asks auto "[[json]] $CASE" "$json$STREAM"
	by cheap
	asks auto "[[only cheap]] [[cut 2]] [[json]] $CASE" "$json$STREAM"
	by better
	is cheap "$(logged .fallback_from)" fallback_from
}

# A caller who gets a stream hears of it while it is judged.
case_alive_while_held() {
	slow="[[json]] [[pieces 4]] [[slow 300]] [[only cheap]] $CASE"
	curl -sN -m 30 -H "Authorization: Bearer $WHO" \
		-H 'Content-Type: application/json' --data-binary \
		'{"model":"auto","stream":true,"response_format":{"type":
		"json_object"},"messages":[{"role":"user","content":"'"$slow"'"}]}' \
		"$BASE/v1/chat/completions" >"$T/body" || fail "no stream"
	awk '/^data:/ { exit } /^: keep-alive/ { n++ }
		END { exit !(n >= 3) }' "$T/body" ||
		fail "$(head -c 300 "$T/body")"
	grep -q '\[DONE\]' "$T/body" || fail "no proper end"
}

# The first byte comes as soon as it cannot be weak any more: the fake stops
# behind the second piece, and the caller has the first.
begun() { grep -qs '"content":"[^"]' "$T/stream"; }
case_first_byte() {
	rm -f "$T/stream"
	curl -sN -m 60 -o "$T/stream" -H "Authorization: Bearer $WHO" \
		-H 'Content-Type: application/json' --data-binary \
		'{"model":"auto","stream":true,"messages":[{"role":"user",
		"content":"'"$CASE"' [[hold 2]]"}]}' \
		"$BASE/v1/chat/completions" &
	caller=$!
	until_true 10 begun || fail "nothing came"
	curl -s "$FAKE_URL/fake/release" >/dev/null
	wait $caller || fail "no end"
	grep -q '\[DONE\]' "$T/stream" || fail "no proper end"
}

# The better one fails: a weak answer is an answer.
case_better_fails() {
	for more in '' "$STREAM"; do
		say_q='{"model":"kept","messages":[{"role":"user","content":
			"[[only better]] [[status 503]] '"$CASE ${more:+stream}"'"}],
			"response_format":{"type":"json_object"}'"$more}"
		calls_mark
		post /v1/chat/completions "$say_q"
		code 200
		by cheap
		like 'a weak answer (json) of cheap, because *503*' \
			"$(head_of x-larder-degraded)" X-Larder-Degraded
		calls_mark
		post /v1/chat/completions "$say_q"
		like 'larder; fwd=miss*' "$(head_of cache-status)" Cache-Status
		[ "$(calls)" -ge 2 ] || fail "it was kept"
	done
}

case_cheap_fails() {
	asks auto "[[only cheap]] [[status 500]] $CASE" ''
	by better
	like 'answered by better, because cheap failed*' \
		"$(head_of x-larder-degraded)" X-Larder-Degraded
}

# A dialogue that has once needed the better model keeps it.
turn() {
	post /v1/chat/completions '{"model":"kept","messages":['"$1"']}'
	code 200
}
user() { printf '{"role":"user","content":"%s"}' "$1"; }
said() { printf '{"role":"assistant","content":"%s"}' "$1"; }
case_sticky() {
	turn "$(user "$WEAK $CASE")"
	by better
	calls_mark
	turn "$(user "$WEAK $CASE"),$(said yes),$(user next)"
	by better
	is 1 "$(calls)" "calls of the second turn"
	turn "$(user "$CASE other"),$(said yes),$(user next)"
	by cheap
}

# shellcheck disable=SC2046
run_cases $(sed -n 's/^\(case_[a-z_]*\)().*/\1/p' "$0") || exit 1

# And to the real clients.
need npm node
. "$E2E/sdk.sh"
KEY=$WHO GPT=auto CLAUDE=auto node_test cascade cascade.test.mjs
