#!/bin/sh
# contrib/logrotate with the real logrotate, under load: no line is lost, none
# is torn or twice, whether larder is told of it or finds out.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/storm.sh"
need logrotate gzip

fake_start
conf_write 's/^workers = .*/workers = 2/'
door_start nginx
MASTER=$(pid_of larder)
LOG=$T/usage.log

# config TOLD: contrib's, for this place and user.
config() {
	owner=$(env stat -c '%U %G' "$T")
	sed -e "s|/var/log/larder/\*.log|$LOG|" -e "s/larder larder/$owner/" \
		-e "s|systemctl .*|$1|" -e "s/missingok/& \n	su $owner/" \
		"$srcdir/contrib/logrotate/larder" >"$T/rotate.conf"
	chmod 644 "$T/rotate.conf"
	chmod go-w "$T"
}
rotate() {
	logrotate -f -s "$T/rotate.state" "$T/rotate.conf" 2>"$T/rotate.err" ||
		fail "logrotate: $(cat "$T/rotate.err")"
}
# Nobody writes into what was renamed any more, or the next turn packs it.
left_alone() {
	age=$(($(date +%s) - $(env stat -c %Y "$LOG.1")))
	[ $age -ge 2 ]
}
gone_on() { [ -s "$LOG" ]; }
lines() {
	find "$T" -name 'usage.log*.gz' -exec gzip -dc {} +
	find "$T" -name 'usage.log' -exec cat {} + -o -name 'usage.log.[0-9]' \
		-exec cat {} +
}

turns() {
	config "$1"
	rm -f "$T/stop"
	lines >"$T/before"
	storm load -s 9 &
	load=$!
	for turn in 1 2; do
		until_true 10 gone_on || fail "nothing in the new log"
		rotate
		until_true 10 left_alone || fail "the old log is still written"
	done
	wait $load || fail "storm"
	rotate
	until_true 10 left_alone || fail "the old log is still written"
	lines >"$T/after"
	is "$(figure .requests)" \
		"$(($(wc -l <"$T/after") - $(wc -l <"$T/before")))" "lines"
	is "$(wc -l <"$T/after")" \
		"$(jq -r '"\(.run) \(.seq)"' "$T/after" | sort -u | wc -l)" \
		"lines that are whole, and of a number of their own"
	is 0 "$(stat log_dropped)" "lines lost"
	ls "$T"/usage.log.*.gz >/dev/null || fail "nothing was packed"
	say "$NAME: $CASE: $(figure .requests) requests, as many lines in" \
		"$(find "$T" -name 'usage.log*' | wc -l) files"
}

case_told() { turns "kill -HUP $MASTER"; }
case_finds_out() { turns "true"; }

run_cases case_told case_finds_out
