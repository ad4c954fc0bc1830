# What sum.jq made, for people.
def r: if . >= 100 then round else . * 100 | round / 100 end;
def pad($n): tostring | . + (" " * ([$n - length, 0] | max));
def lpad($n): tostring | (" " * ([$n - length, 0] | max)) + .;
def ratio: "\(.ratio | r) (\(.p25 | r) to \(.p75 | r))";

(.cells[]
| "\(.kb) KB, \(.connections) connection(s), \(.rounds) rounds"
	+ (if .set == "tier" then ", each question another one" else "" end),
  "  \("" | pad(8)) \("CPU us" | lpad(8)) \("p50 us" | lpad(8)) \("p99 us" | lpad(8)) \("a second" | lpad(9))  \("CPU / " + .base | pad(22)) whose CPU",
  (.rows[]
	| "  \(.row | pad(8)) \(.cpu_us.median | r | lpad(8)) \(.p50_us.median | r | lpad(8)) \(.p99_us.median | r | lpad(8)) \(.per_second.median | round | lpad(9))  "
	+ (.ratio | ratio | pad(22))
	+ " " + (.cpu | to_entries | map("\(.key) \(.value | r)") | join(", "))),
  ""),
(.notes[] | "\(.note): \(ratio)"),
(.skipped | to_entries[] | "skipped: \(.key) (\(.value))")
