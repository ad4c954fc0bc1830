#!/bin/sh
# The real clients and the money: what each call used and cost is in the log
# once, `larder report` has the sum, and a spent budget is what each client
# takes for a limit.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/sdk.sh"

fake_start
cat >"$T/prices.json" <<'END'
{"gpt-test": {"input_cost_per_token": 1e-6, "output_cost_per_token": 4e-6,
	"cache_read_input_token_cost": 1e-7},
 "claude-test": {"input_cost_per_token": 1e-6, "output_cost_per_token": 4e-6,
	"cache_read_input_token_cost": 1e-7}}
END
conf_write "s|^provider = openai|&\nmodels = any|
	s|^secret_file.*|&\nbudget_file = $T/budgets|
	s|^path = .*usage.*|&\nprices = $T/prices.json|"
own "$T"
door_start nginx
LOG=$T/usage.log
export LOG
node_test ledger ledger.test.mjs
# Of ten clients, four forms each, and openai's own two calls.
is 3528 "$(jq -s 'map(.cost_usd // 0) | add * 100000 | round' "$LOG")" \
	"the sum, in 1e-5 USD"
is 0.03528 "$(larder report --format json "$LOG" | jq .total.cost_usd)" \
	"the sum of the report"
door_stop

cat >>"$T/larder.conf" <<END
[budget each]
limit = 0.00001
per_tenant = yes
on_budget = block
END
door_start nginx
KEY=sk-poor node_test budget budget.test.mjs
