#!/bin/sh
# What a hit costs: larder behind nginx beside R (bare.c, a FastCGI worker that
# reads the body and writes 2 KB, which is the floor), nginx's own proxy_cache
# keyed on the body, and Varnish with its body in the hash; a hit in memcached
# beside a local one; with --peers, Portkey's gateway and LiteLLM's proxy. All
# on loopback, in rounds that take each variant once, so that a ratio compares
# neighbours. Every answer is looked at: one that is no hit ends the run. CPU
# is that of the web server and all behind it. From a build directory:
#     make bench benches=bench/hit/run.sh
#     ROUNDS (9), SECONDS_EACH (0.5), --quick (2 rounds), --peers, --json FILE
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
: "${ROUNDS:=9}" "${SECONDS_EACH:=0.5}"
json= peers=${BENCH_PEERS:-}
while [ $# -gt 0 ]; do
	case $1 in
	--quick) ROUNDS=2 SECONDS_EACH=0.1 ;;
	--peers) peers=yes ;;
	--json) json=$(realpath "$2"); shift ;;
	*) echo "usage: run.sh [--quick] [--peers] [--json FILE]" >&2; exit 2 ;;
	esac
	shift
done
set --
. "$srcdir/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$srcdir/bench/hit/servers.sh"
. "$srcdir/bench/hit/peers.sh"
hit=$builddir/bench/hit

# --- Who is compared ------------------------------------------------------

# A conversation of about so many KB, with eight digits that may number it,
# whose answer is 2 KB: the provider says again what the last message says, so
# the length is in the first one.
body() { # KB
	awk -v kb="$1" 'BEGIN {
		srand(kb); n = split("the of and to in is that it was for on are " \
			"as with his they at be this from have or by one had not but " \
			"what all were when we there can an your which their said if", w)
		printf "{\"model\":\"gpt-test\",\"messages\":[{\"role\":\"system\"," \
			"\"content\":\"You are a helpful assistant. "
		for (len = 159; len < kb * 1024; len += length(x) + 1)
			printf "%s ", x = w[int(rand() * n) + 1]
		printf "\"},{\"role\":\"user\",\"content\":\"[[big 2]] " \
			"00000000 Go on.\"}],\"temperature\":0}" }'
}
for kb in 2 10 100; do body $kb >"$T/body.$kb"; done

skipped={}
skip_row() { # ROW WHY
	skipped=$(echo "$skipped" | jq -c --arg row "$1" --arg why "$2" \
		'.[$row] = $why')
}
port() { "$HELPER" port; }

need nginx jq
fake_start
conf_write 's/^workers = .*/workers = 1/; s/^threads = .*/threads = 128/'
PORT=$(port) ORIGIN=$(port) VARNISH=$(port) BASE=http://127.0.0.1:$PORT
own "$T"
start bare "$hit/bare" "$T/bare.sock" 128
serve_start
nginx_beside
rows='bare larder nginx'
if ! find_program varnishd >/dev/null; then
	skip_row varnish "no varnishd here"
else
	varnish_start
	if running "$(pid_of varnish)"; then
		rows="$rows varnish"
	else
		skip_row varnish "it does not start: no vmod_bodyaccess?"
	fi
fi
if find_program memcached >/dev/null; then
	memcached_start
	host_start near
	host_start far
else
	skip_row far "no memcached here"
fi
if [ "$peers" ]; then
	portkey_start
	litellm_start
else
	skip_row portkey "only with --peers"
	skip_row litellm "only with --peers"
fi

# --- What is asked ----------------------------------------------------------

# row SET ROW KB CONNECTIONS, then what hit is told. Tried again when an answer
# was no hit (a lock that nobody got within its time, on a busy machine).
row_tries='1 2 3'
row() {
	row_is=$(printf '"set":"%s","row":"%s","kb":%d,"connections":%d' \
		"$1" "$2" "$3" "$4")
	kb=$3 conns=$4
	shift 4
	for row_try in $row_tries; do
		if row_got=$("$hit/hit" --connections "$conns" \
			--seconds "$SECONDS_EACH" --warm $((conns * 10)) \
			--header 'Authorization: Bearer sk-alice' --most 4096 \
			"$@" "$T/body.$kb" 2>"$T/hit.log"); then
			echo "{$row_is,\"round\":$round,\"got\":$row_got}"
			return 0
		fi
		say "again: $(grep -i -e '^hit:' -e '^HTTP/' -e '^cache' "$T/hit.log")"
	done
	return 1
}
server=$(pid_of server)
row_bare() {
	row hit bare "$@" --pid nginx="$server" --pid R="$(pid_of bare)" \
		"$PORT" /bare
}
row_larder() {
	row hit larder "$@" --pid nginx="$server" \
		--pid larder="$(pid_of larder)" --must 'larder; hit' \
		"$PORT" /v1/chat/completions
}
row_nginx() {
	[ "$1" != 100 ] || return 0 # its key may be no longer than 64 KB
	row hit nginx "$@" --pid nginx="$server" --must 'Cached: HIT' \
		"$PORT" /cached
}
row_varnish() {
	row hit varnish "$@" --pid varnish="$(pid_of varnish)" \
		--must 'Cached: HIT' "$VARNISH" /cached
}

# What one host has asked is new to the other: past the memo, over memcached,
# into the slab. Then the same questions again, with the memo and, for a
# directive of the caller's, without.
tier_each=$(awk -v s="$SECONDS_EACH" 'BEGIN { print int(s * 2000) }')
tier_next=0
tier() { # ROW CONNECTIONS MUST [MORE]
	tier_row=$1 tier_conns=$2 tier_must=$3
	shift 3
	row tier "$tier_row" 2 "$tier_conns" --number "$tier_next" \
		--seconds 0 --requests "$tier_each" --pid nginx="$server" \
		--pid larder="$(pid_of far)" \
		--pid memcached="$(pid_of memcached)" --must "$tier_must" \
		"$@" "$PORT" /far/v1/chat/completions
}
tier_rows() { # CONNECTIONS
	"$hit/hit" --connections 16 --number "$tier_next" \
		--requests $((160 + tier_each)) \
		--header 'Authorization: Bearer sk-alice' \
		"$PORT" /near/v1/chat/completions "$T/body.2" >"$T/out"
	tier_next=$((tier_next + 160)) # which hit warms up with
	row_tries=1
	tier far "$1" 'detail=memcached' &&
	tier local "$1" 'detail=local' &&
	tier long "$1" 'detail=local' --header 'Cache-Control: max-stale'
}
# A memcached that was too slow twice is left alone for up to two seconds.
tiers() { # CONNECTIONS
	if until_true 30 tier_once "$1"; then
		cat "$T/tier.jsonl"
	else
		say "round $round goes without memcached: $(cat "$T/hit.log")"
	fi
}
tier_once() {
	tier_done=0
	tier_rows "$1" >"$T/tier.jsonl" || tier_done=$?
	tier_next=$((tier_next + tier_each)) row_tries='1 2 3'
	return $tier_done
}

# --- Rounds ---------------------------------------------------------------

all() { # KB CONNECTIONS
	for one in $order; do
		row_$one "$@" || broken "$(cat "$T/hit.log")"
	done
}
reverse() { echo "$1" | tr ' ' '\n' | tac | tr '\n' ' '; }
a_round() {
	order=$rows
	[ $((round % 2)) = 1 ] || order=$(reverse "$rows")
	for conns in 16 1; do
		for kb in 2 10 100; do all $kb $conns; done
	done
	if [ -f "$T/pids/memcached" ]; then
		tiers 16
		tiers 1
	fi
	say "round $round of $ROUNDS"
}
# The first of a connection each are slow.
round=0
[ ! -f "$T/pids/memcached" ] || tiers 16 >"$T/out"
while [ $((round += 1)) -le "$ROUNDS" ]; do a_round; done >"$T/rounds.jsonl"
jq -s --argjson skipped "$skipped" -f "$srcdir/bench/hit/sum.jq" \
	"$T/rounds.jsonl" >"$T/sum.json"
jq -r -f "$srcdir/bench/hit/table.jq" "$T/sum.json"
[ -z "$json" ] || cp "$T/sum.json" "$json"
[ -z "${BENCH_OUT:-}" ] || {
	jq .gates "$T/sum.json" >"$BENCH_OUT/hit.json"
	cp "$T/sum.json" "$BENCH_OUT/hit.more.json"
}
