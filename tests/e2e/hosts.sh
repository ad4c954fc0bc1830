# Several hosts on one machine: each with a configuration, a slab, a usage log
# and a door of its own, all with one secret and one pool of memcached nodes.
# Source it after lib.sh and doors.sh. `on HOST` chooses whose T, BASE, PORT
# and larder the functions of lib.sh and doors.sh mean.
# shellcheck shell=sh

need nginx memcached
. "$E2E/storm.sh"
ROOT=$T
POOL=
if [ -x "$builddir/tests/e2e/evil" ]; then
	adopt "$builddir/tests/e2e/evil" evil
else
	need "${CC:-cc}"
	"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O1 -pthread -o "$T/bin/evil" \
		"$E2E"/evil*.c
fi
EVIL=$T/bin/evil

hosts_finish() {
	hosts_status=$?
	set +e
	for h in "$ROOT"/host.*; do
		[ -d "$h" ] || continue
		T=$h
		for f in "$T"/pids/*; do
			if [ -f "$f" ]; then stop "${f##*/}"; fi
		done
		if [ $hosts_status -ne 0 ] && [ $hosts_status -ne 77 ]; then
			say "=== ${h##*/}"
			show_logs
		fi
	done
	T=$ROOT
	(exit $hosts_status)
	finish
}
trap hosts_finish EXIT

# --- memcached nodes --------------------------------------------------------

NODE_OPTIONS='-m 64 -t 2 -c 512'

node_up() { $EVIL say "$1" </dev/null >"$ROOT/say" 2>/dev/null; }

# node_unix NAME: starts it (again); leaves its address in NODE, and nobody's
# host chosen.
node_unix() {
	NODE=$ROOT/$1.sock
	T=$ROOT
	# shellcheck disable=SC2086
	start "$1" "$(find_program memcached)" -s "$NODE" -a 0700 $NODE_OPTIONS
	until_true 10 node_up "$NODE" || broken "memcached $1 does not answer"
}

# node_tcp NAME: the same; its port is the kernel's choice, once.
node_tcp() {
	node_port=-1
	if [ -f "$ROOT/$1.port" ]; then node_port=${NODE_PORT#*:}; fi
	T=$ROOT
	# shellcheck disable=SC2086
	start "$1" env MEMCACHED_PORT_FILENAME="$ROOT/$1.port" \
		"$(find_program memcached)" -l 127.0.0.1 -p "$node_port" \
		$NODE_OPTIONS
	until_true 10 test -s "$ROOT/$1.port" || broken "no port of $1"
	NODE=127.0.0.1:$(sed -n 's/^TCP INET: //p' "$ROOT/$1.port")
	NODE_PORT=$NODE
	until_true 10 node_up "$NODE" || broken "memcached $1 does not answer"
}

# node_signal SIGNAL NAME: not gently.
node_signal() { kill "-$1" "-$(cat "$ROOT/pids/$2")"; }
node_kill() {
	node_pid=$(cat "$ROOT/pids/$1")
	kill -KILL "-$node_pid" 2>/dev/null || :
	wait "$node_pid" 2>/dev/null || :
	rm -f "$ROOT/pids/$1"
}

# The names of all that is in it.
node_names() {
	$EVIL names "$1" | sed -n 's/^key=\([^ ]*\) .*/\1/p'
}
# All that is in it, names and bytes.
node_dump() { node_names "$1" | sed 's/^/get /; s/$/\r/' | $EVIL say "$1"; }
node_flush() { printf 'flush_all\r\n' | $EVIL say "$1" >/dev/null; }
# Forgets the names on standard input.
node_forget() { sed 's/^/delete /; s/$/\r/' | $EVIL say "$1" >/dev/null; }
# Names of values with at least so many bytes.
node_large() {
	$EVIL names "$1" | sed -n 's/^key=\([^ ]*\) .* size=\([0-9]*\).*/\2 \1/p' |
			awk -v n="$2" '$1 >= n { print $2 }'
}

# --- hosts ------------------------------------------------------------------

on() {
	T=$ROOT/host.$1
	PORT=$(cat "$T/port" 2>/dev/null || :)
	BASE=http://127.0.0.1:$PORT
}

# host_conf HOST [SED]: memcached lines are $POOL (servers) and $MEMC (more).
MEMC='sync = 1s'
host_conf() {
	on "$1"
	mkdir -p "$T/pids"
	ln -sfn "$ROOT/bin" "$T/bin"
	conf_write "s|^secret_file = .*|secret_file = $ROOT/secret|;${2:-}"
	cat >>"$T/larder.conf" <<-END
	[memcached]
	servers = $POOL
	$MEMC
	END
	own "$T"
}

# host_start HOST [SED]: through nginx.
host_start() {
	host_conf "$@"
	door_start nginx
	echo "$PORT" >"$T/port"
}

# host_again HOST: a new larder behind the same nginx.
host_again() {
	on "$1"
	rm -f "$T/larder.sock"
	serve_start
	until_true 10 door_answers || fail "host $1 does not answer"
}

# host_kill HOST: its larder, master, workers and all.
host_kill() {
	on "$1"
	host_pid=$(pid_of larder)
	kill -KILL "-$host_pid" 2>/dev/null || :
	wait "$host_pid" 2>/dev/null || :
	rm -f "$T/pids/larder"
}

# host_fresh HOST: with an empty slab, while it runs.
host_fresh() {
	on "$1"
	rm -f "$T/cache.slab"
	kill -HUP "$(pid_of larder)"
	until_true 10 slab_is_new || fail "$1 has no new slab"
}
slab_is_new() { [ -s "$T/cache.slab" ] && [ "$(stat entries)" = 0 ]; }

# --- looking ----------------------------------------------------------------

# node_is HOST SERVER true|false: up?
node_is() {
	on "$1"
	[ "$(stat "memcached[] | select(.server == \"$2\") | .up")" = "$3" ]
}
# The last line of the usage log has it.
logged() { tail -n 1 "$T/usage.log" | jq -r "$1"; }

# As hit(), from memcached.
shared_hit() {
	code 200
	like 'larder; hit; ttl=[0-9]*; detail=memcached' \
		"$(head_of cache-status)" Cache-Status
	like '[0-9]*' "$(head_of age)" Age
}
ttl_of() { head_of cache-status | sed 's/.*ttl=\([0-9]*\).*/\1/'; }

# in_ms COMMAND...: how long it took is in MS.
in_ms() {
	in_begin=$(now_ms)
	"$@"
	MS=$(($(now_ms) - in_begin))
}

# cgi JSON [VARIABLE=VALUE...]: a chat completion, by a process of its own.
# A header is HTTP_NAME=VALUE.
cgi() {
	printf %s "$1" >"$T/cgi.in"
	shift
	# shellcheck disable=SC2086
	env "$@" GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST \
		REQUEST_URI=/v1/chat/completions SERVER_PROTOCOL=HTTP/1.1 \
		CONTENT_TYPE=application/json \
		CONTENT_LENGTH="$(wc -c <"$T/cgi.in")" \
		HTTP_AUTHORIZATION="Bearer $WHO" LARDER_CONF="$T/larder.conf" \
		$AS "$LARDER" <"$T/cgi.in" >"$T/cgi.out" 2>>"$T/cgi.log"
	sed '/^\r*$/q' "$T/cgi.out" >"$T/head"
	sed '1,/^\r*$/d' "$T/cgi.out" >"$T/body"
	CODE=$(sed -n 's/^Status: \([0-9]*\).*/\1/p' "$T/head")
	CODE=${CODE:-200}
}

# in_background NAME TEXT [CURL OPTION...]: a chat; its head and body are
# $ROOT/NAME.head and $ROOT/NAME.body. background_wait waits for all.
background=
in_background() {
	bg=$ROOT/$1
	bg_body=$(question "$2")
	shift 2
	curl -sN -m 60 -H "Authorization: Bearer $WHO" \
		-H 'Content-Type: application/json' --data-binary "$bg_body" \
		-D "$bg.head" -o "$bg.body" "$@" \
		"$BASE/v1/chat/completions" &
	background="$background $!"
}
background_wait() {
	# shellcheck disable=SC2086
	wait $background || :
	background=
}
# got NAME: looks at what that chat brought, as if it were the last reply.
got() {
	cp "$ROOT/$1.head" "$T/head"
	cp "$ROOT/$1.body" "$T/body"
	CODE=$(sed -n '1s/^[^ ]* \([0-9]*\).*/\1/p' "$T/head")
}
