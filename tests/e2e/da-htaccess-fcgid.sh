#!/bin/sh
# Cases on shared hosting with .htaccess and mod_fcgid, where streams come in
# one piece and bodies over 128 KiB cannot pass.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/cases.sh"
door_test htaccess-fcgid case_chunks_arrive_one_by_one case_large_body \
	case_chunked_request case_refused_large_body
