#!/bin/sh
# A client that leaves in mid-stream: by [larder] on_client_abort the upstream
# is cancelled, or its answer is taken to the end and kept.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

fake_start
begun() { grep -q '"content"' "$T/stream" 2>/dev/null; }
upstream_was_left() { grep -q '"left":true' "$T/fake.requests.log"; }
kept() {
	post /v1/chat/completions "$q" -H 'Cache-Control: only-if-cached'
	[ "$CODE" = 200 ]
}

# leave PIECES: asks for a stream of so many fifths of a second, and leaves.
leave() {
	q='{"model":"gpt-test","stream":true,"messages":[{"role":"user",
		"content":"leave [[pieces '$1']] [[slow 200]]"}]}'
	rm -f "$T/stream"
	curl -sN -o "$T/stream" -H "Authorization: Bearer $WHO" \
		--data-binary "$q" "$BASE/v1/chat/completions" &
	caller=$!
	until_true 10 begun || fail "the stream did not begin"
	kill $caller
	wait $caller 2>/dev/null || :
}

case_finish() {
	leave 10
	until_true 10 kept || fail "the answer was not kept"
	! upstream_was_left || fail "the upstream was cancelled"
}

case_cancel() {
	leave 60
	# It would take 12 s to its end.
	until_true 5 upstream_was_left || fail "the upstream was not cancelled"
	! kept || fail "half an answer was kept"
}

conf_write 's/^workers = .*/&\non_client_abort = finish/'
door_start nginx
run_cases case_finish
door_stop
conf_write
door_start nginx
run_cases case_cancel
