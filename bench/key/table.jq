# What sum.jq made, for people.
def r: . * 100 | round / 100 | tostring | if test("\\.") then . else . + ".0" end;
def lpad($n): tostring | (" " * ([$n - length, 0] | max)) + .;
def pad($n): tostring | . + (" " * ([$n - length, 0] | max));
def us: . / 10 | round / 100 | lpad(9);
def of($w): if .to_cjson then .to_cjson[$w] |
	"\(.median | r) (\(.low | r) to \(.high | r))" else "-" end;

"Microseconds of CPU, medians of \(.[0].rounds) rounds; then the median of a round's own ratios, and quartiles",
("body" | pad(9)) + ("KB" | lpad(5)) + ([("cJSON", "BLAKE2b", "scan", "view", "canon", "key", "renamed") | lpad(9)] | add)
	+ "  key / cJSON_Parse    renamed / it         BLAKE2b / it         key / BLAKE2b  arena/byte",
(.[] | (.body | pad(9)) + (.kb | lpad(5))
	+ ([.ns.cjson // 0, .ns.blake2b, .ns.scan, .ns.view, .ns.canon, .ns.key, .ns.renamed | us] | add)
	+ "  " + (of("key") | pad(21)) + (of("renamed") | pad(21)) + (of("blake2b") | pad(21))
	+ (.to_blake2b.key.median | r | pad(15))
	+ "\(.arena_per_byte.key | r) \(.arena_per_byte.renamed | r)")
