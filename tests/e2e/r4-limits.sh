#!/bin/sh
# How much an upstream is asked at once and a minute, by all processes of the
# host together, and who waits for a turn.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/upstreams.sh"

# limited NAME LINES: an upstream and its one model.
limited() {
	conf_upstream "$1" "$FAKE_URL/v1" "provider = openai
	retries = 0
	breaker_failures = 0
	$2"
	conf_model "$1" "$1" 'name = gpt-test'
}

fake_start
conf_begin 'max_wait = 5s'
limited two 'max_concurrent = 2
	queue = 4'
limited late 'max_concurrent = 1'
limited left 'max_concurrent = 1'
limited dead 'max_concurrent = 1'
limited minute 'requests_per_minute = 60
	queue = 2'
limited scarce 'requests_per_minute = 6
	queue = 0'
limited tokens 'tokens_per_minute = 6000
	queue = 0'
limited claude 'requests_per_minute = 6
	queue = 0'
door_open
ALICE=$WHO
BOB=$(larder key add bob)
CAROL=$(larder key add carol)
known() { ask GET /v1/nothing && [ "$CODE" != 401 ]; }
for WHO in $BOB $CAROL; do
	until_true 5 known || broken "a key is not known"
done
WHO=$ALICE

# --- Callers in the background ------------------------------------------------

# call NAME WHO MODEL TEXT: NAME is part of what it asks.
call() {
	curl -s -m 60 -D "$T/$1.head" -o "$T/$1.body" \
		-H "Authorization: Bearer $2" -H "X-Larder-Tag: $1" \
		-H 'Content-Type: application/json' \
		--data-binary '{"model":"'"$3"'","messages":[{"role":"user",
		"content":"'"$1 $4"'"}]}' "$BASE/v1/chat/completions" &
	echo $! >"$T/$1.pid"
}
status_of() { sed -n '1s/^[^ ]* \([0-9]*\).*/\1/p' "$T/$1.head"; }
# ended_with STATUS NAME...
ended_with() {
	want=$1
	shift
	for caller; do
		until_true 20 ended "$(cat "$T/$caller.pid")" ||
			fail "$caller has no reply"
		cp "$T/$caller.head" "$T/head"
		cp "$T/$caller.body" "$T/body"
		is "$want" "$(status_of "$caller")" "status of $caller"
	done
}

# Which of them the upstream has been asked by, in the order it was.
asked_by() {
	jq -r 'select(.body) | .body | fromjson |
		.messages[-1].content | split(" ")[0]' "$T/fake.requests.log" |
		grep "^$1" | tr '\n' ' '
}
asked_n() { [ "$(asked_by "$1" | wc -w)" -ge "$2" ]; }

release() { curl -s -o /dev/null -m 5 "$FAKE_URL/fake/release"; }

# How many have ever had to wait.
waited() { larder stats --json | jq .limit_waits; }
waits() { [ "$(waited)" -ge "$1" ]; }

# queued NAME WHO MODEL TEXT: returns when it waits for its turn.
queued() {
	waiting=$(waited)
	call "$@"
	until_true 10 waits $((waiting + 1)) || fail "$1 does not wait"
}

# Behind a first burst, as many as may at once.
hold_two() {
	call "$1-1" "$ALICE" two '[[hold]]'
	call "$1-2" "$ALICE" two '[[hold]]'
	until_true 10 asked_n "$1" 2 || fail "the upstream is not asked"
}

# --- At once ----------------------------------------------------------------------

# A tenant's second request goes behind every other tenant's first.
case_fair() {
	hold_two fair
	queued fair-3 "$ALICE" two '[[hold]]'
	queued fair-4 "$ALICE" two '[[hold]]'
	queued fair-5 "$ALICE" two '[[hold]]'
	queued fair-bob "$BOB" two '[[hold]]'
	is 2 "$(asked_by fair | wc -w)" "requests under way"
	release
	until_true 10 asked_n fair 4 || fail "nobody's turn comes"
	is 'fair-3 fair-bob ' "$(asked_by fair | tr ' ' '\n' | sed -n 3,4p |
		sort | tr '\n' ' ')" "whose turn it is"
	release
	until_true 10 asked_n fair 6 || fail "nobody's turn comes"
	release
	ended_with 200 fair-1 fair-2 fair-3 fair-4 fair-5 fair-bob
}

# A full queue refuses whose are most of it, and not who comes new.
case_full() {
	hold_two full
	for i in 3 4 5 6; do
		queued full-$i "$ALICE" two '[[hold]]'
	done
	call full-7 "$ALICE" two ''
	ended_with 429 full-7
	is rate_limited "$(jq -r .error.code "$T/body")" code
	[ "$(head_of retry-after)" -ge 1 ] || fail "no Retry-After"
	queued full-bob "$BOB" two '[[hold]]'
	ended_with 429 full-6
	release
	until_true 10 asked_n full 4 || fail "nobody's turn comes"
	release
	until_true 10 asked_n full 5 || fail "nobody's turn comes"
	release
	ended_with 200 full-1 full-2 full-3 full-4 full-5 full-bob
	is 6 "$(asked_by full | wc -w)" "requests that reached the upstream"
}

case_waits_no_longer_than_max_wait() {
	call late-1 "$ALICE" late '[[hold]]'
	until_true 10 asked_n late 1 || fail "the upstream is not asked"
	at=$(now_ms)
	queued late-2 "$BOB" late ''
	ended_with 429 late-2
	took=$(($(now_ms) - at))
	[ $took -ge 4500 ] && [ $took -le 8000 ] || fail "after $took ms"
	[ "$(head_of retry-after)" -ge 1 ] || fail "no Retry-After"
	release
	ended_with 200 late-1
	is 1 "$(asked_by late | wc -w)" "requests that reached the upstream"
}

# Who left the queue is not asked for.
left_is_logged() {
	jq -c 'select(.tag == "left-2" and .status == 499)' "$T/usage.log" |
		grep -q .
}
case_left() {
	call left-1 "$ALICE" left '[[hold]]'
	until_true 10 asked_n left 1 || fail "the upstream is not asked"
	queued left-2 "$ALICE" left ''
	kill "$(cat "$T/left-2.pid")"
	until_true 5 left_is_logged || fail "nobody noticed"
	queued left-3 "$ALICE" left ''
	release
	ended_with 200 left-1 left-3
	is 'left-1 left-3 ' "$(asked_by left)" "who reached the upstream"
}

# --- A minute ----------------------------------------------------------------------

# A sixth of the minute's number at once, then one by one.
case_minute() {
	at=$(now_ms)
	for i in 1 2 3 4 5 6 7 8 9 10; do
		say_to minute "$CASE $i"
		code 200
	done
	say_to minute "$CASE eleven"
	code 200
	took=$(($(now_ms) - at))
	[ $took -ge 900 ] || fail "eleven within $took ms"
}

# refused_by_rate WHAT LIMIT: the caller is told when to come back.
refused_by_rate() {
	like '[1-9]*' "$(head_of retry-after)" Retry-After
	is "$2" "$(head_of "x-ratelimit-limit-$1")" "limit of $1"
	like '[0-9]*' "$(head_of "x-ratelimit-remaining-$1")" "remaining $1"
	like '[0-9]*' "$(head_of "x-ratelimit-reset-$1")" "reset of $1"
	is rate_limited "$(jq -r .error.code "$T/body")" code
	is rate_limited "$(logged '."error.type"')" error.type
	is 0 "$(logged '.attempts // 0')" attempts
}
case_scarce() {
	say_to scarce "$CASE one"
	code 200
	say_to scarce "$CASE two"
	code 429
	refused_by_rate requests 6
	# What is in the cache asks nobody.
	say_to scarce "$CASE one"
	hit
}

# Guessed at four bytes a token before, put right behind.
case_tokens() {
	say_to tokens "$CASE one [[in 5000]] [[out 900]]"
	code 200
	say_to tokens "$CASE two"
	code 429
	refused_by_rate tokens 6000
	[ "$(head_of retry-after)" -ge 30 ] ||
		fail "Retry-After $(head_of retry-after) for 5900 tokens"
}

case_anthropic_words() {
	for i in one two; do
		post /v1/messages '{"model":"claude","max_tokens":9,
			"messages":[{"role":"user","content":"'"$CASE $i"'"}]}' \
			-H 'anthropic-version: 2023-06-01'
	done
	code 429
	refused_as anthropic
	is rate_limit_error "$(jq -r .error.type "$T/body")" type
	like '[1-9]*' "$(head_of retry-after)" Retry-After
	is 6 "$(head_of anthropic-ratelimit-requests-limit)" limit
	is 0 "$(head_of anthropic-ratelimit-requests-remaining)" remaining
	like '20*T*Z' "$(head_of anthropic-ratelimit-requests-reset)" reset
}

# --- Killed workers -----------------------------------------------------------------

# The place of a killed process is free again after ten seconds (LIMIT_DEAD_MS
# in store/limit.h), and nobody else's before that. Meanwhile the other cases
# are tried.
dead_begin() {
	call dead-1 "$ALICE" dead '[[hold]]'
	until_true 10 asked_n dead 1 || fail "the upstream is not asked"
	# shellcheck disable=SC2046
	kill -KILL $(children_of "$(pid_of larder)")
	DEAD_AT=$(now_ms)
	until_true 10 door_knows_key || fail "no new workers"
	call dead-2 "$BOB" dead ''
}
dead_is_free() {
	say_to dead "$CASE $(now_ms)"
	[ "$CODE" = 200 ]
}
case_dead() {
	ended_with 429 dead-2
	until_true 30 dead_is_free || fail "its place is lost"
	say "     free again after $(($(now_ms) - DEAD_AT)) ms"
}

dead_begin
# shellcheck disable=SC2046
run_cases $(sed -n 's/^\(case_[a-z_]*\)().*/\1/p' "$0")
