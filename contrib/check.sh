#!/bin/sh
# Installs what is missing, builds larder and runs every test:
#   1. a hardened build with all warnings as errors, and `make check`: unit
#      tests, floors, end-to-end through real web servers, real SDKs;
#   2. the unit tests, and some of the end-to-end ones, under AddressSanitizer
#      and UndefinedBehaviorSanitizer, every arena allocation a malloc;
#   3. the shared-memory tests, and the same end-to-end ones, under
#      ThreadSanitizer;
#   4. `make distcheck`.
# Everything is built below build/.
set -eu
cd "$(dirname "$0")/.."
sh contrib/install-deps.sh test
[ -x configure ] && [ configure -nt configure.ac ] &&
	[ Makefile.in -nt Makefile.am ] || ./autogen.sh >/dev/null 2>&1 ||
	./autogen.sh
jobs=$(nproc)

step() { # name, then configure arguments
	name=$1
	shift
	echo "== $name"
	mkdir -p "build/$name"
	(cd "build/$name" && ../../configure -q "$@" && make -s -j"$jobs" all)
}

run() { # build, then a target; adds its totals to the whole
	log=build/$1/test-suite.log
	rm -f "$log"
	make -s -C "build/$1" -j"$jobs" VERBOSE=1 "$2" || bad=1
	[ -f "$log" ] || { fail=$((fail + 1)); return 0; }
	pass=$((pass + $(sed -n 's/^# PASS: *//p' "$log")))
	fail=$((fail + $(sed -n 's/^# FAIL: *//p' "$log") +
		$(sed -n 's/^# ERROR: *//p' "$log")))
	skip=$((skip + $(sed -n 's/^# SKIP: *//p' "$log")))
}

pass=0 fail=0 skip=0 bad=
step plain --enable-warnings
run plain check
step asan --enable-warnings --enable-sanitizers --enable-arena-malloc
run asan check-unit
# A program that may not be dumped cannot be searched for leaks.
ASAN_OPTIONS=detect_leaks=0
export ASAN_OPTIONS
run asan check-doors
step tsan --enable-sanitizers=thread
TSAN_OPTIONS=halt_on_error=1
export TSAN_OPTIONS
run tsan check-threads
run tsan check-doors
if [ -z "$bad" ]; then
	echo "== distcheck"
	if ! LARDER_SKIP_E2E=1 make -s -C build/plain -j"$jobs" distcheck \
		>build/distcheck.log 2>&1; then
		tail -50 build/distcheck.log
		bad=1
		fail=$((fail + 1))
	fi
fi
echo "$pass passed, $fail failed, $skip skipped"
[ -z "$bad" ] && [ "$fail" = 0 ]
