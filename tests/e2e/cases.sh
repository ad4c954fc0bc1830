# What must hold behind every door. Each case asks about a text of its own,
# so cases share no cache entry and may run in any order.
# shellcheck shell=sh

# --- One entry, whatever the form -------------------------------------------

# same_answer DIALECT-FUNCTION: plain then stream, stream then plain.
same_answer() {
	"$1" "$CASE plain first"
	missed
	first=$(text)
	like "echo: $CASE plain first #*" "$first" "answer"
	cp "$T/body" "$T/first"
	"$1" "$CASE plain first"
	hit
	cmp -s "$T/first" "$T/body" || fail "the hit has other bytes"
	"$1" "$CASE plain first" ',"stream":true'
	hit
	is "$first" "$(text)" "streamed hit"
	like 'text/event-stream*' "$(head_of content-type)" Content-Type

	"$1" "$CASE stream first" ',"stream":true'
	code 200
	like 'larder; fwd=miss*' "$(head_of cache-status)" Cache-Status
	first=$(text)
	like "echo: $CASE stream first #*" "$first" "streamed answer"
	"$1" "$CASE stream first"
	hit
	is "$first" "$(text)" "plain hit"
	"$1" "$CASE stream first" ',"stream":true'
	hit
	is "$first" "$(text)" "streamed hit after a stream"
}

case_chat_shares_one_entry() { same_answer chat; }
case_messages_share_one_entry() { same_answer messages; }
case_responses_share_one_entry() { same_answer responses; }

case_stream_ends_properly() {
	chat "$CASE" ',"stream":true'
	chat "$CASE" ',"stream":true'
	hit
	is 'data: [DONE]' "$(tr -d '\r' <"$T/body" | grep . | tail -n 1)" "end"
	messages "$CASE" ',"stream":true'
	messages "$CASE" ',"stream":true'
	hit
	is message_stop "$(events | tail -n 1 | jq -r .type)" "end"
	responses "$CASE" ',"stream":true'
	responses "$CASE" ',"stream":true'
	hit
	is response.completed "$(events | tail -n 1 | jq -r .type)" "end"
}

case_tool_calls_survive() {
	calls='[.. | objects | select(has("arguments")) | .arguments] | add'
	chat "$CASE [[tools]]" ',"stream":true'
	code 200
	events | jq -cs "$calls" >"$T/first"
	isnt null "$(cat "$T/first")" "no arguments of tool calls"
	chat "$CASE [[tools]]" ',"stream":true'
	hit
	is "$(cat "$T/first")" "$(events | jq -cs "$calls")" "arguments"
	chat "$CASE [[tools]]"
	hit
	is "$(cat "$T/first")" "$(jq -c "$calls" "$T/body")" "arguments"
	is tool_calls "$(jq -r '.choices[0].finish_reason' "$T/body")" "finish"
}

case_embeddings() {
	q='{"model":"embed-test","input":["'$CASE'","b"]}'
	post /v1/embeddings "$q"
	missed
	cp "$T/body" "$T/first"
	post /v1/embeddings "$q"
	hit
	cmp -s "$T/first" "$T/body" || fail "the hit has other bytes"
}

case_models_and_count_tokens() {
	ask GET /v1/models -H 'anthropic-version: 2023-06-01'
	code 200
	is model "$(jq -r '.data[0].type' "$T/body")" "the first"
	post /v1/messages/count_tokens '{"model":"claude-test","messages":[
		{"role":"user","content":"'"$CASE"'"}]}'
	code 200
	like '[0-9]*' "$(jq -r .input_tokens "$T/body")" "input_tokens"
}

# How many events carry usage.
usages() { events | jq -c 'select(.usage)' | grep -c . || :; }

case_usage_chunk_exactly_when_asked() {
	asked=',"stream":true,"stream_options":{"include_usage":true}'
	chat "$CASE" ',"stream":true'
	is 0 "$(usages)" "usage chunks of a miss not asked for"
	chat "$CASE" "$asked"
	hit
	is 1 "$(usages)" "usage chunks of a hit"
	is '[]' "$(events | jq -c 'select(.usage) | .choices')" "its choices"
	chat "$CASE again" "$asked"
	is 1 "$(usages)" "usage chunks of a miss"
	chat "$CASE again" ',"stream":true'
	hit
	is 0 "$(usages)" "usage chunks of a hit not asked for"
}

# --- Streams arrive as they are sent -----------------------------------------

case_chunks_arrive_one_by_one() {
	q='{"model":"gpt-test","stream":true,"messages":[{"role":"user",
		"content":"'$CASE' [[slow 300]]"}]}'
	curl -sN -m 30 -H "Authorization: Bearer $WHO" --data-binary "$q" \
		-H 'Content-Type: application/json' \
		"$BASE/v1/chat/completions" | "$HELPER" arrive >"$T/arrived"
	: >"$T/head"
	cp "$T/arrived" "$T/body"
	# Pieces in time: events that came 150 ms or more after the one before.
	awk '$2 == "data:" { if (n++ && $1 - last >= 150) late++
			if (n == 1) first = $1
			last = $1 }
		END { exit !(late >= 3 && last - first >= 900) }' \
		"$T/arrived" || fail "the chunks came together"
}

# --- Who asks -----------------------------------------------------------------

case_no_credential() {
	WHO=
	chat "$CASE"
	code 401
	refused_as openai
	case $SERVER in
	apache2) like '*CGIPassAuth On*' "$(cat "$T/body")" "message" ;;
	esac
	messages "$CASE"
	code 401
	refused_as anthropic
}

case_x_api_key() {
	WHO=
	messages "$CASE" '' -H 'x-api-key: sk-carol'
	missed
	messages "$CASE" '' -H 'x-api-key: sk-carol'
	hit
}

case_upstream_refuses_credential() {
	WHO=bad-key
	chat "$CASE"
	code 401
	refused_as openai
}

case_tenants_never_share() {
	chat "$CASE"
	missed
	alice=$(text)
	WHO=sk-bob
	chat "$CASE"
	missed
	isnt "$alice" "$(text)" "answer to another tenant"
	chat "$CASE" ',"stream":true'
	hit
	isnt "$alice" "$(text)" "answer to another tenant"
}

# --- What is refused ------------------------------------------------------------

case_invalid_json() {
	post /v1/chat/completions '{"model":"gpt-test",}'
	code 400
	refused_as openai
	post /v1/responses '[01]'
	code 400
	refused_as openai
	post /v1/messages '{"model":"claude-test","model":"x"}'
	code 400
	refused_as anthropic
}

case_unknown_model() {
	# Nobody else has these two; a conversation could be translated.
	post /v1/completions '{"model":"nope","prompt":"x"}'
	code 404
	refused_as openai
	post /v1/embeddings '{"model":"nope","input":"x"}'
	code 404
	refused_as openai
}

case_unknown_path() {
	ask GET /v1/nope
	code 404
	refused_as openai
	ask HEAD /v1/nope
	code 404
	ask GET /larder/nope
	code 404
	like 'application/json*' "$(head_of content-type)" Content-Type
}

case_wrong_method() {
	ask GET /v1/chat/completions
	code 405
	refused_as openai
}

# --- Bodies and paths -------------------------------------------------------------

# big_body TEXT: 300 KB before the question.
big_body() {
	printf '{"model":"gpt-test","messages":[{"role":"system","content":"'
	head -c 300000 /dev/zero | tr '\0' x
	printf '"},{"role":"user","content":"%s"}]}' "$1"
}

case_large_body() {
	big_body "$CASE" >"$T/question"
	post /v1/chat/completions "@$T/question"
	missed
	like "echo: $CASE #*" "$(text)" "answer"
	post /v1/chat/completions "@$T/question"
	hit
}

case_large_reply() {
	chat "$CASE [[big 400]]" ',"stream":true'
	code 200
	text >"$T/first"
	[ "$(wc -c <"$T/first")" -ge 400000 ] || fail "the answer is short"
	chat "$CASE [[big 400]]"
	hit
	text | cmp -s - "$T/first" || fail "the hit has other text"
}

case_chunked_request() {
	big_body "$CASE" >"$T/question"
	post /v1/chat/completions "@$T/question" -H 'Transfer-Encoding: chunked'
	missed
	post /v1/chat/completions "@$T/question"
	hit
}

# What is refused before its body was read still gets its answer.
case_refused_large_body() {
	big_body "$CASE" >"$T/question"
	post /v1/nope "@$T/question"
	code 404
	refused_as openai
	WHO=
	post /v1/messages "@$T/question"
	code 401
	refused_as anthropic
}

case_query_and_encoded_path() {
	q='{"model":"gpt-test","messages":[{"role":"user","content":"'$CASE'"}]}'
	post '/v1/chat/completions?beta=true' "$q"
	code 200
	post '/v1/%63hat/completions' "$q"
	code 404
	refused_as openai
	post '/v1/chat/%2e%2e/completions' "$q"
	code 404
}

# --- Directives --------------------------------------------------------------------

case_cache_control() {
	chat "$CASE" '' -H 'Cache-Control: only-if-cached'
	code 504
	refused_as openai
	chat "$CASE" '' -H 'Cache-Control: no-store'
	code 200
	like 'larder; fwd=*' "$(head_of cache-status)" Cache-Status
	chat "$CASE" '' -H 'Cache-Control: only-if-cached'
	code 504
	chat "$CASE"
	missed
	first=$(text)
	chat "$CASE" '' -H 'Cache-Control: only-if-cached'
	hit
	chat "$CASE" '' -H 'Cache-Control: no-cache'
	code 200
	isnt "$first" "$(text)" "answer in spite of no-cache"
	first=$(text)
	chat "$CASE"
	hit
	is "$first" "$(text)" "answer after no-cache"
}

case_cache_member_stays_here() {
	chat "$CASE" ',"cache":{"no-store":true}'
	code 200
	chat "$CASE" ',"cache":{"namespace":"n"}'
	missed
	chat "$CASE"
	missed
	is false "$(curl -s "$FAKE_URL/fake/last" | jq '.body | fromjson |
		has("cache")')" "the upstream saw the cache member"
}

case_sampled_is_not_cached() {
	chat "$CASE" ',"temperature":0.9'
	code 200
	is 'larder; fwd=bypass; detail=sampled' \
		"$(head_of cache-status)" Cache-Status
}

# --- When the upstream fails ---------------------------------------------------------

case_overloaded_upstream() {
	chat "$CASE [[status 529]] [[retry-after 7]]"
	code 529
	is 7 "$(head_of retry-after)" Retry-After
	refused_as openai
	messages "$CASE [[status 529]] [[retry-after 7]]"
	code 529
	is 7 "$(head_of retry-after)" Retry-After
	refused_as anthropic
}

case_errors_are_not_stored() {
	chat "$CASE [[status 500]]"
	count=$(fake_count)
	chat "$CASE [[status 500]]"
	[ "$(fake_count)" -gt "$count" ] || fail "the error was kept"
}

# cut_stream DIALECT-FUNCTION WORD END: an error in the stream, no proper end,
# and nothing kept.
cut_stream() {
	"$1" "$CASE $1 [[$2]]" ',"stream":true'
	code 200
	grep -q '"error"' "$T/body" || fail "no error event after [[$2]]"
	! grep -q "$3" "$T/body" || fail "the stream looks whole after [[$2]]"
	"$1" "$CASE $1 [[$2]]" '' -H 'Cache-Control: only-if-cached'
	code 504
}

case_cut_streams() {
	for word in 'cut 3' 'cleancut 3' 'errorevent 2'; do
		cut_stream chat "$word" '\[DONE\]'
		cut_stream messages "$word" 'message_stop'
		cut_stream responses "$word" 'response.completed'
	done
}

cases=$(sed -n 's/^\(case_[a-z_]*\)().*/\1/p' "$E2E/cases.sh")

# The whole of a door's test: door_test DOOR [CASE LEFT OUT...]
door_test() {
	fake_start
	conf_write
	door_start "$1"
	shift
	for left_out; do
		cases=$(echo "$cases" | grep -vx "$left_out")
	done
	# shellcheck disable=SC2086
	run_cases $cases
}
