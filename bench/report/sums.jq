# The sums of a log by day and model.
reduce inputs as $l ({};
	($l.time[:10] + "," + $l["gen_ai.request.model"]) as $k
	| ($l.cache == "miss" or $l.cache == "bypass") as $asked
	| .[$k] |= [
		(.[0] // 0) + 1,
		(.[1] // 0) + if $asked then
			$l["gen_ai.usage.input_tokens"] // 0 else 0 end,
		(.[2] // 0) + if $asked then
			$l["gen_ai.usage.output_tokens"] // 0 else 0 end,
		(.[3] // 0) + ($l.cost_usd // 0),
		(.[4] // 0) + ($l.saved_usd // 0)])
| to_entries | sort_by(.key)[]
| .key + "," + (.value | map(tostring) | join(","))
