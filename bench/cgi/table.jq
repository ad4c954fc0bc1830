# What sum.jq made, for people.
def r: . * 100 | round / 100 | tostring;
def pad($n): . + (" " * ([$n - length, 0] | max));
def lpad($n): tostring | (" " * ([$n - length, 0] | max)) + .;
def of: "\(.median | r) (\(.low | r) to \(.high | r))";

"\(.[0].rounds) rounds of \(.[0].times); ratios to the static program",
("" | pad(12)) + ("CPU us" | lpad(8)) + ("wall us" | lpad(9))
	+ ("faults" | lpad(8)) + "  " + ("CPU ratio" | pad(24)) + "wall ratio",
(.[] | (.row | pad(12)) + (.cpu_us.median | round | lpad(8))
	+ (.wall_us.median | round | lpad(9)) + (.faults | round | lpad(8))
	+ "  " + (.cpu_ratio | of | pad(24)) + (.wall_ratio | of)
	+ (if .failed > 0 then "  FAILED: \(.failed)" else "" end))
