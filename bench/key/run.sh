#!/bin/sh
# What the name of a question costs the first time it is asked (no memo):
# larder's strict scan, its view and the canonical keyed BLAKE2b beside
# cJSON_Parse of the same body and BLAKE2b of its bytes alone. In one process,
# by CPU time, the ways in turns. From a build directory:
#     make bench benches=bench/key/run.sh
#     ROUNDS (9), --quick (2 rounds), --json FILE
set -eu
here=$(cd "$(dirname "$0")" && pwd)
key=${builddir:-.}/bench/key/key
: "${ROUNDS:=9}"
json=
while [ $# -gt 0 ]; do
	case $1 in
	--quick) ROUNDS=2 ;;
	--json) json=$2; shift ;;
	*) echo "usage: run.sh [--quick] [--json FILE]" >&2; exit 2 ;;
	esac
	shift
done
core=$(taskset -cp $$ | sed 's/.*[ ,-]//')
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
taskset -c "$core" "$key" "$ROUNDS" >"$T/rounds.jsonl"
jq -s -f "$here/sum.jq" "$T/rounds.jsonl" >"$T/sum.json"
jq -r -f "$here/table.jq" "$T/sum.json"
[ -z "$json" ] || cp "$T/sum.json" "$json"
