#!/bin/sh
# The provider's cache of prompts behind nginx and larder: conversations with
# Claude get marks that pay, callers' own come first, and OpenAI is told which
# requests belong together. The fake keeps prompts by the published rules, and
# refuses marks that break them.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

# fake_start has no options to pass on.
printf '#!/bin/sh\nexec "%s" --prompt-cache "$@"\n' "$FAKE_LLM" >"$T/bin/keeps"
chmod 755 "$T/bin/keeps"
FAKE_LLM=$T/bin/keeps
fake_start

conf_write
cat >>"$T/larder.conf" <<-END
prices = $srcdir/data/prices.json
[upstream off]
provider = anthropic
url = $FAKE_URL/v1
prompt_cache = off
[upstream strip]
provider = anthropic
url = $FAKE_URL/v1
prompt_cache = strip
[upstream glm]
provider = compatible
dialect = anthropic
url = $FAKE_URL/v1
[upstream router]
provider = openrouter
url = $FAKE_URL/v1
[upstream quiet]
provider = openai
url = $FAKE_URL/v1
prompt_cache = off
[model claude-sonnet-4-6]
upstream = fakea
[model claude-off]
upstream = off
[model claude-strip]
upstream = strip
[model claude-glm]
upstream = glm
[model anthropic/claude-sonnet-4.5]
upstream = router
[model gpt-4o]
upstream = fake
[model gpt-quiet]
upstream = quiet
END
cp "$srcdir/data/prices.json" "$T/prices.json"
sed -i "s|^prices = .*|prices = $T/prices.json|" "$T/larder.conf"
own "$T"
door_start nginx

# --- What is said, and what was seen of it --------------------------------

# Some 2,000 tokens.
long() { jq -rn --arg s "$1" '[range(160)] | map("\($s) rule \(.) of the house is to be heeded always.") | join(" ")' | head -c "${2:-8000}"; }

# begin MODEL SYSTEM: a conversation of Anthropic's; turn TEXT goes on with
# it, and takes up what was answered.
begin() {
	jq -n --arg m "$1" --arg s "$2" '{model: $m, max_tokens: 50, system: $s,
		messages: []}' >"$T/talk"
}
said() { # ROLE CONTENT (JSON)
	jq --arg r "$1" --argjson c "$2" '.messages += [{role: $r, content: $c}]' \
		"$T/talk" >"$T/talk.new"
	mv "$T/talk.new" "$T/talk"
}
send() { # [PATH]
	post "${1:-/v1/messages}" "$(cat "$T/talk")" -H 'anthropic-version: 2023-06-01'
	code 200
}
turn() {
	said user "$(jq -n --arg t "$1" '$t')"
	send
	said assistant "$(jq -c .content <"$T/body")"
}
change() { # a jq program
	jq "$1" "$T/talk" >"$T/talk.new"
	mv "$T/talk.new" "$T/talk"
}

seen() { curl -s -m 5 "$FAKE_URL/fake/last" | jq -r .body | jq "$1"; }
marks() { seen '[.. | objects | select(has("cache_control"))] | length'; }
usage() { jq ".usage.$1" <"$T/body"; }
line() { tail -n 1 "$T/usage.log" | jq "$1"; }

# The last call's cost is what the published prices make of its usage, and it
# is lower than for the same tokens unread.
billed() {
	[ "$(line '(."gen_ai.usage.input_tokens" as $i |
		."gen_ai.usage.cache_read.input_tokens" as $r |
		."gen_ai.usage.cache_creation.input_tokens" as $w |
		."gen_ai.usage.output_tokens" as $o |
		($i - $r - $w) * 3e-6 + $r * 3e-7 + $w * 3.75e-6 + $o * 1.5e-5
		- (.cost_usd | tonumber)) | fabs < 1e-9')" = true ] ||
		fail "the bill: $(line .)"
}

# --- Marks ----------------------------------------------------------------

CASE='a long system prompt starts out marked'
begin claude-sonnet-4-6 "$(long house)"
turn 'What is the first rule?'
is true "$(seen '.system[0] | has("cache_control")')" "a mark on the system text"
is "$(jq .system "$T/talk")" "$(seen '.system[0].text')" "its text"
isnt 0 "$(usage cache_creation_input_tokens)" "tokens written"
billed

CASE='it is read in the turns behind it'
for n in 2 3 4 5 6 7; do
	turn "And rule $n? $(long "turn $n" 1500)"
	[ "$(usage cache_read_input_tokens)" -ge 1900 ] ||
		fail "turn $n reads $(usage cache_read_input_tokens) tokens"
	[ "$(marks)" -le 4 ] || fail "turn $n has $(marks) marks"
	is "$(usage cache_read_input_tokens)" \
		"$(line '."gen_ai.usage.cache_read.input_tokens"')" "the log"
	billed
done
# What was said is what was sent, but for the marks.
is "$(jq -c '[.messages[:-1][] | .content | if type == "string" then . else .[].text end]' "$T/talk")" \
	"$(seen '[.messages[].content | if type == "string" then . else .[].text end]' | jq -c .)" \
	"the conversation"

CASE='another conversation with the same system prompt reads it'
begin claude-sonnet-4-6 "$(long house)"
turn 'Who are you?'
[ "$(usage cache_read_input_tokens)" -ge 1900 ] || fail "it reads nothing"

CASE='a stream says so as well'
change '.stream = true'
said user '"And who am I?"'
send
[ "$(events | jq -s '[.[] | select(.type == "message_start")][0]
	.message.usage.cache_read_input_tokens')" -ge 1900 ] ||
	fail "the stream reads nothing"

CASE='a hit asks nobody'
calls_mark
send
is 0 "$(calls)" "calls"

CASE='a short prompt gets no mark'
begin claude-sonnet-4-6 'Be brief.'
turn 'Hello'
is 0 "$(marks)" "marks"
begin claude-haiku-4-5 "$(long kitchen)"
turn 'Hello'
is 0 "$(marks)" "marks below the minimum of that model"

CASE='marks through OpenRouter'
jq -n --arg s "$(long pantry)" '{model: "anthropic/claude-sonnet-4.5", messages: [
	{role: "system", content: $s}, {role: "user", content: "Hello"}]}' >"$T/talk"
send /v1/chat/completions
is true "$(seen '.messages[0].content[0] | has("cache_control")')" "a mark"
change '.messages[1].content = "Hello again"'
send /v1/chat/completions
[ "$(usage prompt_tokens_details.cached_tokens)" -ge 1900 ] || fail "nothing is read"

CASE='marks in what is translated for Claude'
jq -n --arg s "$(long larder)" '{model: "claude-sonnet-4-6", messages: [
	{role: "system", content: $s}, {role: "user", content: "Hello"}]}' >"$T/talk"
send /v1/chat/completions
is true "$(seen '.system | type == "array" and (last | has("cache_control"))')" "a mark"
change '.messages += [{role: "assistant", content: "Hi"}, {role: "user", content: "Rules?"}]'
send /v1/chat/completions
[ "$(usage prompt_tokens_details.cached_tokens)" -ge 1900 ] || fail "nothing is read"

# --- Callers' own ----------------------------------------------------------

own_marks='.system = [{type: "text", text: .system, cache_control: {type: "ephemeral", ttl: "1h"}}]
	| .tools = [{name: "a", input_schema: {type: "object"}, cache_control: {type: "ephemeral", ttl: "1h"}}]
	| .messages = [.messages[] | .content = [{type: "text", text: .content, cache_control: {type: "ephemeral"}}]]'

CASE="callers' own marks win"
begin claude-sonnet-4-6 "$(long cellar)"
said user '"One"'
change "$own_marks"
send
is 3 "$(marks)" "marks"
said assistant '"Yes"'
said user '[{"type": "text", "text": "Two", "cache_control": {"type": "ephemeral"}}]'
send
is 4 "$(marks)" "marks"
is "$(jq -S -c . "$T/talk")" "$(seen . | jq -S -c .)" "the request"
isnt 0 "$(usage cache_read_input_tokens)" "tokens read"

CASE='a fifth is the caller'"'"'s own fault'
change '.tools += [{name: "b", input_schema: {type: "object"}, cache_control: {type: "ephemeral"}}]'
post /v1/messages "$(cat "$T/talk")" -H 'anthropic-version: 2023-06-01'
code 400

# --- Switched off -----------------------------------------------------------

CASE='off leaves a request as it is'
begin claude-off "$(long attic)"
said user '"One"'
send
is 0 "$(marks)" "marks"
change "$own_marks"
send
is 3 "$(marks)" "the caller's marks"

CASE='strip takes them out'
change '.model = "claude-strip"'
send
is 0 "$(marks)" "marks"
is "$(jq -c .system[0].text "$T/talk")" "$(seen '.system[0].text')" "the text"

CASE='servers that may refuse marks get none'
begin claude-glm "$(long attic)"
said user '"One"'
send
is 0 "$(marks)" "marks"

# --- prompt_cache_key -------------------------------------------------------

key() { seen '.prompt_cache_key // "none"'; }
gpt() { # MODEL SYSTEM QUESTION [MORE MESSAGES, JSON]
	post /v1/chat/completions "$(jq -n --arg m "$1" --arg s "$2" --arg q "$3" \
		--argjson more "${4:-[]}" '{model: $m, messages: ([
		{role: "system", content: $s}, {role: "user", content: $q}] + $more)}')"
	code 200
}
more='[{"role":"assistant","content":"Yes"},{"role":"user","content":"More"}]'

CASE='OpenAI gets a key'
gpt gpt-4o "$(long office)" 'First'
first=$(key)
isnt '"none"' "$first" "the key"
gpt gpt-4o "$(long office)" 'First' "$more"
is "$first" "$(key)" "the key of its next turn"
[ "$(usage prompt_tokens_details.cached_tokens)" -ge 1024 ] ||
	fail "the next turn reads nothing"
WHO=sk-bob
gpt gpt-4o "$(long office)" 'First' "$more"
isnt "$first" "$(key)" "another tenant's key"
WHO=sk-alice

CASE='conversations that begin with the same long text share one'
gpt gpt-4o "$(long office)" 'Second'
is "$first" "$(key)" "the key of another conversation"
[ "$(usage prompt_tokens_details.cached_tokens)" -ge 1024 ] ||
	fail "it pays for the text anew"
gpt gpt-4o 'Be brief.' 'First'
first=$(key)
gpt gpt-4o 'Be brief.' 'Second'
isnt "$first" "$(key)" "the key where the text is short"

CASE='and with Responses'
post /v1/responses '{"model":"gpt-4o","instructions":"Be brief.","input":[{"role":"user","content":"Hello"}]}'
code 200
isnt '"none"' "$(key)" "the key"

CASE="a caller's own key stays"
post /v1/chat/completions '{"model":"gpt-4o","prompt_cache_key":"mine","messages":[{"role":"user","content":"Hi"}]}'
is '"mine"' "$(key)" "the key"

CASE='no key where it is off'
gpt gpt-quiet "$(long office)" 'First'
is '"none"' "$(key)" "the key"

CASE=
# No key tells which answer it is: the same question is a hit all the same.
calls_mark
gpt gpt-4o "$(long office)" 'First' "$more"
is 0 "$(calls)" "calls"
