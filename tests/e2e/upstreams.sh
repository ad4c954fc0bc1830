# Configs of many upstreams, with a key of larder's own, and what the log says
# of a request. Source it after lib.sh and doors.sh.
# shellcheck shell=sh

# conf_begin [LINES]: the sections that all have in common; LINES go into
# [larder]. The callers have larder keys, since a fallback to another upstream
# needs that.
conf_begin() {
	echo sk-provider-of-the-site >"$T/provider.key"
	chmod 600 "$T/provider.key"
	cat >"$T/larder.conf" <<-END
	[larder]
	listen = $T/larder.sock
	workers = 2
	threads = 32
	secret_file = $T/secret
	${1:-}
	[cache]
	path = $T/cache.slab
	size = 16M
	[clients]
	file = $T/clients
	[log]
	path = $T/usage.log
	END
	own "$T/provider.key" "$T/larder.conf"
}

# conf_upstream NAME URL [LINES]: back-off is short, so that nobody waits.
conf_upstream() {
	cat >>"$T/larder.conf" <<-END
	[upstream $1]
	url = $2
	key_file = $T/provider.key
	backoff = 1ms
	${3:-}
	END
}

# conf_model NAME UPSTREAM [LINES]
conf_model() {
	cat >>"$T/larder.conf" <<-END
	[model $1]
	upstream = $2
	${3:-}
	END
}

# door_open: nginx, and WHO is a key of larder's.
door_open() {
	larder config --check >"$T/check" 2>&1 ||
		broken "config: $(head -n 1 "$T/check")"
	door_start nginx
	WHO=$(larder key add caller)
	until_true 5 door_knows_key || broken "the key is not known"
}
door_knows_key() {
	ask GET /v1/nothing
	[ "$CODE" != 401 ]
}

# say_to MODEL TEXT [MORE MEMBERS] [CURL OPTION...]: a chat with a tag of its
# own, by which logged() finds its line in the log.
TAGS=0 CASE=
say_to() {
	TAGS=$((TAGS + 1))
	TAG=$NAME-${CASE%%[!a-z_]*}-$TAGS
	say_q='{"model":"'$1'","messages":[{"role":"user","content":"'$2'"}]'${3:-}'}'
	shift $(($# > 3 ? 3 : $#))
	post /v1/chat/completions "$say_q" -H "X-Larder-Tag: $TAG" "$@"
	: >"$T/line"
}

# logged FILTER: of the last request's line, which comes behind its reply.
log_has_it() {
	jq -c --arg t "$TAG" 'select(.tag == $t)' "$T/usage.log" \
		>"$T/line" 2>/dev/null
	[ -s "$T/line" ]
}
logged() {
	[ -s "$T/line" ] || until_true 5 log_has_it || fail "no line in the log"
	jq -r "$1" "$T/line"
}
