#!/bin/sh
# What `make bench` does: runs each bench that is named, keeps what it measured
# with the machine it was measured on, and prints one table of all gates.
# bench/README.md says how a bench takes part.
#     run.sh bench/hit/run.sh ...          from a build directory
# In the environment: QUICK=1 (a smoke run, whose figures mean nothing),
# PEERS=1 (installs other gateways and measures them), JSON=FILE (keeps all).
set -eu
command -v jq >/dev/null || { echo "make bench: no jq here" >&2; exit 1; }
: "${srcdir:=$(cd "$(dirname "$0")/.." && pwd)}"
: "${QUICK:=}" "${PEERS:=}" "${JSON:=}"
BENCH_OUT=$(mktemp -d "${TMPDIR:-/tmp}/larder-bench.XXXXXX")
BENCH_PEERS=$PEERS
export BENCH_OUT BENCH_PEERS srcdir
trap 'rm -rf "$BENCH_OUT"' EXIT
trap 'exit 1' HUP INT TERM
PATH=$PATH:/usr/sbin:/sbin

# --- The machine ------------------------------------------------------------

# The share of the cores that others use, over a second.
busy() {
	{ head -n 1 /proc/stat; sleep 1; head -n 1 /proc/stat; } | awk '
		{ all = 0; for (i = 2; i <= 9; i++) all += $i; idle = $5 + $6 }
		NR == 1 { a = all; d = idle }
		END { printf "%.0f", 100 * (1 - (idle - d) / (all - a)) }'
}
load() { cut -d' ' -f1-3 /proc/loadavg; }
version_of() { # PROGRAM OPTION
	command -v "$1" >/dev/null || return 0
	"$1" "$2" 2>&1 | sed -n '1s/^[^0-9]*\([0-9][0-9.]*\).*/\1/p'
}
commit() {
	git -C "$srcdir" describe --always --dirty 2>/dev/null ||
		version_of "$LARDER" --version
}
machine() {
	jq -n --arg cpu "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo |
			head -n 1)" \
		--argjson cores "$(nproc)" --arg kernel "$(uname -r)" \
		--arg system "$(. /etc/os-release && echo "$PRETTY_NAME")" \
		--arg larder "$(commit)" \
		--arg nginx "$(version_of nginx -v)" \
		--arg varnish "$(version_of varnishd -V)" \
		--arg memcached "$(version_of memcached -V)" \
		--arg date "$(date -u +%Y-%m-%d)" \
		'$ARGS.named | with_entries(select(.value != ""))'
}

# --- The benches ---------------------------------------------------------------

# Leaves its exit status, 77 for skipped, and its seconds in $BENCH_OUT/runs.
run() { # SCRIPT
	name=$(basename "$(dirname "$1")") rc=0 began=$(date +%s)
	echo "== $name"
	set -- "$srcdir/$1" ${QUICK:+--quick}
	sh "$@" || rc=$?
	jq -cn --arg name "$name" --argjson rc $rc \
		--argjson seconds $(($(date +%s) - began)) '$ARGS.named' \
		>>"$BENCH_OUT/runs"
}

: >"$BENCH_OUT/runs"
machine >"$BENCH_OUT/machine"
before=$(jq -n --arg load "$(load)" --argjson busy "$(busy)" '$ARGS.named')
for b; do run "$b"; done
after=$(jq -n --arg load "$(load)" --argjson busy "$(busy)" '$ARGS.named')

for f in "$BENCH_OUT"/*.more.json; do
	[ ! -f "$f" ] || jq --arg name "$(basename "$f" .more.json)" \
		'{ ($name): . }' "$f"
done | jq -s 'add // {}' >"$BENCH_OUT/more"
find "$BENCH_OUT" -name '*.json' ! -name '*.more.json' -exec cat {} + |
	jq -s 'add // []' >"$BENCH_OUT/rows"
jq -n --rawfile tsv "$srcdir/bench/gates.tsv" \
	--slurpfile machine "$BENCH_OUT/machine" \
	--slurpfile runs "$BENCH_OUT/runs" --slurpfile rows "$BENCH_OUT/rows" \
	--slurpfile more "$BENCH_OUT/more" --argjson before "$before" \
	--argjson after "$after" --arg quick "$QUICK" \
	-f "$srcdir/bench/judge.jq" >"$BENCH_OUT/result"
jq -r -f "$srcdir/bench/table.jq" "$BENCH_OUT/result"
[ -z "$JSON" ] || cp "$BENCH_OUT/result" "$JSON"
jq -e 'all(.runs[]; .rc == 0 or .rc == 77)' "$BENCH_OUT/result" >/dev/null
