# The gates of gates.tsv ($tsv) with what was measured of each ($rows[0]), and
# all else that `make bench` keeps. A verdict is aim, met, missed or not
# measured.
def against($sense; $bound):
	if $sense == "<=" then .ratio <= $bound else .ratio >= $bound end;
def why($bench):
	first($runs[] | select(.name == $bench)) // null
	| if . == null then "bench/\($bench) was not run"
	  elif .rc == 77 then "bench/\($bench) was skipped"
	  elif .rc != 0 then "bench/\($bench) failed"
	  else "bench/\($bench) said nothing of it" end;
def row: split("\t") | { bench: .[0], gate: .[1], sense: .[2],
	bound: (.[3] | tonumber), aim: (.[4] | tonumber) };

($tsv | split("\n")[1:] | map(select(. != "") | row)) as $gates
| { machine: $machine[0], quick: ($quick != ""), before: $before,
    after: $after, runs: $runs,
    gates: [ $gates[] as $g
	| (first($rows[0][] | select(.gate == $g.gate)) // {}) as $got
	| $g + $got
	| .verdict = if .ratio == null then "not measured"
		elif against(.sense; $g.aim) then "aim"
		elif against(.sense; $g.bound) then "met"
		else "missed" end
	| if .ratio == null then .skipped //= why($g.bench) else . end ],
    unknown: [ $rows[0][].gate
	| select(. as $name | all($gates[]; .gate != $name)) ],
    more: $more[0] }
