#!/bin/sh
# What a hit costs: larder behind nginx beside R (bare.c, a FastCGI worker that
# reads the body and writes 2 KB, which is the floor), nginx's own proxy_cache
# keyed on the body, and Varnish with its body in the hash. All on loopback, in
# rounds that take each variant once, so that a ratio compares neighbours.
# CPU is that of the web server and the worker together. From a build
# directory: make bench benches=bench/hit/run.sh
#     ROUNDS (7), SECONDS_EACH (1), --quick (2 rounds), --json FILE
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
: "${ROUNDS:=7}" "${SECONDS_EACH:=1}"
json=
while [ $# -gt 0 ]; do
	case $1 in
	--quick) ROUNDS=2 SECONDS_EACH=0.2 ;;
	--json) json=$(realpath "$2"); shift ;;
	*) echo "usage: run.sh [--quick] [--json FILE]" >&2; exit 2 ;;
	esac
	shift
done
set --
. "$srcdir/tests/e2e/lib.sh"
. "$E2E/doors.sh"
hit=$builddir/bench/hit

# --- Who is compared ------------------------------------------------------

# A conversation of about so many KB, whose answer is 2 KB: the provider says
# again what the last message says, so the length is in the first one.
body() { # KB
	awk -v kb="$1" 'BEGIN {
		srand(kb); n = split("the of and to in is that it was for on are " \
			"as with his they at be this from have or by one had not but " \
			"what all were when we there can an your which their said if", w)
		printf "{\"model\":\"gpt-test\",\"messages\":[{\"role\":\"system\"," \
			"\"content\":\"You are a helpful assistant. "
		for (len = 150; len < kb * 1024; len += length(x) + 1)
			printf "%s ", x = w[int(rand() * n) + 1]
		printf "\"},{\"role\":\"user\",\"content\":\"[[big 2]] Go on.\"}]," \
			"\"temperature\":0}" }'
}
for kb in 2 10 100; do body $kb >"$T/body.$kb"; done

# One nginx for all: larder's location as contrib/ ships it, but through kept
# connections.
nginx_beside() {
	answer=$(printf '%2000s' '' | tr ' ' x)
	contrib nginx/larder.conf |
		sed 's|fastcgi_pass .*|fastcgi_pass larder;|' >"$T/larder-location.conf"
	cat >"$T/nginx.conf" <<-END
	daemon off;
	pid $T/nginx.pid;
	worker_processes 1;
	error_log stderr warn;
	events { worker_connections 512; }
	http {
		access_log off;
		keepalive_requests 1000000;
		client_body_buffer_size 256k;
		client_body_temp_path $T/nginx-body;
		fastcgi_temp_path $T/nginx-fastcgi;
		proxy_temp_path $T/nginx-proxy;
		scgi_temp_path $T/nginx-scgi;
		uwsgi_temp_path $T/nginx-uwsgi;
		proxy_cache_path $T/nginx-cache keys_zone=hits:10m;
		upstream larder { server unix:$T/larder.sock; keepalive 32; }
		upstream bare { server unix:$T/bare.sock; keepalive 32; }
		server {
			listen 127.0.0.1:$PORT;
			include $T/larder-location.conf;
			location /bare {
				include /etc/nginx/fastcgi_params;
				fastcgi_pass bare;
				fastcgi_keep_conn on;
			}
			location /cached {
				proxy_pass http://127.0.0.1:$ORIGIN;
				proxy_buffer_size 64k;
				proxy_buffers 8 64k;
				proxy_busy_buffers_size 128k;
				proxy_cache hits;
				proxy_cache_methods POST;
				proxy_cache_key \$request_body;
				proxy_cache_valid 200 1h;
				add_header Cached \$upstream_cache_status;
			}
		}
		server {
			listen 127.0.0.1:$ORIGIN;
			default_type application/json;
			return 200 '{"answer":"$answer"}';
		}
	}
	END
	start server "$(find_program nginx)" -e stderr -c "$T/nginx.conf"
	until_true 20 answers "$BASE/larder/health" || broken "nginx does not answer"
}
varnish_start() {
	cat >"$T/hits.vcl" <<-END
	vcl 4.1;
	import std;
	import bodyaccess;
	backend default { .host = "127.0.0.1"; .port = "$ORIGIN"; }
	sub vcl_recv { std.cache_req_body(512KB); return (hash); }
	sub vcl_hash { bodyaccess.hash_req_body(); }
	sub vcl_backend_fetch { set bereq.method = "POST"; }
	sub vcl_backend_response { set beresp.ttl = 1h; }
	sub vcl_deliver {
		if (obj.hits > 0) { set resp.http.Cached = "HIT"; }
	}
	END
	start varnish "$(find_program varnishd)" -F -j none -n "$T/varnish" \
		-a "127.0.0.1:$VARNISH" -f "$T/hits.vcl" -s malloc,64m
	until_true 20 answers "http://127.0.0.1:$VARNISH/" ||
		broken "Varnish does not answer"
}

need nginx jq
fake_start
conf_write 's/^workers = .*/workers = 1/; s/^threads = .*/threads = 64/'
PORT=$("$HELPER" port) ORIGIN=$("$HELPER" port) VARNISH=$("$HELPER" port)
BASE=http://127.0.0.1:$PORT
own "$T"
start bare "$hit/bare" "$T/bare.sock"
serve_start
nginx_beside
if find_program varnishd >/dev/null; then
	varnish_start
else
	say "skipped: varnish (no varnishd here)"
fi

# --- Rounds ---------------------------------------------------------------

# Row, KB, connections, then what hit is told.
ask() {
	row=$1 kb=$2 conns=$3
	shift 3
	printf '{"row":"%s","kb":%d,"connections":%d,"round":%d,"got":' \
		"$row" "$kb" "$conns" "$round"
	"$hit/hit" --connections "$conns" --warm $((conns * 10)) \
		--requests "$requests" --header 'Authorization: Bearer sk-alice' \
		"$@" "$T/body.$kb" | tr -d '\n'
	echo '}'
}
server=$(pid_of server)
all() { # KB CONNECTIONS
	ask bare "$@" --pid "$server" --pid "$(pid_of bare)" "$PORT" /bare
	ask larder "$@" --pid "$server" --pid "$(pid_of larder)" \
		--must 'larder; hit' "$PORT" /v1/chat/completions
	[ "$1" = 100 ] || # its key may be no longer than 64 KB
		ask nginx "$@" --pid "$server" --must 'Cached: HIT' \
			"$PORT" /cached
	[ ! -f "$T/pids/varnish" ] ||
		ask varnish "$@" --pid "$(pid_of varnish)" \
			--must 'Cached: HIT' "$VARNISH" /cached
}
each() { awk -v s="$SECONDS_EACH" -v n="$1" 'BEGIN { print int(s * n) }'; }

round=0
while [ $((round += 1)) -le "$ROUNDS" ]; do
	for kb in 2 10 100; do
		requests=$(each $((kb == 100 ? 3000 : 12000)))
		all $kb 16
	done
	requests=$(each 4000)
	all 2 1
	say "round $round of $ROUNDS"
done >"$T/rounds.jsonl"
jq -s -f "$srcdir/bench/hit/sum.jq" "$T/rounds.jsonl" >"$T/sum.json"
jq -r -f "$srcdir/bench/hit/table.jq" "$T/sum.json"
[ -z "$json" ] || cp "$T/sum.json" "$json"
