# Rounds of cgi's lines -> each row's medians, and its ratio to the static
# program: the median of the rounds' own ratios, with the first and third
# quartile. Round 0 warmed up.
def at($q): sort | .[((length - 1) * $q) | round];
def spread: { median: at(.5), low: at(.25), high: at(.75) };

map(select(.round > 0))
| (map(select(.row == "static") | { key: (.round | tostring), value: . })
	| from_entries) as $floor
| group_by(.row)
| map({ row: .[0].row, rounds: length, times: .[0].times,
	failed: (map(.failed) | add),
	cpu_us: (map(.cpu_us) | spread), wall_us: (map(.wall_us) | spread),
	faults: (map(.faults) | at(.5)),
	cpu_ratio: (map(.cpu_us / $floor[.round | tostring].cpu_us) | spread),
	wall_ratio: (map(.wall_us / $floor[.round | tostring].wall_us)
		| spread) })
| sort_by(.cpu_ratio.median)
