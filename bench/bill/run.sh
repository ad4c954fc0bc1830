#!/bin/sh
# Prints what prompts cost by what is marked, cut and kept: bench/bill/bill.c
# with two public traces and with the loads that are made up.
#
#     BILL=build/dev/bench/bill/bill bench/bill/run.sh [-j] [-c TOLERANCE]
#
# The traces are Mooncake's (kvcache-ai/Mooncake, Apache-2.0), fetched once, by
# commit, into ${XDG_CACHE_HOME:-~/.cache}/larder-traces; TRACES names another
# directory, where they may lie already. Nothing is used whose checksum is not
# the one below. A toolagent.jsonl there is replayed as well. Takes seconds,
# so that --quick changes nothing.
set -eu
[ "${1:-}" != --quick ] || shift
: "${BILL:=bench/bill/bill}"
traces=${TRACES:-${XDG_CACHE_HOME:-$HOME/.cache}/larder-traces}
hub=https://raw.githubusercontent.com/kvcache-ai/Mooncake
hub=$hub/3b5a594133958449a1feaf1c9e0fc1b553e34a28/FAST25-release/traces

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$traces"

fetch() { # name, sha256
	[ -f "$traces/$1.jsonl" ] || {
		curl -fsSL -o "$work/new" "$hub/$1_trace.jsonl" || {
			echo "skipped: $1 (the trace is not reachable)"
			return 0
		}
		mv "$work/new" "$traces/$1.jsonl"
	}
	echo "$2  $traces/$1.jsonl" | sha256sum -c --quiet || {
		echo "run.sh: $traces/$1.jsonl is not the trace it should be" >&2
		exit 1
	}
	loads="$loads $1=$traces/$1.jsonl"
}

loads=
fetch conversation \
	b8cbb061a85206d729d91cdc2981f43c9e0d99209dce588d3af5f7934408b9df
fetch synthetic \
	bd070915a98fc0ed264d7cfef2ce746002eb3076a695ec31ba2674c0111ec131

[ ! -f "$traces/toolagent.jsonl" ] ||
	loads="$loads toolagent=$traces/toolagent.jsonl"
loads="$loads mixed once stamped burst six-minutes two-hours talks"
loads="$loads turns-bad turns-good tenants few"
# No path with a blank in it is expected here.
"$BILL" "$@" $loads
