# What `make bench` kept, as the tables of docs/performance.md.
def r: if . >= 100 then round else . * 100 | round / 100 end;
def sense: if . == "<=" then "≤" else "≥" end;
def spread: "\(.p25 | r) to \(.p75 | r)";
def line: "| " + (map(tostring) | join(" | ")) + " |";
def load: "\(.load) and \(.busy) % of the cores busy";

.machine as $m
| "\($m.date), larder \($m.larder), on \($m.cores) cores of \($m.cpu), Linux \($m.kernel), \($m.system); "
	+ ([ "nginx", "varnish", "memcached" ] | map(select($m[.]) | "\(.) \($m[.])")
		| join(", "))
	+ ". Load before: \(.before | load); after: \(.after | load).",
"",
"| | gate | aim | measured | quartiles | rounds | |",
"| --- | --- | --- | --- | --- | --- | --- |",
(.gates[] | (.sense | sense) as $s
| [ .gate, "\($s) \(.bound)", "\($s) \(.aim)" ]
	+ if .ratio == null then [ "-", "-", "-", "not measured: \(.skipped)" ]
	  else [ (.ratio | r), spread, .rounds, .verdict ] end
| line),
(.more.hit // empty
| "",
  "| KB | connections | | CPU µs | p50 µs | p99 µs | a second | CPU ratio | quartiles | whose CPU, µs |",
  "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
  (.cells[] | . as $c | .rows[]
  | [ $c.kb, $c.connections, .row, (.cpu_us.median | r), (.p50_us.median | r),
	(.p99_us.median | r), (.per_second.median | round),
	"\(.ratio.ratio | r) × \($c.base)", (.ratio | spread),
	(.cpu | to_entries | map("\(.key) \(.value | r)") | join(", ")) ]
  | line),
  "",
  "| | ratio | quartiles |",
  "| --- | --- | --- |",
  (.notes[] | [ .note, (.ratio | r), spread ] | line),
  (.skipped | to_entries[] | "", "Skipped: \(.key) (\(.value))."))
