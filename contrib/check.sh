#!/bin/sh
# Installs what is missing, builds larder and runs every test:
#   1. a hardened build with all warnings as errors, and `make check` (unit
#      tests, floors, end-to-end through real web servers, real SDKs);
#   2. the unit tests under AddressSanitizer and UndefinedBehaviorSanitizer,
#      with every arena allocation a malloc;
#   3. the shared-memory tests under ThreadSanitizer;
#   4. `make distcheck`.
# Everything is built below build/; nothing of the checkout is changed.
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

counts() { # adds the totals of a test run to the whole
	log=build/$1/test-suite.log
	pass=$((pass + $(sed -n 's/^# PASS: *//p' "$log")))
	fail=$((fail + $(sed -n 's/^# FAIL: *//p' "$log") +
		$(sed -n 's/^# ERROR: *//p' "$log")))
	skip=$((skip + $(sed -n 's/^# SKIP: *//p' "$log")))
}

pass=0 fail=0 skip=0 bad=
step plain --enable-warnings
make -s -C build/plain -j"$jobs" check || bad=1
counts plain
step asan --enable-warnings --enable-sanitizers --enable-arena-malloc
make -s -C build/asan -j"$jobs" check-unit || bad=1
counts asan
step tsan --enable-sanitizers=thread
make -s -C build/tsan -j"$jobs" check-threads || bad=1
counts tsan
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
