#!/bin/sh
# Many processes spend one budget at once: it is overrun by one request at
# most, no cent is lost, and the usage log says the same as the book; when some
# are killed, what they had reserved stays spent and nothing else changes.
#     ATTEMPTS=N in all, JOBS=N processes, KILLS=N
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"

case ${LARDER_TORTURE:-full} in
short) : "${ATTEMPTS:=8000}" "${LIMIT:=0.8}" "${KILLS:=16}" ;;
*) : "${ATTEMPTS:=100000}" "${LIMIT:=10}" "${KILLS:=300}" ;;
esac
: "${JOBS:=16}"
adopt "$builddir/tests/torture/budget" budget

# A call costs 0.001 USD at most: 500 tokens.
CALL=1020000000
cat >"$T/prices.json" <<'END'
{"m":{"input_cost_per_token":1e-06,"output_cost_per_token":2e-06}}
END
# Each process has a log of its own here: what many do to one is another test.
write_conf() {
	FILES=$1
	cat >"$T/larder.conf" <<-END
	[larder]
	secret_file = $T/secret
	budget_file = $T/$1.sums
	[cache]
	path = $T/cache.slab
	size = 8M
	when = never
	[upstream fake]
	url = http://127.0.0.1:9/v1
	models = any
	[budget all]
	limit = $2
	on_budget = block
	alarm_at = 50%, 100%
	[clients]
	file = $T/clients
	[log]
	path = $T/$1.usage.0
	prices = $T/prices.json
	END
	own "$T"
}
spenders() {
	jobs=
	i=0
	while [ $i -lt "$JOBS" ]; do
		i=$((i + 1))
		sed "s|\.usage\.0|.usage.$i|" "$T/larder.conf" >"$T/run.$i.conf"
		start "run.$i" "$T/bin/budget" run "$1" "$T/run.$i.conf"
		jobs="$jobs $!"
	done
}
sums() {
	# shellcheck disable=SC2086,SC2046
	set -- $($AS "$T/bin/budget" show "$T/larder.conf" \
		"$T/$FILES".usage.*)
	SPENT=$2 HELD=$4 LOGGED=$6 LINES=$8
}

# --- Nobody dies ------------------------------------------------------------

# The first request only makes its credential known: a stranger's call reserves
# nothing, so it may go beyond.
write_conf race "$LIMIT"
start run.0 "$T/bin/budget" run 1 "$T/larder.conf"
wait $! || broken "nobody is answered"
began=$(now_ms)
spenders $((ATTEMPTS / JOBS))
for job in $jobs; do
	wait "$job" || fail "a request was answered otherwise"
done
sums
limit=$(awk "BEGIN { printf \"%.0f\", $LIMIT * 1e12 }")
say "$NAME: $JOBS processes, $ATTEMPTS attempts in $(($(now_ms) - began)) ms:" \
	"spent $SPENT of $limit, logged $LOGGED, over by $((SPENT - limit))"
is $((ATTEMPTS / JOBS * JOBS + 1)) "$LINES" "lines of the log"
is "$SPENT" "$LOGGED" "what the log adds up to"
is 0 "$HELD" "what is still reserved"
[ "$SPENT" -ge "$limit" ] || fail "there was something left"
[ $((SPENT - limit)) -lt $CALL ] || fail "more than one request went beyond"
for at in 50% 100%; do
	is 1 "$(cat "$T"/run.*.log | grep -c "\"alarm_at\":\"$at\"")" \
		"alarms at $at"
done

# --- All do -----------------------------------------------------------------

# Each as soon as there is a bit more in the log, so at any moment of a call.
size() {
	stat -c %s "$T"/kills.usage.* 2>/dev/null |
		awk '{ n += $1 } END { print n + 0 }'
}
grown() { [ "$(size)" -gt $(($1 + 100000)) ]; }

write_conf kills 1000000
dead=0
while [ $dead -lt "$KILLS" ]; do
	before=$(size)
	spenders 1000000
	until_true 20 grown "$before" || broken "nobody spends"
	i=0
	while [ $i -lt "$JOBS" ]; do
		i=$((i + 1))
		stop run.$i KILL
		dead=$((dead + 1))
	done
done
sums
say "$NAME: $dead killed after $LINES requests: spent $SPENT, logged $LOGGED," \
	"$(((SPENT - LOGGED) / CALL)) calls' worth between"
[ "$SPENT" -ge "$LOGGED" ] || fail "less is spent than was logged"
[ $((SPENT - LOGGED)) -le $((dead * CALL)) ] || fail "more than the dead had"
