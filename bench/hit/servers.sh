# Who is compared by bench/hit/run.sh, each started once, on loopback.
# shellcheck shell=sh

# What stands behind the caches of others: always this answer, of 2 KB.
origin_answer() {
	printf '{"id":"chatcmpl-1","object":"chat.completion","created":1,'
	printf '"model":"gpt-test","choices":[{"index":0,"message":{"role":'
	printf '"assistant","content":"%1800s"},"finish_reason":"stop"}],' '' |
		tr ' ' x
	printf '"usage":{"prompt_tokens":400,"completion_tokens":400,'
	printf '"total_tokens":800}}'
}

# larder and R are given the same directives: those that contrib/ ships.
upstream_for() { # NAME
	contrib nginx/upstream.conf |
		sed "s|^upstream larder|upstream $1|; s|larder\.sock|$1.sock|"
}
location_for() { # NAME PATTERN
	contrib nginx/larder.conf | sed "s#^location .*#location ~ $2 {#
		s|fastcgi_pass .*|fastcgi_pass $1;|"
}
nginx_beside() {
	for name in larder near far bare; do upstream_for $name; done \
		>"$T/upstreams.conf"
	{
		location_for larder '^/(v1|larder)/'
		location_for near ^/near/
		location_for far ^/far/
		location_for bare '^/bare$'
	} >"$T/locations.conf"
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
		include $T/upstreams.conf;
		server {
			listen 127.0.0.1:$PORT;
			include $T/locations.conf;
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
			return 200 '$(origin_answer)';
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
	until_true 20 varnish_settled || broken "Varnish does not answer"
}
varnish_settled() {
	answers "http://127.0.0.1:$VARNISH/" || ended "$(pid_of varnish)"
}

# --- Two hosts with a memcached -----------------------------------------------

memcached_start() {
	start memcached "$(find_program memcached)" -s "$T/memcached.sock" \
		-a 0700 -m 128 -t 2 -c 512
	until_true 10 is_socket "$T/memcached.sock" ||
		broken "memcached does not answer"
}
# Noise may cost time, but no hits: a budget that is never spent, and a slab that
# is never full, because a full one gives new answers little room at first.
host_start() { # NAME
	sed "s|larder\.sock|$1.sock|; s|cache\.slab|$1.slab|
		s|usage\.log|$1.usage.log|; s|^size = .*|size = 256M|" \
		"$T/larder.conf" >"$T/$1.conf"
	cat >>"$T/$1.conf" <<-END
	[memcached]
	servers = $T/memcached.sock
	budget = 5s
	END
	own "$T/$1.conf"
	start "$1" "$LARDER" serve --config "$T/$1.conf"
	until_true 20 is_socket "$T/$1.sock" || broken "larder does not listen"
	cat "$T/$1.slab" >/dev/null # in memory, as that of an old process
}
