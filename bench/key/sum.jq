# Rounds of key's lines -> for each body and size the median of each way, and
# of its ratios to cJSON_Parse and to BLAKE2b in the same round, with the first
# and third quartile.
def at($q): sort | .[((length - 1) * $q) | round];
def spread: { median: at(.5), low: at(.25), high: at(.75) };
def beside($other): map(.ns as $n | select($n[$other]) |
	$n | map_values(. / $n[$other])) |
	if length == 0 then null else
		. as $all | .[0] | with_entries(.key as $w |
			.value = ($all | map(.[$w]) | spread)) end;

to_entries | map(.value + { at: .key })
| group_by([.body, .kb]) | sort_by(.[0].at)
| map({ body: .[0].body, kb: .[0].kb, bytes: .[0].bytes, rounds: length,
	ns: (. as $all | .[0].ns | with_entries(.key as $w |
		.value = ($all | map(.ns[$w]) | at(.5)))),
	to_cjson: beside("cjson"), to_blake2b: beside("blake2b"),
	arena_per_byte: (.[0].bytes as $n | .[0].arena | map_values(. / $n)) })
