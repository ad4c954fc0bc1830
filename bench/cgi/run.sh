#!/bin/sh
# What a hit costs as plain CGI, where each request starts a process: a whole
# larder (configuration, secret, clients, slab, memo, reply, line of the usage
# log) beside a program that does nothing (nothing.c), which is the floor. No
# web server: programs are started, fed and waited for as one would do it, in
# turn, so that a ratio compares neighbours. From a build directory:
#     make bench benches=bench/cgi/run.sh
#     ROUNDS (9), TIMES (200), --quick (2 rounds), --json FILE
#     BESIDE='NAME=PROGRAM ...': other larders, to compare with this one
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
: "${ROUNDS:=9}" "${TIMES:=200}" "${BESIDE:=}"
json=
while [ $# -gt 0 ]; do
	case $1 in
	--quick) ROUNDS=2 TIMES=20 ;;
	--json) json=$(realpath "$2"); shift ;;
	*) echo "usage: run.sh [--quick] [--json FILE]" >&2; exit 2 ;;
	esac
	shift
done
set --
. "$srcdir/tests/e2e/lib.sh"
cgi=$builddir/bench/cgi
need jq
fake_start

# --- A configuration as people have it --------------------------------------

cat >"$T/larder.conf" <<END
[larder]
secret_file = $T/secret
budget_file = $T/budgets
data = $srcdir/data
[cache]
path = $T/cache.slab
size = 64M
ttl = 3d
[upstream openai]
provider = openai
url = $FAKE_URL/v1
key_file = $T/key
[upstream anthropic]
provider = anthropic
url = $FAKE_URL/v1
key_file = $T/key
[model gpt-4o-mini]
upstream = openai
fallback = claude-haiku-4-5, stale
max_output_tokens = 4096
[model gpt-4.1]
upstream = openai
[model claude-haiku-4-5]
upstream = anthropic
[route short]
model = gpt-4o-mini
max_chars = 100
use = gpt-4.1
[clients]
file = $T/clients
[log]
path = $T/usage.log
prices = $srcdir/data/prices.json
END
echo sk-provider >"$T/key"
chmod 600 "$T/key"
own "$T"
key=$(larder key add alice | grep -o 'lk_[A-Za-z0-9_-]*' | head -n 1)
for name in bob carol dave; do larder key add $name; done >/dev/null
awk 'BEGIN {
	printf "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"system\"," \
		"\"content\":\"You are a helpful assistant.\"},{\"role\":" \
		"\"user\",\"content\":\"[[big 2]]"
	for (len = 150; len < 2048; len += 6) printf " %05d", len
	printf "\"}],\"temperature\":0}" }' >"$T/body"

# --- Rounds ----------------------------------------------------------------

run_all() { # ROUNDS TIMES ROW...
	# shellcheck disable=SC2086
	env GATEWAY_INTERFACE=CGI/1.1 SERVER_PROTOCOL=HTTP/1.1 \
		SERVER_SOFTWARE=bench SERVER_NAME=127.0.0.1 SERVER_PORT=80 \
		REMOTE_ADDR=127.0.0.1 REQUEST_METHOD=POST QUERY_STRING= \
		REQUEST_URI=/v1/chat/completions SCRIPT_NAME=/v1 \
		PATH_INFO=/chat/completions CONTENT_TYPE=application/json \
		HTTP_AUTHORIZATION="Bearer $key" HTTP_HOST=127.0.0.1 \
		HTTP_USER_AGENT=bench/1 HTTP_ACCEPT=application/json \
		LARDER_CONF="$T/larder.conf" $AS "$cgi/cgi" "$@"
}
run_all 0 1 "$T/body" "fill|larder; fwd=miss|$LARDER" >/dev/null # and memo
set -- "static||$cgi/nothing-static" "libc||$cgi/nothing" \
	"version|larder|$LARDER|--version" \
	"larder|larder; hit|$LARDER"
for b in $BESIDE; do
	set -- "$@" "${b%%=*}|larder; hit|${b#*=}"
done
run_all "$ROUNDS" "$TIMES" "$T/body" "$@" >"$T/rounds.jsonl"
jq -s -f "$srcdir/bench/cgi/sum.jq" "$T/rounds.jsonl" >"$T/sum.json"
jq -r -f "$srcdir/bench/cgi/table.jq" "$T/sum.json"
[ -z "$json" ] || cp "$T/sum.json" "$json"
[ -z "${BENCH_OUT:-}" ] || {
	jq '[.[] | select(.row == "larder") | .cpu_ratio as $r
		| { gate: "CGI hit, CPU / static do-nothing CGI",
		    ratio: $r.median, p25: $r.low, p75: $r.high, rounds }]' \
		"$T/sum.json" >"$BENCH_OUT/cgi.json"
	cp "$T/sum.json" "$BENCH_OUT/cgi.more.json"
}
