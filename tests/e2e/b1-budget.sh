#!/bin/sh
# Budgets through a web server: who is refused, how, and who is told; also
# across processes, a restart, a lost cache, and as CGI.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

fake_start hook
HOOK=$FAKE_URL/fake/hook
DEAD=http://127.0.0.1:$(sed -n 's/^refusing //p' "$T/hook.log")/hook
fake_start
# The price of what is asked below: 1 USD a call.
cat >"$T/prices.json" <<'END'
{"gpt-test": {"input_cost_per_token": 0, "output_cost_per_token": 0.001},
 "claude-test": {"input_cost_per_token": 0, "output_cost_per_token": 0.001}}
END
cat >"$T/told.sh" <<'END'
#!/bin/sh
cat >"$1.tmp.$$"
echo >>"$1.tmp.$$"
cat "$1.tmp.$$" >>"$1"
END
chmod 755 "$T/told.sh"
conf_write "s|^secret_file.*|&\nbudget_file = $T/budgets|
	s|^path = .*usage.*|&\nprices = $T/prices.json|"
cat >>"$T/larder.conf" <<END
[budget each]
limit = 3
per_tenant = yes
on_budget = block
alarm_at = 50%, 100%
reserve_tokens = 10
[budget month]
limit = 1000
every = month
alarm_at = 5
[alarm]
webhook = $HOOK
command = $T/told.sh $T/told
END
own "$T"
door_start nginx

ask_for() { chat "$1 [[out 1000]]" ',"max_tokens":1000'; }
told() { [ -f "$T/told" ] && [ "$(wc -l <"$T/told")" -ge "$1" ]; }
# Two alarms may be told at once.
sorted() { sort -n | xargs; }
# What the webhook was sent.
hooks() { jq -r '.body | fromjson | .alarm_at' "$T/hook.requests.log"; }
hooked() { [ "$(hooks | wc -l)" -ge "$1" ]; }

case_blocks() {
	for i in 1 2 3; do
		ask_for "blocks $i"
		code 200
	done
	calls_mark
	ask_for "blocks 4"
	code 429
	refused_as openai
	is budget_exceeded "$(jq -r .error.code "$T/body")" code
	is false "$(head_of x-should-retry)" x-should-retry
	like 'The budget each is spent: 3 of 3 USD a day*' \
		"$(jq -r .error.message "$T/body")" message
	messages "blocks 5"
	code 429
	refused_as anthropic
	is 0 "$(calls)" "calls made"
	ask_for "blocks 1"
	hit
}

case_tells_once() {
	until_true 10 told 2 || fail "the command was not run"
	until_true 10 hooked 2 || fail "the webhook was not called"
	is '50% 100%' "$(hooks | sorted)" "alarms, each once"
	is 'POST application/json' "$(head -n 1 "$T/hook.requests.log" |
		jq -r '.method + " " + .headers["content-type"]')" "the call"
	! grep -q -e alice -e blocks -e authorization "$T/hook.requests.log" ||
		fail "the webhook hears too much"
	is '50% 100%' "$(jq -r .alarm_at "$T/told" | sorted)" "alarms"
	is '2 3' "$(jq -r .spent_usd "$T/told" | sorted)" "spent"
	! grep -q -e alice -e blocks "$T/told" || fail "it says too much"
	is 2 "$(grep -c 'alarm {"event":"budget"' "$T/larder.log")" "lines"
}

case_others_go_on() {
	WHO=sk-bob
	ask_for "others 1"
	code 200
}

# The log and the book say the same.
case_log() {
	is 4 "$(jq -s 'map(.budget_usd // 0) | add' "$T/usage.log")" "log"
}

case_restart() {
	stop larder
	rm -f "$T/cache.slab"
	serve_start
	ask_for "restart"
	code 429
}

as_cgi() { # CONF TEXT
	q='{"model":"gpt-test","messages":[{"role":"user","content":"'$2'"}]}'
	# shellcheck disable=SC2086
	printf '%s' "$q" | $AS env GATEWAY_INTERFACE=CGI/1.1 \
		REQUEST_METHOD=POST REQUEST_URI=/v1/chat/completions \
		CONTENT_TYPE=application/json CONTENT_LENGTH=${#q} \
		HTTP_AUTHORIZATION="Bearer $WHO" LARDER_CONF="$1" \
		"$LARDER" >"$T/cgi" 2>"$T/cgi.log"
}

case_cgi() {
	as_cgi "$T/larder.conf" cgi
	grep -q '^Status: 429' "$T/cgi" || fail "as CGI: $(head -n 1 "$T/cgi")"
}

# A process that ends hears first what became of its alarms.
case_cgi_tells() {
	for hook in "$HOOK" "$DEAD"; do
		sed -e "s|^webhook = .*|webhook = $hook|" -e '/^command/d' \
			-e "s|^budget_file = .*|&.cgi|" \
			-e 's/^limit = 3/limit = 1/' \
			"$T/larder.conf" >"$T/cgi.conf"
		own "$T/cgi.conf"
		rm -f "$T/budgets.cgi"
		as_cgi "$T/cgi.conf" "[[out 1000]] $hook"
		grep -q '^Status: 200' "$T/cgi" ||
			fail "as CGI: $(head -n 1 "$T/cgi")"
		[ "$hook" = "$HOOK" ] || break
		until_true 10 hooked 4 || fail "the webhook was not called"
		! grep -q 'not told' "$T/cgi.log" || fail "it was told"
	done
	grep -q 'webhook: ' "$T/cgi.log" || fail "nothing of the webhook"
	is 2 "$(grep -c 'alarm not told: budget each, tenant' "$T/cgi.log")" \
		"alarms that were not told"
}

raised() { ask_for "raised $(now_ms)" && [ "$CODE" = 200 ]; }

case_reload() {
	sed -i 's/^limit = 3/limit = 5/' "$T/larder.conf"
	kill -HUP "$(pid_of larder)"
	until_true 10 raised || fail "the new limit is not taken"
}

# say_to WEBHOOK BUDGET: a new budget, and who is told of it.
say_to() {
	sed -i "s|^webhook = .*|webhook = $1|" "$T/larder.conf"
	[ -z "$2" ] || printf '[budget %s]\nlimit = 1000\nalarm_at = 1\n' "$2" \
		>>"$T/larder.conf"
	kill -HUP "$(pid_of larder)"
}
noted() { # BUDGET
	WHO=sk-carol raised
	grep -q 'alarm {.*"budget":"'"$1"'"' "$T/larder.log"
}
heard_of() { # BUDGET
	WHO=sk-dora ask_for "heard $(now_ms)"
	jq -r .body "$T/hook.requests.log" | grep -q '"budget":"'"$1"'"'
}

# A dead webhook, and another in its place: what waited is told to that.
case_dead_webhook_then_another() {
	say_to "$DEAD" patient
	until_true 10 noted patient || fail "no alarm"
	say_to "$HOOK" ''
	until_true 20 heard_of patient || fail "the alarm is lost"
	! grep -q 'not told' "$T/larder.log" || fail "it was told"
}

# Stopped meanwhile: then the log says so.
case_stop_says_so() {
	say_to "$DEAD" lost
	until_true 10 noted lost || fail "no alarm"
	stop larder
	is 1 "$(grep -c 'alarm not told: budget lost' "$T/larder.log")" \
		"lines that say so"
}

run_cases case_blocks case_tells_once case_others_go_on case_log \
	case_restart case_cgi case_cgi_tells case_reload \
	case_dead_webhook_then_another case_stop_says_so
