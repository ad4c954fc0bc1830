#!/bin/sh
# Slow misses fill up their share of threads; hits are still answered.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

fake_start
conf_write 's/^workers = .*/workers = 1/; s/^threads = .*/threads = 4/'
door_start nginx
chat known
missed

slow() {
	curl -s -m 30 -D "$T/slow.$1" -o /dev/null -H 'Authorization: Bearer sk-x' \
		--data-binary '{"model":"gpt-test","messages":[{"role":"user",
		"content":"slow '"$1"' [[first 4000]]"}]}' \
		"$BASE/v1/chat/completions" &
	callers="$callers $!"
}
some_refused() { grep -q '^HTTP/1.1 503' "$T"/slow.? 2>/dev/null; }

# What can wait, and what the one that runs is allowed.
larder doctor >"$T/out" || fail "larder doctor: $(cat "$T/out")"
grep -qx "ok  serve: listens on $T/larder.sock" "$T/out" ||
	fail "doctor does not see who listens: $(cat "$T/out")"
grep -q '^ok  serve: 1 worker(s) of 4 threads: 3 requests .* 1 threads' \
	"$T/out" || fail "doctor says other numbers: $(cat "$T/out")"
! grep -q '^odd serve' "$T/out" || fail "doctor minds: $(cat "$T/out")"
sed "s|$T/larder.sock|$T/another.sock|" "$T/larder.conf" >"$T/another.conf"
# shellcheck disable=SC2086
(ulimit -n 80; LARDER_CONF=$T/another.conf $AS "$LARDER" doctor) >"$T/out" ||
	fail "larder doctor: $(cat "$T/out")"
grep -q '^odd serve: .* open files .* 80 are allowed (of this shell)' \
	"$T/out" || fail "doctor does not see its limits: $(cat "$T/out")"

callers=
for i in 1 2 3 4 5 6; do slow $i; done
until_true 3 some_refused || fail "no miss was refused"
begin=$(now_ms)
chat known
hit
[ $(($(now_ms) - begin)) -lt 2000 ] || fail "the hit had to wait"
# shellcheck disable=SC2086
wait $callers
full=$(grep -l '^HTTP/1.1 503' "$T"/slow.?)
for f in $full; do
	grep -qi '^retry-after: [0-9]' "$f" || fail "503 without Retry-After"
done
served=$(grep -l '^HTTP/1.1 200' "$T"/slow.? | wc -l)
[ "$served" -ge 1 ] || fail "no miss was served"
is 6 $(($(echo "$full" | wc -l) + served)) "replies"
