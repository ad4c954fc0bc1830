# What sum.jq made, for people.
def r: . * 100 | round / 100;
def pad($n): tostring | . + (" " * ([$n - length, 0] | max));
def lpad($n): tostring | (" " * ([$n - length, 0] | max)) + .;

.[]
| . as $cell
| "\(.kb) KB, \(.connections) connection(s), \(.rounds) rounds",
  "  \("" | pad(8)) \("CPU us" | lpad(8)) \("p50 us" | lpad(8)) \("p99 us" | lpad(9))  larder's CPU / its",
  (.rows | to_entries[]
	| "  \(.key | pad(8)) \(.value.cpu_us.median | r | lpad(8)) \(.value.p50_us.median | r | lpad(8)) \(.value.p99_us.median | r | lpad(9))  "
	+ ($cell.ratios[.key] as $x
		| if $x then "\($x.median | r) (\($x.low | r) to \($x.high | r))" else "" end)
	+ (if .value.failed > 0 then "  FAILED: \(.value.failed)" else "" end)),
  ""
