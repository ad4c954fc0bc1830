#!/bin/sh
# Every case with larder as a CGI program of lighttpd.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/cases.sh"
door_test lighttpd-cgi
