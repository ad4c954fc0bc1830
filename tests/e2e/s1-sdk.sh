#!/bin/sh
# The real clients against larder behind every door, then with aimock upstream.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

. "$E2E/sdk.sh"

# As who runs the test: the clients need not be readable for others.
own_group() {
	setsid "$@" >"$T/aimock.log" 2>&1 </dev/null &
	echo $! >"$T/pids/fake"
}

# Each door in a shell of its own, so that a missing server skips only it.
bad=0 ran=0
for door in nginx apache-proxy apache-fcgid lighttpd apache-cgi lighttpd-cgi \
	aimock; do
	set +e
	(
		set -e
		trap - EXIT
		if [ "$door" = aimock ]; then
			FAKE_PORT=$("$HELPER" port)
			FAKE_URL=http://127.0.0.1:$FAKE_PORT
			own_group "$NODE" node_modules/.bin/llmock \
				-p "$FAKE_PORT" -f aimock.json --log-level warn
			until_true 20 answers "$FAKE_URL/health" ||
				broken "aimock does not answer"
			conf_write 's|^provider = openai|&\nmodels = any|'
			door_start nginx
			node_test aimock aimock.test.mjs
		else
			fake_start
			conf_write 's|^provider = openai|&\nmodels = any|'
			door_start "$door"
			node_test "$door" same.test.mjs more.test.mjs \
				errors.test.mjs
		fi
	)
	rc=$?
	set -e
	for p in server larder fake; do
		if [ -f "$T/pids/$p" ]; then stop $p; fi
	done
	rm -f "$T/larder.sock"
	case $rc in
	0) say "ok   clients, $door"; ran=1 ;;
	77) say "skip clients, $door" ;;
	*) say "FAIL clients, $door"; bad=1 ;;
	esac
done
[ $bad = 0 ]
[ $ran = 1 ] || skip "no web server"
