#!/bin/sh
# SIGTERM: streams under way end properly, then nothing is left running.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

fake_start
conf_write
door_start nginx
MASTER=$(pid_of larder)

begun() { grep -q '"content"' "$T/stream" 2>/dev/null; }
group_gone() { group_ended "$MASTER"; }

curl -sN -m 30 -o "$T/stream" -H 'Authorization: Bearer sk-x' --data-binary \
	'{"model":"gpt-test","stream":true,"messages":[{"role":"user",
	"content":"term [[slow 300]]"}]}' "$BASE/v1/chat/completions" &
caller=$!
until_true 10 begun || fail "the stream did not begin"
kill -TERM "$MASTER"
wait $caller || fail "the stream was cut"
is 'data: [DONE]' "$(tr -d '\r' <"$T/stream" | grep . | tail -n 1)" "its end"
until_true 10 ended "$MASTER" || fail "larder does not end"
status=0
wait "$MASTER" || status=$?
is 0 $status "exit status"
until_true 5 group_gone || fail "workers were left behind"
rm "$T/pids/larder"
[ ! -e "$T/larder.sock" ] || fail "the socket was left behind"

# The stream was kept: another larder answers from the same file.
serve_start
q='{"model":"gpt-test","messages":[{"role":"user","content":"term [[slow 300]]"}]}'
WHO=sk-x
post /v1/chat/completions "$q"
hit

# Past the grace: an error event and a line in the log, never a clean end.
kill -TERM "$(pid_of larder)"
until_true 10 ended "$(pid_of larder)" || fail "larder does not end"
rm "$T/pids/larder"
sed -i 's/^\[larder\]/&\ngrace = 200ms/' "$T/larder.conf"
serve_start
rm -f "$T/stream"
curl -sN -m 30 -o "$T/stream" -H 'Authorization: Bearer sk-x' --data-binary \
	'{"model":"gpt-test","stream":true,"messages":[{"role":"user",
	"content":"late [[slow 3000]]"}]}' "$BASE/v1/chat/completions" &
caller=$!
until_true 10 begun || fail "the stream did not begin"
lines=$(wc -l <"$T/usage.log")
kill -TERM "$(pid_of larder)"
wait $caller || :
grep -q '"error"' "$T/stream" || fail "no error event at the end of the grace"
! grep -q 'DONE' "$T/stream" || fail "a clean end"
until_true 10 ended "$(pid_of larder)" || fail "larder does not end"
is $((lines + 1)) "$(wc -l <"$T/usage.log")" "lines in the log"
tail -n 1 "$T/usage.log" | grep -q '"error.type":"stopping"' ||
	fail "the line does not say what happened"
rm "$T/pids/larder"
