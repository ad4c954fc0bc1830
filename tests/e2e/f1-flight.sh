#!/bin/sh
# One flight per question: who asks what somebody is asking already gets that
# answer, byte for byte and as it comes; and who must not wait does not.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/storm.sh"

# --- The same at once -------------------------------------------------------

# held N TEXT [MORE] [OPTION...]: N callers at once, of whom all but one wait
# for the first before the upstream says anything.
held() {
	before=$(stat flights_followed) held_n=$1
	calls_mark
	same "$@" &
	LATER=$!
	until_true 20 followed $((before + held_n - 1)) ||
		fail "they do not follow"
	release
	later_end
	is 1 "$(calls)" "calls"
}

case_plain() {
	held 200 "$CASE [[hold]]"
	all_alike 200
	is 199 "$(figure .cache.collapsed)" collapsed
	is 1 "$(figure .cache.stored)" stored
	chat "$CASE [[hold]]"
	hit
}

case_streams() {
	held 100 "$CASE [[hold]] [[slow 40]]" $STREAM
	all_alike 100
	is 99 "$(figure .cache.collapsed)" collapsed
	chat "$CASE [[hold]] [[slow 40]]" $STREAM
	hit
}

case_both_forms() {
	before=$(stat flights_followed)
	calls_mark
	for form in '' $STREAM; do
		"$T/bin/storm" same -P "$PORT" -n 20 \
			-H "Authorization: Bearer $WHO" \
			"$(question "$CASE [[hold]]" "$form")" \
			>"$T/form$form" &
	done
	until_true 10 followed $((before + 39)) || fail "they do not follow"
	release
	wait
	is 1 "$(calls)" "calls"
	for form in '' $STREAM; do
		cp "$T/form$form" "$T/storm"
		all_alike 20
	done
}

case_tenants() {
	before=$(stat flights_followed)
	calls_mark
	for who in sk-alice sk-bob; do
		"$T/bin/storm" same -P "$PORT" -n 50 \
			-H "Authorization: Bearer $who" \
			"$(question "$CASE [[echo]] [[hold]]")" \
			>"$T/storm.$who" &
	done
	until_true 10 followed $((before + 98)) || fail "they do not follow"
	release
	wait
	is 2 "$(calls)" "calls"
	for who in sk-alice sk-bob; do
		cp "$T/storm.$who" "$T/storm"
		all_alike 50
		WHO=$who
		chat "$CASE [[echo]] [[hold]]"
		hit
		text >"$T/said.$who"
	done
	! cmp -s "$T/said.sk-alice" "$T/said.sk-bob" ||
		fail "two tenants got one answer"
}

# --- Joining what has begun -------------------------------------------------

late_talks() { grep -qs '"content":"[^"]' "$T/one"; }

# Half of it is said when they join, and they have that half at once.
case_late_streams() {
	lead "$CASE [[pieces 8]] [[hold 4]]" $STREAM
	until_true 10 lead_talks || fail "the stream did not begin"
	curl -sN -m 30 -o "$T/one" -H "Authorization: Bearer $WHO" \
		--data-binary "$(question "$CASE [[pieces 8]] [[hold 4]]" \
		$STREAM)" "$BASE/v1/chat/completions" &
	one=$!
	later 40 "$CASE [[pieces 8]] [[hold 4]]" $STREAM -o "$T/late"
	until_true 10 late_talks || fail "a late follower has to wait"
	release
	later_end
	lead_ends
	wait $one || fail "a late follower got no whole reply"
	is 1 "$(calls)" "calls"
	all_alike 40
	is 40 "$(figure .cache.collapsed)" collapsed
	events_in "$T/lead" >"$T/lead.events"
	is '[DONE]' "$(tail -n 1 "$T/lead.events")" "the end"
	for f in one late; do
		events_in "$T/$f" | cmp -s - "$T/lead.events" ||
			fail "$f: late followers got other events"
	done
}

case_plain_behind_a_stream() {
	lead "$CASE [[hold 2]]" $STREAM
	until_true 10 lead_talks || fail "the stream did not begin"
	later 20 "$CASE [[hold 2]]" '' -o "$T/late"
	release
	later_end
	lead_ends
	is 1 "$(calls)" "calls"
	all_alike 20
	is "$(text_in "$T/lead")" "$(jq -r '.choices[0].message.content' \
		"$T/late")" "what they were told"
}

case_streams_behind_a_plain_one() {
	lead "$CASE [[hold]]"
	later 20 "$CASE [[hold]]" $STREAM -o "$T/late"
	release
	later_end
	lead_ends
	is 1 "$(calls)" "calls"
	all_alike 20
	is '[DONE]' "$(events_in "$T/late" | tail -n 1)" "the end"
	is "$(text_in "$T/lead")" "$(events_in "$T/late" | sed '/^\[/d' |
		jq -rj '.choices[].delta.content // ""')" "what they were told"
}

# --- When it fails ----------------------------------------------------------

# fails STATUS TEXT: all who wait get it, nobody who comes later.
fails() {
	held 30 "$2"
	is 30 "$(figure ".status[\"$1\"]")" "replies with $1"
	is 0 "$(figure '.cache.stored + .cache.hit')" "kept or hit"
	chat "$2" &
	again=$!
	until_true 10 called 2 || fail "nobody asks again"
	release
	wait $again
}

case_error_500() { fails 500 "$CASE [[status 500]] [[hold]]"; }

case_error_429() {
	refused="$CASE [[status 429]] [[retry-after 7]]"
	fails 429 "$refused [[hold]]"
	lead "$refused [[first 300]]"
	chat "$refused [[first 300]]"
	lead_ends
	code 429
	is 7 "$(head_of retry-after)" Retry-After
	refused_as openai
}

case_broken_stream() {
	lead "$CASE [[pieces 8]] [[hold 3]] [[cut 5]]" $STREAM
	until_true 10 lead_talks || fail "the stream did not begin"
	later 10 "$CASE [[pieces 8]] [[hold 3]] [[cut 5]]" $STREAM \
		-o "$T/late"
	release
	later_end
	lead_ends
	is 1 "$(calls)" "calls"
	is 10 "$(figure '.status["200"]')" "replies"
	for f in lead late; do
		grep -q '"error"' "$T/$f" || fail "$f: no error event"
		! grep -q 'DONE' "$T/$f" || fail "$f: a clean end"
	done
	chat "$CASE [[pieces 8]] [[hold 3]] [[cut 5]]" '' \
		-H 'Cache-Control: only-if-cached'
	code 504
}

# --- Who does not wait for others -------------------------------------------

case_directives() {
	lead "$CASE [[hold]]"
	chat "$CASE [[hold]]" '' -H 'Cache-Control: only-if-cached'
	code 504
	is 1 "$(calls)" "calls for only-if-cached"
	chat "$CASE [[hold]]" '' -H 'Cache-Control: no-store' &
	until_true 5 called 2 || fail "no-store waits for another"
	chat "$CASE [[hold]]" '' -H 'Cache-Control: no-cache' &
	until_true 5 called 3 || fail "no-cache waits for another"
	release
	wait
	is 3 "$(calls)" "calls"
}

case_sampled() {
	calls_mark
	same 5 "$CASE" ',"temperature":0.9'
	is 5 "$(calls)" "calls"
}

# What turns out to be too large to be kept: those who wait once, later ones
# not at all.
case_too_large() {
	calls_mark
	same 8 "$CASE [[big 100]] [[first 600]]"
	is 8 "$(figure '.status["200"]')" "replies"
	figure '.ms.max < 2400' | grep -qx true ||
		fail "one after the other: $(cat "$T/storm")"
	calls_mark
	same 8 "$CASE [[big 100]] [[first 600]]"
	is 8 "$(figure '.status["200"]')" "replies"
	is 8 "$(calls)" "calls"
	figure '.ms.max < 1800' | grep -qx true ||
		fail "one after the other: $(cat "$T/storm")"
}

# --- Who leaves -------------------------------------------------------------

case_leader_leaves_others() {
	lead "$CASE [[hold]]"
	later 5 "$CASE [[hold]]"
	lead_leaves
	release
	later_end
	is 1 "$(calls)" "calls"
	all_alike 5
	chat "$CASE [[hold]]"
	hit
}

case_leader_leaves_a_stream() {
	lead "$CASE [[pieces 8]] [[hold 3]]" $STREAM
	until_true 10 lead_talks || fail "the stream did not begin"
	later 5 "$CASE [[pieces 8]] [[hold 3]]" $STREAM \
		-o "$T/late"
	lead_leaves
	release
	later_end
	is 1 "$(calls)" "calls"
	all_alike 5
	is '[DONE]' "$(events_in "$T/late" | tail -n 1)" "the end"
}

case_leader_leaves_nobody() {
	lead "$CASE [[hold]]"
	lead_leaves
	until_true 5 left "$(fake_count)" || fail "the call was not cancelled"
}

case_all_leave() {
	lead "$CASE [[hold]]"
	n=$(fake_count)
	later 3 "$CASE [[hold]]" 2>/dev/null
	lead_leaves
	# shellcheck disable=SC2046
	kill $(children_of $LATER)
	wait $LATER 2>/dev/null || :
	until_true 5 left "$n" || fail "the call was not cancelled"
}

fake_start
# One worker may get them all, and an eighth of its threads never follows.
conf_write 's/^threads = .*/threads = 256\nreserve = 0\nmax_reply = 64K/'
door_start nginx
# shellcheck disable=SC2046
run_cases $(sed -n 's/^\(case_[a-z_0-9]*\)().*/\1/p' "$0")
