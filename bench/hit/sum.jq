# Rounds of hit's lines -> each row's medians, and its ratio to each other row
# of the same size and number of connections: the median of the rounds' own
# ratios, with the first and third quartile.
def at($q): sort | .[((length - 1) * $q) | round];
def spread: { median: at(.5), low: at(.25), high: at(.75) };
def cell: [.kb, .connections];

. as $all
| group_by(cell)
| map(. as $cell
	| (group_by(.row) | map({ key: .[0].row, value: . }) | from_entries)
	as $rows
	| { kb: .[0].kb, connections: .[0].connections,
	    rounds: (map(.round) | max),
	    rows: ($rows | map_values({
		cpu_us: (map(.got.cpu_us) | spread),
		p50_us: (map(.got.p50_us) | spread),
		p99_us: (map(.got.p99_us) | spread),
		failed: (map(.got.failed) | add) })),
	    ratios: ($rows | del(.larder) | map_values(
		map({ key: (.round | tostring), value: .got.cpu_us })
		| from_entries
		| . as $other
		| [$rows.larder[] | .got.cpu_us / $other[.round | tostring]]
		| spread)) })
