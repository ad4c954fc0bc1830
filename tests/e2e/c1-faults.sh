#!/bin/sh
# Wrong configs and places: one clear line each, exit status 78 or 1.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"

fake_start

# fault STATUS PATTERN [SED]: the config as edited; `larder serve` says one
# line of that shape and exits so.
fault() {
	conf_write "${3:-}"
	status=0
	larder serve >"$T/out" 2>&1 </dev/null || status=$?
	: >"$T/head"
	cp "$T/out" "$T/body"
	is 1 "$(wc -l <"$T/out")" "lines"
	like "$2" "$(cat "$T/out")" "its message"
	is "$1" $status "exit status"
}

case_unknown_name() {
	fault 78 '*larder.conf:4: *tread*threads*' 's/^threads/tread/'
	fault 78 '*larder.conf:6: *cash*cache*' 's/^\[cache/[cash/'
}
case_bad_value() {
	fault 78 '*larder.conf:4: *threads*1 to 4096*' 's/^threads = .*/threads = many/'
	fault 78 '*larder.conf:8: *size*' 's/^size = .*/size = 16Q/'
	fault 78 '*larder.conf:*openia*openai*anthropic*' 's/= openai/= openia/'
}
case_model_without_upstream() {
	fault 78 '*larder.conf:*nowhere*' '/^\[model gpt/,/^up/s/= fake/= nowhere/'
}
case_missing_key_file() {
	fault 78 "*larder.conf:*$T/no.key*" \
		"s|^provider = openai|&\nkey_file = $T/no.key|"
}
case_missing_config() {
	rm -f "$T/larder.conf"
	status=0
	larder serve >"$T/out" 2>&1 </dev/null || status=$?
	is 78 $status "exit status"
	is 1 "$(wc -l <"$T/out")" "lines"
	like "*$T/larder.conf*" "$(cat "$T/out")" "message"
}
case_unwritable_places() {
	fault 78 '*/proc/no/secret*' 's|^secret_file = .*|secret_file = /proc/no/secret|'
	fault 78 '*/proc/no/log*' '/^\[log/,$s|^path = .*|path = /proc/no/log|'
	fault 1 '*/proc/no/sock*' 's|^listen = .*|listen = /proc/no/sock|'
}
# Without its cache larder would still serve; the check says what is wrong.
case_unwritable_cache() {
	conf_write '/^\[cache/,/^size/s|^path = .*|path = /proc/no/cache|'
	status=0
	larder config --check >"$T/out" 2>&1 || status=$?
	is 1 $status "exit status"
	is 1 "$(wc -l <"$T/out")" "lines"
	like '*/proc/no/cache*' "$(cat "$T/out")" "message"
}
case_socket_in_use() {
	conf_write
	serve_start
	fault 1 "*$T/larder.sock*"
	is_socket "$T/larder.sock" || fail "the other's socket is gone"
	stop larder
}
case_check_says_the_same() {
	conf_write
	larder config --check >"$T/out" 2>&1 || fail "a right config is wrong"
	conf_write 's/^threads/tread/'
	status=0
	larder config --check >"$T/out" 2>&1 || status=$?
	is 78 $status "exit status"
	like '*larder.conf:4: *tread*threads*' "$(cat "$T/out")" "message"
}
case_usage() {
	for args in '' '--nonsense' 'nonsense'; do
		status=0
		# shellcheck disable=SC2086
		larder $args >"$T/out" 2>&1 </dev/null || status=$?
		is 2 $status "exit status of larder $args"
	done
	larder --help | grep -q serve || fail "--help"
	larder --version | grep -q '[0-9]\.[0-9]' || fail "--version"
}

run_cases $(sed -n 's/^\(case_[a-z_]*\)().*/\1/p' "$0")
