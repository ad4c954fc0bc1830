#!/bin/sh
# Every case behind nginx and a larder that spawn-fcgi started.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/cases.sh"
door_test spawn-fcgi
