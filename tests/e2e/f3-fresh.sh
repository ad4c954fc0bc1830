#!/bin/sh
# Answers that have expired: given at once while one request asks again, given
# when the upstream fails; and answers that outlive workers and reboots.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/storm.sh"

HOUR=3600

# --- The same larder, later -------------------------------------------------

# later_start SECONDS: workers anew, with a clock that is so far ahead.
later_start() {
	if [ -f "$T/pids/larder" ]; then stop larder; fi
	rm -f "$T/larder.sock"
	export LARDER_CLOCK_OFFSET="$1"
	serve_start
	until_true 10 door_answers || broken "no answer after a restart"
}

stale() {
	code 200
	like 'larder; hit; ttl=*; detail=stale' \
		"$(head_of cache-status)" Cache-Status
	like '*expired*' "$(head_of x-larder-degraded)" X-Larder-Degraded
}
fresh_hit() {
	chat "$@"
	case $(head_of cache-status) in
	'larder; hit; ttl='[0-9]*) ;;
	*) return 1 ;;
	esac
}

# --- While it is asked again ------------------------------------------------

# The upstream says nothing to these before it is told to: who has an answer
# has not waited for it.
HELD='[[hold]]'

# Known before the clock goes on: one text for each case that needs one.
learn() {
	calls_mark
	learners=
	for text; do
		chat "$text $HELD" &
		learners="$learners $!"
	done
	until_true 10 called $# || fail "not all were asked"
	release
	# shellcheck disable=SC2086
	wait $learners
	for text; do
		chat "$text $HELD"
		hit
	done
}

# refreshed TEXT [MORE]: that is known and has expired; nobody waits for the
# one call that makes it fresh.
refreshed() {
	calls_mark
	chat "$@"
	stale
	was=$(text)
	until_true 10 called 1 || fail "nobody asked again"
	chat "$@"
	stale
	is "$was" "$(text)" "answer while it is asked for again"
	release
	until_true 10 fresh_hit "$@" || fail "it does not become fresh"
	isnt "$was" "$(text)" "the fresh answer"
	is 1 "$(calls)" "calls"
}

case_refresh() { refreshed "refresh $HELD"; }
case_refresh_stream() { refreshed "stream $HELD" $STREAM; }
case_refresh_once_for_all() {
	calls_mark
	same 30 "crowd $HELD"
	all_alike 30
	is 30 "$(figure '.cache["detail=stale"]')" "stale answers"
	until_true 10 called 1 || fail "nobody asked again"
	release
	until_true 10 fresh_hit "crowd $HELD" || fail "it does not become fresh"
	is 1 "$(calls)" "calls"
}
# Connections that nginx keeps must not wait behind the refresh.
case_refresh_kept() { refreshed "kept $HELD"; }
case_refresh_unkept() { refreshed "unkept $HELD"; }
# The clock there is the true one.
case_refresh_cgi() {
	calls_mark
	chat "$DOOR $HELD" '' -H 'X-Larder-TTL: 1' &
	asker=$!
	until_true 10 called 1 || fail "the upstream was not asked"
	release
	wait $asker
	until_true 10 expired "$DOOR $HELD" || fail "it does not expire"
	refreshed "$DOOR $HELD"
}
# A web server that runs larder anew for each request waits for it to end:
# who is held up by the upstream here would wait till the upstream is told.
case_cgi_does_not_wait() {
	slow="slow $DOOR $HELD"
	calls_mark
	chat "$slow" '' -H 'X-Larder-TTL: 1' &
	asker=$!
	until_true 10 called 1 || fail "the upstream was not asked"
	release
	wait $asker
	until_true 10 expired "$slow" || fail "it does not expire"
	lines=$(asked_lines)
	calls_mark
	chat "$slow"
	stale
	until_true 10 called 1 || fail "nobody asked again"
	is "$lines" "$(asked_lines)" "lines before the upstream has answered"
	release
	until_true 10 fresh_hit "$slow" || fail "it does not become fresh"
	until_true 10 asked_in_log $((lines + 1)) || fail "it is not in the log"
}
asked_lines() { grep -c '"attempts":1' "$T/usage.log" || :; }
asked_in_log() { [ "$(asked_lines)" = "$1" ]; }

# The answer to a renewal and its line come before the worker's end.
case_term_waits() {
	calls_mark
	chat "term $HELD"
	stale
	until_true 10 called 1 || fail "nobody asked again"
	lines=$(asked_lines)
	kill -TERM "$(pid_of larder)"
	until_true 10 refuses || fail "larder listens as before"
	release
	until_true 10 ended "$(pid_of larder)" || fail "larder does not end"
	is $((lines + 1)) "$(asked_lines)" "lines of who asked the upstream"
}
refuses() { ! answers "$BASE/larder/health" || ! door_answers; }
case_term_has_waited() {
	calls_mark
	fresh_hit "term $HELD" || fail "it has not become fresh"
	is 0 "$(calls)" "calls"
}
# When it does not come within the grace, that is in the log.
case_term_gives_up() {
	calls_mark
	chat "gives up $HELD"
	stale
	until_true 10 called 1 || fail "nobody asked again"
	kill -TERM "$(pid_of larder)"
	until_true 10 ended "$(pid_of larder)" || fail "larder does not end"
	tail -n 1 "$T/usage.log" | grep -q '"error.type":"stopping"' ||
		fail "the log does not say what happened"
}

# Many questions, and connections that nginx keeps.
MANY=200
ask_many() {
	i=0
	while [ $((i += 1)) -le $MANY ]; do
		[ $i = 1 ] || echo next
		echo "url = $BASE/v1/chat/completions"
		echo "header = \"Authorization: Bearer $WHO\""
		echo "header = \"Content-Type: application/json\""
		echo "data-binary = \"@$T/many.$i\""
		echo "output = /dev/null"
		echo 'write-out = "%{http_code} %header{cache-status}\n"'
	done >"$T/many.curl"
	curl -sZ --parallel-max 16 -m 30 -K "$T/many.curl" >"$T/many" \
		2>/dev/null # its progress, whatever it is told
}
# many_got PATTERN [LEAST]: all of them, or so many.
many_got() { [ "$(grep -c "$1" "$T/many")" -ge "${2:-$MANY}" ]; }
# On a busy machine some may find a part of the cache locked.
NEARLY=$((MANY * 95 / 100))
many_known() { ask_many && many_got '^200 larder; hit'; }
many_fresh() { ask_many && many_got '^200 larder; hit; .*detail=local'; }
many_called() { called $NEARLY; }
case_refresh_many() {
	calls_mark
	ask_many
	many_got '^200 larder; hit; .*detail=stale' $NEARLY ||
		fail "replies: $(sort "$T/many" | uniq -c | tr '\n' '|')"
	until_true 20 many_called || fail "asked again: $(calls)"
	# One that a busy machine could not ask for, or not store, is asked for
	# again 10 s later.
	until_true 30 many_fresh || fail "they do not become fresh"
	[ "$(calls)" -le $((MANY * 150 / 100)) ] || fail "$(calls) calls"
}

expired() {
	chat "$1" '' -H 'Cache-Control: only-if-cached, max-age=1'
	[ "$CODE" = 504 ]
}
case_max_age_and_no_cache_wait() {
	calls_mark
	chat strict '' -H 'Cache-Control: max-age=60'
	code 200
	is '' "$(head_of age)" Age
	chat strict '' -H 'Cache-Control: no-cache'
	code 200
	is '' "$(head_of age)" Age
	is 2 "$(calls)" "calls"
}

# nginx_edit SED: its file for larder, edited and read again.
nginx_edit() {
	contrib nginx/larder.conf | sed "$1" >"$T/larder-location.conf"
	sed -i "/^upstream /d; s|^server {|${2:-}\n&|" "$T/nginx.conf"
	old=$(children_of "$(pid_of server)")
	kill -HUP "$(pid_of server)"
	until_true 10 ended "$old" || fail "nginx does not read its file again"
	until_true 10 door_answers || fail "nginx does not answer"
}

# --- When the upstream fails ------------------------------------------------

case_error_gives_the_old() {
	for status in 500 503 429; do
		chat "fails [[status $status]] [[after 1]]"
		stale
	done
	chat "fails [[status 400]] [[after 1]]"
	code 400
	chat "fails [[status 500]] [[after 1]]" '' \
		-H 'Cache-Control: max-age=60'
	code 500
}
# All who wait for the same call, too.
nineteen_follow() { followed $((before + 19)); }
case_error_gives_all_the_old() {
	calls_mark
	before=$(stat flights_followed)
	same 20 "fails all [[status 503]] [[after 1]] $HELD" &
	crowd=$!
	until_true 10 called 1 || fail "the upstream was not asked"
	until_true 10 nineteen_follow || fail "they do not follow"
	release
	wait $crowd || fail "the crowd: $(cat "$T/storm")"
	all_alike 20
	is 20 "$(figure '.cache["detail=stale"]')" "stale answers"
	is 1 "$(calls)" "calls"
}
case_dead_upstream() {
	stop fake
	chat "dead" $STREAM
	stale
	like 'echo: dead #*' "$(text)" "answer"
	chat "dead and new"
	code 502
}

# --- What stays -------------------------------------------------------------

# The slab's boot id and inode stand behind the five numbers of its head.
reboot() {
	stop larder
	rm -f "$T/larder.sock"
	cp -p "$T/cache.slab" "$T/cache.copy"
	at=$(grep -obaF -m1 "$(cat /proc/sys/kernel/random/boot_id)" \
		"$T/cache.copy" | cut -d: -f1 | head -n 1)
	[ -n "$at" ] || fail "the cache file does not say of which boot it is"
	printf '00000000-dead-beef-0000-000000000000' |
		dd of="$T/cache.copy" bs=1 seek="$at" conv=notrunc 2>/dev/null
	mv "$T/cache.copy" "$T/cache.slab"
	serve_start
	until_true 10 door_answers || fail "no answer after the reboot"
}

case_restart_keeps() {
	chat "stays"
	missed
	chat "stays too [[big 60]]" $STREAM
	code 200
	cp "$T/body" "$T/first"
	later_start $((2 * HOUR))
	chat "stays"
	hit
	chat "stays too [[big 60]]" $STREAM
	hit
	sed '/^:/d' "$T/first" | grep . >"$T/first.events"
	sed '/^:/d' "$T/body" | grep . | cmp -s - "$T/first.events" ||
		fail "other events after the restart"
}
case_reboot_keeps() {
	reboot
	chat "stays"
	hit
	chat "stays too [[big 60]]" $STREAM
	hit
	text >"$T/said"
	[ "$(wc -c <"$T/said")" -ge 60000 ] || fail "half of it is gone"
	chat "after the reboot"
	missed
	is 0 "$(stat damaged)" "damages"
}

fake_start
conf_write "/^\[cache/,/^size/s/^size = .*/&\nttl = 1h/
	s/\nttl = 1h/&\nstale_while_revalidate = 3h/
	s/^threads = .*/threads = 64\nreserve = 0/"
door_start nginx
learn refresh stream crowd kept unkept term 'gives up'
i=0
while [ $((i += 1)) -le $MANY ]; do question "many $i" >"$T/many.$i"; done
until_true 20 many_known || fail "$(sort "$T/many" | uniq -c)"
chat strict
missed
later_start $((2 * HOUR))
run_cases case_refresh case_refresh_stream case_refresh_once_for_all \
	case_max_age_and_no_cache_wait
nginx_edit '/fastcgi_keep_conn/d'
run_cases case_refresh_unkept
nginx_edit 's|fastcgi_pass .*|fastcgi_pass kept;|' \
	"\tupstream kept { server unix:$T/larder.sock; keepalive 16; }"
run_cases case_refresh_kept case_refresh_many
later_start $((2 * HOUR))
run_cases case_term_waits
later_start $((2 * HOUR))
run_cases case_term_has_waited
sed -i 's/^\[larder\]/&\ngrace = 300ms/' "$T/larder.conf"
later_start $((2 * HOUR))
run_cases case_term_gives_up
door_stop
sed -i '/^grace/d' "$T/larder.conf"
unset LARDER_CLOCK_OFFSET
for door in lighttpd-cgi apache-cgi; do
	door_start $door
	run_cases case_refresh_cgi case_cgi_does_not_wait
	door_stop
done

sed -i 's/^stale_while_revalidate = .*/stale_while_revalidate = 0/' \
	"$T/larder.conf"
door_start nginx
for status in 500 503 429 400; do
	chat "fails [[status $status]] [[after 1]]"
	missed
done
learn 'fails all [[status 503]] [[after 1]]'
chat "dead"
missed
later_start $((4 * HOUR))
run_cases case_error_gives_the_old case_error_gives_all_the_old
run_cases case_dead_upstream
fake_start
door_stop
unset LARDER_CLOCK_OFFSET
conf_write
door_start nginx
run_cases case_restart_keeps case_reboot_keeps
