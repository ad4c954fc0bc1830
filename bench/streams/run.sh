#!/bin/sh
# What larder adds to streams, and what it does when there are too many. All on
# loopback behind one nginx, beside the barest relay (relay.c: libfcgi and
# libcurl, nothing else) and in rounds, so that a ratio compares neighbours:
#     ttfb   added time to first byte of a streamed miss, one caller
#     slow   a thousand slow streams at once on two workers: memory, CPU
#     stuck  hits while every upstream slot waits for a reply that never comes
#     load   once, twice and four times the callers that there are slots for
#     kept   fewer threads than connections that nginx keeps open
# From a build directory: make bench benches=bench/streams/run.sh
#     ROUNDS (7), STREAMS (1000), --quick (2 rounds, 100 streams), --json FILE
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
: "${ROUNDS:=7}" "${STREAMS:=1000}" "${SLOW_ROUNDS:=2}" "${PARTS:=ttfb slow stuck load kept}"
json= many=1
while [ $# -gt 0 ]; do
	case $1 in
	--quick) ROUNDS=2 STREAMS=100 SLOW_ROUNDS=1 many=.2 ;;
	--json) json=$(realpath "$2"); shift ;;
	*) echo "usage: run.sh [--quick] [--json FILE]" >&2; exit 2 ;;
	esac
	shift
done
set --
. "$srcdir/tests/e2e/lib.sh"
. "$E2E/doors.sh"
own=$builddir/bench/streams
# Each stream is four descriptors of nginx and more of a worker's.
ulimit -n "$(ulimit -Hn)"

# --- Who is compared ------------------------------------------------------

# larder_beside NAME WORKERS THREADS: one with a cache of its own.
larder_beside() {
	cat >"$T/$1.conf" <<-END
	[larder]
	listen = $T/$1.sock
	workers = $2
	threads = $3
	secret_file = $T/$1.secret
	budget_file = $T/$1.budgets
	data = $srcdir/data
	[cache]
	path = $T/$1.slab
	size = 64M
	[log]
	path = $T/$1.usage.log
	END
	for how in 3/1 10/500 1/100 stuck; do
		name=$(echo $how | tr / -)
		cat >>"$T/$1.conf" <<-END
		[upstream $name]
		provider = openai
		url = http://127.0.0.1:$ORIGIN/$how/v1
		retries = 0
		breaker_failures = 0
		[model $name]
		upstream = $name
		name = gpt-4o-mini
		END
	done
	own "$T"
	start "$1" "$LARDER" serve --config "$T/$1.conf"
	until_true 20 is_socket "$T/$1.sock" || broken "$1 does not listen"
}

upstream() { echo "upstream $1 { server unix:$T/$1.sock; keepalive $2; }"; }
nginx_beside() {
	contrib nginx/larder.conf | sed -n '/fastcgi_params/,/^}/p' |
		sed '/fastcgi_pass/d; $d' >"$T/larder-passes"
	{
		cat <<-END
		daemon off;
		pid $T/nginx.pid;
		worker_processes 1;
		worker_rlimit_nofile $(ulimit -n);
		error_log stderr warn;
		events { worker_connections $((STREAMS * 4 + 1024)); }
		http {
			access_log off;
			keepalive_requests 1000000;
			client_body_temp_path $T/nginx-body;
			fastcgi_temp_path $T/nginx-fastcgi;
			proxy_temp_path $T/nginx-proxy;
			scgi_temp_path $T/nginx-scgi;
			uwsgi_temp_path $T/nginx-uwsgi;
			$(for n; do upstream "$n" 256; done)
			server {
				listen 127.0.0.1:$PORT backlog=4096;
		END
		for n; do
			echo "location /$n/ { fastcgi_pass $n;"
			cat "$T/larder-passes"
			echo '}'
		done
		echo '}}'
	} >"$T/nginx.conf"
	start server "$(find_program nginx)" -e stderr -c "$T/nginx.conf"
	until_true 20 answers "$BASE/usual/larder/health" ||
		broken "nginx does not answer"
}

need nginx jq
start origin "$own/origin"
until_true 10 printed_port origin || broken "no origin"
ORIGIN=$(sed -n 's/^port //p' "$T/origin.log")
PORT=$("$HELPER" port)
BASE=http://127.0.0.1:$PORT
own "$T"
larder_beside usual 2 64
larder_beside held 2 64
larder_beside wide 2 $((STREAMS * 64 / 100))
larder_beside few 1 8
start relay "$own/relay" "$T/relay.sock" $((STREAMS + STREAMS / 10)) \
	"http://127.0.0.1:$ORIGIN"
start bare "$builddir/bench/hit/bare" "$T/bare.sock" 8
until_true 10 is_socket "$T/relay.sock" || broken "no relay"
nginx_beside usual held wide few relay bare

# --- Rounds ---------------------------------------------------------------

scaled() { awk -v n="$1" -v m="$many" 'BEGIN { print int(n * m) }'; }

# tell PART ROW ARGUMENT OF ASK...
tell() {
	printf '{"part":"%s","row":"%s","round":%d,"got":' "$1" "$2" $round
	shift 2
	"$own/ask" "$@" | tr -d '\n'
	echo '}'
}
v1=v1/chat/completions

part_ttfb() {
	set -- --unique --warm 5 --requests "$(scaled 200)" --events 3 \
		--model 3-1
	round=0
	while [ $((round += 1)) -le "$ROUNDS" ]; do
		tell ttfb direct "$@" "$ORIGIN" /3/1/$v1
		tell ttfb relay "$@" "$PORT" /relay/3/1/$v1
		tell ttfb larder "$@" "$PORT" /usual/$v1
	done
}

part_slow() {
	set -- --unique --connections "$STREAMS" --requests "$STREAMS" \
		--events 10 --model 10-500
	round=0
	while [ $((round += 1)) -le "$SLOW_ROUNDS" ]; do
		tell slow relay "$@" --pid "$(pid_of relay)" \
			"$PORT" /relay/10/500/$v1
		tell slow larder "$@" --pid "$(pid_of wide)" "$PORT" /wide/$v1
	done
}

waiting() { curl -s -m 5 "http://127.0.0.1:$ORIGIN/stuck"; }
all_wait() { [ "$(waiting)" -ge "$slots" ]; }
# More callers than slots: who is refused asks again until one is free.
part_stuck() {
	slots=$((2 * (64 - 8))) round=0
	tell warm held --model 3-1 "$PORT" /held/$v1
	start stuck "$own/ask" --waits --unique --connections $slots \
		--requests 100000 --model stuck "$PORT" /held/$v1
	until_true 20 all_wait || broken "$(waiting) of $slots slots wait"
	set -- --connections 16 --warm 200 --requests "$(scaled 8000)" \
		--model 3-1
	round=0
	while [ $((round += 1)) -le "$ROUNDS" ]; do
		tell stuck idle "$@" "$PORT" /usual/$v1
		tell stuck stuck "$@" "$PORT" /held/$v1
	done
	stop stuck KILL
}

part_load() {
	round=0
	while [ $((round += 1)) -le "$SLOW_ROUNDS" ]; do
		for by in 1 2 4; do
			tell load "hits x$by" --connections $((64 * by)) \
				--requests "$(scaled 20000)" --warm 200 \
				--model 3-1 "$PORT" /usual/$v1
			tell load "misses x$by" --connections $((112 * by)) \
				--requests "$(scaled $((2000 * by)))" --unique \
				--model 1-100 "$PORT" /usual/$v1
		done
	done
}

part_kept() {
	set -- --warm 100 --requests "$(scaled 5000)" --model 3-1
	round=0
	while [ $((round += 1)) -le "$SLOW_ROUNDS" ]; do
		for c in 8 64; do
			tell kept "larder, 8 threads, $c callers" "$@" \
				--connections $c "$PORT" /few/$v1
			tell kept "larder, 128 threads, $c callers" "$@" \
				--connections $c "$PORT" /usual/$v1
		done
	done
}

for part in $PARTS; do
	"part_$part"
	say "$part is measured"
done >"$T/rounds.jsonl"
jq -s -f "$srcdir/bench/streams/sum.jq" "$T/rounds.jsonl" >"$T/sum.json"
jq -r -f "$srcdir/bench/streams/table.jq" "$T/sum.json"
[ -z "$json" ] || cp "$T/sum.json" "$json"
[ -z "${BENCH_OUT:-}" ] || {
	jq --argjson rounds "$ROUNDS" -f "$srcdir/bench/streams/gates.jq" \
		"$T/sum.json" >"$BENCH_OUT/streams.json"
	cp "$T/sum.json" "$BENCH_OUT/streams.more.json"
}
