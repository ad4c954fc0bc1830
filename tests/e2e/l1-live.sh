#!/bin/sh
# /larder/status, /larder/metrics and `larder stats` say what the usage log
# says; behind the admin key; readable for Prometheus, and for people.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/browser.sh"

fake_start
echo admin-secret-0123456789 >"$T/admin.key"
chmod 600 "$T/admin.key"
printf '{"gpt-test": {"input_cost_per_token": 1.1e-6,
	"output_cost_per_token": 7.3e-6}}\n' >"$T/prices.json"
conf_write "s|^secret_file.*|&\nbudget_file = $T/budgets|"
cursor=$(printf 'up\177\302\23331m')
cat >>"$T/larder.conf" <<END
prices = $T/prices.json
[budget all]
limit = 1
[budget claude]
limit = 0.000001
every = month
model = claude-test
on_budget = block
[upstream $cursor]
url = $FAKE_URL/v1
[admin]
key_file = $T/admin.key
[upstream "><script>alert(1)</script>]
url = $FAKE_URL/v1
[model gpt-hostile</td>]
upstream = "><script>alert(1)</script>
END
own "$T/larder.conf" "$T/admin.key" "$T/prices.json"
door_start nginx

# Hits, misses, streams, a bypass, refusals; no costs for Claude.
for i in 1 2 3; do
	chat "question $i"
	chat "question $i"
	chat "question $i" ',"stream":true'
done
messages 'hello'
chat 'sampled' ',"temperature":1'
post /v1/chat/completions '{'
chat 'prompt-canary [[status 500]]'

look() { # PATH ACCEPT [CURL OPTION...]
	path=$1 accept=$2
	shift 2
	WHO=admin-secret-0123456789
	ask GET "$path" -H "Accept: $accept" "$@"
	WHO=sk-alice
}
metric() { awk -v m="$1" '$1 == m { print $2 }' "$T/metrics"; }
sum_of() { # MEMBER: exactly, in units of 1e-12
	sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p" "$T/usage.log" | awk -F. '{
		f = substr($2 "000000000000", 1, 12)
		n += $1 * 1000000000000 + f } END { printf "%.0f", n }'
}
pico() { awk -v v="$1" 'BEGIN { printf "%.0f", v * 1e12 }'; }

case_behind_the_key() {
	for path in /larder/status /larder/metrics; do
		WHO=sk-alice ask GET $path
		code 401
		like 'Basic*' "$(head_of www-authenticate)" WWW-Authenticate
		WHO='' ask GET $path -u admin:admin-secret-0123456789
		code 200
	done
}

case_the_same_numbers() {
	look /larder/metrics text/plain
	code 200
	is 'text/plain; version=0.0.4; charset=utf-8' \
		"$(head_of content-type)" Content-Type
	cp "$T/body" "$T/metrics"
	look /larder/status application/json
	cp "$T/body" "$T/status.json"
	larder stats --json >"$T/stats.json"
	larder stats >"$T/stats"
	for cache in local miss bypass; do
		n=$(grep -c "\"cache\":\"$cache\"" "$T/usage.log")
		is "$n" "$(metric "larder_requests_total{cache=\"$cache\"}")" \
			"$cache in metrics"
		is "$n" "$(jq ".answers_$cache" "$T/status.json")" \
			"$cache in the status"
		is "$n" "$(jq ".answers_$cache" "$T/stats.json")" \
			"$cache in stats --json"
		is "$n" "$(awk -v n="answers_$cache" '$1 == n { print $2 }' \
			"$T/stats")" "$cache in stats"
	done
	is "$(grep -c . "$T/usage.log")" "$(jq .answers "$T/status.json")" \
		"answers"
	cost=$(sum_of cost_usd)
	[ "$cost" -gt 0 ] || broken "nothing cost anything"
	is "$cost" "$(pico "$(metric larder_cost_usd_total)")" "the cost"
	is "$cost" "$(pico "$(jq .cost_usd "$T/status.json")")" "the cost"
	saved=$(sum_of saved_usd)
	[ "$saved" -gt 0 ] || broken "nothing saved anything"
	is "$saved" "$(pico "$(metric 'larder_saved_usd_total{by="cache"}')")" \
		"what was saved"
	is "$saved" "$(pico "$(jq .saved_usd "$T/status.json")")" \
		"what was saved"
	is "$(jq -s 'map(select(.attempts > 0 and
			."gen_ai.usage.output_tokens")
			."gen_ai.usage.output_tokens") | add' "$T/usage.log")" \
		"$(metric 'larder_tokens_total{type="output"}')" "output tokens"
	is 1 "$(metric larder_upstream_failures_total)" "failed calls"
}

# What was spent of a budget is what the log says, everywhere.
case_budgets() {
	spent=$(sum_of budget_usd)
	[ "$spent" -gt 0 ] || broken "nothing was spent"
	is "$spent" "$(pico "$(jq '.budgets[0].spent_usd' "$T/status.json")")" \
		"spent in the status"
	is "$spent" "$(pico "$(jq '.budgets[0].spent_usd' "$T/stats.json")")" \
		"spent in stats --json"
	is "$spent" "$(pico "$(metric \
		'larder_budget_spent_usd{budget="all",every="day"}')")" \
		"spent in metrics"
	is "$((1000000000000 - spent))" \
		"$(pico "$(jq '.budgets[0].left_usd' "$T/status.json")")" left
	like "all *everybody, * of 1 USD a day spent, * left, *renewed at *" \
		"$(grep '^all ' "$T/stats")" "larder stats"
	is 0 "$(metric 'larder_budget_blocked{budget="claude",every="month"}')" \
		"blocked in metrics"
}

case_nobody_keeps_it() {
	for path in /larder/status /larder/metrics; do
		look $path text/html
		is no-store "$(head_of cache-control)" Cache-Control
		is 'Accept, Authorization' "$(head_of vary)" Vary
	done
	look /larder/status text/html
	like "*frame-ancestors 'none'*" "$(head_of content-security-policy)" \
		Content-Security-Policy
}

# Nothing in a name moves the cursor of who looks.
case_terminals_are_safe() {
	larder stats >"$T/stats"
	grep -q '^up??31m' "$T/stats" || fail "the upstream is not there"
	! LC_ALL=C grep -q -e "$(printf '\177')" -e "$(printf '\302\233')" \
		"$T/stats" || fail "its name is as it was"
}

# Both formats, by Prometheus' own tool and its client's strict reader.
case_prometheus_reads_it() {
	look /larder/metrics 'application/openmetrics-text;version=1.0.0'
	like 'application/openmetrics-text; version=1.0.0*' \
		"$(head_of content-type)" Content-Type
	is '# EOF' "$(tail -n 1 "$T/body")" "the last line"
	cp "$T/body" "$T/open"
	look /larder/metrics '*/*'
	cp "$T/body" "$T/metrics"
	if find_program promtool >/dev/null; then
		promtool check metrics <"$T/metrics" >"$T/promtool" 2>&1 ||
			fail "promtool: $(cat "$T/promtool")"
		[ ! -s "$T/promtool" ] || fail "promtool: $(cat "$T/promtool")"
	fi
	python3 -c 'import prometheus_client' 2>/dev/null || return 0
	python3 - "$T/open" "$T/metrics" <<-'END' || fail "it is not read"
	import sys
	from prometheus_client.openmetrics import parser as o
	from prometheus_client import parser as t
	a = list(o.text_string_to_metric_families(open(sys.argv[1]).read()))
	b = list(t.text_string_to_metric_families(open(sys.argv[2]).read()))
	names = {f.name for f in a}
	assert "gen_ai_server_request_duration_seconds" in names, names
	assert len(a) == len(b) > 40, (len(a), len(b))
	END
}

case_nothing_of_prompts() {
	look /larder/status text/html
	cat "$T/open" "$T/metrics" "$T/status.json" "$T/body" >"$T/all"
	for word in prompt-canary question sk-alice admin-secret \
		"$(jq -r .tenant "$T/usage.log" | head -n 1)"; do
		! grep -qF -e "$word" "$T/all" || fail "they hold \"$word\""
	done
}

case_for_people() {
	look /larder/status 'text/html,*/*;q=0.8'
	code 200
	like 'text/html*' "$(head_of content-type)" Content-Type
	cp "$T/body" "$T/page.html"
	own "$T/page.html"
	grep -q 'Hit rate today' "$T/page.html" || fail "no hit rate"
	page_alone "$T/page.html"
}

run_cases $(sed -n 's/^\(case_[a-z_]*\)().*/\1/p' "$0")
