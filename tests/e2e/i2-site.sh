#!/bin/sh
# Scope = site: hits only for credentials the upstream has accepted.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

fake_start
conf_write 's/^\[cache\]/&\nscope = site/'
door_start nginx

chat shared
code 200
is 'larder; fwd=miss; stored; detail=unverified' "$(head_of cache-status)" \
	Cache-Status
answer=$(text)
chat shared
hit

for i in 1 2; do
	WHO=bad-key
	chat shared
	code 401
	! grep -qF "$answer" "$T/body" || fail "a made-up key got the answer"
done

WHO=sk-bob
chat shared
code 200
like 'larder; fwd=*' "$(head_of cache-status)" "Cache-Status, not yet known"
chat shared
hit
WHO=bad-key
chat shared
code 401
