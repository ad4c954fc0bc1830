#!/bin/sh
# A random worker is stopped for ten seconds under load, wherever it is, also
# with a lock or a flight: the others serve, and when it goes on it serves too.
#     ROUNDS=N, STOP_S=SECONDS
# What the stopped worker has in hand waits for it; who waits for a question
# that it leads goes on alone after five seconds. Nothing fails.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/storm.sh"

case ${LARDER_TORTURE:-full} in
short) : "${ROUNDS:=1}" "${STOP_S:=6}" ;;
*) : "${ROUNDS:=6}" "${STOP_S:=10}" ;;
esac
CALLERS=24

fake_start
conf_write 's/^workers = .*/workers = 4/; s/^size = .*/size = 64M/
	s/^threads = .*/threads = 24\nreserve = 0/'
door_start nginx
storm load -c $CALLERS -s 2
cp "$T/storm" "$T/calm"

round=0
while [ $round -lt "$ROUNDS" ]; do
	round=$((round + 1))
	victim=$(children_of "$(pid_of larder)" | shuf -n 1)
	timeouts=$(stat lock_timeouts)
	storm load -c $CALLERS -s $((STOP_S + 2)) -l $((STOP_S + 15)) &
	load=$!
	sleep 1 # so that it is stopped in the middle of work
	kill -STOP "$victim"
	sleep "$STOP_S"
	kill -CONT "$victim"
	wait $load || fail "round $round: $(cat "$T/storm")"
	say "$NAME: round $round: $(figure .requests) requests in" \
		"$(figure .seconds) s, failed" \
		"$(figure '.requests - (.status["200"] // 0)')," \
		"wrong $(figure .ends.wrong); 99.9% in" \
		"$(figure .ms.p999) ms, all in $(figure .ms.max) ms;" \
		"$(($(stat lock_timeouts) - timeouts)) waits for a lock" \
		"given up"
	is "$(figure .requests)" "$(figure '.status["200"]')" "answers"
	is "$(figure .requests)" "$(figure .ends.right)" "right answers"
	running "$victim" || fail "the stopped worker is gone"
	# While one of four stands still, much is still done.
	jq -en --slurpfile c "$T/calm" --slurpfile s "$T/storm" \
		'$s[0].requests / $s[0].seconds >
			$c[0].requests / $c[0].seconds / 5' >/dev/null ||
		fail "round $round: the others hardly serve"
done
is 0 "$(stat damaged)" "damages"
chat "after it all"
missed
chat "after it all"
hit
