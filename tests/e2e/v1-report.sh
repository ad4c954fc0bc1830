#!/bin/sh
# `larder report` over what a real larder wrote: the same sums in every form,
# packed or not, in any order, and none of it twice.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
need gzip zstd python3

fake_start
cat >"$T/prices.json" <<'END'
{"gpt-test":{"input_cost_per_token":1.5e-07,"output_cost_per_token":6e-07},
 "claude-test":{"input_cost_per_token":3e-06,"output_cost_per_token":1.5e-05}}
END
conf_write "/^\\[log\\]/a prices = $T/prices.json"
own "$T"
door_start nginx
for i in 1 2 3 4 5; do
	chat "question $i"
	code 200
	chat "question $i" ',"stream":true'
	hit
	messages "question $i"
	code 200
	responses "question $i" ',"temperature":1' -H 'X-Larder-Tag: job'
	code 200
done
chat 'what costs nothing' -H 'Cache-Control: only-if-cached' || :
all_logged() { [ "$(wc -l <"$T/usage.log")" -ge 20 ]; }
until_true 10 all_logged || broken "no lines"
door_stop
cp "$T/usage.log" "$T/log"
own "$T/log"

report() { larder report "$@"; }
# totals JSON: a line for each sum of its total.
totals() { jq -r '.total | to_entries[] | "\(.key) \(.value // "")"'; }

# Numbers as they are printed: jq would make doubles of them.
case_json_is_csv() {
	report --format json "$T/log" >"$T/json"
	jq -e '.total.requests >= 20 and .total.hits >= 5 and
		.total.cost_usd > 0 and .total.saved_usd > 0 and
		.total.unpriced == 0 and .left_out.damaged == 0' \
		"$T/json" >/dev/null || fail "$(cat "$T/json")"
	report --format csv "$T/log" | tr -d '\r' | awk -F, '
		NR == 1 { for (i = 1; i <= NF; i++) name[i] = $i }
		/^total/ { for (i = 4; i <= NF; i++)
			print name[i], $i == "" ? "null" : $i }' >"$T/csv.total"
	sed -n 's/^"total":{\(.*\)}.*/\1/p' "$T/json" | tr ',' '\n' |
		sed 's/"//g; s/:/ /' >"$T/json.total"
	[ "$(wc -l <"$T/csv.total")" -ge 40 ] || broken "no totals"
	diff "$T/csv.total" "$T/json.total" >&2
}

# The groups add up to the total, whatever they are.
case_groups_add_up() {
	for by in day hour model tenant upstream route endpoint tag cache \
		day,hour,model,tenant,upstream,route,endpoint,tag,cache; do
		report --format json --by $by "$T/log" >"$T/by"
		jq -e '([.groups[].requests] | add) == .total.requests and
			([.groups[].input_tokens] | add) == .total.input_tokens and
			([.groups[].errors] | add) == .total.errors and
			(([.groups[].cost_usd // 0] | add) - .total.cost_usd
				| fabs) < 1e-12' "$T/by" >/dev/null ||
			fail "--by $by"
	done
	report --format json --by tag "$T/log" |
		jq -e '.groups[] | select(.tag == "job") | .requests == 5' \
			>/dev/null || fail "no tag"
}

# Text and HTML round alike; awk rounds as C does.
case_text_and_html() {
	report "$T/log" >"$T/text"
	report --format html "$T/log" >"$T/html"
	cost=$(sed -n 's/^cost_usd //p' "$T/csv.total")
	want=$(awk -v c="$cost" 'BEGIN { printf "%.6f", c }')
	is "$want" "$(awk '/^TOTAL/ { print $7 }' "$T/text")" "cost as text"
	grep -q "<td>$want<" "$T/html" || fail "no $want in the page"
	! grep -q 'question' "$T/text" "$T/html"
}

case_packed() {
	gzip -k "$T/log"
	zstd -q -k "$T/log"
	own "$T/log.gz" "$T/log.zst"
	report --format json "$T/log" >"$T/json"
	for f in log.gz log.zst; do
		report --format json "$T/$f" | diff "$T/json" - >&2
		report --format json <"$T/$f" | diff "$T/json" - >&2
	done
	# A rotated log and its packed copy, and the same file again.
	report --format json --by day "$T/log" "$T/log.gz" "$T/log.zst" \
		"$T/log" >"$T/twice" 2>"$T/named.twice"
	is "$(totals <"$T/json")" "$(totals <"$T/twice")" "totals of copies"
	is $(($(wc -l <"$T/log") * 2)) "$(jq .left_out.duplicate "$T/twice")" \
		duplicates
	grep -q 'named twice' "$T/named.twice"
}

# Who knows the run and number of a line does not hide it by one that costs
# nothing and is read first; every form says that something is wrong.
case_forged() {
	line=$(grep -m1 '"cost_usd":0\.[0-9]*[1-9]' "$T/log")
	forged=$(echo "${line%,\"crc\"*}" |
		sed 's/"cost_usd":[0-9.e-]*/"cost_usd":0/')
	echo "$forged}" >"$T/bare"
	python3 "$E2E/crc.py" <"$T/bare" >"$T/forged"
	own "$T/bare" "$T/forged"
	report --format json "$T/log" >"$T/json"
	report --format json "$T/bare" "$T/log" >"$T/a"
	is "$(totals <"$T/json")" "$(totals <"$T/a")" "totals with a bare line"
	is '[1,0]' "$(jq -c '[.left_out.wrong_checksum, .doubt.unlike]' \
		"$T/a")" "a bare line"
	report --format json "$T/forged" "$T/log" "$T/forged" >"$T/b"
	is "$(totals <"$T/json" | grep cost_usd)" \
		"$(totals <"$T/b" | grep cost_usd)" "cost with a forged line"
	is '[1,0]' "$(jq -c '[.doubt.unlike, .left_out.damaged]' "$T/b")" doubt
	report "$T/forged" "$T/log" | grep -q 'differs from it' ||
		fail "the text says nothing"
	report --format html "$T/forged" "$T/log" | grep -q 'differs from it' ||
		fail "the page says nothing"
	report --format csv "$T/forged" "$T/log" 2>&1 >/dev/null |
		grep -q 'differs from it' || fail "CSV says nothing"
}

# Under CGI every line is of a process of its own.
case_cgi_twice() {
	awk 'BEGIN { for (i = 0; i < 70000; i++)
		printf "{\"time\":\"2026-11-21T00:00:00Z\",\"seq\":1," \
			"\"run\":\"%08x\",\"cache\":\"miss\"}\n", i }' |
		python3 "$E2E/crc.py" >"$T/cgi"
	gzip -k "$T/cgi"
	own "$T/cgi" "$T/cgi.gz"
	report --format json "$T/cgi" "$T/cgi.gz" >"$T/json"
	is '[70000,70000,false]' "$(jq -c '[.total.requests,
		.left_out.duplicate, .doubt.forgotten]' "$T/json")" copies
}

# The end of the log first: nothing depends on the order.
case_any_order() {
	head -n 7 "$T/log" >"$T/begin"
	tail -n +8 "$T/log" >"$T/rest"
	own "$T/begin" "$T/rest"
	report --format json "$T/log" | totals >"$T/a"
	report --format json "$T/rest" "$T/begin" | totals >"$T/b"
	tac "$T/log" | report --format json - | totals >"$T/c"
	diff "$T/a" "$T/b" >&2
	diff "$T/a" "$T/c" >&2
}

case_damaged() {
	{
		head -n 5 "$T/log"
		sed -n 6p "$T/log" | cut -c1-80
		sed -n '7s/"status":200/"status":201/p' "$T/log"
		echo 'a line of something else'
		tail -n +8 "$T/log"
	} >"$T/damaged"
	own "$T/damaged"
	report --format json "$T/damaged" >"$T/json"
	is '[3,1,1,1]' "$(jq -c '.left_out | [.damaged, .torn, .foreign,
		.wrong_checksum]' "$T/json")" damage
	is $(($(wc -l <"$T/log") - 2)) "$(jq .lines "$T/json")" "lines"
}

# The logged prices once more give the logged cost; others another.
case_prices() {
	report --format json "$T/log" | jq .total >"$T/json"
	report --format json --prices "$T/prices.json" "$T/log" |
		jq .total >"$T/anew"
	diff "$T/json" "$T/anew" >&2
	sed 's/e-07/e-06/g' "$T/prices.json" >"$T/dear.json"
	own "$T/dear.json"
	report --format json --prices "$T/dear.json" --by model "$T/log" |
		jq -e '.groups[] | select(.model == "gpt-test")' >"$T/dear"
	report --format json --by model "$T/log" |
		jq -e '.groups[] | select(.model == "gpt-test")' >"$T/cheap"
	jq -e -s '.[0].cost_usd / .[1].cost_usd * 1000 | round == 10000' \
		"$T/dear" "$T/cheap" >/dev/null || fail "not ten times as dear"
}

# Whoever complains of an option says who it is.
case_who_complains() {
	for command in report simulate estimate route; do
		larder $command --bogus >"$T/out" 2>"$T/err" &&
			fail "$command --bogus is fine"
		grep -q "^larder $command: .*--bogus" "$T/err" ||
			fail "$(cat "$T/err")"
	done
	larder estimate --prices /nowhere 2>"$T/err" <"$T/log" &&
		fail "prices from nowhere"
	grep -q 'with --prices' "$T/err" && fail "$(cat "$T/err")"
	return 0
}

run_cases case_json_is_csv case_groups_add_up case_text_and_html \
	case_packed case_forged case_cgi_twice case_any_order case_damaged \
	case_prices case_who_complains
