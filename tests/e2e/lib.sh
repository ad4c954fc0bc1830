# What every end-to-end test begins with: a directory of its own, programs
# started and surely ended, requests, and plain assertions. Source it; it
# leaves its functions and
#     T      the test's directory, gone at the end unless KEEP=yes
#     LARDER FAKE_LLM HELPER   programs every user of the machine can run
# Exit status as automake reads it: 0, 1, 77 skipped, 99 broken harness.
# shellcheck shell=sh

set -eu
: "${srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${builddir:=$srcdir}"
srcdir=$(cd "$srcdir" && pwd)
builddir=$(cd "$builddir" && pwd)
E2E=$srcdir/tests/e2e
NAME=$(basename "$0" .sh)
unset LARDER_CONF LISTEN_PID LISTEN_FDS GATEWAY_INTERFACE
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
export LC_ALL=C NO_PROXY='*' no_proxy='*'
umask 022

# `make distcheck` runs the tests a second time; those with servers need not.
if [ -n "${LARDER_SKIP_E2E:-}" ]; then exit 77; fi

say() { printf '%s\n' "$*" >&2; }
broken() { say "$NAME: broken: $*"; exit 99; }

# A program that is not there skips the test, but for CI, which has them all.
skip() {
	say "$NAME: skipped: $*"
	if [ "${CI:-}" = true ]; then exit 99; fi
	exit 77
}

# The path of a program, also in the sbin folders.
find_program() (PATH="$PATH:/usr/sbin:/sbin" command -v "$1")

need() {
	for p; do
		find_program "$p" >/dev/null || skip "there is no $p here"
	done
}

# --- The test's directory -------------------------------------------------

# Root tests as www-data: web servers refuse or change a root user anyway.
AS=
if [ "$(id -u)" = 0 ]; then
	AS='setpriv --reuid=www-data --regid=www-data --clear-groups --'
fi

T=$(mktemp -d "${TMPDIR:-/tmp}/larder-e2e.XXXXXX")
mkdir "$T/bin" "$T/pids"

finish() {
	status=$?
	trap - EXIT INT TERM HUP
	set +e
	for f in "$T"/pids/*; do
		if [ -f "$f" ]; then stop "${f##*/}"; fi
	done
	if [ $status -ne 0 ] && [ $status -ne 77 ]; then show_logs; fi
	if [ "${KEEP:-}" = yes ]; then
		say "$NAME: kept $T"
	else
		rm -rf "$T"
	fi
	exit $status
}

show_logs() {
	for f in "$T"/*.log; do
		case $f in *.requests.log) continue ;; esac
		if [ -s "$f" ]; then
			say "--- ${f##*/}"
			tail -n 12 "$f" | cut -c1-240 >&2
		fi
	done
}

trap finish EXIT
trap 'exit 99' INT TERM HUP

# What the tests' user writes to must be his.
own() { if [ -n "$AS" ]; then chown -R www-data:www-data "$@"; fi; }

# Copies a program (and the module beside it) to where that user may run it.
adopt() {
	[ -x "$1" ] || broken "no program $1"
	cp "$1" "$T/bin/$2"
	dir=$(dirname "$1")
	for m in "$dir/upstream.so" "$dir/memcached.so" "$dir/fold.so" \
		"$dir/unpack.so"; do
		if [ -f "$m" ]; then cp "$m" "$T/bin/"; fi
	done
}

need curl jq
adopt "${LARDER:-$builddir/larder}" larder
adopt "${FAKE_LLM:-$builddir/fake-llm}" fake-llm
if [ -x "$builddir/tests/e2e/helper" ]; then
	adopt "$builddir/tests/e2e/helper" helper
else
	need "${CC:-cc}"
	"${CC:-cc}" -O1 -o "$T/bin/helper" "$E2E/helper.c"
fi
LARDER=$T/bin/larder FAKE_LLM=$T/bin/fake-llm HELPER=$T/bin/helper
own "$T"

# --- Programs -------------------------------------------------------------

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# until_true SECONDS COMMAND...: polls; fails when time is up.
until_true() {
	limit=$(($(now_ms) + $1 * 1000))
	shift
	until "$@"; do
		[ "$(now_ms)" -lt $limit ] || return 1
		sleep 0.02
	done
}

# start NAME COMMAND...: in a process group of its own, as the tests' user;
# what it prints is in $T/NAME.log, from now on: the child may come to its
# redirection after somebody has read what an earlier one of that name said.
start() {
	start_name=$1
	shift
	: >"$T/$start_name.log"
	# shellcheck disable=SC2086
	setsid $AS "$@" >"$T/$start_name.log" 2>&1 </dev/null &
	echo $! >"$T/pids/$start_name"
}

pid_of() { cat "$T/pids/$1"; }

# Zombies do not count as running.
running() {
	[ -r "/proc/$1/status" ] &&
		! grep -q '^State:[[:space:]]*[ZX]' "/proc/$1/status" 2>/dev/null
}
ended() { ! running "$1"; }
group_ended() {
	! ls "/proc" | grep -x '[0-9]*' | while read -r p; do
		# Field 5 counted from after the name, which may hold spaces.
		sed 's/.*) //' "/proc/$p/stat" 2>/dev/null || :
	done | awk -v g="$1" '$3 == g && $1 != "Z" && $1 != "X" { f = 1 }
		END { exit !f }'
}

# stop NAME [SIGNAL]: asks, waits, then makes sure of the whole group.
stop() {
	stop_pid=$(pid_of "$1")
	rm -f "$T/pids/$1"
	kill "-${2:-TERM}" "$stop_pid" 2>/dev/null || :
	until_true 5 ended "$stop_pid" || say "$NAME: $1 had to be killed"
	kill -KILL "-$stop_pid" 2>/dev/null || :
	wait "$stop_pid" 2>/dev/null || :
}

children_of() {
	grep -l "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status 2>/dev/null |
		cut -d/ -f3 || :
}

answers() { curl -s -o /dev/null -m 5 "$1"; }
is_socket() { [ -S "$1" ]; }

# --- The upstream and larder's config -------------------------------------

printed_port() { grep -qs '^port ' "$T/$1.log"; }

# fake_start [NAME]: a scripted upstream; leaves FAKE_PORT and FAKE_URL.
fake_start() {
	start "${1:-fake}" "$FAKE_LLM" --log "$T/${1:-fake}.requests.log"
	until_true 10 printed_port "${1:-fake}" || broken "no ${1:-fake} upstream"
	FAKE_PORT=$(sed -n 's/^port //p' "$T/${1:-fake}.log")
	FAKE_URL=http://127.0.0.1:$FAKE_PORT
}

fake_count() { curl -s -m 5 "$FAKE_URL/fake/count" | tr -dc 0-9; }

# The upstream is asked so often between calls_mark and calls.
calls_mark() { CALLS=$(fake_count); }
calls() { echo $(($(fake_count) - CALLS)); }
called() { [ "$(calls)" -ge "$1" ]; }

# conf_write [SED]: the config every door uses, edited by a sed program.
# No other model of the openai dialect is known (but a conversation with one
# would be translated for fakea). A call that fails is not made
# again, and no upstream is left alone: tests of that say so.
conf_write() {
	cat >"$T/larder.conf.tmp" <<-END
	[larder]
	listen = $T/larder.sock
	workers = 2
	threads = 16
	secret_file = $T/secret
	[cache]
	path = $T/cache.slab
	size = 16M
	[upstream fake]
	provider = openai
	url = $FAKE_URL/v1
	retries = 0
	breaker_failures = 0
	[upstream fakea]
	provider = anthropic
	url = $FAKE_URL/v1
	models = any
	retries = 0
	breaker_failures = 0
	[model gpt-test]
	upstream = fake
	[model embed-test]
	upstream = fake
	[model claude-test]
	upstream = fakea
	[clients]
	file = $T/clients
	[log]
	path = $T/usage.log
	END
	sed "${1:-}" "$T/larder.conf.tmp" >"$T/larder.conf"
	rm "$T/larder.conf.tmp"
	own "$T/larder.conf"
}

# larder COMMAND...: as the tests' user, with the test's config.
larder() {
	# shellcheck disable=SC2086
	LARDER_CONF=$T/larder.conf $AS "$LARDER" "$@"
}

# --- Requests -------------------------------------------------------------

# ask METHOD PATH [CURL OPTION...]: leaves CODE, $T/head and $T/body.
# WHO is the credential; empty sends none.
WHO=sk-alice
ask() {
	ask_method=$1 ask_path=$2
	shift 2
	if [ -n "$WHO" ]; then
		set -- -H "Authorization: Bearer $WHO" "$@"
	fi
	if [ "$ask_method" = HEAD ]; then
		set -- -I "$@"
	else
		set -- -X "$ask_method" "$@"
	fi
	: >"$T/head" >"$T/body"
	CODE=$(curl -sN -m 60 --path-as-is -H 'Expect:' \
		-H 'Content-Type: application/json' -D "$T/head" \
		-o "$T/body" -w '%{http_code}' "$@" "$BASE$ask_path") || :
}

# Header NAME of the last reply.
head_of() {
	tr -d '\r' <"$T/head" |
		awk -v n="$1" 'BEGIN { n = tolower(n) ":" }
		tolower($1) == n { sub(/^[^:]*:[ \t]*/, ""); print }' | tail -n 1
}

# post PATH JSON [CURL OPTION...]
post() {
	post_path=$1 post_body=$2
	shift 2
	ask POST "$post_path" --data-binary "$post_body" "$@"
}

# One question in each dialect: TEXT [MORE MEMBERS] [CURL OPTION...]
chat() {
	q='{"model":"gpt-test","messages":[{"role":"user","content":"'$1'"}]'${2:-}'}'
	shift $(($# > 2 ? 2 : $#))
	post /v1/chat/completions "$q" "$@"
}
messages() {
	q='{"model":"claude-test","max_tokens":64,"messages":[{"role":"user","content":"'$1'"}]'${2:-}'}'
	shift $(($# > 2 ? 2 : $#))
	post /v1/messages "$q" -H 'anthropic-version: 2023-06-01' "$@"
}
responses() {
	q='{"model":"gpt-test","input":"'$1'"'${2:-}'}'
	shift $(($# > 2 ? 2 : $#))
	post /v1/responses "$q" "$@"
}

# The events of the last reply, a JSON document a line.
events() { tr -d '\r' <"$T/body" | sed -n 's/^data: *{/{/p'; }

# What the model said, in any dialect, streamed or not.
text() {
	case $(head_of content-type) in
	*event-stream*) events ;;
	*) cat "$T/body" ;;
	esac | jq -rj '
		if .choices then .choices[] | (.message // .delta) | .content // ""
		elif .type == "message" then .content[].text // ""
		elif .type == "content_block_delta" then .delta.text // ""
		elif .object == "response" then
			.output[] | select(.type == "message") | .content[].text
		elif .type == "response.output_text.delta" then .delta
		else "" end'
}

# --- Assertions -----------------------------------------------------------

fail() {
	say "$NAME: ${CASE:+$CASE: }$*"
	if [ -f "$T/head" ]; then
		say "    last reply: $(head -n 12 "$T/head" | tr -d '\r' | tr '\n' '|')"
		say "    $(head -c 600 "$T/body" | tr '\n' '|')"
	fi
	exit 1
}
is() { [ "$2" = "$1" ] || fail "$3: wanted \"$1\", got \"$2\""; }
isnt() { [ "$2" != "$1" ] || fail "$3: got \"$2\" again"; }
# like PATTERN TEXT WHAT: a shell pattern.
like() {
	# shellcheck disable=SC2254
	case $2 in $1) ;; *) fail "$3: \"$2\" is not like \"$1\"" ;; esac
}
code() { is "$1" "$CODE" "status"; }
missed() {
	code 200
	is 'larder; fwd=miss; stored' "$(head_of cache-status)" Cache-Status
}
hit() {
	code 200
	like 'larder; hit; ttl=[0-9]*; detail=local' \
		"$(head_of cache-status)" Cache-Status
	like '[0-9]*' "$(head_of age)" Age
}
# The error in the shape of a dialect: openai or anthropic.
refused_as() {
	case $1 in
	openai) filter='.error.message and .error.type and (has("type") | not)' ;;
	anthropic) filter='.type == "error" and .error.type and .error.message' ;;
	esac
	jq -e "$filter" "$T/body" >/dev/null 2>&1 || fail "no error as of $1"
	like 'application/json*' "$(head_of content-type)" Content-Type
}

# run_cases CASE...: each in a shell of its own; all run, one failure is
# enough to fail.
run_cases() {
	bad=0
	for CASE; do
		set +e
		(set -e; trap - EXIT; "$CASE")
		rc=$?
		set -e
		case $rc in
		0) say "ok   $CASE" ;;
		*) say "FAIL $CASE"; bad=1 ;;
		esac
	done
	return $bad
}
