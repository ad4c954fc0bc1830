#!/bin/sh
# The recipe in contrib/duckdb gives the sums of `larder report`, to the last
# digit, on lines of every kind. DuckDB is Python's: DUCKDB_PYTHON's, that of
# the Python that is here, or the one of tests/py/requirements.txt, installed
# once for each such file.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"

need flock python3
venv=$builddir/tests/py
wanted=$srcdir/tests/py/requirements.txt

has_duckdb() { [ -n "$1" ] && "$1" -c 'import duckdb' 2>/dev/null; }
install_duckdb() {
	cmp -s "$wanted" "$venv/.installed" && return
	rm -rf "$venv/env"
	python3 -m venv "$venv/env" >"$T/pip.log" 2>&1 &&
		"$venv/env/bin/pip" install -q --disable-pip-version-check \
			--no-deps --only-binary :all: --require-hashes \
			-r "$wanted" >>"$T/pip.log" 2>&1 &&
		cp -f "$wanted" "$venv/.installed"
}

mkdir -p "$venv"
exec 9>"$venv/.lock"
flock 9
for py in "${DUCKDB_PYTHON:-}" python3 "$venv/env/bin/python"; do
	case $py in
	"$venv"/*) install_duckdb || skip "no DuckDB: $(tail -n 1 "$T/pip.log")" ;;
	esac
	if has_duckdb "$py"; then break; fi
done
exec 9>&-
has_duckdb "$py" || skip "there is no Python with duckdb here"

# Every combination of what a line may be, with prime numbers for the sums.
awk 'BEGIN {
	nc = split("local memcached semantic stale collapsed pinned miss " \
		"bypass none", cache)
	ns = split("cache routing history prompt_cache routing,history -", by)
	for (c = 1; c <= nc; c++) for (s = 1; s <= ns; s++)
	for (k = 0; k < 24; k++) {
		n++
		printf "{\"time\":\"2026-11-%02dT%02d:00:00.%03dZ\"", n % 28 + 1,
			n % 24, n % 1000
		printf ",\"seq\":%d,\"run\":\"r%d\"", n, n % 5
		if (k != 3) printf ",\"status\":%d", k == 4 ? 502 : k == 5 ? \
			499 : 200
		if (k == 5) printf ",\"client_aborted\":true"
		if (k == 4 || k == 6) printf ",\"error.type\":\"502\""
		if (cache[c] != "none") printf ",\"cache\":\"%s\"", cache[c]
		printf ",\"endpoint\":\"%s\"", k == 7 ? \
			"messages/count_tokens" : "chat/completions"
		if (k != 8) printf ",\"gen_ai.request.model\":\"m%d\"", n % 3
		if (k != 9) printf ",\"gen_ai.usage.input_tokens\":%d", n * 101
		printf ",\"gen_ai.usage.output_tokens\":%d", n * 7
		if (k % 2) printf ",\"gen_ai.usage.cache_read.input_tokens\":%d", \
			n * 53
		if (k % 3) printf \
			",\"gen_ai.usage.cache_creation.input_tokens\":%d", n * 67
		if (k % 5) printf ",\"cache_write_1h_tokens\":%d", n * 71
		if (k % 7) printf ",\"reasoning_tokens\":%d", n * k
		if (k != 10) printf ",\"cost_usd\":%d.%012d", n % 3, \
			n * 1000003
		if (k > 8 && k < 12) printf ",\"weak_cost_usd\":0.%012d", n * 11
		if (k > 9 && k < 13) printf ",\"spilt_usd\":0.%012d", n * 19
		if (k != 11) printf ",\"saved_usd\":%s0.%012d", k == 12 ? "-" : "", \
			n * 999983
		if (by[s] != "-") printf ",\"saved_by\":\"%s\"", by[s]
		if (by[s] ~ /,/ && k % 2) printf ",\"saved_routing_usd\":" \
			"0.%012d,\"saved_history_usd\":-0.%012d", n * 17, n * 13
		if (k == 13) printf ",\"purpose\":\"summary\""
		if (k == 14) printf ",\"fallback_from\":\"x\",\"maybe_billed\":2"
		if (k == 15) printf ",\"estimated\":true"
		if (k != 16) printf ",\"duration_ms\":%d", n * n
		if (k != 17) printf ",\"ttfb_ms\":%d", n % 127 * n
		print "}"
		if (k == 18) print "{\"time\":\"2026-11-01T00"
		# The number of the line before, and another cost.
		if (k == 19) printf "{\"time\":\"2026-11-01T00:00:00.000Z\"" \
			",\"seq\":%d,\"run\":\"r%d\",\"cache\":\"miss\"," \
			"\"cost_usd\":%d}\n", n, n % 5, n
	}
}' | "$py" "$E2E/crc.py" >"$T/usage.log"
# One that has lost its checksum.
echo '{"time":"2026-11-01T00:00:00.000Z","seq":1,"run":"x","cost_usd":5}' \
	>>"$T/usage.log"
head -n 100 "$T/usage.log" | tail -n 50 >"$T/again.log"
gzip -k "$T/again.log"
own "$T"
larder report --format csv "$T/usage.log" "$T/again.log.gz" >"$T/report.csv"
"$py" "$srcdir/contrib/duckdb/equal.py" "$T/report.csv" "$T/usage.log" \
	"$T/again.log.gz" >&2
