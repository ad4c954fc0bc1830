#!/bin/sh
# The gates, the programs that judge and print them, and what the documents say
# of them agree.
set -eu
: "${srcdir:=$(cd "$(dirname "$0")/.." && pwd)}"
bench=$srcdir/bench
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "check.sh: $*" >&2; exit 1; }
command -v jq >/dev/null || exit 77

# --- The table of gates, and docs/performance.md -------------------------------

awk -F '\t' 'NR > 1 && (NF != 5 || ($3 != "<=" && $3 != ">=") ||
	$4 + 0 <= 0 || $5 + 0 <= 0 || seen[$2]++ ||
	($3 == "<=" ? $5 + 0 > $4 + 0 : $5 + 0 < $4 + 0)) {
		print "gates.tsv: " $0; bad = 1 }
	END { exit bad || NR < 10 }' "$bench/gates.tsv" >&2 || fail "bad gates"
tail -n +2 "$bench/gates.tsv" | while IFS='	' read -r _ gate sense bound aim; do
	[ "$sense" = '<=' ] && sign=≤ || sign=≥
	grep -qF "| $gate | $sign $bound | $sign $aim |" \
		"$srcdir/docs/performance.md" ||
		fail "docs/performance.md has no row: $gate $sign $bound"
done

# --- bench/hit has the rows of its gates -----------------------------------------

# larder 3, R 2, nginx and all others 1 µs.
for round in 1 2 3; do
	for row in bare:2 larder:3 nginx:1 varnish:1 far:3 local:2 long:2; do
		for kb in 2 10 100; do
			case ${row%:*} in far | local | long) set=tier ;; *) set=hit ;; esac
			printf '{"set":"%s","row":"%s","kb":%d,"connections":16,' \
				$set "${row%:*}" $kb
			printf '"round":%d,"got":{"requests":10,"seconds":1,' $round
			printf '"p50_us":1,"p99_us":2,"cpu_us":%s,' "${row#*:}"
			printf '"cpu":{"nginx":1,"memcached":0}}}\n'
		done
	done
done | jq -s --argjson skipped '{"portkey":"none here"}' \
	-f "$bench/hit/sum.jq" >"$work/sum"
jq -r -f "$bench/hit/table.jq" "$work/sum" | grep -q 'skipped: portkey' ||
	fail "hit/table.jq"
jq -r '.gates[].gate' "$work/sum" | sort >"$work/has"
awk -F '\t' '$1 == "hit" { print $2 }' "$bench/gates.tsv" | sort >"$work/wants"
diff "$work/wants" "$work/has" >&2 || fail "bench/hit has other gates"

# --- Verdicts -----------------------------------------------------------------------

printf 'bench\tgate\tsense\tbound\taim\n' >"$work/tsv"
printf 'a\tgood\t<=\t2\t1\na\tfair\t<=\t2\t1\na\tpoor\t<=\t2\t1\n' >>"$work/tsv"
printf 'a\tmore\t>=\t2\t3\na\tless\t>=\t2\t3\n' >>"$work/tsv"
printf 'a\tnone\t<=\t2\t1\nb\tgone\t<=\t2\t1\n' >>"$work/tsv"
jq -n '[["good", 1], ["fair", 2], ["poor", 2.01], ["more", 3], ["less", 1.9],
	["what", 1]]
	| map({ gate: .[0], ratio: .[1], p25: 1, p75: 2, rounds: 7 })
	+ [{ gate: "none", skipped: "no such thing" }]' >"$work/rows"
jq -n --slurpfile sum "$work/sum" '{ hit: $sum[0] }' >"$work/more"
echo '{"name":"a","rc":0,"seconds":1}' >"$work/runs"
jq -n '{ cpu: "c", cores: 2, kernel: "k", system: "s", larder: "l",
	date: "d" }' >"$work/machine"
quiet='{"load":"0 0 0","busy":1}'
jq -n --rawfile tsv "$work/tsv" --slurpfile machine "$work/machine" \
	--slurpfile runs "$work/runs" --slurpfile rows "$work/rows" \
	--slurpfile more "$work/more" --argjson before "$quiet" \
	--argjson after "$quiet" --arg quick 1 -f "$bench/judge.jq" >"$work/result"
got=$(jq -r '[.gates[].verdict] | join(", ")' "$work/result")
[ "$got" = 'aim, met, missed, aim, missed, not measured, not measured' ] ||
	fail "verdicts: $got"
jq -r -f "$bench/table.jq" "$work/result" >"$work/table"
for line in '^good .* 1  aim  (1 to 2, 7 rounds)' 'poor .* 2.01  missed' \
	'none .*not measured: no such thing' 'gone .*bench/b was not run' \
	'not in bench/gates.tsv: what' '^A smoke run'; do
	grep -q -e "$line" "$work/table" || fail "table.jq: no line $line"
done
jq -r -f "$bench/markdown.jq" "$work/result" >"$work/md"
for line in '| poor | ≤ 2 | ≤ 1 | 2.01 | 1 to 2 | 7 | missed |' \
	'| 2 | 16 | larder | 3 | 1 | 2 | 10 | 1.5 × bare |'; do
	grep -qF -e "$line" "$work/md" || fail "markdown.jq: no line $line"
done
