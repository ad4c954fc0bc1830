#!/bin/sh
# Every case as on shared hosting: .htaccess and CGI.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/cases.sh"
door_test htaccess
