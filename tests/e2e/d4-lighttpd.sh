#!/bin/sh
# Every case behind lighttpd, which starts larder.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/cases.sh"
door_test lighttpd
