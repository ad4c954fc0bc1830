#!/bin/sh
# `larder report --format html`: the text's numbers to the last digit, on one
# page that needs nothing but itself and harms nobody.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/browser.sh"

# A month with a gap, of models and tenants, one of which is hostile.
awk 'BEGIN {
	for (d = 1; d <= 30; d++) {
		if (d == 11 || d == 12) continue
		for (i = 0; i < 20 + d % 7 * 5; i++) {
			hit = i % 3 == 0
			printf "{\"time\":\"2026-11-%02dT%02d:00:00.000Z\",", d,
				i % 24
			printf "\"seq\":%d,\"pid\":%d,\"tenant\":\"team-%d\",",
				i + 1, d, i % 4
			printf "\"endpoint\":\"chat/completions\",\"status\":%d,",
				i % 19 ? 200 : 500
			printf "\"cache\":\"%s\",\"key\":\"%016x\",",
				hit ? (i % 2 ? "local" : "memcached") : "miss", i
			printf "\"gen_ai.provider.name\":\"up\","
			printf "\"gen_ai.request.model\":\"model-%d\",", i % 11
			printf "\"gen_ai.usage.input_tokens\":%d,", 100 + i * d
			printf "\"gen_ai.usage.output_tokens\":%d,", 10 + i
			if (hit) printf "\"cost_usd\":0,\"saved_usd\":0.00%d," \
				"\"saved_by\":\"cache\",", 1234567 + i
			else printf "\"cost_usd\":0.0%d,\"attempts\":1,",
				2345678 + i * d
			printf "\"ttfb_ms\":%d,\"duration_ms\":%d}\n", 20 + i,
				hit ? i % 5 : 300 + i * d }
	}
	q = "\\\"><script>alert(1)</script><img src=x>"
	printf "{\"time\":\"2026-11-20T00:00:00.000Z\",\"seq\":1,\"pid\":9999,"
	printf "\"tenant\":\"%s\",\"endpoint\":\"chat/completions\",", q
	printf "\"status\":200,\"cache\":\"miss\","
	printf "\"gen_ai.request.model\":\"%s\\u202e\",", q
	printf "\"gen_ai.usage.input_tokens\":9,\"cost_usd\":1.5,"
	printf "\"duration_ms\":7}\n{\"time\":\"2026-11-\n" }' >"$T/usage.log"
own "$T"

report() { larder report "$@" "$T/usage.log"; }

# The rows of the last table with that title, cells apart by one blank.
rows() {
	sed -n "/<h2>$1/,/<\/table>/p" "$T/report.html" | tr -d '\n' |
		sed 's/<tr>/\n/g; s/<t[dh][^>]*>/ /g; s/<[^>]*>//g' |
		tr -s ' ' | sed 's/^ //; s/ $//; 1,2d'
	echo
}
text_rows() { tr -s ' ' <"$T/report.txt" | sed 's/ $//'; }

case_the_same_numbers() {
	for by in day model tenant day,model cache; do
		report --by $by >"$T/report.txt"
		report --by $by --format html >"$T/report.html"
		rows 'All of it' | grep -v script |
			sed '/^$/d' >"$T/html.rows"
		text_rows | sed -n '2,/^TOTAL/p' | grep -v script >"$T/text.rows"
		[ "$(wc -l <"$T/text.rows")" -ge 3 ] || broken "no rows"
		diff "$T/text.rows" "$T/html.rows" >&2 ||
			fail "by $by: the rows differ"
	done
}

case_nothing_from_elsewhere() {
	report --format html >"$T/report.html"
	own "$T/report.html"
	for id in money hits times; do
		grep -q "<title id=\"${id}t\">" "$T/report.html" ||
			fail "no chart of $id"
	done
	page_alone "$T/report.html"
}

case_of_nothing() {
	: >"$T/empty.log"
	larder report --format html "$T/empty.log" >"$T/empty.html"
	grep -q '</html>' "$T/empty.html" || fail "no page"
	! grep -qi 'nan' "$T/empty.html" || fail "a number that is none"
}

run_cases $(sed -n 's/^\(case_[a-z_]*\)().*/\1/p' "$0")
