#!/bin/sh
# SIGKILL of workers under load: nothing else is lost, the cache stays readable.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

fake_start
conf_write 's/^workers = .*/workers = 4/'
door_start nginx
MASTER=$(pid_of larder)

workers() { children_of "$MASTER" | wc -l; }
four_workers() { [ "$(workers)" -ge 4 ]; }
a_worker() { children_of "$MASTER" | shuf -n 1; }

# stream_in_background N: eight pieces in 1.6 s.
stream_in_background() {
	curl -sN -m 30 -o "$T/stream.$1" -H 'Authorization: Bearer sk-x' \
		-H 'Content-Type: application/json' --data-binary \
		'{"model":"gpt-test","stream":true,"messages":[{"role":"user",
		"content":"stream '"$1"' [[pieces 8]] [[slow 200]]"}]}' \
		"$BASE/v1/chat/completions" || : &
}
all_begun() {
	[ "$(grep -l '"content"' "$T"/stream.? 2>/dev/null | wc -l)" = 8 ]
}

# Of eight streams under way in four workers, only the killed one's break.
case_streams_of_other_workers_live_on() {
	before=$(wc -l <"$T/usage.log" 2>/dev/null || echo 0)
	for i in 1 2 3 4 5 6 7 8; do stream_in_background $i; done
	until_true 10 all_begun || fail "not all streams began"
	victim=$(a_worker)
	kill -KILL "$victim"
	wait
	whole=$(grep -l 'data: \[DONE\]' "$T"/stream.? | wc -l)
	others=$(tail -n "+$((before + 1))" "$T/usage.log" |
		jq "select(.pid != $victim and .status == 200) | 1" | wc -l)
	is "$others" "$whole" "whole streams, as logged by other workers"
	bystanders=$(tail -n "+$((before + 1))" "$T/usage.log" |
		jq "select(.pid != $victim) | 1" | wc -l)
	is "$bystanders" "$others" "streams of other workers"
}

# caller N: asks what is known and what is new in turn; a line for each loss.
caller() {
	i=0
	while [ $i -lt 40 ]; do
		i=$((i + 1))
		new=
		[ $((i % 4)) != 0 ] || new=" $1 $i"
		code=$(curl -s -m 20 -o /dev/null -w '%{http_code}' \
			-H 'Authorization: Bearer sk-alice' --data-binary \
			'{"model":"gpt-test","messages":[{"role":"user",
			"content":"known'"$new"'"}]}' \
			"$BASE/v1/chat/completions") || :
		[ "$code" = 200 ] || echo "$code" >>"$T/lost.$1"
		echo . >>"$T/asked.$1"
	done
}

case_load_goes_on() {
	chat known
	missed
	known=$(text)
	callers=
	for n in 1 2 3 4; do
		caller $n &
		callers="$callers $!"
	done
	for kills in 1 2 3; do
		until_true 20 four_workers || fail "a worker did not come back"
		kill -KILL "$(a_worker)"
	done
	# shellcheck disable=SC2086
	wait $callers
	is 160 "$(cat "$T"/asked.? | wc -l)" "requests"
	lost=$(cat "$T"/lost.? 2>/dev/null | wc -l)
	# No caller has more than one request in the killed worker.
	[ "$lost" -le $((kills * 4)) ] || fail "$lost requests were lost"
	chat known
	hit
	is "$known" "$(text)" "the known answer"
	chat "after the kills"
	missed
	chat "after the kills"
	hit
	until_true 20 four_workers || fail "a worker did not come back"
	running "$MASTER" || fail "the master is gone"
}

run_cases case_streams_of_other_workers_live_on case_load_goes_on
