# What sum.jq made -> the gates of it (bench/README.md). $rounds: of all parts
# but the slow one. A figure that lost streams is none. Memory is all of the
# workers': what is above idle would count next to nothing in a second round,
# which finds the first one's.
def gate($name): { gate: $name } + .;
def spread: { ratio: .median, p25: .low, p75: .high, rounds: $rounds };
def kept(f): if .lost > 0 then { skipped: "\(.lost) were lost" } else f end;
def at($q): sort | .[((length - 1) * $q) | round];

[ (.ttfb // empty | kept(.ratio | spread)
	| gate("added time to first byte / libcurl relay")),
  (.slow // empty | map(select(.row == "larder")) | select(length > 0)
	| { lost: (map(.lost + .refused) | add), kb: map(.kb_each) }
	| kept(.kb | { ratio: at(.5), p25: at(.25), p75: at(.75),
		rounds: length })
	| gate("worker PSS per slow stream of 1000, KB")),
  (.stuck // empty | kept(.ratio_p99 | spread)
	| gate("hits\u0027 p99, upstream slots stuck / idle")) ]
