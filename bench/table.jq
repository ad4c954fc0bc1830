# The gates of what `make bench` kept, for people.
def pad($n): tostring | . + (" " * ([$n - length, 0] | max));
def lpad($n): tostring | (" " * ([$n - length, 0] | max)) + .;
def r: if . >= 100 then round else . * 1000 | round / 1000 end;
def bound($sense): "\($sense) \(.)";
def quiet: "load \(.load), \(.busy) % busy";

.machine as $m
| "",
"\($m.cpu), \($m.cores) cores, Linux \($m.kernel), \($m.system)",
([ "larder", "nginx", "varnish", "memcached" ]
	| map(select($m[.]) | "\(.) \($m[.])") | join(", ")),
"before: \(.before | quiet); after: \(.after | quiet)",
([ .runs[] | "\(.name) \(.seconds) s"
	+ if .rc == 0 then "" elif .rc == 77 then " (skipped)"
	  else " (FAILED)" end ] | join(", ")),
"",
"\("gate" | pad(45)) \("bound" | lpad(7)) \("aim" | lpad(7)) \("measured" | lpad(9))",
(.gates[]
| "\(.gate | pad(45)) \(.bound as $b | .sense as $s | $b | bound($s) | lpad(7)) \(.aim as $b | .sense as $s | $b | bound($s) | lpad(7)) "
	+ if .ratio == null then "        -  not measured: \(.skipped)"
	  else "\(.ratio | r | lpad(9))  \(.verdict)  (\(.p25 | r) to \(.p75 | r), \(.rounds) rounds)" end),
(.unknown[] | "not in bench/gates.tsv: \(.)"),
(if .quick then "A smoke run: the figures mean nothing." else empty end)
