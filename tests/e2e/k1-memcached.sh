#!/bin/sh
# A pool of memcached nodes behind several hosts: shared, sealed, expendable.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/hosts.sh"

node_unix n1
N1=$NODE
node_tcp n2
N2=$NODE
POOL="$N1, $N2"
MEMC='sync = 1s
budget = 800ms'
fake_start
host_start A 's/^size = .*/size = 64M/'
host_start B 's/^size = .*/size = 64M/'

# --- What one host asks, the other has ----------------------------------------

# one_way FUNCTION TEXT MORE-OF-A MORE-OF-B
one_way() {
	on A
	"$1" "$2" "$3"
	code 200
	like 'larder; fwd=miss*' "$(head_of cache-status)" Cache-Status
	first=$(text)
	like "echo: $2 #*" "$first" "answer"
	on B
	"$1" "$2" "$4"
	shared_hit
	is "$first" "$(text)" "what the other host had"
	"$1" "$2" "$4"
	hit
	is "$first" "$(text)" "and now this one has"
}
case_shared_plain_and_streamed() {
	for as in chat messages responses; do
		one_way $as "$CASE $as pp" '' ''
		one_way $as "$CASE $as ss" ',"stream":true' ',"stream":true'
		one_way $as "$CASE $as ps" '' ',"stream":true'
		one_way $as "$CASE $as sp" ',"stream":true' ''
	done
}

memcached_logged() { [ "$(logged .cache)" = memcached ]; }
case_logged() {
	on A
	chat "$CASE"
	missed
	on B
	chat "$CASE"
	shared_hit
	until_true 5 memcached_logged || fail "logged as $(logged .cache)"
	is 0 "$(logged .cost_usd)" "its cost"
}

# Host C is a CGI program whose clock runs ahead.
case_age_and_lifetime_by_cgi() {
	on A
	chat "$CASE" '' -H 'X-Larder-TTL: 100'
	missed
	first=$(text)
	host_conf C
	cgi "$(question "$CASE")" LARDER_CLOCK_OFFSET=40
	shared_hit
	is "$first" "$(text)" "answer"
	age=$(head_of age) ttl=$(ttl_of)
	[ "$age" -ge 40 ] && [ "$age" -le 55 ] || fail "its age is $age"
	[ "$ttl" -ge 45 ] && [ "$ttl" -le 60 ] || fail "$ttl s are left"
	# What was taken over does not live longer for that.
	cgi "$(question "$CASE")" LARDER_CLOCK_OFFSET=70
	hit
	[ "$(ttl_of)" -le 30 ] || fail "$(ttl_of) s are left"
	cgi "$(question "$CASE")" LARDER_CLOCK_OFFSET=101
	missed
	# And what a CGI process asks, others have.
	cgi "$(question "$CASE again")"
	missed
	on B
	chat "$CASE again"
	shared_hit
}

case_large_in_parts() {
	on A
	chat "$CASE [[big 5000]]"
	missed
	cp "$T/body" "$ROOT/large"
	[ "$(wc -c <"$ROOT/large")" -gt 5000000 ] || broken "not large"
	on B
	chat "$CASE [[big 5000]]"
	shared_hit
	cmp -s "$ROOT/large" "$T/body" || fail "other bytes came back"
	for n in "$N1" "$N2"; do
		node_large "$n" 100000 >"$ROOT/parts"
		[ -s "$ROOT/parts" ] && break
	done
	[ "$(wc -l <"$ROOT/parts")" -ge 5 ] || fail "too few parts"
	shuf -n 1 "$ROOT/parts" | node_forget "$n"
	host_fresh B
	chat "$CASE [[big 5000]]"
	missed
	is 1 "$(stat memcached_partial)" "incomplete sets"
	cp "$T/body" "$ROOT/large"
	host_fresh A
	chat "$CASE [[big 5000]]"
	shared_hit
	cmp -s "$ROOT/large" "$T/body" || fail "other bytes came back"
}

# --- One call for all hosts -----------------------------------------------------

upstream_called() { [ "$(fake_count)" -ge "$1" ]; }

case_one_call_for_two_hosts() {
	before=$(fake_count)
	for i in 1 2 3; do
		for h in A B; do
			on $h
			in_background "lease.$h$i" "$CASE [[first 700]]"
		done
	done
	background_wait
	is $((before + 1)) "$(fake_count)" "calls of the upstream"
	got lease.A1
	first=$(text)
	for h in A1 A2 A3 B1 B2 B3; do
		got lease.$h
		code 200
		is "$first" "$(text)" "answer of $h"
	done
	# The host that waited found it in memcached.
	grep -q 'detail=memcached' "$ROOT"/lease.*.head ||
		fail "nobody had it from memcached"
}

case_a_host_dies_while_it_asks() {
	before=$(fake_count)
	on A
	in_background dying "$CASE [[first 1000]]"
	until_true 10 upstream_called $((before + 1)) || fail "A does not ask"
	host_kill A
	on B
	in_ms chat "$CASE [[first 1000]]"
	missed
	is $((before + 2)) "$(fake_count)" "calls of the upstream"
	[ $MS -gt 2000 ] || fail "B did not wait for A: $MS ms"
	[ $MS -lt 12000 ] || fail "B waited for $MS ms"
	background_wait
	host_again A
	chat "$CASE [[first 1000]]"
	shared_hit
}

# --- Nodes come and go --------------------------------------------------------------

# twenty TEXT: new questions, all answered.
twenty() {
	i=0
	while [ $i -lt 20 ]; do
		i=$((i + 1))
		chat "$1 $i"
		missed
	done
}
asked_is() {
	on "$1"
	chat "$CASE asked $(now_ms)"
	code 200
	node_is "$@"
}
# while_away NAME SERVER: it costs next to nothing, and is noticed.
while_away() {
	on A
	in_ms twenty "$CASE $1"
	say "20 questions: $MS ms, $PLAIN without memcached"
	[ $MS -lt $((PLAIN + 5000)) ] ||
		fail "20 questions took $MS ms, $PLAIN without memcached"
	node_is A "$2" false || fail "$2 is not said to be down"
	larder stats >"$T/out"
	grep -q "^$2 *down, [1-9]" "$T/out" || fail "$(cat "$T/out")"
}
back_again() {
	until_true 15 asked_is A "$1" true || fail "$1 is not used again"
	until_true 15 asked_is B "$1" true || fail "$1 is not used again"
	one_way chat "$CASE, $1 is back" '' ''
}
case_nodes_die_and_hang() {
	pool=$POOL POOL=
	host_start P
	POOL=$pool
	in_ms twenty "$CASE plain"
	PLAIN=$MS
	node_kill n1
	while_away n1 "$N1"
	node_unix n1
	back_again "$N1"
	node_signal STOP n2
	while_away n2 "$N2"
	node_signal CONT n2
	back_again "$N2"
}

case_all_nodes_are_down_at_start() {
	POOL="$ROOT/none.sock, 127.0.0.1:9"
	host_start D
	in_ms twenty "$CASE"
	say "20 questions: $MS ms with no node at all"
	[ $MS -lt 10000 ] || fail "20 questions took $MS ms"
	chat "$CASE 1"
	hit
	node_is D "$ROOT/none.sock" false || fail "it is not down"
	status=0
	larder doctor >"$T/out" || status=$?
	is 1 $status "exit status of larder doctor"
	is 2 "$(grep -c '^BAD memcached' "$T/out")" "bad nodes"
}

# --- Nobody has to trust it -------------------------------------------------------

doctor_says() {
	on "$1"
	status=0
	larder doctor >"$T/body" 2>&1 || status=$?
	: >"$T/head"
	is "$2" $status "exit status of larder doctor on $1"
	is "$3" "$(grep -c "$4" "$T/body")" "lines with \"$4\" on $1"
}
case_another_secret() {
	on A
	chat "$CASE"
	missed
	host_start X "s|^\(secret_file = \).*|\1$ROOT/another|"
	before=$(stat memcached_failures)
	chat "$CASE"
	missed
	chat "$CASE of X"
	missed
	chat "$CASE of X"
	hit
	on A
	chat "$CASE of X"
	missed
	on X
	chat "$CASE"
	hit
	is "$before" "$(stat memcached_failures)" "failures of X"
	doctor_says A 0 2 '^ok  memcached [/1]'
	doctor_says B 0 2 '^ok  memcached [/1]'
	doctor_says X 1 2 '^BAD memcached .*another secret'
}

# no_trace WHAT WORD: in no name and no value of either node.
no_trace() {
	! grep -aqF -e "$2" "$ROOT/dump" || fail "$1 is in memcached: $2"
}
hex() { od -An -v -tx1 "$@" | tr -d ' \n'; }
case_nothing_can_be_read() {
	echo sk-provider-canary >"$ROOT/provider.key"
	chmod 600 "$ROOT/provider.key"
	own "$ROOT/provider.key"
	host_start K "s|^provider = openai|&\nkey_file = $ROOT/provider.key|"
	WHO=$(larder key add tenant-canary)
	chat "$CASE prompt-canary" '' -H 'X-Larder-Tag: tag-canary' \
		-H 'X-Larder-Namespace: space-canary'
	missed
	grep -q 'echo: .*prompt-canary' "$T/body" || broken "no canary"
	name=$(head_of x-larder-key)
	chat "$CASE prompt-canary stream" ',"stream":true'
	code 200
	chat "$CASE prompt-canary [[big 1500]]"
	missed
	node_dump "$N1" >"$ROOT/dump"
	node_dump "$N2" >>"$ROOT/dump"
	[ "$(grep -ac '^VALUE ' "$ROOT/dump")" -ge 10 ] ||
		broken "little is in memcached"
	[ "$(wc -c <"$ROOT/dump")" -gt 1500000 ] ||
		broken "values are missing"
	no_trace "a prompt" prompt-canary
	no_trace "a prompt" "$CASE"
	no_trace "an answer" 'echo:'
	no_trace "an answer" 'quick brown fox'
	no_trace "a tenant" tenant-canary
	no_trace "a tag" tag-canary
	no_trace "a namespace" space-canary
	no_trace "a model" gpt-test
	no_trace "a key" "$WHO"
	no_trace "a key" "${WHO#lk_}"
	no_trace "the provider's key" sk-provider
	no_trace "the name of a question" "$name"
	secret=$(hex "$ROOT/secret")
	[ ${#secret} = 64 ] || broken "a secret of ${#secret} digits"
	no_trace "the secret" "$secret"
	no_trace "the secret" "$(base64 <"$ROOT/secret" | cut -c1-40)"
	! hex "$ROOT/dump" | grep -qF "$secret" || fail "the secret is there"
}

# --- Wrong configurations -------------------------------------------------------------

# wrong SERVERS MORE PATTERN
wrong() {
	POOL=$1 MEMC=$2
	host_conf W
	status=0
	larder config --check >"$T/out" 2>&1 || status=$?
	is 78 $status "exit status for \"$1\" $2"
	is 1 "$(wc -l <"$T/out")" "lines about \"$1\" $2"
	like "$3" "$(cat "$T/out")" "message"
}
case_wrong_configurations() {
	for s in ':11211' 'host:' 'host:0' 'host:70000' 'host:x' 'a b:1' '[::1' \
		"$N1, host:port"; do
		wrong "$s" '' '*larder.conf*servers*host:port*'
	done
	wrong "$N1" 'budget = 4ms' '*larder.conf*budget*5ms*'
	wrong "$N1" 'budget = much' '*larder.conf:*budget*'
	wrong "$N1" 'sink = 1s' '*larder.conf:*sink*sync*'
}

run_cases $(sed -n 's/^\(case_[a-z_]*\)().*/\1/p' "$0")
