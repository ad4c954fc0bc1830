#!/bin/sh
# larder simulate and larder estimate go by the log that larder itself wrote.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

fake_start
conf_write
jq '."gpt-test" = ."gpt-4.1"' "$srcdir/data/prices.json" >"$T/prices.json"
echo "prices = $T/prices.json" >>"$T/larder.conf"
own "$T"
door_start nginx

# Two tenants, four questions, one of them of both.
ask_as() { # KEY TEXT
	WHO=$1
	chat "$2"
	is 200 "$CODE" "$2"
}
for q in one two one three one two; do ask_as sk-alice "$q"; done
for q in four one four; do ask_as sk-bob "$q"; done
logged() { [ "$(wc -l <"$T/usage.log")" -ge 9 ]; }
until_true 10 logged || fail "the log is short of lines"

# --- What was, by simulate and by the log itself --------------------------
larder simulate --format csv "$T/usage.log" >"$T/csv"
cell() { # WHAT COLUMN
	awk -F, -v what="$1" -v want="$2" 'NR == 1 {
		for (i = 1; i <= NF; i++) if ($i == want) at = i }
		$1 == what { print $at; exit }' "$T/csv"
}
sum() { jq -n "[inputs | .$1 // 0] | add * 1e12 | round" "$T/usage.log"; }
pico() { awk -v usd="$1" 'BEGIN { printf "%.0f", usd * 1e12 }'; }

is 9 "$(cell actual requests)" "requests"
is 4 "$(cell actual hits)" "hits"
is "$(sum cost_usd)" "$(pico "$(cell actual bill_usd)")" "the bill"
is "$(sum saved_usd)" "$(pico "$(cell actual saved_usd)")" "what was saved"
[ "$(sum cost_usd)" -gt 0 ] || fail "nothing has a price"

# A cache without end would have done the same; without one there is the bill
# and what was saved.
is 4 "$(awk -F, '$1 == "ttl" && $5 == "" { print $7 }' "$T/csv")" "for ever"
is $(($(sum cost_usd) + $(sum saved_usd))) "$(pico "$(cell none bill_usd)")" \
	"without a cache"
larder simulate --format json "$T/usage.log" | jq -e '
	.requests == 9 and .questions == 5 and .tenants == 2 and
	.damaged == 0 and .guessed_sizes == 0 and
	(.rows | map(select(.what == "scope")) | .[1].hits >= .[0].hits + 1)
	' >"$T/out" || fail "the JSON of simulate"
larder simulate "$T/usage.log" >"$T/text"
grep -q '^as it was     44.44 ' "$T/text" || fail "the text of simulate"
# The same lines again, as a rotated log and its packed copy have them, change
# nothing; nor does the seed, as long as all questions are followed.
gzip -c "$T/usage.log" >"$T/usage.log.1.gz"
larder simulate --format csv --seed 7 "$T/usage.log.1.gz" "$T/usage.log" \
	>"$T/csv.twice"
cmp "$T/csv" "$T/csv.twice" || fail "a copy of the log counts again"
larder simulate --sizes 12X "$T/usage.log" >"$T/out" 2>&1 && fail "12X"
! larder simulate "$T/none" >"$T/out" 2>&1 || fail "a log that is not there"
! larder simulate /dev/null >"$T/out" 2>&1 || fail "a log without a line"

# --- A month --------------------------------------------------------------
larder estimate --from --format json "$T/usage.log" | jq -e '
	.models[-1] | .model == "TOTAL" and .hit_percent == 44.44 and
	.bill_usd > 0 and .without_usd > .bill_usd' >"$T/out" ||
	fail "estimate --from"
larder estimate --from "$T/usage.log" >"$T/text"
larder estimate --from "$T/usage.log" "$T/usage.log.1.gz" >"$T/text.twice"
is "$(sed '/^$/,$d' "$T/text")" "$(sed '/^$/,$d' "$T/text.twice")" "a month"
grep -q "(9 lines, 9 there before)" "$T/text.twice" || fail "no word of copies"
larder estimate --scenarios --prices "$T/prices.json" --format csv >"$T/csv"
is 4 "$(wc -l <"$T/csv")" "scenarios"
for published in 68.20 74.50 58.70; do
	grep -q ",$published," "$T/csv" || fail "$published is not there"
done
larder estimate --config "$T/larder.conf" --model gpt-4.1 --requests 300000 \
	--system 1200 --input 45 --output 150 --hit-rate 82 >"$T/text"
grep -q '^saved of full price' "$T/text" || fail "estimate"
if larder estimate --from --model gpt-4.1 "$T/usage.log" >"$T/out" 2>&1; then
	fail "a model for a log"
fi
if larder estimate --price 1,2 --requests many >"$T/out" 2>&1; then
	fail "many requests"
fi
