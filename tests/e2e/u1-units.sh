#!/bin/sh
# The systemd units are such as systemd would load.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

need systemd-analyze
for unit in larder.service larder.socket; do
	contrib systemd/$unit |
		sed -E 's/^(Socket)?(User|Group)=.*/\1\2=root/' >"$T/$unit"
done
systemd-analyze verify --man=no "$T/larder.service" "$T/larder.socket" \
	>"$T/verify.log" 2>&1 || fail "systemd-analyze verify"
# Unknown names are only warned of.
! grep -q 'larder\.' "$T/verify.log" || fail "$(cat "$T/verify.log")"
