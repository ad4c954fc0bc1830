#!/bin/sh
# The recipes in contrib/ for ClickHouse, Vector and Fluent Bit, each where its
# program is (or CLICKHOUSE, VECTOR, FLUENT_BIT name it; PYTHON's chdb and
# vector-vrl stand in for the first two): ClickHouse has the totals of `larder
# report` to the last digit, and whole lines arrive as they are, once.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"

: "${PYTHON:=python3}" "${CLICKHOUSE:=clickhouse}" "${VECTOR:=vector}"
: "${FLUENT_BIT:=fluent-bit}" "${LINES:=20000}"
contrib=$srcdir/contrib
tried=

# --- A log, of which three lines are damaged ------------------------------
need "${CC:-cc}"
"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O1 -I"$srcdir/src" -o "$T/bin/lines" \
	"$srcdir/bench/report/lines.c" "$srcdir/src/base/crc32c.c" \
	"$srcdir/src/base/clock.c" -lm
"$T/bin/lines" --clean "$LINES" >"$T/clean.jsonl"
{
	cat "$T/clean.jsonl"
	sed -n '7s/.\{40\}$//p' "$T/clean.jsonl"
	echo 'of another program'
} >"$T/usage.jsonl"
[ "$(wc -l <"$T/clean.jsonl")" = "$LINES" ] || broken "no $LINES lines"

# The columns of contrib/clickhouse/report.sql.
columns=day,model,requests,cacheable,hits,misses,bypasses,calls,input_tokens
columns=$columns,output_tokens,cost_usd,saved_usd,unpriced
totals() { # FILE
	"$LARDER" report --format csv --by day,model "$1" 2>"$T/err" |
		awk -F, -v want="$columns" '
		NR == 1 { n = split(want, w); for (i = 1; i <= NF; i++) at[$i] = i }
		$1 == "group" { for (i = 1; i <= n; i++)
			printf "%s%s", $at[w[i]], i < n ? "," : "\n" }'
}
totals "$T/usage.jsonl" >"$T/report.csv"
[ "$(wc -l <"$T/report.csv")" -gt 50 ] || broken "a short report"

# --- ClickHouse -----------------------------------------------------------
sql() {
	if [ "$clickhouse" = local ]; then
		"$CLICKHOUSE" local --path "$T/ch" --multiquery
	else
		"$PYTHON" "$contrib/clickhouse/chdb-run.py" "$T/ch"
	fi
}
if "$CLICKHOUSE" local --version >/dev/null 2>&1; then
	clickhouse=local
elif "$PYTHON" -c 'import chdb' 2>/dev/null; then
	clickhouse=chdb
else
	clickhouse=
fi
if [ -n "$clickhouse" ]; then
	load="INSERT INTO larder.line SELECT line
		FROM file('$T/usage.jsonl', LineAsString);"
	{ # twice: the second time changes nothing
		cat "$contrib/clickhouse/schema.sql"
		printf '%s\n%s\n' "$load" "$load"
		cat "$contrib/clickhouse/report.sql"
	} | sql >"$T/clickhouse.csv"
	diff "$T/report.csv" "$T/clickhouse.csv" >&2
	tried="$tried clickhouse($clickhouse)"
fi

# --- Vector ---------------------------------------------------------------
if "$VECTOR" --version >/dev/null 2>&1; then
	"$VECTOR" validate --no-environment "$contrib/vector/vector.toml" >&2
	"$VECTOR" test "$contrib/vector/vector.toml" >&2
	tried="$tried vector"
elif "$PYTHON" -c 'import tomllib, vector_vrl' 2>/dev/null; then
	try="$PYTHON $contrib/vector/try.py $contrib/vector/vector.toml"
	$try >&2
	{
		cat "$T/usage.jsonl"
		sed -n '9s/"seq":/"seq":9/p' "$T/clean.jsonl" # its crc is not
	} | $try --lines >"$T/vector.jsonl"
	sed 's/^ *//' "$T/clean.jsonl" | cmp - "$T/vector.jsonl" >&2
	tried="$tried vector(vrl)"
fi

# --- Fluent Bit -----------------------------------------------------------
arrived() { [ "$(wc -l <"$T/arrived.jsonl")" -ge "$LINES" ]; }
if find_program "$FLUENT_BIT" >/dev/null; then
	mkdir "$T/state"
	"$PYTHON" "$contrib/fluent-bit/receive.py" "$T/port" \
		>"$T/arrived.jsonl" 2>"$T/receive.log" &
	echo $! >"$T/pids/receiver"
	until_true 20 test -f "$T/port" || fail "no receiver"
	CLICKHOUSE_HOST=127.0.0.1 CLICKHOUSE_PORT=$(cat "$T/port") \
		LARDER_LOG=$T/usage.jsonl LARDER_SHIP_STATE=$T/state \
		"$FLUENT_BIT" -q -c "$contrib/fluent-bit/fluent-bit.conf" \
		>"$T/fluent-bit.log" 2>&1 &
	echo $! >"$T/pids/shipper"
	until_true 60 arrived || fail "Fluent Bit did not send all lines"
	stop shipper
	stop receiver
	sort -u "$T/clean.jsonl" >"$T/want"
	sort -u "$T/arrived.jsonl" | cmp "$T/want" - >&2
	tried="$tried fluent-bit"
fi

if [ -z "$tried" ]; then
	say "$NAME: skipped: neither ClickHouse, Vector nor Fluent Bit is here"
	exit 77
fi
say "$NAME: tried$tried"
