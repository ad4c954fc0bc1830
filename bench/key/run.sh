#!/bin/sh
# What the name of a question costs the first time it is asked (no memo):
# larder's strict scan, its view and the canonical keyed BLAKE2b beside
# cJSON_Parse of the same body and BLAKE2b of its bytes alone. In one process,
# by CPU time, the ways in turns. From a build directory:
#     make bench benches=bench/key/run.sh
#     ROUNDS (9), --quick (2 rounds)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
key=${builddir:-.}/bench/key/key
: "${ROUNDS:=9}"
while [ $# -gt 0 ]; do
	case $1 in
	--quick) ROUNDS=2 ;;
	*) echo "usage: run.sh [--quick]" >&2; exit 2 ;;
	esac
	shift
done
core=$(taskset -cp $$ | sed 's/.*[ ,-]//')
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
taskset -c "$core" "$key" "$ROUNDS" >"$T/rounds.jsonl"
jq -s -f "$here/sum.jq" "$T/rounds.jsonl" >"$T/sum.json"
jq -r -f "$here/table.jq" "$T/sum.json"
[ -n "${BENCH_OUT:-}" ] || exit 0
# The gate is for the conversation whose key is the dearest.
jq '[.[] | select(.body == "chat" and .kb <= 100)] | max_by(.to_cjson.key.median)
	| [{ gate: "first-time key / cJSON_Parse", note: "\(.kb) KB" } +
	   if .to_cjson.key then { ratio: .to_cjson.key.median,
		p25: .to_cjson.key.low, p75: .to_cjson.key.high, rounds }
	   else { skipped: "no libcjson here" } end]' \
	"$T/sum.json" >"$BENCH_OUT/key.json"
cp "$T/sum.json" "$BENCH_OUT/key.more.json"
