#!/bin/sh
# Full disks: no room for the cache file, none left beside it, none for the
# usage log. Every request is answered, nothing dies. Root only: it mounts
# small file systems, in a name space of its own.
if [ "$(id -u)" != 0 ]; then
	echo "disk: skipped: only root can mount" >&2
	exit 77
fi
if [ -z "${LARDER_DISK:-}" ]; then
	LARDER_DISK=$(mktemp -d "${TMPDIR:-/tmp}/larder-disk.XXXXXX")
	export LARDER_DISK TMPDIR="$LARDER_DISK"
	chmod 755 "$LARDER_DISK"
	rc=77
	if unshare -m true 2>/dev/null; then
		rc=0
		unshare -m "$0" || rc=$?
	fi
	rm -rf "$LARDER_DISK"
	exit $rc
fi
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/storm.sh"

SMALL=$T/small
ALL_WAIT='s/^threads = .*/threads = 60\nreserve = 0/'

# small SIZE: an empty file system of that size; larder's files go there.
small() {
	umount "$SMALL" 2>/dev/null || :
	mkdir -p "$SMALL"
	mount -t tmpfs -o "size=$1" none "$SMALL" || skip "cannot mount"
	own "$SMALL"
}
fill() { cat /dev/zero >"$SMALL/filler" 2>/dev/null || :; }
room() { df -k --output=avail "$SMALL" | tail -n 1 | tr -dc 0-9; }
lines() { jq -rR 'fromjson? | [.pid, .seq] | @tsv' "$SMALL/usage.log"; }
# A worker numbers its requests, also those whose lines are lost.
counted() {
	lines | awk '{ if ($2 > last[$1]) last[$1] = $2 }
		END { for (p in last) n += last[p]; print n + 0 }'
}
gaps_tell() { [ "$(counted)" -gt $(($(lines | wc -l) + asked / 8)) ]; }
none_died() {
	! grep -q 'died of signal' "$T/larder.log" ||
		fail "$(grep 'died of' "$T/larder.log")"
}

case_no_room_for_the_cache() {
	small 4M
	conf_write "$ALL_WAIT; s|^path = .*cache.slab|path = $SMALL/cache.slab|"
	door_start nginx
	grep -q 'no cache: .*No space left' "$T/larder.log" ||
		fail "it does not say so: $(cat "$T/larder.log")"
	calls_mark
	chat "$CASE"
	code 200
	isnt 'larder; fwd=miss; stored' "$(head_of cache-status)" Cache-Status
	chat "$CASE" $STREAM
	code 200
	is 2 "$(calls)" "calls"
	same 50 "$CASE many"
	is 50 "$(figure '.status["200"]')" "replies"
	[ "$(room)" -ge 3500 ] || fail "half a cache file was left behind"
	none_died
	door_stop
}

# The file has its blocks from the beginning, so nothing can be missing later.
case_no_room_beside_the_cache() {
	small 24M
	conf_write "$ALL_WAIT; s|^path = .*cache.slab|path = $SMALL/cache.slab|"
	door_start nginx
	fill
	is 0 "$(room)" "room left"
	storm load -s 4 -k 3000
	is "$(figure .requests)" "$(figure .ends.right)" "right answers"
	[ "$(stat evictions)" -gt 0 ] || fail "the cache was not filled"
	none_died
	say "$NAME: $(figure .requests) requests on a full disk, all right"
	door_stop
}

case_no_room_for_the_log() {
	small 1M
	conf_write "$ALL_WAIT; /^\[log/,\$s|^path = .*|path = $SMALL/usage.log|"
	door_start nginx
	chat "$CASE first"
	missed
	is 1 "$(wc -l <"$SMALL/usage.log")" "lines"
	fill
	storm load -s 2
	is "$(figure .requests)" "$(figure .ends.right)" "right answers"
	asked=$(figure .requests)
	grep -q 'usage line was lost: No space left' "$T/larder.log" ||
		fail "it does not say so"
	rm "$SMALL/filler"
	chat "$CASE last"
	missed
	until_true 5 gaps_tell || fail "the gaps do not tell"
	torn=$(($(wc -l <"$SMALL/usage.log") - $(lines | wc -l)))
	is 0 $torn "torn lines"
	say "$NAME: $((asked + 2)) requests, $(lines | wc -l) lines," \
		"$(counted) known of by the gaps"
	[ "$(counted)" -le $((asked + 2)) ] || fail "lines count too much"
	is $((asked + 2)) $(($(lines | wc -l) + $(stat log_dropped))) \
		"lines, and lines counted as lost"
	none_died
	door_stop
}

fake_start
run_cases case_no_room_for_the_cache
run_cases case_no_room_beside_the_cache
run_cases case_no_room_for_the_log
umount -l "$SMALL"
