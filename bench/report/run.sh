#!/bin/sh
# Reports a log of N lines on one core by larder report, DuckDB, jq and awk,
# each with the same sums: requests, tokens, cost and savings by day and model.
# Prints seconds, MB/s and the largest memory of each. Usage:
#   bench/report/run.sh BUILD [N [RUNS]]      (1000000 lines, 3 runs)
# DuckDB comes from PyPI (duckdb, kept in BUILD/bench-duckdb). SKIP=jq,awk
# leaves those out: at 10 million lines they take minutes.
set -eu
build=${1:?usage: run.sh BUILD [N [RUNS]]}
n=${2:-1000000}
runs=${3:-3}
here=$(cd "$(dirname "$0")" && pwd)
src=$here/../../src
dir=$(mktemp -d "${TMPDIR:-/tmp}/larder-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT INT TERM

${CC:-gcc} -O2 -D_GNU_SOURCE -I"$src" -o "$dir/lines" "$here/lines.c" \
	"$src/base/crc32c.c" "$src/base/clock.c"
"$dir/lines" --clean "$n" >"$dir/usage.log"
bytes=$(stat -c %s "$dir/usage.log")
py=$build/bench-duckdb/bin/python
[ -x "$py" ] || {
	python3 -m venv "$build/bench-duckdb"
	"$build/bench-duckdb/bin/pip" -q install duckdb
}
cat "$dir/usage.log" >/dev/null # into the page cache, for all of them
cpu=$(taskset -cp $$ | sed 's/.*[:,-] *//')
echo "$n lines, $bytes bytes, $(sed -n 's/^model name.*: //p' /proc/cpuinfo |
	head -1), one core"

# one NAME COMMAND...: the fastest of some runs, by processor time.
one() {
	name=$1
	shift
	case ",${SKIP:-}," in *,"$name",*) return 0 ;; esac
	i=0
	while [ $i -lt "$runs" ]; do
		i=$((i + 1))
		taskset -c "$cpu" /usr/bin/time -o "$dir/time" -a \
			-f '%U %S %e %M' "$@" >"$dir/out.$name"
	done
	awk -v name="$name" -v bytes="$bytes" '
		{ t = $1 + $2 }
		NR == 1 || t < best { best = t; wall = $3 }
		$4 > most { most = $4 }
		END { printf "%-14s %8.2f s CPU %8.2f s wall %8.0f MB/s" \
			" %9.1f MB memory\n", name, best, wall,
			bytes / best / 1e6, most / 1024 }' "$dir/time"
	rm -f "$dir/time"
}

one larder "$build/larder" report "$dir/usage.log"
one larder-csv "$build/larder" report --format csv --top 0 "$dir/usage.log"
one duckdb "$py" "$here/sums.py" "$dir/usage.log"
one awk awk -f "$here/sums.awk" "$dir/usage.log"
one jq jq -rn -f "$here/sums.jq" "$dir/usage.log"

# The same sums?
"$py" "$here/same.py" "$dir/out.larder-csv" "$dir"/out.duckdb \
	$(ls "$dir"/out.awk "$dir"/out.jq 2>/dev/null)
