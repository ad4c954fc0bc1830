#!/bin/sh
# What is refused, in the dialect of the caller: bodies that are no JSON (every
# n_ document of JSONTestSuite) and unknown models.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

need basenc
fake_start
conf_write '/^models = any/d'
door_start nginx

suite=$srcdir/tests/fixtures/json_suite.txt
[ -s "$suite" ] || broken "no $suite"
count=$(fake_count)

# refuse NAME: $T/doc where a body, a message or the input may stand.
refuse() {
	CASE=$1
	post /v1/chat/completions "@$T/doc"
	code 400
	refused_as openai
	post /v1/messages "@$T/doc"
	code 400
	refused_as anthropic
	{
		printf '{"model":"gpt-test","input":'
		cat "$T/doc"
		printf '}'
	} >"$T/wrapped"
	post /v1/responses "@$T/wrapped"
	code 400
	refused_as openai
}

post /v1/chat/completions '{"model":"nope","messages":[]}'
code 404
refused_as openai
post /v1/responses '{"model":"nope","input":"x"}'
code 404
refused_as openai
post /v1/messages '{"model":"nope","max_tokens":1,"messages":[]}'
code 404
refused_as anthropic

n=0
while read -r name hex; do
	case $name in
	n_*) ;;
	*) continue ;;
	esac
	printf %s "$hex" | tr a-f A-F | basenc --base16 -d >"$T/doc"
	refuse "$name"
	n=$((n + 1))
done <"$suite"
[ $n -gt 150 ] || broken "only $n documents"
head -c 100000 /dev/zero | tr '\0' '[' >"$T/doc"
refuse n_structure_100000_opening_arrays
is "$count" "$(fake_count)" "requests that reached the upstream"
say "ok   $n documents"
