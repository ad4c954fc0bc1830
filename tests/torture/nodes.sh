#!/bin/sh
# Of three memcached nodes a random one is killed, started again, stopped or
# let go on every two seconds, under load through two hosts. No request may
# fail, few may be slow, and who is back is soon in use.
#     DURATION=N seconds (120), CALLERS=N (4)
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/hosts.sh"

: "${DURATION:=120}" "${CALLERS:=4}"
EVERY_MS=2000
SLOW_MS=50   # above the median
SLOW_MOST=3  # of them, a host and an event
BACK_MS=5000 # after its return a node is used again by each host
LOOK_MS=250  # what looking for that takes

node_unix n1
ADDR_n1=$NODE
node_unix n2
ADDR_n2=$NODE
node_tcp n3
ADDR_n3=$NODE
POOL="$ADDR_n1, $ADDR_n2, $ADDR_n3"
fake_start
host_start A 's/^size = .*/size = 64M/'
A_PORT=$PORT
host_start B 's/^size = .*/size = 64M/'
B_PORT=$PORT

address() { eval "echo \$ADDR_$1"; }

# --- Events: what each node is, in STATE_name ------------------------------------

state() { eval "echo \${STATE_$1:-well}"; }
becomes() {
	eval "STATE_$1=$2"
	echo "$(now_ms) $1 $2" >>"$ROOT/events"
}

node_again() {
	case $1 in
	n3) node_tcp n3 ;;
	*) node_unix "$1" ;;
	esac
}

# Not one whose return is being timed.
pick() {
	for n in n1 n2 n3; do
		[ "$(state $n)" = back ] || echo $n
	done | shuf -n 1
}
event() {
	node=$(pick)
	case $(state "${node:-none}") in
	dead)
		node_again "$node"
		back "$node"
		;;
	hung)
		node_signal CONT "$node"
		back "$node"
		;;
	well)
		[ -n "$node" ] || return 0
		if [ "$(shuf -i 0-1 -n 1)" = 0 ]; then
			node_kill "$node"
			becomes "$node" dead
		else
			node_signal STOP "$node"
			becomes "$node" hung
		fi
		EVENTS=$((EVENTS + 1))
		;;
	esac
}
back() {
	becomes "$1" back
	eval "SINCE_$1=$(now_ms)"
}

# Those that are back: does each host use them?
see() {
	for n in n1 n2 n3; do
		[ "$(state $n)" = back ] || continue
		eval "since=\$SINCE_$n"
		node_is A "$(address $n)" true &&
			node_is B "$(address $n)" true || continue
		echo $(($(now_ms) - since)) >>"$ROOT/back"
		becomes $n well
	done
}

# --- The load ---------------------------------------------------------------------

# load NAME SECONDS: of questions so many that both hosts seldom ask the same
# at the same moment, and then wait for each other.
load() {
	"$ROOT/bin/storm" load -P "$A_PORT" -P "$B_PORT" -c "$CALLERS" \
		-s "$2" -f 0 -k 4000 -l 20 >"$ROOT/$1" || echo >"$ROOT/$1.wrong"
}

# durations HOST: "time-in-ms duration-in-ms whence" of each request.
durations() {
	jq -r '"\((.time[0:19] + "Z" | fromdateiso8601) * 1000 +
		(.time[20:23] | tonumber)) \(.duration_ms) \(.cache)"' \
		"$ROOT/host.$1/usage.log"
}
# slow HOST: the times of those that took too long, and how long.
slow() {
	durations "$1" >"$ROOT/durations"
	median=$(cut -d' ' -f2 "$ROOT/durations" | sort -n |
		awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }')
	awk -v most=$((median + SLOW_MS)) '$2 > most' "$ROOT/durations"
}
# How many after each event: the worst, and the sum.
by_event() {
	awk 'FILENAME != "-" { if ($3 != "well") at[n++] = $1; next }
	{ for (i = 0; i < n && at[i] <= $1 + $2; i++); count[i]++ }
	END { for (i in count) {
			sum += count[i]; if (count[i] > most) most = count[i] }
		print most + 0, sum + 0 }' "$ROOT/events" -
}
figures() {
	cp "$ROOT/$1" "$T/storm"
	say "$NAME: $1: $(figure .requests) requests," \
		"$(figure '.status["200"]') with 200," \
		"right $(figure .ends.right), $(figure .ms.p50) ms the median," \
		"$(figure .ms.p99) 99%, $(figure .ms.p999) 99.9%," \
		"$(figure .ms.max) the longest"
	[ ! -f "$ROOT/$1.wrong" ] || fail "$(cat "$ROOT/$1")"
	is "$(figure .requests)" "$(figure '.status["200"]')" "replies with 200"
	is "$(figure .requests)" "$(figure .ends.right)" "right answers"
}

load warm 3
: >"$ROOT/events" >"$ROOT/back"
for h in A B; do : >"$ROOT/host.$h/usage.log"; done
calm_s=$((DURATION / 6))
load calm $calm_s
for h in A B; do
	slow $h | by_event >"$ROOT/slow.calm.$h"
	: >"$ROOT/host.$h/usage.log"
done

EVENTS=0
load stormy "$DURATION" &
LOAD=$!
next=$(($(now_ms) + 500))
while running $LOAD; do
	if [ "$(now_ms)" -ge $next ]; then
		event
		next=$((next + EVERY_MS))
	fi
	see
	sleep 0.05
done
wait $LOAD

on A
figures calm
figures stormy
for h in A B; do
	slow $h | by_event >"$ROOT/slow.$h"
done
sort -n "$ROOT/back" >"$ROOT/back.sorted"
returns=$(wc -l <"$ROOT/back.sorted")
longest=$(tail -n 1 "$ROOT/back.sorted")
say "$NAME: $EVENTS deaths and hangs; $returns returns, in use again after" \
	"$(sed -n "$(((returns + 1) / 2))p" "$ROOT/back.sorted") ms (median)," \
	"$longest ms (longest)"
for h in A B; do
	read -r most sum <"$ROOT/slow.$h"
	read -r _ calm <"$ROOT/slow.calm.$h"
	slow $h | sort -k2n | tail -n 1 >"$ROOT/slowest"
	read -r _ ms whence <"$ROOT/slowest" || ms=0 whence=none
	say "$NAME: host $h: $sum slow requests, at most $most after one event;" \
		"$calm in $calm_s s without any; the slowest: $ms ms ($whence)"
done
[ "$returns" -gt 0 ] || fail "no node came back"
[ "$longest" -le $((BACK_MS + LOOK_MS)) ] || fail "a node was not used for $longest ms"

# All are back: everything is shared again.
while [ "$(state n1)$(state n2)$(state n3)" != wellwellwell ]; do
	for n in n1 n2 n3; do
		case $(state $n) in
		dead)
			node_again $n
			back $n
			;;
		hung)
			node_signal CONT $n
			back $n
			;;
		esac
	done
	on A
	chat "ping $(now_ms)"
	on B
	chat "ping $(now_ms)"
	see
done
for i in $(seq 30); do
	on A
	chat "after $i"
	missed
	on B
	chat "after $i"
	shared_hit
done
for h in A B; do
	read -r most sum <"$ROOT/slow.$h"
	[ "$sum" -le $((EVENTS * SLOW_MOST)) ] ||
		fail "$sum slow requests on host $h for $EVENTS events"
done
