#!/bin/sh
# Between two hosts and memcached stand proxies that swap, replay, cut, forge,
# garble, delay and withhold (tests/e2e/evil_lies.c). Each answer tells whose
# it is: none may be wrong, no request may fail and no worker may end.
#     QUESTIONS=N, SEED=N; LARDER_TORTURE=short for `make check`
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/hosts.sh"

case ${LARDER_TORTURE:-full} in
short) : "${QUESTIONS:=1500}" "${ROUND:=2}" "${LARGE:=3}" ;;
*) : "${QUESTIONS:=1000000}" "${ROUND:=10}" "${LARGE:=10}" ;;
esac
: "${SEED:=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}"
say "$NAME: SEED=$SEED"

# Twelve doors to two nodes: larder gives up a node that fails, so one liar
# alone would soon be out of business.
node_unix n1
node_unix n2
STANDS=
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	POOL="$POOL${POOL:+, }$ROOT/p$i.sock"
	STANDS="$STANDS $ROOT/p$i.sock=$ROOT/n$((i % 2 + 1)).sock"
done
MEMC='sync = 1s
budget = 50ms
wait = 2s'
fake_start
host_start A 's/^reserve.*//; s/^threads = .*/&\nreserve = 0/'
A_PORT=$PORT
host_start B 's/^threads = .*/&\nreserve = 0/'
B_PORT=$PORT

workers_of() {
	on "$1"
	children_of "$(pid_of larder)" | sort | tr '\n' ' '
}
WORKERS=$(workers_of A)$(workers_of B)

# of_both NAME: counted on the two.
of_both() {
	on A
	both=$(stat "$1")
	on B
	echo $((both + $(stat "$1")))
}

# Answers that are several items in memcached, against the upstream's own.
ask_large() {
	i=0
	while [ $i -lt "$LARGE" ]; do
		i=$((i + 1))
		large="large $SEED $ROUNDS $i [[echo]] [[big 1200]]"
		BASE=$FAKE_URL
		chat "$large"
		text >"$ROOT/large.right"
		for h in A B; do
			on $h
			chat "$large"
			code 200
			text >"$ROOT/large.got"
			cmp -s "$ROOT/large.right" "$ROOT/large.got" ||
				fail "a large answer is wrong"
		done
	done
}

# liars RATE LIES: from now on.
ROUNDS=0
liars() {
	ROUNDS=$((ROUNDS + 1))
	T=$ROOT
	if [ -f "$T/pids/evil" ]; then stop evil; fi
	# shellcheck disable=SC2086
	start evil "$EVIL" proxy $((SEED + ROUNDS)) "$1" "$2" $STANDS
	until_true 10 grep -qs ready "$ROOT/evil.log" || broken "no liar"
}

# hostile RATE LIES: for ROUND seconds.
ASKED=0 SHARED=0 FORGED=0
hostile() {
	liars "$@"
	host_fresh A
	host_fresh B
	storm load -P "$A_PORT" -c 12 -s "$ROUND" -f 2 -k 100 -l 20
	ask_large
	hits=$(of_both memcached_hits) forged=$(of_both memcached_forged)
	failed=$(of_both memcached_failures)
	say "$NAME: $1 in 1000 $2: $(figure .requests) requests," \
		"right $(figure .ends.right), wrong $(figure .ends.wrong);" \
		"memcached: $(of_both memcached_gets) lookups, $hits hits," \
		"$forged forged, $(of_both memcached_partial) incomplete," \
		"$failed failed, $(of_both memcached_skipped) left out;" \
		"all in $(figure .ms.max) ms, 99% in $(figure .ms.p99)"
	cp "$T/storm" "$T/body"
	: >"$T/head"
	is "$(figure .requests)" "$(figure '.status["200"]')" "replies with 200"
	is "$(figure .requests)" "$(figure .ends.right)" "right answers"
	is "$WORKERS" "$(workers_of A)$(workers_of B)" "workers"
	on B
	# A lie about a lease can hold a request for `wait`.
	figure '.ms.max <= 6000' | grep -qx true || fail "it took too long"
	ASKED=$((ASKED + $(figure .requests)))
	SHARED=$((SHARED + hits)) FORGED=$((FORGED + forged + failed))
}

ends_with() {
	ends=$1
	shift
	status=0
	larder "$@" >"$T/body" 2>&1 || status=$?
	like "$ends" $status "exit status of larder $1"
}

while [ $ASKED -lt "$QUESTIONS" ]; do
	hostile 400 quiet
	hostile 20 noisy
	hostile 100 all
	[ "${LARDER_TORTURE:-full}" != short ] || continue
	for lie in swap replay flip cut pad deny misplace spoil contrary alias \
		longname length words noise late twice shift drip hang leave \
		reset; do
		hostile 200 $lie
	done
done

# Commands end, with what they are to say.
for lies in quiet words,length,noise,twice,shift,leave,reset; do
	liars 1000 $lies
	on A
	ends_with '[01]' doctor
	in_ms ends_with '[01]' purge --all
	[ $MS -lt 20000 ] || fail "larder purge took $MS ms"
	ends_with 0 stats
done
say "$NAME: $ASKED requests, $SHARED hits in memcached, $FORGED lies found out"
# Else it would have shown nothing.
[ $SHARED -gt $((ASKED / 100)) ] || fail "memcached was hardly used"
[ $FORGED -gt 50 ] || fail "hardly any lie was told"
