#!/bin/sh
# A thousand callers ask the same at the same moment, over four workers: one
# call. Another thousand wait for a leader that is killed: at most two.
#     MISSES=N callers, ROUNDS=N; LARDER_TORTURE=short for `make check`
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/storm.sh"

case ${LARDER_TORTURE:-full} in
short) : "${MISSES:=300}" "${ROUNDS:=1}" ;;
*) : "${MISSES:=1000}" "${ROUNDS:=10}" ;;
esac
files=$((MISSES * 4 + 200))
[ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -ge $files ] ||
	skip "it takes $files open files"
ulimit -n $files

# Each line: calls, replies with 200, the longest wait for the answer beyond
# what the upstream took.
round_one() {
	calls_mark
	same "$MISSES" "together $1 [[first 1500]]"
	is 1 "$(calls)" "calls for $MISSES at once, round $1"
	all_alike "$MISSES"
	say "$NAME: $MISSES at once: $(calls) call," \
		"$(figure '.cache.collapsed') collapsed," \
		"$(figure '.ms.max - 1500 | floor') ms beyond the upstream's"
}

round_killed() {
	lead "killed $1 [[hold]]"
	later "$MISSES" "killed $1 [[hold]]"
	kill -KILL "$(lead_pid)"
	KILLED=$(now_ms)
	until_true 5 called 2 || fail "nobody took over"
	took=$(($(now_ms) - KILLED))
	release
	later_end
	[ "$(calls)" -le 2 ] || fail "$(calls) calls"
	all_alike "$MISSES"
	wait "$LEADER" || :
	say "$NAME: leader of $MISSES killed: $(calls) calls," \
		"another led after $took ms"
	[ $took -le 500 ] || fail "it took $took ms until another led"
}

# One worker may get them all: nobody shares out connections evenly.
fake_start
conf_write "s/^workers = .*/workers = 4/
	s/^threads = .*/threads = $((MISSES + 50))\nreserve = 0/"
NGINX_CONNECTIONS=$((MISSES * 3 + 500))
door_start nginx
i=0
while [ $i -lt "$ROUNDS" ]; do
	i=$((i + 1))
	round_one $i
done
lead_start
i=0
while [ $i -lt "$ROUNDS" ]; do
	i=$((i + 1))
	round_killed $i
done
