#!/bin/sh
# larder purge: by what, at once here, soon elsewhere, and for good.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
. "$E2E/doors.sh"
. "$E2E/hosts.sh"

node_unix n1
N1=$NODE
node_unix n2
N2=$NODE
POOL="$N1, $N2"
MEMC='sync = 1s
budget = 800ms'
fake_start
host_start A
host_start B

# --- Asking without asking the upstream --------------------------------------------

# kept TEXT: is there an answer? In whichever process.
kept() {
	chat "$1" '' -H 'Cache-Control: only-if-cached'
	case $CODE in
	200) return 0 ;;
	504) return 1 ;;
	*) fail "only-if-cached" ;;
	esac
}
gone() { ! kept "$1"; }

# gone_here TEXT: for every worker, for a new process, by the short way and by
# the long one; asked at once, so that no worker gets them all.
gone_here() {
	for i in 1 2 3 4 5 6 7 8; do
		in_background "gone.$i" "$1" -H 'Cache-Control: only-if-cached'
	done
	background_wait
	for i in 1 2 3 4 5 6 7 8; do
		got "gone.$i"
		is 504 "$CODE" "\"$1\", purged, for a worker"
	done
	cgi "$(question "$1")" HTTP_CACHE_CONTROL=only-if-cached
	is 504 "$CODE" "\"$1\", purged, for a CGI process"
}
# gone_soon TEXT: and then it stays so.
gone_soon() {
	in_ms until_true 5 gone "$1" || fail "\"$1\" is still there"
	SOON=$MS
	# Once `sync`, or twice, and what a loaded machine takes.
	[ $SOON -le 3500 ] || fail "\"$1\" was gone after $SOON ms only"
	gone_here "$1"
}
still_here() { kept "$1" || fail "\"$1\" is gone, too"; }

# Until B knows that all was purged on A: before that it asks and stores under
# the old generations.
all_known() {
	on A
	asked="asked $(now_ms)"
	chat "$asked"
	missed
	on B
	until_true 5 kept "$asked" || fail "B does not hear of A's purge"
	on A
}

# both_have TEXT [CURL OPTION...]: asked on A, local on both. By the short way
# from then on.
both_have() {
	both=$1
	shift
	on A
	chat "$both" '' "$@"
	missed
	KEY=$(head_of x-larder-key)
	on B
	chat "$both"
	shared_hit
	chat "$both"
	hit
	on A
	chat "$both"
	hit
}

# purge PATTERN OPTION...: on A. It ends with 1 when a node was not told.
PURGE_ENDS=0
purge() {
	on A
	purge_says=$1
	shift
	status=0
	larder purge "$@" >"$T/out" 2>&1 || status=$?
	is "$PURGE_ENDS" $status "exit status of purge $*"
	like "$purge_says" "$(cat "$T/out")" "purge $*"
}

# purged TEXT OPTION...: that one and only that one. Another, $OTHER, stays.
purged() {
	text=$1
	shift
	purge '1 answer would be forgotten here' --dry-run "$@"
	still_here "$text"
	purge '1 answer forgotten here' "$@"
	gone_here "$text"
	still_here "$OTHER"
	on B
	gone_soon "$text"
	say "gone on B after $SOON ms"
	still_here "$OTHER"
	purge '0 answers would be forgotten here' --dry-run "$@"
	# Asked again it is new, and shared.
	chat "$text"
	missed
	on B
	until_true 5 kept "$text" || fail "the new answer is not shared"
}

OTHER='the other one'
case_by_key() {
	both_have "$OTHER"
	both_have "$CASE"
	purged "$CASE" --key "$KEY"
}
case_by_tag() {
	on A
	both_have "$CASE" -H 'X-Larder-Tag: prompts-v1'
	purged "$CASE" --tag prompts-v1
	# What was asked again had no tag.
	purge '0 answers would be forgotten here' --dry-run --tag prompts-v1
}
claude_gone() {
	messages "$CASE" '' -H 'Cache-Control: only-if-cached'
	[ "$CODE" = 504 ]
}
case_by_model() {
	both_have "$CASE"
	on A
	messages "$CASE"
	missed
	on B
	messages "$CASE"
	shared_hit
	purge '1 answer would be forgotten here' --dry-run --model claude-test
	purge '1 answer forgotten here' --model claude-test
	claude_gone || fail "it is still there"
	still_here "$CASE"
	on B
	until_true 5 claude_gone || fail "it is still on B"
	still_here "$CASE"
}
as_bob() {
	WHO=sk-bob
	"$@"
	WHO=sk-alice
}
case_by_tenant() {
	both_have "$CASE"
	as_bob both_have "$CASE"
	on A
	bob=$(logged .tenant)
	like '[0-9a-f]*' "$bob" "name of the tenant"
	purge '1 answer would be forgotten here' --dry-run --tenant "$bob"
	purge '1 answer forgotten here' --tenant "$bob"
	as_bob gone_here "$CASE"
	still_here "$CASE"
	on B
	as_bob gone_soon "$CASE"
	still_here "$CASE"
}
case_several_and_all() {
	keys=
	for i in 1 2 3; do
		both_have "$CASE $i"
		keys="$keys --key $KEY"
	done
	# shellcheck disable=SC2086
	purge '3 answers would be forgotten here' --dry-run $keys $keys
	# shellcheck disable=SC2086
	purge '3 answers forgotten here' $keys
	on B
	gone_soon "$CASE 3"
	both_have "$CASE 4"
	purge '[1-9]* answers would be forgotten here' --dry-run --all
	purge '[1-9]* answers forgotten here' --all
	gone_here "$CASE 4"
	gone_here "$OTHER"
	on B
	gone_soon "$CASE 4"
	gone_here "$OTHER"
	purge '0 answers forgotten here' --all
	all_known
	both_have "$OTHER"
}
# The short way past parse and key leads nowhere either.
case_by_the_short_way() {
	both_have "$CASE"
	old=$(text)
	purge '1 answer forgotten here' --key "$KEY"
	chat "$CASE"
	missed
	isnt "$old" "$(text)" "purged answer"
	on B
	# It may ask for itself, with what it knows; not for long.
	until_true 5 says_not "$old" || fail "B still says \"$old\""
}
says_not() { chat "$CASE" && [ "$(text)" != "$1" ]; }

# --- Nodes that were away ------------------------------------------------------------

ask_ten() { for i in 1 2 3 4 5 6 7 8 9 10; do both_have "$CASE $i"; done; }
ten_gone() {
	for i in 1 2 3 4 5 6 7 8 9 10; do
		! kept "$CASE $i" || fail "$CASE $i came back"
	done
}
used_again() {
	kept "nobody asked this" || :
	node_is "$@"
}

case_a_node_was_away() {
	ask_ten
	node_signal STOP n1
	PURGE_ENDS=1
	purge '*forgotten here*1 memcached node could not be told*' --all
	PURGE_ENDS=0
	ten_gone
	on B
	gone_soon "$CASE 1"
	ten_gone
	node_signal CONT n1
	host_fresh B
	ten_gone
	until_true 15 used_again B "$N1" true || fail "n1 is not used again"
	ten_gone
	on A
	until_true 15 used_again A "$N1" true || fail "n1 is not used again"
	ten_gone
	host_fresh B
	ten_gone
}
case_all_nodes_were_away() {
	ask_ten
	node_signal STOP n1
	node_signal STOP n2
	PURGE_ENDS=1
	purge '*forgotten here*2 memcached nodes could not be told*' --all
	PURGE_ENDS=0
	ten_gone
	node_signal CONT n1
	node_signal CONT n2
	for n in "$N1" "$N2"; do
		until_true 15 used_again A "$n" true || fail "$n is not used"
	done
	ten_gone
	on B
	gone_soon "$CASE 1"
	ten_gone
	host_fresh B
	ten_gone
	host_fresh A
	ten_gone
}

# --- Answers on their way ----------------------------------------------------------

upstream_called() { [ "$(fake_count)" -ge "$1" ]; }

# Who asked before gets it; who asks later asks anew, meanwhile and after. That
# B knows of it is seen by another answer.
in_flight() {
	flying="$CASE [[first 600]]"
	both_have "$CASE" -H "X-Larder-Tag: $CASE"
	before=$(fake_count)
	on A
	in_background early "$flying" -H "X-Larder-Tag: $CASE"
	until_true 10 upstream_called $((before + 1)) || fail "not asked"
	purge '*forgotten here' "$@"
	in_background later "$flying" -H "X-Larder-Tag: $CASE"
	until_true 10 upstream_called $((before + 2)) ||
		fail "who came later waits for the purged answer"
	background_wait
	got early
	code 200
	early=$(text)
	got later
	missed
	isnt "$early" "$(text)" "the purged answer"
	later=$(text)
	on B
	gone_soon "$CASE"
	for h in A B; do
		on $h
		chat "$flying"
		code 200
		is "$later" "$(text)" "what $h has"
	done
	is $((before + 2)) "$(fake_count)" "calls of the upstream"
}
case_in_flight_by_all() { in_flight --all; }
case_in_flight_by_tag() { in_flight --tag case_in_flight_by_tag; }
case_in_flight_by_model() { in_flight --model gpt-test; }

# --- The command -----------------------------------------------------------------------

# purge_ends STATUS OPTION...
purge_ends() {
	wanted=$1
	shift
	status=0
	larder purge "$@" >"$T/out" 2>"$T/err" || status=$?
	is "$wanted" $status "exit status of purge $*"
}
case_usage() {
	on A
	both_have "$CASE"
	purge_ends 2
	like 'usage: larder purge*' "$(cat "$T/err")" "what it says"
	is '' "$(cat "$T/out")" "standard output"
	purge_ends 2 --dry-run
	purge_ends 2 --nonsense
	purge_ends 2 everything
	purge_ends 2 --all everything
	for o in --key --model --tenant --tag; do
		purge_ends 2 $o
		purge_ends 2 --all $o
	done
	for k in '' 1 xyz 0123456789abcde 0123456789abcdef0 \
		0123456789ABCDEF 0123456789abcdeg ' 123456789abcdef'; do
		purge_ends 2 --key "$k"
	done
	many=
	for i in $(seq 65); do many="$many --tag t$i"; done
	# shellcheck disable=SC2086
	purge_ends 2 $many
	still_here "$CASE"
	purge_ends 0 --help
	like 'usage: larder purge*' "$(cat "$T/out")" "--help"
	purge '0 answers forgotten here' --key 0123456789abcdef
	purge '0 answers forgotten here' --tag 'nobody used this'
	purge '0 answers forgotten here' --model nonsense --tenant nobody
	still_here "$CASE"
	host_conf W 's/^threads/tread/'
	purge_ends 78 --all
	host_conf W '/^\[cache/,/^size/s|^path = .*|path = /proc/no/cache|'
	purge_ends 1 --all
	[ -s "$T/err" ] || fail "it does not say why"
}

run_cases $(sed -n 's/^\(case_[a-z_]*\)().*/\1/p' "$0")
