# Many requests at once: the program storm (storm.c) and what looks at its one
# line of figures. Source it after lib.sh and doors.sh.
# shellcheck shell=sh

if [ -x "$builddir/tests/e2e/storm" ]; then
	adopt "$builddir/tests/e2e/storm" storm
else
	need "${CC:-cc}"
	"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O1 -pthread -o "$T/bin/storm" \
		"$E2E"/storm*.c
fi

# storm same|load [OPTION...]: to the door at PORT; its line is in $T/storm.
storm() {
	storm_kind=$1
	shift
	"$T/bin/storm" "$storm_kind" -P "$PORT" "$@" >"$T/storm" ||
		fail "storm: $(cat "$T/storm")"
	: >"$T/head"
	cp "$T/storm" "$T/body"
}

# question TEXT [MORE MEMBERS]: the body of a chat.
question() {
	printf '{"model":"gpt-test","messages":[{"role":"user",'
	printf '"content":"%s"}]%s}' "$1" "${2:-}"
}

# same N TEXT [MORE MEMBERS] [OPTION...]: so many callers ask that at once.
same() {
	same_n=$1 same_body=$(question "$2" "${3:-}")
	shift $(($# > 3 ? 3 : $#))
	storm same -n "$same_n" -H "Authorization: Bearer $WHO" "$@" \
		"$same_body"
}

# figure FILTER: of the last storm; what is not there is 0.
figure() { jq -r "$1 // 0" "$T/storm"; }

# All N got a 200 with the same bytes.
all_alike() {
	is "$1" "$(figure '.status["200"]')" "replies with 200"
	is 1 "$(figure .bodies)" "different bodies"
}

# stat NAME: of `larder stats`.
stat() { larder stats --json | jq ".$1"; }

STREAM=',"stream":true'

# --- One caller first, others later -----------------------------------------

# lead TEXT [MORE]: one caller in the background, at LEAD_AT; returns when the
# upstream has its question. Its reply is in $T/lead and $T/lead.head.
lead() {
	calls_mark
	rm -f "$T/lead"
	curl -sN -m 30 -D "$T/lead.head" -o "$T/lead" \
		-H "Authorization: Bearer $WHO" \
		--data-binary "$(question "$@")" \
		"$BASE${LEAD_AT:-}/v1/chat/completions" &
	LEADER=$!
	until_true 10 called 1 || fail "the question did not reach the upstream"
}
lead_talks() { grep -qs '"content":"[^"]' "$T/lead"; }
lead_ends() { wait "$LEADER" || fail "the first caller got no whole reply"; }
lead_leaves() {
	kill "$LEADER"
	wait "$LEADER" 2>/dev/null || :
}

# later N TEXT [MORE]: so many others in the background; returns when they
# follow.
later() {
	before=$(stat flights_followed)
	same "$@" &
	LATER=$!
	until_true 10 followed $((before + $1)) || fail "they do not follow"
}
followed() { [ "$(stat flights_followed)" -ge "$1" ]; }
later_end() { wait "$LATER" || fail "the others: $(cat "$T/storm")"; }

left() { grep -q '"n":'"$1"',"left":true' "$T/fake.requests.log"; }

# The upstream goes on with what [[hold]] keeps.
release() { curl -s -o /dev/null -m 5 "$FAKE_URL/fake/release"; }

# What a file with a reply says; comments are for the connection.
text_in() { cp "$1" "$T/body"; cp "$1.head" "$T/head"; text; }
events_in() { tr -d '\r' <"$1" | sed -n 's/^data: //p'; }

# --- Two larders with one cache: the one at /lead has a single worker -------

lead_behind_nginx() {
	curl -s -m 5 "$BASE/lead/v1/nope" | jq -e .error >/dev/null 2>&1
}
lead_start() {
	sed -e "s|^listen = .*|listen = $T/lead.sock|" \
		-e 's/^workers = .*/workers = 1/' \
		"$T/larder.conf" >"$T/lead.conf"
	start lead_larder "$LARDER" serve --config "$T/lead.conf"
	until_true 20 is_socket "$T/lead.sock" || broken "no second larder"
	sed -e 's|^location .*|location ~ ^/lead/ {|' \
		-e "s|$T/larder.sock|$T/lead.sock|" \
		"$T/larder-location.conf" >"$T/lead-location.conf"
	cat "$T/lead-location.conf" >>"$T/larder-location.conf"
	old=$(children_of "$(pid_of server)")
	kill -HUP "$(pid_of server)"
	until_true 10 ended "$old" || broken "nginx does not read its file"
	until_true 10 lead_behind_nginx || broken "nginx does not know /lead"
	LEAD_AT=/lead
}
lead_pid() { children_of "$(pid_of lead_larder)"; }
