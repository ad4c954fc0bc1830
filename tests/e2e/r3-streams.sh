#!/bin/sh
# Streams that wait, break, or lose their caller.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

# translated NAME ENDPOINT DIALECT: an upstream of that one dialect.
translated() {
	cat >>"$T/larder.conf" <<-END
	[upstream $1]
	dialect = $3
	endpoints = $2
	url = $FAKE_URL/v1
	idle_timeout = 500ms
	retries = 0
	breaker_failures = 0
	[model gpt-$1]
	upstream = $1
	name = gpt-test
	[model claude-$1]
	upstream = $1
	name = claude-test
	END
}

STREAM=',"stream":true'

# --- Signs of life -----------------------------------------------------------

# arrivals DIALECT TEXT: the lines of a stream with their milliseconds.
arrivals() {
	case $1 in
	chat)
		path=chat/completions
		q='{"model":"gpt-test","messages":[{"role":"user","content":"'$2'"}]' ;;
	messages)
		path=messages
		q='{"model":"claude-test","max_tokens":64,"messages":[{"role":"user","content":"'$2'"}]' ;;
	responses)
		path=responses
		q='{"model":"gpt-test","input":"'$2'"' ;;
	esac
	: >"$T/head" >"$T/body"
	curl -sN -m 30 -H "Authorization: Bearer $WHO" \
		-H 'Content-Type: application/json' \
		--data-binary "$q$STREAM}" "$BASE/v1/$path" |
		"$HELPER" arrive >"$T/arrived"
}

# Comments, and nothing else, while nobody has anything to say. The fake keeps
# silent for 1.1 s, of which every 200 ms shall be heard.
comments_first() {
	awk '/data:|event:/ { exit } / :/ { n++ } END { exit !(n >= 3) }' \
		"$T/arrived"
}

alive_first() {
	arrivals "$1" "$CASE $1 [[first 1100]]"
	comments_first || fail "too few comments: $(head -n 8 "$T/arrived")"
	awk 'NR == 1 { exit !($1 < 1000) }' "$T/arrived" ||
		fail "the first sign of life came late"
	grep -q "$2" "$T/arrived" || fail "no proper end"
}
case_alive_before_the_first_byte() {
	alive_first chat '\[DONE\]'
	alive_first messages 'message_stop'
	alive_first responses 'response.completed'
}

case_alive_within_silence() {
	arrivals chat "$CASE [[slow 500]]"
	# Between any two events of the answer is half a second, and comments.
	awk '$2 == "data:" { if (seen && n == 0) bare++; seen = 1; n = 0 }
		$2 ~ /^:/ { n++ } END { exit !(bare <= 3) }' "$T/arrived" ||
		fail "silence without comments: $(cut -c1-40 "$T/arrived")"
	grep -q '\[DONE\]' "$T/arrived" || fail "no proper end"
}

# Only streams have comments; a plain reply is whole or an error.
case_no_comment_in_a_plain_reply() {
	chat "$CASE [[first 700]]"
	code 200
	jq -e . "$T/body" >/dev/null || fail "no JSON"
}

# A comment has gone out, so a failure can be told only in the stream.
case_failure_behind_a_comment() {
	for f in chat messages responses; do
		"$f" "$CASE [[first 700]] [[status 500]] [[should-retry 0]]" "$STREAM"
		code 200
		grep -q 'scripted error' "$T/body" || fail "$f: no error event"
		broken_off "$f"
	done
}

# --- Callers that leave --------------------------------------------------------

lefts() { curl -s -m 5 "$FAKE_URL/fake/counts" | jq .left; }
one_left() { [ "$(lefts)" -gt "$before" ]; }

# leave WHAT TEXT MORE READY...: asks, waits for READY, hangs up; the upstream
# must notice within a second (and what the machine takes).
leave() {
	q='{"model":"gpt-test","messages":[{"role":"user","content":"'$1'"}]'$2'}'
	shift 2
	before=$(lefts)
	calls_mark
	rm -f "$T/stream"
	curl -sN -o "$T/stream" -H "Authorization: Bearer $WHO" \
		-H 'Content-Type: application/json' \
		--data-binary "$q" "$BASE/v1/chat/completions" &
	caller=$!
	until_true 10 "$@" || fail "it did not come so far"
	kill $caller
	at=$(now_ms)
	wait $caller 2>/dev/null || :
	until_true 5 one_left || fail "the upstream was not cancelled"
	took=$(($(now_ms) - at))
	say "     cancelled after $took ms"
	[ $took -le 1500 ] || fail "cancelled after $took ms"
}
begun() { grep -qs '"content":"[^"]' "$T/stream"; }

case_leaves_in_the_stream() {
	leave "$CASE [[hold 2]]" "$STREAM" begun
}
case_leaves_before_the_first_byte() {
	leave "$CASE stream [[hold]]" "$STREAM" called 1
	leave "$CASE plain [[hold]]" '' called 1
}

# While larder waits to try again there is nobody to cancel, and nobody shall
# be asked for who has left.
log_has_499() {
	jq -c 'select(.tag == "left" and .status == 499)' "$T/usage.log" |
		grep -q .
}
case_leaves_between_tries() {
	calls_mark
	curl -s -o /dev/null -H "Authorization: Bearer $WHO" \
		-H 'X-Larder-Tag: left' -H 'Content-Type: application/json' \
		--data-binary '{"model":"gpt-test","messages":[{"role":"user",
		"content":"'"$CASE"' [[status 503]] [[retry-after 20]]"}]}' \
		"$BASE/v1/chat/completions" &
	caller=$!
	until_true 10 called 1 || fail "it was not asked"
	kill $caller
	at=$(now_ms)
	wait $caller 2>/dev/null || :
	until_true 5 log_has_499 || fail "nobody noticed"
	took=$(($(now_ms) - at))
	[ $took -le 1500 ] || fail "noticed after $took ms"
	is 1 "$(calls)" "calls"
}

# --- Streams that break -----------------------------------------------------------

# In the words of the caller's dialect, at the very end, and no terminator.
broken_off() {
	case $1 in
	chat)
		! grep -q '^data: \[DONE\]' "$T/body" || fail "[DONE]"
		filter='.error.message and .error.type' ;;
	messages)
		! events | grep -q '"message_stop"' || fail "message_stop"
		grep -q '^event: error' "$T/body" || fail "no event: error"
		filter='.type == "error" and .error.type and .error.message' ;;
	responses)
		! events | grep -q '"response.completed"' || fail "completed"
		filter='(.type == "error" and .message) or
			.type == "response.failed"' ;;
	esac
	events | tail -n 1 | jq -e "$filter" >/dev/null ||
		fail "the last event is no error: $(events | tail -n 1)"
}

# breaks WORD: each dialect from an upstream of its own and from the others'.
breaks() {
	for word; do
		for f in chat messages responses; do
			for to in chat messages responses; do
				WAS="$f from $to [[$word]]"
				broken_stream "$f" "$to" "$word"
			done
		done
	done
}
broken_stream() {
	case $1 in messages) m=claude-$2 ;; *) m=gpt-$2 ;; esac
	"ask_$1" "$m" "$CASE $1 $2 [[$3]]" "$STREAM"
	code 200
	broken_off "$1"
	"ask_$1" "$m" "$CASE $1 $2 [[$3]]" '' \
		-H 'Cache-Control: only-if-cached'
	code 504
}
# ask_DIALECT MODEL TEXT MORE [CURL OPTION...]
ask_chat() {
	q='{"model":"'$1'","messages":[{"role":"user","content":"'$2'"}]'$3'}'
	shift 3
	post /v1/chat/completions "$q" "$@"
}
ask_messages() {
	q='{"model":"'$1'","max_tokens":64,"messages":[{"role":"user","content":"'$2'"}]'$3'}'
	shift 3
	post /v1/messages "$q" -H 'anthropic-version: 2023-06-01' "$@"
}
ask_responses() {
	q='{"model":"'$1'","input":"'$2'"'$3'}'
	shift 3
	post /v1/responses "$q" "$@"
}

case_cut() { breaks 'cut 2' 'rst 2'; }
case_ends_without_its_end() { breaks 'cleancut 2' 'nodone'; }
case_malformed() { breaks 'badevent 2'; }
case_error_event() { breaks 'errorevent 2'; }
case_stalls() { breaks 'stall 2'; }

# What was billed stands in the log, although nobody got all of it.
billed_line() {
	jq -c 'select(.tag == "billed")' "$T/usage.log" >"$T/line" 2>/dev/null
	[ -s "$T/line" ]
}
case_tokens_are_logged() {
	messages "$CASE [[in 40]] [[out 9]] [[cut 2]]" "$STREAM" \
		-H 'X-Larder-Tag: billed'
	broken_off messages
	until_true 5 billed_line || fail "no line in the log"
	is 40 "$(jq '."gen_ai.usage.input_tokens"' "$T/line")" "input tokens"
	is 1 "$(jq .maybe_billed "$T/line")" maybe_billed
	isnt null "$(jq '."error.type"' "$T/line")" error.type
}

fake_start
conf_write 's/^threads = .*/threads = 32\nkeep_alive = 200ms/
	s/^retries = .*/retries = 3\nbackoff = 1ms/'
translated chat chat/completions openai
translated responses responses openai
translated messages messages anthropic
door_start nginx
# shellcheck disable=SC2046
run_cases $(sed -n 's/^\(case_[a-z_]*\)().*/\1/p' "$0")
