#!/bin/sh
# Three published scenarios as runs: so many requests, of which so many repeat
# an earlier one, are asked of a scripted provider, and then the same of larder
# behind nginx in front of it. The provider keeps the beginnings of prompts by
# OpenAI's published rules (tests/fake/kept.h), which lowers both bills; the
# prices are those of data/prices.json. From a build directory:
#     make check TESTS= && LARDER=$PWD/larder builddir=$PWD \
#         sh ../../bench/scenarios/run.sh
# REQUESTS (4000) and SEED (1) may be set. Fails when larder saves less of the
# full price than the share of requests that are repeats, or half a point less
# of what the provider's own cache has left of it (which keeps four system
# prompts from their second use on, with larder or without).
srcdir=${srcdir:-$(dirname "$0")/../..}
. "$srcdir/tests/e2e/lib.sh"
. "$E2E/doors.sh"

: "${REQUESTS:=4000}" "${SEED:=1}"

# Name, repeats in percent, tokens of the system prompt, what was published
# for another cache.
scenarios='deepseek-v3.2 75 600 68.2
gpt-4.1 82 1200 74.5
gemini-2.5-flash 65 400 58.7'

printf '#!/bin/sh\nexec "%s" --prompt-cache "$@"\n' "$FAKE_LLM" >"$T/bin/keeps"
chmod 755 "$T/bin/keeps"
FAKE_LLM=$T/bin/keeps
fake_start
cp "$srcdir/data/prices.json" "$T/prices.json"
conf_write 's/^size = .*/size = 64M/'
cat >>"$T/larder.conf" <<-END
prices = $T/prices.json
[upstream others]
provider = compatible
url = $FAKE_URL/v1
[model deepseek-v3.2]
upstream = others
[model gemini-2.5-flash]
upstream = others
[model gpt-4.1]
upstream = fake
END
own "$T"
door_start nginx

# ask_all URL LIST: the lines of LIST, eight at a time; answers in $T/answers.
ask_all() {
	rm -rf "$T/answers"
	mkdir "$T/answers"
	awk -v url="$1/v1/chat/completions" -v out="$T/answers/" '{
		if (NR > 1)
			print "next"
		printf "url = \"%s\"\ndata-binary = \"@%s\"\noutput = \"%s%06d\"\n",
			url, $2, out, NR
		print "header = \"Authorization: Bearer sk-alice\""
		print "header = \"Content-Type: application/json\""
		print "fail"
	}' "$2" >"$T/curl.conf"
	curl -s --no-progress-meter --parallel --parallel-max 8 -K "$T/curl.conf" ||
		fail "some requests were not answered"
}

# Whole answers are to the question that was asked.
check_answers() { # LIST
	wrong=$(awk -v dir="$T/answers/" '
		FILENAME == ARGV[1] {
			if ($2 !~ /stream/)
				want[sprintf("%s%06d", dir, FNR)] = $1
			next
		}
		FILENAME in want { if (index($0, want[FILENAME])) good++ }
		END { for (f in want) all++; print all - good }
	' "$1" "$T"/answers/*)
	is 0 "$wrong" "wrong answers"
}

# What the provider asks for the answers that lie there: in all, and as if it
# kept no prompts.
price_answers() { # MODEL
	cat "$T"/answers/* | jq -n --slurpfile prices "$T/prices.json" --arg m "$1" '
		$prices[0][$m] as $p
		| ($p.cache_read_input_token_cost // $p.input_cost_per_token) as $read
		| reduce inputs.usage as $u ([0, 0];
			$u.prompt_tokens_details.cached_tokens as $c
			| ($u.prompt_tokens * $p.input_cost_per_token
			   + $u.completion_tokens * $p.output_cost_per_token) as $full
			| [.[0] + $full - $c * ($p.input_cost_per_token - $read),
			   .[1] + $full])
		| "\(.[0]) \(.[1])"' -r
}

log_sum() { # MEMBER, of the lines from number $first on
	tail -n "+$first" "$T/usage.log" | jq -n "[inputs | .$1 // 0 | tonumber] | add"
}

percent() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", 100 * (1 - a / b) }'; }

run() { # MODEL REPEATS SYSTEM PUBLISHED
	mkdir "$T/$1"
	awk -v n="$REQUESTS" -v repeats="$2" -v tokens="$3" -v model="$1" \
		-v seed="$SEED" -v dir="$T/$1" \
		-f "$srcdir/bench/scenarios/requests.awk" >"$T/$1.list"
	sed 's/\.[a-z]*\.json$/.plain.json/' "$T/$1.list" >"$T/$1.plain"

	curl -s "$FAKE_URL/fake/reset" >"$T/out"
	ask_all "$FAKE_URL" "$T/$1.plain"
	check_answers "$T/$1.plain"
	set -- "$@" $(price_answers "$1")

	curl -s "$FAKE_URL/fake/reset" >"$T/out"
	first=$(($(wc -l <"$T/usage.log" 2>/dev/null || echo 0) + 1))
	ask_all "$BASE" "$T/$1.list"
	check_answers "$T/$1.list"
	until_true 10 logged || fail "the log is short of lines"
	bill=$(log_sum cost_usd)
	full=$(percent "$bill" "$6") left=$(percent "$bill" "$5")
	printf '%-17s %3d %6d %6d %9s %9s %9s %8s %8s %6s\n' "$1" "$2" "$3" \
		"$(fake_count)" "$(dollars "$6")" "$(dollars "$5")" \
		"$(dollars "$bill")" "$full" "$left" "$4"
	rm -rf "${T:?}/$1"
	awk -v f="$full" -v l="$left" -v r="$2" \
		'BEGIN { exit !(f >= r && l >= r - 0.5) }' || short=1
}
logged() {
	[ "$(tail -n "+$first" "$T/usage.log" | wc -l)" -ge "$REQUESTS" ]
}
dollars() { awk -v d="$1" 'BEGIN { printf "%.5f", d }'; }

echo "$REQUESTS requests each, seed $SEED: 4 system prompts, questions of 45"
echo 'tokens, answers of 150. The bill in dollars: at full prices, with the'
echo "provider's own cache, with larder; what larder saves of the two, in percent."
printf '%-17s %3s %6s %6s %9s %9s %9s %8s %8s %6s\n' model rep system calls \
	full provider larder of-full of-prov. publ.
short=0
echo "$scenarios" >"$T/scenarios"
while read -r model repeats system published <&3; do
	run "$model" "$repeats" "$system" "$published"
done 3<"$T/scenarios"
exit $short
