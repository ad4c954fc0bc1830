# The sums of a log by day and model. The members are found by their names;
# numbers are doubles, as awk has no others.
function text(name,    at, rest) {
	at = index($0, "\"" name "\":\"")
	if (!at)
		return ""
	rest = substr($0, at + length(name) + 4, 200)
	return substr(rest, 1, index(rest, "\"") - 1)
}
function number(name,    at) {
	at = index($0, "\"" name "\":")
	return at ? substr($0, at + length(name) + 3, 24) + 0 : 0
}
{
	k = substr(text("time"), 1, 10) "," text("gen_ai.request.model")
	n[k]++
	cache = text("cache")
	if (cache == "miss" || cache == "bypass") {
		input[k] += number("gen_ai.usage.input_tokens")
		output[k] += number("gen_ai.usage.output_tokens")
	}
	cost[k] += number("cost_usd")
	saved[k] += number("saved_usd")
}
END {
	for (k in n)
		printf "%s,%d,%d,%d,%.6f,%.6f\n", k, n[k], input[k], output[k],
			cost[k], saved[k] | "sort"
}
