# Rounds of hit's lines -> cells (rows of one size and number of connections,
# with medians, quartiles and their ratios to the cell's first row) and gates.
# A ratio is the median of the rounds' own: neighbours in time. $skipped: row
# -> why it was not measured.
def at($q): sort | .[((length - 1) * $q) | round];
def spread: { median: at(.5), p25: at(.25), p75: at(.75) };
def by_round(f): map({ key: (.round | tostring), value: (.got | f) })
	| from_entries;

# The rounds' own ratios of f of row $a to that of $b.
def pairs($a; $b; $kb; $connections; f):
	[.[] | select(.kb == $kb and .connections == $connections)]
	| (map(select(.row == $b)) | by_round(f)) as $of
	| [.[] | select(.row == $a and $of[.round | tostring])
		| (.got | f) / $of[.round | tostring]];
def ratio($a; $b; $kb; $connections; f):
	pairs($a; $b; $kb; $connections; f)
	| if length == 0 then null else
		{ ratio: at(.5), p25: at(.25), p75: at(.75), rounds: length } end;
def gate($name; $a; $b; $kb):
	{ gate: $name }
	+ (ratio($a; $b; $kb; 16; .cpu_us)
		// { skipped: ($skipped[$a] // $skipped[$b] // "no such row") });
def note($what; $a; $b; $connections; f):
	ratio($a; $b; 2; $connections; f) | select(.) | { note: $what } + .;
def alone: .cpu_us - .cpu.memcached;

. as $all
| { cells: (group_by([.kb, .connections, .set]) | map(
	. as $cell
	| .[0] as $one
	| (if $one.set == "tier" then "local" else "bare" end) as $base
	| { kb: $one.kb, connections: $one.connections, set: $one.set,
	    base: $base, rounds: (map(.round) | max),
	    rows: (group_by(.row) | map({
		row: .[0].row,
		cpu_us: (map(.got.cpu_us) | spread),
		cpu: (.[0].got.cpu | keys_unsorted),
		p50_us: (map(.got.p50_us) | spread),
		p99_us: (map(.got.p99_us) | spread),
		per_second: (map(.got.requests / .got.seconds) | spread) }
		+ { cpu: ([.[0].got.cpu | keys_unsorted[]] as $names | . as $rows
			| [$names[] as $k | { key: $k,
				value: ($rows | map(.got.cpu[$k]) | at(.5)) }]
			| from_entries),
		    ratio: (.[0].row as $row | $cell
			| ratio($row; $base; $one.kb; $one.connections;
				.cpu_us)) })) })),
    gates: [
	gate("2 KB hit, CPU / R"; "larder"; "bare"; 2),
	gate("2 KB hit, CPU / nginx proxy_cache POST hit"; "larder"; "nginx"; 2),
	gate("10 KB hit, CPU / R"; "larder"; "bare"; 10),
	gate("100 KB hit, CPU / R"; "larder"; "bare"; 100),
	gate("100 KB hit, CPU / Varnish"; "larder"; "varnish"; 100),
	gate("memcached-tier hit, CPU / local hit"; "far"; "local"; 2),
	gate("Portkey gateway, CPU / 2 KB hit"; "portkey"; "larder"; 2) ],
    notes: [
	note("memcached-tier hit, p50 at 1 connection / local hit"; "far";
		"local"; 1; .p50_us),
	note("the same, CPU at 1 connection"; "far"; "local"; 1; .cpu_us),
	note("the same, CPU without memcached's own"; "far"; "local"; 16; alone),
	note("the same, CPU / local hit past the memo"; "far"; "long"; 16;
		.cpu_us),
	note("2 KB hit, p50 at 1 connection / R"; "larder"; "bare"; 1; .p50_us),
	note("2 KB hit, p99 at 16 connections / R"; "larder"; "bare"; 16;
		.p99_us),
	note("LiteLLM proxy, CPU of a hit / 2 KB hit"; "litellm"; "larder"; 16;
		.cpu_us) ],
    skipped: $skipped }
