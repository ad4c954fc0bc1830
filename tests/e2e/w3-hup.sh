#!/bin/sh
# SIGHUP: the log is opened anew and the config read anew, if it is right.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

fake_start
# No upstream takes models that nobody names, or it would be known already.
conf_write '/^models = any/d'
door_start nginx
MASTER=$(pid_of larder)
hup() { kill -HUP "$MASTER"; }

answer_is() { chat "$1" '' && [ "$CODE" = "$2" ]; }
logged_anew() { chat "log" && [ -s "$T/usage.log" ]; }
knows_model() {
	post /v1/chat/completions '{"model":"gpt-new","messages":[
		{"role":"user","content":"x"}]}'
	[ "$CODE" = "$1" ]
}

case_log_is_reopened() {
	chat before
	mv "$T/usage.log" "$T/usage.log.1"
	hup
	until_true 10 logged_anew || fail "no new log"
}

case_config_is_reloaded() {
	knows_model 404 || fail "gpt-new is known already"
	printf '[model gpt-new]\nupstream = fake\n' >>"$T/larder.conf"
	hup
	until_true 10 knows_model 200 || fail "gpt-new is not known"
}

said_why() { grep -q 'larder.conf:[0-9]*:.*tread' "$T/larder.log"; }

case_wrong_config_is_not_taken() {
	sed -i 's/^threads/tread/' "$T/larder.conf"
	hup
	until_true 10 said_why || fail "nothing was said"
	knows_model 200 || fail "the old config is lost"
}

run_cases case_log_is_reopened case_config_is_reloaded \
	case_wrong_config_is_not_taken
