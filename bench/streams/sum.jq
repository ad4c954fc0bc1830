# Rounds of ask's lines -> what each part came to: medians and quartiles, and
# of ratios the median of the rounds' own.
def at($q): sort | .[((length - 1) * $q) | round];
def spread: { median: at(.5), low: at(.25), high: at(.75) };
def of($row): map(select(.row == $row)) | sort_by(.round) | map(.got);
# f of a round's first row over f of its second one
def ratio(a; b; f): [a, b] | transpose | map((.[0] | f) / (.[1] | f)) | spread;
def lost: map(.lost) | add;

def ttfb:
	of("direct") as $d | of("relay") as $r | of("larder") as $l
	| def added($x): [$x, $d] | transpose
		| map(.[0].first.p50_us - .[1].first.p50_us);
	{ direct_us: ($d | map(.first.p50_us) | spread),
	  added_us: { relay: (added($r) | spread),
		      larder: (added($l) | spread) },
	  ratio: ([added($l), added($r)] | transpose | map(.[0] / .[1])
		  | spread),
	  lost: ($d + $r + $l | lost) };

def slow:
	map({ row, round, streams: .got.requests,
	  whole: .got.whole, refused: .got.refused, lost: .got.lost,
	  kb_each: (.got.full_kb / .got.requests),
	  kb_each_above_idle:
		((.got.full_kb - .got.idle_kb) / .got.requests),
	  cpu_us_each_event: (.got.cpu_us / 10),
	  event_p50_us: .got.event.p50_us, event_p99_us: .got.event.p99_us });

def stuck:
	of("idle") as $i | of("stuck") as $s
	| { idle_p99_us: ($i | map(.took.p99_us) | spread),
	    stuck_p99_us: ($s | map(.took.p99_us) | spread),
	    ratio_p99: ratio($s; $i; .took.p99_us),
	    ratio_p50: ratio($s; $i; .took.p50_us),
	    lost: ($i + $s | map(.lost + .refused) | add) };

def many:
	group_by(.row) | map({ row: .[0].row,
	  whole_a_second: (map(.got.whole / .got.seconds) | spread),
	  p50_us: (map(.got.took.p50_us) | spread),
	  p99_us: (map(.got.took.p99_us) | spread),
	  refused: (map(.got.refused) | add),
	  refused_p99_us: (map(.got.refused_in.p99_us) | spread),
	  lost: (map(.got.lost) | add) });

group_by(.part) | map({ key: .[0].part, value: . }) | from_entries
| (if .ttfb then .ttfb |= ttfb else . end)
| (if .slow then .slow |= slow else . end)
| (if .stuck then .stuck |= stuck else . end)
| (if .load then .load |= many else . end)
| (if .kept then .kept |= many else . end)
| del(.warm)
