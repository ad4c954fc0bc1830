#!/bin/sh
# Times larder behind nginx on loopback as a client sees it: a hit on a kept
# connection, and the first byte of a streamed miss beside the upstream's own.
# A first look, not a benchmark: run it on a quiet machine, from a build
# directory:
#     make check TESTS= && LARDER=$PWD/larder builddir=$PWD \
#         sh ../../bench/first-look.sh
srcdir=${srcdir:-$(dirname "$0")/..}
. "$srcdir/tests/e2e/lib.sh"
. "$E2E/doors.sh"

fake_start
conf_write
door_start nginx

body() { printf '{"model":"gpt-test","stream":%s,"messages":[{"role":"user","content":"%s"}]}' "$1" "$2"; }
timed() { # what curl shall print, body, then URLs
	show=$1 data=$2
	shift 2
	curl -s -H 'Authorization: Bearer sk-a' -H 'Content-Type: application/json' \
		-d "$data" -w "$show\n" $(for u in "$@"; do
			printf '%s -o /dev/null ' "$u"; done)
}
quantiles() { # seconds on stdin, as milliseconds
	sort -n | awk '{ t[NR] = $1 * 1000 } END { printf "p50 %.2f ms, p99 %.2f ms (%d)\n",
		t[int((NR + 1) / 2)], t[int(NR * 0.99)], NR }'
}

url=$BASE/v1/chat/completions
many=$(i=0; while [ $i -lt 301 ]; do echo "$url"; i=$((i + 1)); done)
printf 'hit through nginx, kept connection:   '
# shellcheck disable=SC2086
timed '%{time_total}' "$(body false again)" $many | tail -n +2 | quantiles

first_bytes() { # base URL
	i=0
	while [ $i -lt 100 ]; do
		timed '%{time_starttransfer}' "$(body true "q$1$i")" \
			"$1/v1/chat/completions"
		i=$((i + 1))
	done
}
printf 'first byte of a stream, upstream:     '
first_bytes "$FAKE_URL" | quantiles
printf 'the same through nginx and larder:    '
first_bytes "$BASE" | quantiles
