#!/bin/sh
# Checks the models in this directory with spin.
#
#   run.sh            every claim; prints states, seconds and verdict of each
#   run.sh --quick    the smallest claims and a mutant of each model: seconds
#   run.sh --mutants  breaks the protocol on purpose, in many ways: some claim
#                     must fail each time, or the model could not fail at all
#
# 0: all as it should be. 1: not. 77: spin or a compiler is missing. One core,
# below 2 GB; CC and TMPDIR are respected.
here=$(cd "$(dirname "$0")" && pwd)
cc=${CC:-gcc}
if ! command -v spin >/dev/null || ! command -v "$cc" >/dev/null; then
	echo "spin or $cc is not installed"
	exit 77
fi
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
bad=0

# verdict MODEL MODE SWITCHES: sets said (holds, fails, unfinished) and
# figures. MODE is safety, live (every fair run gets there), or finite (every
# run does, fair or not).
verdict() {
	model=$1 mode=$2
	shift 2
	rm -rf "$tmp/run"
	mkdir "$tmp/run"
	cd "$tmp/run" || exit 1
	said=unfinished figures=
	built='' way=-a
	case $mode in
	safety) built=-DSAFETY way= ;;
	live) set -- "$@" -DLIVE; way='-a -f' ;;
	finite) set -- "$@" -DLIVE ;;
	esac
	spin -a "$@" "$here/$model.pml" >spin.out 2>&1 &&
		"$cc" -O2 -w $built -DCOLLAPSE -DMEMLIM=1900 -DVECTORSZ=1024 \
			-o pan pan.c >cc.out 2>&1 ||
		{ cat spin.out cc.out 2>/dev/null; cd /; return; }
	./pan $way -m200000 >out 2>&1
	figures=$(awk '/states, stored/ { n = $1 }
		/total actual memory/ { m = $1 }
		/elapsed time/ { t = $4 }
		END { printf "%.0f states, %.1f s, %.0f MB", n, t, m }' out)
	if grep -q 'errors: [1-9]' out; then
		said=fails
		why=$(sed -n 's/^pan:[0-9]*: //p' out | head -1)
	elif grep -q 'errors: 0' out &&
	     ! grep -q 'max search depth too small\|MEMLIM' out; then
		said=holds
	fi
	cd /
}

claim() {
	name=$1
	shift
	verdict "$@"
	printf '%-10s %s\n           %s\n' "$said" "$name" "$figures"
	[ $said = holds ] && return
	[ $said = fails ] && echo "           $why"
	[ -f "$tmp/run/$1.pml.trail" ] &&
		(cd "$tmp/run" && ./pan -r | tail -60)
	bad=1
}

mutant() {
	name=$1
	shift
	verdict "$@"
	if [ $said = fails ]; then
		printf 'caught     %s\n           %s\n' "$name" "$why"
	else
		printf 'MISSED     %s (%s; %s)\n' "$name" "$said" "$figures"
		bad=1
	fi
}

claims() {
	claim 'one call for all, when nobody dies' \
		flight safety -DN=3 -DSLOTS=3
	claim 'also with few places for flights, if who is alone looks again' \
		flight safety -DN=3 -DSLOTS=1 -DALONE_LOOKS
	claim 'news and wake do without a time-out' \
		flight live -DN=3 -DSLOTS=2 -DNO_TIMEOUT -DALONE_LOOKS
	claim 'a death: two calls at most, no second leader, no mixing' \
		flight safety -DN=3 -DSLOTS=2 -DKILLS=1 -DALONE_LOOKS
	claim 'a death: all who live are answered' \
		flight finite -DN=3 -DSLOTS=1 -DKILLS=1 -DWHOLE=1 \
		-DALONE_LOOKS
	claim 'a death and a stop: all others are answered' \
		flight live -DN=2 -DSLOTS=2 -DKILLS=1 -DSTOPS=1 -DEARLY=1
	claim 'a stop: one call more, not one for each follower' \
		flight safety -DN=3 -DSLOTS=3 -DSTOPS=1 -DSTOPS_OUT \
		-DWHOLE=1 -DALONE_LOOKS
	claim 'an ousted leader that goes on does no harm, nor does a death' \
		flight safety -DN=2 -DSLOTS=2 -DPAUSES=2 -DKILLS=1
	claim 'two questions in one place, a minute passes, locks given up' \
		flight safety -DN=3 -DKEYS=2 -DSLOTS=1 -DSTOPS=1 -DWHOLE=1 \
		-DAGES -DHASTY=1
	claim 'nothing is ever stored: answers do not mix' \
		flight safety -DN=3 -DSLOTS=1 -DNO_CACHE -DHASTY=1 -DEARLY=1
	claim 'bytes have to make room' \
		flight safety -DN=3 -DSLOTS=1 -DCRAMPED=1 -DHASTY=1
	claim 'a shard of 4 chunks, 4 operations, 2 deaths' \
		slab safety -DCHUNKS=4 -DOPS=4 -DKILLS=2
	claim 'a shard of 5 chunks, 5 operations, a death' \
		slab safety -DCHUNKS=5 -DOPS=5 -DKILLS=1
}

# Each with the smallest world in which it shows.
mutants() {
	mutant 'who leads does not look into the cache once more' \
		flight safety -DN=3 -DSLOTS=3 -DBAD_NO_SECOND_LOOK
	mutant 'who finds no place for a flight asks at once' \
		flight safety -DN=3 -DSLOTS=1
	mutant 'lands before it stores' \
		flight safety -DN=3 -DSLOTS=3 -DBAD_LAND_FIRST
	mutant 'wakes without raising the news' \
		flight live -DN=3 -DSLOTS=2 -DNO_TIMEOUT -DBAD_NO_NEWS
	mutant 'raises the news without waking' \
		flight live -DN=3 -DSLOTS=2 -DNO_TIMEOUT -DBAD_NO_WAKE
	mutant 'reads the news after it has looked' \
		flight live -DN=3 -DSLOTS=2 -DNO_TIMEOUT -DBAD_NEWS_LATE
	mutant 'nobody looks whether the leader is dead' \
		flight live -DN=2 -DSLOTS=1 -DKILLS=1 -DBAD_NO_BURIAL
	mutant 'looks for a flight and begins one in two holds of the lock' \
		flight safety -DN=3 -DSLOTS=3 -DBAD_TWO_HOLDS
	mutant 'joins without the lock of the shard' \
		flight safety -DN=3 -DSLOTS=3 -DBAD_JOIN_UNLOCKED
	mutant 'all flights of a place have one serial' \
		flight safety -DN=3 -DSLOTS=1 -DNO_CACHE -DKILLS=1 \
		-DBAD_SAME_SERIAL
	mutant 'the leader leaves its lock before it lands' \
		flight safety -DN=3 -DSLOTS=3 -DHASTY=1 -DBAD_UNLEAD_FIRST
	mutant 'who finds the leader stuck asks alone and ousts nobody' \
		flight safety -DN=3 -DSLOTS=3 -DSTOPS=1 -DSTOPS_OUT \
		-DWHOLE=1 -DALONE_LOOKS -DBAD_NO_OUSTING
	mutant 'the place of an ousted leader can be taken at once' \
		flight safety -DN=2 -DSLOTS=2 -DPAUSES=1 -DBAD_OUSTED_LEAD
	mutant 'says HEAD before the slot is written' \
		slab safety -DKILLS=1 -DBAD_HEAD_EARLY
	mutant 'commits before the data' \
		slab safety -DKILLS=1 -DBAD_DATA_LATE
	mutant 'removes the older entry after the new one is there' \
		slab safety -DKILLS=1 -DBAD_DROP_LATE
	mutant 'counts a fresh chunk before it has a kind' \
		slab safety -DKILLS=1 -DBAD_FRESH_FIRST
	mutant 'the mending does not take its marks back' \
		slab safety -DKILLS=1 -DBAD_NO_UNCLAIM
	mutant 'a flight loses its bytes before it is called lost' \
		slab safety -DKILLS=2 -DBAD_LOST_LATE
	mutant 'the mending trusts the list of free chunks' \
		slab safety -DKILLS=1 -DBAD_TRUSTS_FREE
	mutant 'goes on after a death without mending' \
		slab safety -DKILLS=1 -DBAD_NO_REBUILD
}

quick() {
	claim 'one call for all, when nobody dies' \
		flight safety -DN=3 -DSLOTS=3
	claim 'a shard of 4 chunks, 3 operations, a death' \
		slab safety -DCHUNKS=4 -DOPS=3 -DKILLS=1
	mutant 'who leads does not look into the cache once more' \
		flight safety -DN=3 -DSLOTS=3 -DBAD_NO_SECOND_LOOK
	mutant 'commits before the data' \
		slab safety -DKILLS=1 -DBAD_DATA_LATE
}

case ${1-} in
'') claims ;;
--quick) quick ;;
--mutants) mutants ;;
*) echo "usage: $0 [--quick|--mutants]"; exit 1 ;;
esac
exit $bad
