#!/bin/sh
# Who leads a flight is killed, or stopped: those who wait in other processes
# get their answer all the same.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/storm.sh"

# takes_over MS: since KILLED somebody has asked the upstream again.
takes_over() {
	until_true 5 called 2 || fail "nobody took over"
	took=$(($(now_ms) - KILLED))
	[ $took -le "$1" ] || fail "it took $took ms until another led"
	say "     another led after $took ms"
}

case_killed_before_the_first_byte() {
	lead "$CASE [[hold]]"
	later 50 "$CASE [[hold]]"
	kill -KILL "$(lead_pid)"
	KILLED=$(now_ms)
	takes_over 500
	release
	later_end
	is 2 "$(calls)" "calls"
	all_alike 50
	wait "$LEADER" || :
	like '*502*' "$(head -n 1 "$T/lead.head")" "reply of the killed worker"
	chat "$CASE [[hold]]"
	hit
}

# Nobody in another process has had a byte of a stream, either.
case_killed_before_a_stream() {
	lead "$CASE [[hold]]" $STREAM
	later 10 "$CASE [[hold]]" $STREAM -o "$T/late"
	kill -KILL "$(lead_pid)"
	KILLED=$(now_ms)
	takes_over 500
	release
	later_end
	is 2 "$(calls)" "calls"
	all_alike 10
	is '[DONE]' "$(events_in "$T/late" | tail -n 1)" "the end"
	wait "$LEADER" || :
}

case_killed_in_a_stream() {
	lead "$CASE [[pieces 8]] [[hold 3]]" $STREAM
	until_true 10 lead_talks || fail "the stream did not begin"
	later 20 "$CASE [[pieces 8]] [[hold 3]]" $STREAM -o "$T/late"
	kill -KILL "$(lead_pid)"
	KILLED=$(now_ms)
	later_end
	took=$(($(now_ms) - KILLED))
	[ $took -le 2000 ] || fail "the others waited for $took ms"
	is 1 "$(calls)" "calls"
	all_alike 20
	grep -q '"content"' "$T/late" || fail "they had none of it"
	grep -q '"error"' "$T/late" || fail "no error event"
	! grep -q 'DONE' "$T/late" || fail "a clean end"
	wait "$LEADER" || :
	! grep -q 'DONE' "$T/lead" || fail "a clean end for the first"
	chat "$CASE [[pieces 8]] [[hold 3]]" '' \
		-H 'Cache-Control: only-if-cached'
	code 504
}

# A stopped leader is no dead one. After five seconds nobody waits for it any
# more, and each asks alone.
case_stopped() {
	lead "$CASE [[hold]]"
	later 10 "$CASE [[hold]]"
	victim=$(lead_pid)
	kill -STOP "$victim"
	until_true 20 released_to_all || fail "the others still wait"
	later_end
	is 10 "$(figure '.status["200"]')" "replies with 200"
	[ "$(calls)" -le 11 ] || fail "$(calls) calls"
	figure '.ms.max < 8000' | grep -qx true ||
		fail "they waited too long: $(cat "$T/storm")"
	chat "$CASE [[hold]]"
	hit
	chat "$CASE new"
	missed
	kill -CONT "$victim"
	lead_ends
	like '*200*' "$(head -n 1 "$T/lead.head")" "reply of the stopped worker"
	is "$victim" "$(lead_pid)" "worker"
	ask POST /lead/v1/chat/completions \
		--data-binary "$(question "$CASE new")"
	hit
}
# Each of them asks by itself, and the upstream is to answer.
released_to_all() {
	release
	ended "$LATER"
}

# Half an answer must not look whole, nor leave its caller waiting for the rest:
# that is what nginx makes of it without the settings in contrib/.
case_killed_in_a_plain_reply() {
	rm -f "$T/half"
	curl -s -m 40 -o "$T/half" \
		-H "Authorization: Bearer $WHO" \
		--data-binary "$(question "$CASE [[big 90000]]")" \
		"$BASE/v1/chat/completions" &
	caller=$!
	until_true 20 [ -s "$T/half" ] || fail "the reply does not begin"
	kill -STOP $caller # more is left than fits into all buffers
	# shellcheck disable=SC2046
	kill -KILL $(children_of "$(pid_of larder)")
	kill -CONT $caller
	status=0
	wait $caller || status=$?
	is 18 $status "curl's exit status (18: broken off)"
}

# --- CGI: processes that share nothing but the file -------------------------

cgi_pids() {
	for p in $(children_of "$(pid_of server)"); do
		grep -qs '^Name:[[:space:]]*larder' "/proc/$p/status" &&
			echo "$p"
	done
}

case_cgi_one_call() {
	calls_mark
	same 20 "$CASE [[first 1000]]"
	is 1 "$(calls)" "calls"
	all_alike 20
	is 19 "$(figure .cache.collapsed)" collapsed
}

case_cgi_stream() {
	calls_mark
	same 20 "$CASE [[first 600]] [[slow 50]]" $STREAM -o "$T/late"
	is 1 "$(calls)" "calls"
	all_alike 20
	is '[DONE]' "$(events_in "$T/late" | tail -n 1)" "the end"
}

case_cgi_killed() {
	lead "$CASE [[hold]]"
	victim=$(cgi_pids)
	later 15 "$CASE [[hold]]"
	kill -KILL "$victim"
	KILLED=$(now_ms)
	takes_over 500
	release
	later_end
	is 2 "$(calls)" "calls"
	all_alike 15
	wait "$LEADER" || :
	chat "$CASE [[hold]]"
	hit
}

fake_start
conf_write 's/^threads = .*/threads = 64\nreserve = 0/'
door_start nginx
lead_start
run_cases case_killed_before_the_first_byte case_killed_before_a_stream \
	case_killed_in_a_stream case_stopped case_killed_in_a_plain_reply
stop lead_larder
door_stop
door_start lighttpd-cgi
LEAD_AT=
run_cases case_cgi_one_call case_cgi_stream case_cgi_killed
