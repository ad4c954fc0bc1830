#!/bin/sh
# The real clients in each dialect against an upstream of each other dialect:
# their own types parse, and the content is the same.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/sdk.sh"

# speaks NAME ENDPOINT DIALECT [MORE]: an upstream of that one dialect, and a
# model there.
speaks() {
	cat >>"$T/larder.conf" <<-END
	[upstream $1]
	provider = compatible
	dialect = $3
	endpoints = $2
	url = $FAKE_URL/v1
	retries = 0
	breaker_failures = 0
	${4:-}
	[model m-$1]
	upstream = $1
	END
}

fake_start
conf_write
speaks chat chat/completions openai
speaks responses responses openai
speaks messages messages anthropic
speaks lossy messages anthropic 'lossy = yes'
door_start nginx
bad=0
node_test translate translate.test.mjs || bad=1
# Every client, whatever it speaks, with one upstream of each dialect.
for api in chat responses messages; do
	GPT=m-$api CLAUDE=m-$api
	export GPT CLAUDE
	node_test "$api" all.test.mjs || bad=1
done
exit $bad
