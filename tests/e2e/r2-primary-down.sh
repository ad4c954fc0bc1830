#!/bin/sh
# The primary is down: a thousand callers notice nothing, and the whole host
# asks it no more than once an interval.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/upstreams.sh"
. "$E2E/many.sh"

OPEN_MS=400
N=${LARDER_MANY:-1000}

fake_start back
BACK_URL=$FAKE_URL
fake_start
conf_begin
conf_upstream main "$FAKE_URL/v1" "provider = openai
	retries = 2
	breaker_failures = 5
	breaker_open = ${OPEN_MS}ms"
conf_upstream back "$BACK_URL/v1" 'provider = anthropic'
conf_model gpt-test main 'fallback = claude-test'
conf_model claude-test back
door_open

# The text by which the primary, and it alone, fails.
SICK='[[status 503]] [[only gpt-test]]'

case_healthy() {
	many 300 1 gpt-test "$CASE"
	many_are 300 200
	many_p50 >"$T/healthy"
	many "$N" 8 gpt-test "$CASE, by eight"
	many_are "$N" 200
	! grep -q because "$T/many" || fail "some were answered by another"
}

# The breaker is open once a request costs one call, to the fallback.
skipped() {
	say_to gpt-test "$SICK $(now_ms)"
	code 200
	[ "$(logged .attempts)" = 1 ]
}

# Probes come after 3/4 of the time at the earliest, and twice that, and so on;
# the bound here is as if it never doubled.
asked_seldom() {
	most=$((MANY_MS * 4 / (OPEN_MS * 3) + 1))
	[ "$(calls)" -le $most ] ||
		fail "$(calls) requests in $MANY_MS ms, not $most"
	say "     the primary was asked $(calls) times in $MANY_MS ms"
}

case_failing() {
	until_true 10 skipped || fail "the breaker does not open"
	calls_mark
	many "$N" 8 gpt-test "$SICK $CASE"
	many_are "$N" 200
	is "$N" "$(grep -c "because gpt-test failed" "$T/many")" \
		"answers that say who answered"
	asked_seldom
	many 300 1 gpt-test "$SICK $CASE, one by one"
	many_are 300 200
	p50=$(many_p50)
	say "     p50 $p50 us with the breaker open," \
		"$(cat "$T/healthy") us when all is well"
}

case_others_are_not_skipped() {
	say_to claude-test "$CASE"
	code 200
	is '' "$(head_of x-larder-degraded)" X-Larder-Degraded
}

# Nobody needs to be told that it is well again.
recovered() {
	say_to gpt-test "$CASE $(now_ms)"
	code 200
	[ -z "$(head_of x-larder-degraded)" ]
}
case_recovers() {
	until_true 30 recovered || fail "the primary is never asked again"
	calls_mark
	many 50 1 gpt-test "$CASE, all"
	many_are 50 200
	is 50 "$(calls)" "requests to the primary"
}

# Gone altogether: connections are refused.
case_gone() {
	stop fake
	many "$N" 8 gpt-test "$CASE"
	many_are "$N" 200
	is "$N" "$(grep -c "because gpt-test failed" "$T/many")" \
		"answers that say who answered"
}

# No fallback either: at once, with a time to come back.
case_nobody_left() {
	stop back
	until_true 20 down || fail "the caller is not told"
	[ "$(head_of retry-after)" -ge 1 ] || fail "no Retry-After"
	refused_as openai
}
down() {
	say_to claude-test "$CASE $(now_ms)"
	[ "$CODE" = 503 ] && [ "$(jq -r .error.code "$T/body")" = upstream_down ]
}

run_cases case_healthy case_failing case_others_are_not_skipped \
	case_recovers case_gone case_nobody_left
