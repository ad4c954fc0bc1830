#!/bin/sh
# Answers without a model: in every dialect and form, through FastCGI and CGI,
# to the real clients; read again on SIGHUP, if the file is right.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

faq_write() {
	cat >"$T/faq.jsonl" <<-'END'
	{"question": ["What are your hours?", "영업 시간이 언제인가요?"], "answer": "Täglich 9–5: \"immer\".\nＯＫ 😀"}
	{"question": "Who are you?", "answer": "A larder.", "models": ["gpt-test"]}
	END
	own "$T/faq.jsonl"
}
pinned() {
	code 200
	is 'larder; hit; detail=pinned' "$(head_of cache-status)" Cache-Status
	is "$1" "$(text)" text
}

fake_start
conf_write
printf '[answers]\nfile = %s\n' "$T/faq.jsonl" >>"$T/larder.conf"
faq_write
OPEN=$(printf 'T\303\244glich 9\342\200\2235: "immer".\n\357\274\257\357\274\253 \360\237\230\200')

case_every_shape() {
	calls_mark
	for more in '' ',"stream":true'; do
		chat 'WHAT  are your hours' "$more"
		pinned "$OPEN"
		messages 'What are your hours?!' "$more"
		pinned "$OPEN"
		responses '영업　시간이 언제인가요' "$more"
		pinned "$OPEN"
	done
	is 0 "$(calls)" "calls of the upstream"
	is pinned "$(tail -n 1 "$T/usage.log" | jq -r .cache)" "cache in the log"
	is 0 "$(tail -n 1 "$T/usage.log" | jq -r .cost_usd)" "cost in the log"
}

case_only_its_models() {
	chat 'who are you'
	pinned 'A larder.'
	calls_mark
	messages 'who are you'
	missed
	is 1 "$(calls)" "calls of the upstream"
}

case_no_cache_asks_the_model() {
	calls_mark
	chat 'who are you' '' -H 'Cache-Control: no-cache'
	code 200
	is 1 "$(calls)" "calls of the upstream"
}

says() { chat 'what is new' && [ "$(text)" = "$1" ]; }
said_why() { grep -q 'faq.jsonl:3: .*stands in line 1' "$T/larder.log"; }

case_read_again_on_hup() {
	echo '{"question":"What is new?","answer":"This."}' >>"$T/faq.jsonl"
	kill -HUP "$(pid_of larder)"
	until_true 10 says This. || fail "the new answer is not there"
	# What is wrong changes nothing.
	sed -i '3s/.*/{"question":"what are your hours","answer":"x"}/' \
		"$T/faq.jsonl"
	kill -HUP "$(pid_of larder)"
	until_true 10 said_why || fail "nothing was said"
	says This. || fail "the old answers are lost"
}

case_check_names_the_line() {
	faq_write
	larder config --check >/dev/null || fail "the file is fine"
	echo '{"question":"x"}' >"$T/faq.jsonl"
	if why=$(larder config --check 2>&1); then fail "it was not found"; fi
	like '*faq.jsonl:1: answer must be*' "$why" "what is said"
	faq_write
}

# Each request reads it anew.
case_as_cgi() {
	calls_mark
	chat 'what are your hours'
	pinned "$OPEN"
	responses '영업 시간이 언제인가요' ',"stream":true'
	pinned "$OPEN"
	is 0 "$(calls)" "calls of the upstream"
}

bad=0
door_start nginx
run_cases case_every_shape case_only_its_models case_no_cache_asks_the_model \
	case_read_again_on_hup || bad=1
door_stop
run_cases case_check_names_the_line || bad=1
if find_program lighttpd >/dev/null; then
	door_start lighttpd-cgi
	run_cases case_as_cgi || bad=1
	door_stop
fi
[ $bad = 0 ] || exit 1

# From here on in the clients' folder; without npm there are none.
need npm node
. "$E2E/sdk.sh"
door_start nginx
node_test pinned pinned.test.mjs
