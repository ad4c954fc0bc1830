# The real clients, installed once for each lock file, and how their tests are
# run: node_test. Source it after lib.sh; it changes into their folder.
# shellcheck shell=sh

sdk=${SDK_DIR:-$builddir/tests/sdk}
need npm node flock
mkdir -p "$sdk"
cd "$sdk"

# Under the lock, and never a file that another test may be reading.
copy_tests() {
	[ "$sdk" -ef "$srcdir/tests/sdk" ] && return
	for f in "$srcdir"/tests/sdk/*.*; do
		cmp -s "$f" "${f##*/}" || cp -f "$f" .
	done
}

# Once for each lock file.
install_clients() {
	cmp -s package-lock.json node_modules/.installed && return
	npm ci --ignore-scripts --no-audit --no-fund \
		--fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 \
		>"$T/npm.log" 2>&1 &&
		cp -f package-lock.json node_modules/.installed
}
exec 9>"$sdk/.lock"
flock 9
copy_tests
install_clients || skip "npm ci failed: $(grep -m 1 error "$T/npm.log")"
exec 9>&-

# Debian 12's node is too old for some clients; npm brought a newer one.
for NODE in node_modules/node-linux-*/bin/node "$(command -v node)"; do
	[ -x "$NODE" ] && break
done

# node_test NAME FILE...
node_test() {
	log=$T/$1.node.log
	shift
	BASE_URL=$BASE FAKE_URL=$FAKE_URL "$NODE" --test --test-concurrency=1 \
		--test-reporter=spec "$@" >"$log" 2>&1 || {
		say "--- ${log##*/}"
		sed -n '/failing tests/,$p' "$log" | head -n 120 >&2
		return 1
	}
}
