#!/bin/sh
# A client that leaves in mid-stream: the upstream is cancelled.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

fake_start
conf_write
door_start nginx

q='{"model":"gpt-test","stream":true,"messages":[{"role":"user",
	"content":"leave [[pieces 60]] [[slow 200]]"}]}'
begun() { grep -q '"content"' "$T/stream" 2>/dev/null; }
upstream_saw_it() { grep -q '"left":true' "$T/fake.requests.log"; }

curl -sN -o "$T/stream" -H "Authorization: Bearer $WHO" --data-binary "$q" \
	"$BASE/v1/chat/completions" &
caller=$!
until_true 10 begun || fail "the stream did not begin"
kill $caller
wait $caller || :
# It would take 12 s to its end.
until_true 5 upstream_saw_it || fail "the upstream was not cancelled"
post /v1/chat/completions "$q" -H 'Cache-Control: only-if-cached'
code 504
