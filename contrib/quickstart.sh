#!/bin/sh
# Builds larder, starts nginx with larder behind it on a free port of
# 127.0.0.1, asks one question three times and shows what happened. Stays up
# until Ctrl-C; with --once it ends by itself, with status 0 only if it saw a
# miss and then hits with the same answer.
#
# With OPENAI_API_KEY or ANTHROPIC_API_KEY in the environment the real
# provider is asked (the first question costs a few hundred tokens of a small
# model); otherwise a scripted upstream that larder's tests use.
set -eu
cd "$(dirname "$0")/.."
once=
case "${1:-}" in
--once) once=1 ;;
'') ;;
*) echo "usage: $0 [--once]" >&2; exit 2 ;;
esac

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

# -- build ----------------------------------------------------------------------
sh contrib/install-deps.sh run
build=${LARDER_BUILD:-build/quick}
if [ ! -f "$build/Makefile" ]; then
	say "Building in $build"
	[ -x configure ] || ./autogen.sh >/dev/null 2>&1 || ./autogen.sh
	mkdir -p "$build"
	top=$PWD
	(cd "$build" && "$top/configure" -q)
fi
make -s -C "$build" -j"$(nproc)" all fake-llm >/dev/null
build=$(cd "$build" && pwd)

# -- a place of its own -----------------------------------------------------------
dir=$(mktemp -d)
pids=
finish() {
	trap - EXIT INT TERM
	for p in $pids; do kill "$p" 2>/dev/null || :; done
	for p in $pids; do wait "$p" 2>/dev/null || :; done
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM

wait_for() { # what, then a command that succeeds once it is there
	what=$1
	shift
	n=0
	until "$@" >/dev/null 2>&1; do
		n=$((n + 1))
		if [ $n -gt 100 ]; then
			echo "$what did not start:" >&2
			cat "$dir"/*.log >&2
			exit 1
		fi
		sleep 0.1
	done
}

# -- the upstream -----------------------------------------------------------------
path=/v1/chat/completions model=gpt-4o-mini
if [ -n "${OPENAI_API_KEY:-}" ]; then
	who="OpenAI (your OPENAI_API_KEY)"
	url=https://api.openai.com/v1 dialect=openai key=$OPENAI_API_KEY
elif [ -n "${ANTHROPIC_API_KEY:-}" ]; then
	who="Anthropic (your ANTHROPIC_API_KEY)"
	url=https://api.anthropic.com/v1 dialect=anthropic
	key=$ANTHROPIC_API_KEY path=/v1/messages model=claude-haiku-4-5
else
	who="a scripted local upstream (no OPENAI_API_KEY or ANTHROPIC_API_KEY)"
	"$build/fake-llm" >"$dir/fake.port" 2>"$dir/fake.log" &
	pids="$pids $!"
	wait_for "the scripted upstream" grep -q port "$dir/fake.port"
	url=http://127.0.0.1:$(sed -n 's/^port //p' "$dir/fake.port")/v1
	dialect=openai key=sk-quickstart
fi

# -- larder and nginx -------------------------------------------------------------
cat >"$dir/larder.conf" <<CONF
[larder]
listen      = $dir/larder.sock
secret_file = $dir/secret
[cache]
path        = $dir/cache.slab
size        = 16M
[upstream quick]
dialect     = $dialect
url         = $url
models      = any
[clients]
file        = $dir/clients
[log]
path        = $dir/usage.log
prices      = $PWD/data/prices.json
CONF

port=8080
while curl -s -o /dev/null "http://127.0.0.1:$port/"; do port=$((port + 1)); done
user=
[ "$(id -u)" != 0 ] || user="user root;"
sed "s|unix:[^;]*|unix:$dir/larder.sock|" contrib/nginx/larder.conf \
	>"$dir/location.conf"
cat >"$dir/nginx.conf" <<CONF
$user
daemon off;
pid $dir/nginx.pid;
error_log $dir/nginx.log;
events {}
http {
	access_log off;
	client_body_temp_path $dir/t1;
	fastcgi_temp_path $dir/t2;
	proxy_temp_path $dir/t3;
	uwsgi_temp_path $dir/t4;
	scgi_temp_path $dir/t5;
	server {
		listen 127.0.0.1:$port;
		include $dir/location.conf;
	}
}
CONF
"$build/larder" serve --config "$dir/larder.conf" 2>"$dir/larder.log" &
pids="$pids $!"
PATH=$PATH:/usr/sbin nginx -c "$dir/nginx.conf" 2>"$dir/nginx.err.log" &
pids="$pids $!"
base=http://127.0.0.1:$port
wait_for "nginx with larder behind it" curl -sf "$base/larder/health"

say "larder is up behind nginx at $base/v1"
echo "Upstream: $who"

# -- one question, three times ------------------------------------------------------
question='"messages":[{"role":"user","content":"In one sentence: what is a larder?"}]'
ask() { # file to write to, then more members of the body
	curl -sS -N -D "$1.head" -o "$1" "$base$path" \
		-H "Authorization: Bearer $key" \
		-H 'anthropic-version: 2023-06-01' \
		-H 'Content-Type: application/json' \
		-d "{\"model\":\"$model\",\"max_tokens\":100,$question$2}" \
		-w '%{time_total} s\n'
}
show() {
	grep -i -E '^(HTTP|cache-status|age|x-larder)' "$1.head" |
		tr -d '\r' | sed 's/^/  /'
}
text() { # all "content" or "text" strings of an answer, joined
	tr -d '\n' <"$1" | grep -o '"\(content\|text\)":"\([^"\\]\|\\.\)*"' |
		sed 's/^"[a-z]*":"//; s/"$//' | tr -d '\n'
}

say "1. The question, for the first time"
ask "$dir/first" ''
show "$dir/first"
echo "  answer: $(text "$dir/first")"
say "2. The same question again"
ask "$dir/second" ''
show "$dir/second"
echo "  answer: $(text "$dir/second")"
say "3. The same question, as a stream"
ask "$dir/third" ',"stream":true'
show "$dir/third"
sed 's/^/  /' "$dir/third"

say "larder report"
"$build/larder" report "$dir/usage.log"

status=0
grep -qi '^cache-status: larder; fwd=miss' "$dir/first.head" || status=1
grep -qi '^cache-status: larder; hit' "$dir/second.head" || status=1
grep -qi '^cache-status: larder; hit' "$dir/third.head" || status=1
cmp -s "$dir/first" "$dir/second" || status=1
[ -n "$(text "$dir/first")" ] || status=1
[ "$(text "$dir/first")" = "$(text "$dir/third")" ] || status=1
if [ $status != 0 ]; then
	echo "That is not what should have happened. The logs:" >&2
	cat "$dir"/*.log >&2
	exit $status
fi
[ -z "$once" ] || exit 0
say "Up until Ctrl-C. Point a client at it:"
if [ $dialect = openai ]; then
	echo "  OPENAI_BASE_URL=$base/v1"
else
	echo "  ANTHROPIC_BASE_URL=$base"
fi
echo "  usage log: $dir/usage.log"
wait
