#!/bin/sh
# Every case behind Apache's mod_proxy_fcgi and `larder serve`.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/cases.sh"
door_test apache-proxy
