#!/bin/sh
# Whatever an upstream does wrong: what the caller sees of it, alone and with a
# fallback, in both forms. Prints the table that docs/reliability.md has.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/upstreams.sh"
. "$E2E/tls.sh"

# both NAME URL FAKE [LINES]: an upstream, the model NAME there that has nobody
# else, and the model NAME+ that has: at the same scripted upstream.
both() {
	conf_upstream "$1" "$2" "provider = openai
		retries = 1
		breaker_failures = 0
		${4:-}"
	conf_model "$1" "$1" 'name = gpt-test'
	conf_model "$1+" "$1" "name = gpt-test
		fallback = back-$3"
}
# back FAKE URL: a fallback in another dialect.
back() {
	conf_upstream "back-$1" "$2/v1" 'provider = anthropic'
	conf_model "back-$1" "back-$1" 'name = claude-test'
}

# Three scripted upstreams, so that rows that take their time can be tried
# beside the others and yet be counted.
fake_start slow
SLOW_URL=$FAKE_URL
fake_start late
LATE_URL=$FAKE_URL
fake_start busy
tls_start
conf_begin 'max_wait = 3s'
back busy "$FAKE_URL"
back late "$LATE_URL"
back slow "$SLOW_URL"
both main "$FAKE_URL/v1" busy
both refused "http://127.0.0.1:$(sed -n 's/^refusing //p' "$T/busy.log")/v1" \
	busy
both unknown "https://127.0.0.1:$(cat "$T/good.port")/v1" busy
for cert in good expired other; do
	both $cert "https://127.0.0.1:$(cat "$T/$cert.port")/v1" busy \
		"ca_file = $T/ca.pem"
done
both slow "$SLOW_URL/v1" slow 'first_byte_timeout = 400ms
	idle_timeout = 400ms
	total_timeout = 1s'
both wait "$LATE_URL/v1" late
both drip "$LATE_URL/v1" late 'total_timeout = 2s'
both mute "https://127.0.0.1:${LATE_URL##*:}/v1" late 'connect_timeout = 300ms'
door_open

STREAM=',"stream":true'
LOG=$T/usage.log

# --- What a caller sees, in a few words ---------------------------------------

# The head of the last reply, as far as it matters here; without a fork.
read_head() {
	TYPE='' WAIT='' WHY='' BY='' cr=$(printf '\r')
	while IFS=': ' read -r name value; do
		value=${value%"$cr"}
		case $name in
		[Cc]ontent-[Tt]ype) TYPE=$value ;;
		[Rr]etry-[Aa]fter) WAIT=$value ;;
		X-Larder-Degraded) WHY=$value ;;
		X-Larder-Model) BY=$value ;;
		esac
	done <"$T/head"
}

# The text that was said; of an error its code.
read_body() {
	case $TYPE in
	text/event-stream*) tr -d '\r' <"$T/body" | sed -n 's/^data: *{/{/p' ;;
	*) cat "$T/body" ;;
	esac | jq -rs 'if last.error then
			last.error | "error " + (.code // .type // "?")
		else
			"said " + (map((.choices // [])[] |
				(.message // .delta).content // "") | add)
		end' >"$T/said" 2>/dev/null || fail "no JSON"
	SAID=$(cat "$T/said")
}

see_answer() {
	like 'said echo: *' "$SAID" "answer"
	case $WHY in
	'') printf answer ;;
	"answered by back-"*", because $asked failed ("*)
		printf 'answer of the fallback %s' "${WHY#*failed }" ;;
	*) fail "X-Larder-Degraded: $WHY" ;;
	esac
}

# A stream ends with its terminator or with an error, and never with both.
see_stream() {
	ends=$(grep -c '^data: \[DONE\]' "$T/body" || :)
	case $SAID in
	error*)
		is 0 "$ends" "terminators behind an error event"
		printf 'begins, then %s' "${SAID#error }"
		;;
	*)
		is 1 "$ends" "terminators"
		see_answer
		;;
	esac
}

see() {
	read_head
	read_body
	case "$CODE $TYPE" in
	"200 text/event-stream"*) see_stream ;;
	200*) see_answer ;;
	*)
		like 'application/json*' "$TYPE" Content-Type
		like 'error ?*' "$SAID" "body"
		printf '%s %s%s' "$CODE" "${SAID#error }" \
			"${WAIT:+, Retry-After $WAIT}"
		;;
	esac
}

# The request's line in the log, which comes behind its reply.
in_log() {
	tail -n 40 "$LOG" | jq -r --arg t "$TAG" 'select(.tag == $t) |
		[.attempts // 0, .maybe_billed // 0, .status,
		.fallback_from // "-", ."error.type" // "-",
		."gen_ai.response.model" // "-"] | join(" ")' \
		>"$T/line" 2>/dev/null
	[ -s "$T/line" ]
}
read_log() {
	until_true 5 in_log || fail "no line in the log"
	read -r MADE BILLED STATUS FROM ERROR MODEL <"$T/line"
}

# seen MODEL TEXT MORE: that, how many calls it took, and how many of them may
# have been billed although they failed.
seen() {
	asked=$1
	say_to "$@"
	see
	read_log
	printf '; %s call%s' "$MADE" "$([ "$MADE" = 1 ] || echo s)"
	[ "$BILLED" = 0 ] || printf ', %s maybe billed' "$BILLED"
}

# --- What must hold of every one of them --------------------------------------

# The log has the same as the caller.
log_agrees() {
	is "$CODE" "$STATUS" "status in the log"
	case $1 in
	*fallback*)
		is "$asked" "$FROM" fallback_from
		is claude-test "$MODEL" "model in the log"
		is claude-test "$BY" X-Larder-Model
		;;
	answer*)
		is - "$FROM" fallback_from
		is - "$ERROR" error.type
		is gpt-test "$BY" X-Larder-Model
		;;
	*upstream_*) is "${SAID#error }" "$ERROR" error.type ;;
	esac
}

# What the log counts is what the upstreams saw; some saw nothing.
reached() {
	case $to in
	refused | mute | unknown | expired | other)
		case $1 in
		*fallback*) is 1 "$(calls)" "requests the fallback saw" ;;
		*) is 0 "$(calls)" "requests an upstream saw" ;;
		esac
		;;
	*) is "$MADE" "$(calls)" "requests upstreams saw" ;;
	esac
}

# Nobody is given a failure, or another model's answer, from the cache.
not_kept() {
	say_to "$1" "$2" "$3" -H 'Cache-Control: only-if-cached'
	code 504
}

# check WANTED MODEL TEXT MORE
check() {
	want=$1
	shift
	CASE="$FAULT; model $1${3:+, a stream}"
	calls_mark
	seen "$1" "$1, $2" "$3" >"$T/seen"
	got=$(cat "$T/seen")
	is "$want" "$got" "seen"
	log_agrees "$got"
	reached "$got"
	case $got in
	answer\;*) ;;
	*) not_kept "$1" "$1, $2" "$3" ;;
	esac
}

# --- The table ------------------------------------------------------------------

# fault | upstream | script | plain | stream | plain, with a fallback | stream,
# with a fallback. "=" is what stands to the left of it.
rows() {
	grep -v '^#' <<'END'
# -- no connection
connection refused | refused | | 502 upstream_unreachable; 2 calls | = | answer of the fallback (no good connection); 3 calls | =
TLS: unknown CA | unknown | | 502 upstream_unreachable; 2 calls | = | answer of the fallback (no good connection); 3 calls | =
TLS: certificate expired | expired | | 502 upstream_unreachable; 2 calls | = | answer of the fallback (no good connection); 3 calls | =
TLS: certificate of another host | other | | 502 upstream_unreachable; 2 calls | = | answer of the fallback (no good connection); 3 calls | =
TLS: handshake hangs | mute | | 502 upstream_unreachable; 2 calls | = | answer of the fallback (no good connection); 3 calls | =
TLS: good certificate | good | | answer; 1 call | = | = | =
# -- a connection that breaks
closed before the head | main | [[drop]] | 502 upstream_broken; 2 calls, 2 maybe billed | = | answer of the fallback (no good connection); 3 calls, 2 maybe billed | =
reset before the head | main | [[reset]] | 502 upstream_broken; 2 calls, 2 maybe billed | = | answer of the fallback (no good connection); 3 calls, 2 maybe billed | =
reset behind the head | main | [[resethead]] | 502 upstream_broken; 2 calls, 2 maybe billed | = | answer of the fallback (no good connection); 3 calls, 2 maybe billed | =
reset in the answer | main | [[rst 2]] | 502 upstream_broken; 2 calls, 2 maybe billed | begins, then upstream_broken; 1 call, 1 maybe billed | answer of the fallback (no good connection); 3 calls, 2 maybe billed | begins, then upstream_broken; 1 call, 1 maybe billed
cut in the answer | main | [[cut 2]] | 502 upstream_broken; 2 calls, 2 maybe billed | begins, then upstream_broken; 1 call, 1 maybe billed | answer of the fallback (no good connection); 3 calls, 2 maybe billed | begins, then upstream_broken; 1 call, 1 maybe billed
stream ends well-formed, without its end | main | [[cleancut 2]] | answer; 1 call | begins, then upstream_broken; 1 call, 1 maybe billed | answer; 1 call | begins, then upstream_broken; 1 call, 1 maybe billed
Content-Length too long | main | [[saysmore]] | 502 upstream_broken; 2 calls, 2 maybe billed | answer; 1 call | answer of the fallback (no good connection); 3 calls, 2 maybe billed | answer; 1 call
Content-Length too short | main | [[saysless 20]] | 502 upstream_broken; 2 calls, 2 maybe billed | = | answer of the fallback (no good connection); 3 calls, 2 maybe billed | =
# -- time
hangs before the head | slow | [[hang]] | 504 upstream_timeout; 2 calls, 2 maybe billed | = | answer of the fallback (no answer in time); 2 calls, 1 maybe billed | =
hangs behind the head | slow | [[hanghead]] | 504 upstream_stalled; 2 calls, 2 maybe billed | = | answer of the fallback (no answer in time); 2 calls, 1 maybe billed | =
hangs in the answer | slow | [[stall 2]] | 504 upstream_stalled; 2 calls, 2 maybe billed | begins, then upstream_stalled; 1 call, 1 maybe billed | answer of the fallback (no answer in time); 2 calls, 1 maybe billed | begins, then upstream_stalled; 1 call, 1 maybe billed
drips past total_timeout, before the first event | slow | [[drip 20]] | 504 upstream_too_long; 1 call, 1 maybe billed | = | answer of the fallback (no answer in time); 2 calls, 1 maybe billed | =
drips past total_timeout, in a stream | drip | [[drip 1]] [[pieces 60]] | answer; 1 call | begins, then upstream_too_long; 1 call, 1 maybe billed | answer; 1 call | begins, then upstream_too_long; 1 call, 1 maybe billed
# -- statuses
429 | main | [[status 429]] | 429 rate_limit_exceeded; 2 calls | = | answer of the fallback (status 429); 3 calls | =
429, then an answer | main | [[status 429]] [[times 1]] | answer; 2 calls | = | = | =
429, Retry-After: 1, then an answer | wait | [[status 429]] [[retry-after 1]] [[times 1]] | answer; 2 calls | = | = | =
429, Retry-After as a date, then an answer | wait | [[status 429]] [[retry-date 1]] [[times 1]] | answer; 2 calls | = | = | =
429, retry-after-ms: 50, then an answer | main | [[status 429]] [[retry-ms 50]] [[times 1]] | answer; 2 calls | = | = | =
429, Retry-After: 60 (above max_wait) | main | [[status 429]] [[retry-after 60]] | 429 rate_limit_exceeded, Retry-After 60; 1 call | = | answer of the fallback (status 429); 2 calls | =
408 | main | [[status 408]] | 408 server_error; 2 calls | = | answer of the fallback (status 408); 3 calls | =
409 | main | [[status 409]] | 409 server_error; 2 calls | = | answer of the fallback (status 409); 3 calls | =
500 | main | [[status 500]] | 500 server_error; 2 calls | = | answer of the fallback (status 500); 3 calls | =
529 | main | [[status 529]] | 529 server_error; 2 calls | = | answer of the fallback (status 529); 3 calls | =
503, x-should-retry: false | main | [[status 503]] [[should-retry 0]] | 503 server_error; 1 call | = | answer of the fallback (status 503); 2 calls | =
400 | main | [[status 400]] | 400 invalid_request_error; 1 call | = | = | =
400, x-should-retry: true, then an answer | main | [[status 400]] [[should-retry 1]] [[times 1]] | answer; 2 calls | = | = | =
400, the prompt is too long | main | [[toolong]] | 400 context_length_exceeded; 1 call | = | answer of the fallback (the prompt is too long for it); 2 calls | =
401 to larder's own key | main | [[status 401]] | 502 upstream_credentials; 1 call | = | answer of the fallback (status 401); 2 calls | =
402 to larder's own key | main | [[status 402]] | 502 upstream_credit; 1 call | = | answer of the fallback (status 402); 2 calls | =
404 | main | [[status 404]] | 404 invalid_request_error; 1 call | = | = | =
redirect | main | [[status 302]] | 502 upstream_redirects; 1 call | = | answer of the fallback (status 502); 2 calls | =
# -- replies that are none
200 with an error object | main | [[error200]] | 500 server_error; 2 calls | = | answer of the fallback (status 500); 3 calls | =
an error event is the first | main | [[errorfirst]] | answer; 1 call | 500 server_error; 2 calls | answer; 1 call | answer of the fallback (status 500); 3 calls
an error event in the stream | main | [[errorevent 2]] | answer; 1 call | begins, then server_error; 1 call, 1 maybe billed | answer; 1 call | begins, then server_error; 1 call, 1 maybe billed
an event that is no JSON | main | [[badevent 2]] | answer; 1 call | begins, then upstream_broken; 1 call, 1 maybe billed | answer; 1 call | begins, then upstream_broken; 1 call, 1 maybe billed
a body that is no JSON | main | [[badjson]] | 502 upstream_broken; 2 calls, 2 maybe billed | answer; 1 call | answer of the fallback (no good connection); 3 calls, 2 maybe billed | answer; 1 call
502 with a page of HTML | main | [[html]] [[status 502]] | 502 upstream_error; 2 calls | = | answer of the fallback (status 502); 3 calls | =
200 with a page of HTML | main | [[html]] | 502 upstream_broken; 2 calls, 2 maybe billed | = | answer of the fallback (no good connection); 3 calls, 2 maybe billed | =
# -- what is not for the next one
a second reply behind the first | main | [[smuggle]] | answer; 1 call | = | = | =
what comes after that | main | | answer; 1 call | = | = | =
END
}

trim() { echo "$1" | sed 's/^ *//; s/ *$//'; }

# row FAULT UPSTREAM SCRIPT PLAIN STREAM PLAIN+ STREAM+
row() {
	FAULT=$1 to=$2 words="$3 [[only gpt-test]]" p=$4 s=$5 fp=$6 fs=$7
	[ "$s" != = ] || s=$p
	[ "$fp" != = ] || fp=$s
	[ "$fs" != = ] || fs=$fp
	printf '| %s | %s | %s | %s | %s |\n' "$1" "$p" "$s" "$fp" "$fs" \
		>"$TABLE/$TAGS"
	check "$p" "$to" "plain $words $FAULT" ''
	check "$s" "$to" "stream $words $FAULT" "$STREAM"
	check "$fp" "$to+" "plain $words $FAULT" ''
	check "$fs" "$to+" "stream $words $FAULT" "$STREAM"
}

# lane NAME FAKE-URL UPSTREAM...: the rows of those upstreams, in a place of
# their own and one after the other.
lane() {
	T=$T/$1 FAKE_URL=$2
	shift 2
	mkdir "$T"
	lane_bad=0
	while IFS='|' read -r a b c d e f g; do
		TAGS=$((TAGS + 100))
		case " $* " in *" $(trim "$b") "*) ;; *) continue ;; esac
		set +e
		(
			set -e
			row "$(trim "$a")" "$(trim "$b")" "$(trim "$c")" \
				"$(trim "$d")" "$(trim "$e")" "$(trim "$f")" \
				"$(trim "$g")"
		)
		rc=$?
		set -e
		[ $rc = 0 ] || { say "FAIL $(trim "$a")"; lane_bad=1; }
	done
	return $lane_bad
}

TAGS=10000 # of one length, for the order of the rows
TABLE=$T/table
mkdir "$TABLE"
rows >"$T/rows"
(trap - EXIT; lane slow.d "$SLOW_URL" slow <"$T/rows") &
slow=$!
(trap - EXIT; lane late.d "$LATE_URL" drip wait mute <"$T/rows") &
late=$!
bad=0
(trap - EXIT; lane busy.d "$FAKE_URL" main refused unknown good expired other \
	<"$T/rows") || bad=1
wait $slow || bad=1
wait $late || bad=1
cat - "$TABLE"/* <<END
| fault | the caller sees | in a stream | with a fallback | in a stream |
| --- | --- | --- | --- | --- |
END
exit $bad
