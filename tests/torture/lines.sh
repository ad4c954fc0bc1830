#!/bin/sh
# The usage log under kills, rotations and a full disk (see lines.c).
#     LINES=N (of each of 32 writers); LARDER_TORTURE=short for `make check`
# Where root can mount, the disk is really full; else a limit is.
: "${builddir:=.}"
lines=$builddir/tests/torture/lines

if [ -z "${LINES_DIR:-}" ]; then
	LINES_DIR=$(mktemp -d "${TMPDIR:-/tmp}/larder-lines.XXXXXX")
	export LINES_DIR
	rc=0
	if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
		LINES_TMPFS=1 unshare -m "$0" || rc=$?
	fi
	[ $rc != 0 ] || "$0" || rc=$?
	rm -rf "$LINES_DIR"
	exit $rc
fi

case ${LARDER_TORTURE:-full} in
short) : "${LINES:=2000}" ;;
*) : "${LINES:=1000000}" ;;
esac
[ -z "${LINES_TMPFS:-}" ] || mount -t tmpfs -o size=16G none "$LINES_DIR" ||
	exit 77
"$lines" "$LINES_DIR" 32 "$LINES" >&2
