#!/bin/sh
# The price table's compiled form: made once beside the cache, used by each
# process after it (here every request is one), made anew when the table is
# another, and nothing is lost when it is damaged. No price, no cost.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

fake_start
conf_write
printf 'prices = %s\n[model gpt-new]\nupstream = fake\n' "$T/prices.json" \
	>>"$T/larder.conf"
own "$T"

table() { # INPUT PRICE: the output costs ten times as much
	printf '{"gpt-test": {"input_cost_per_token": %se-6,
		"output_cost_per_token": %se-5}}\n' "$1" "$1" >"$T/prices.new"
	mv "$T/prices.new" "$T/prices.json"
}
image=$T/cache.slab.prices
line() { tail -n 1 "$T/usage.log" | jq -r "$1"; }

# A question never asked before, and what it cost in micro-USD beside what its
# tokens do at that price.
costs() {
	chat "question $(date +%s%N)"
	[ "$CODE" = 200 ] && [ "$(line '(."gen_ai.usage.input_tokens" +
		10 * ."gen_ai.usage.output_tokens") * '"$1"' * 1e-6
		- (.cost_usd | tonumber) | fabs < 1e-12')" = true ]
}
compiled() { costs 2 && [ -f "$image" ]; }
which() { stat -c '%i %Y' "$image"; }
made_anew() { costs 3 && [ "$(which)" != "$first" ]; }
mended() { costs 3 && [ "$(wc -c <"$image")" = "$size" ]; }

case_made_once() {
	until_true 10 compiled || fail "no compiled prices: $(line .)"
	is 600 "$(stat -c %a "$image")" "its mode"
	first=$(which)
	costs 2 || fail "the bill: $(line .)"
	costs 2 || fail "the bill: $(line .)"
	is "$first" "$(which)" "the compiled prices"
}

case_another_table() {
	first=$(which) id=$(line .price_table)
	table 3
	costs 3 || fail "the bill by the new table: $(line .)"
	isnt "$id" "$(line .price_table)" "the table's name"
	until_true 10 made_anew || fail "the new table is not compiled"
	is 600 "$(stat -c %a "$image")" "its mode"
}

case_damaged() {
	size=$(wc -c <"$image")
	printf 'lrd-usd\nand so on' >"$image"
	until_true 10 mended || fail "not mended: $(line .)"
	: >"$image"
	costs 3 || fail "the bill without it: $(line .)"
	rm "$image"
	until_true 10 mended || fail "not made again"
}

case_no_price() {
	post /v1/chat/completions '{"model":"gpt-new","messages":[
		{"role":"user","content":"what for?"}]}'
	code 200
	is null "$(line .cost_usd)" "the cost of a model without a price"
}

table 2
own "$T/prices.json"
door_start apache-cgi
run_cases case_made_once case_another_table case_damaged case_no_price
