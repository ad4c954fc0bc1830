#!/bin/sh
# What each start costs, counted: as CGI every request pays it. The libraries
# that larder needs, what the dynamic linker has to mend in them, and what a
# CGI process loads, which for a hit is nothing more.
. "${srcdir:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
need readelf ldd

needed() { readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort; }
case $(needed "$LARDER") in
*san.so*) skip "a sanitizer is linked in" ;;
esac

# What configure could not link in is loaded.
shared_if() { # VARIABLE FILE
	grep -q "^$1 = .*-l:lib" "$builddir/Makefile" || echo "$2"
}
allowed=$(
	echo libc.so
	shared_if FCGI_LIBS libfcgi.so
	shared_if SODIUM_LIBS libsodium.so
	shared_if INIH_LIBS libinih.so
	shared_if PCRE2_LIBS libpcre2-8.so
)
allowed=$(echo "$allowed" | sort)

needs_no_more() {
	is "$allowed" "$(needed "$LARDER" | sed 's/\.so\..*/.so/')" \
		"libraries larder needs"
}

# By name (looked up in every library), and relative ones (an addition each, and
# a page of memory where they are).
by_name() {
	readelf -rW "$1" | grep '^[0-9a-f]*  *[0-9a-f]*  *R_' |
		grep -vc '_RELATIVE\|_IRELATIV'
}
relative() {
	readelf -rW "$1" | awk '/^[0-9a-f]+ +[0-9a-f]+ +R_[A-Z0-9_]*_RELATIVE/ { n++ }
		$2 == "offsets" { n += $1 } END { print n + 0 }'
}
at_most() { # BOUND NUMBER WHAT
	say "    $3: $2 (at most $1)"
	[ "$2" -gt 0 ] || fail "$3: not counted"
	[ "$2" -le "$1" ] || fail "$3: $2, of which there may be $1"
}

# Debian 12, x86-64, gcc 12: 226 and 3869; about as many when configured with
# --disable-static-libs.
relocates_little() {
	at_most 270 "$(by_name "$LARDER")" "relocations by name"
	at_most 4400 "$(relative "$LARDER")" "relative relocations"
}
# libc's are 101 and 1198 there, those of all five 485 and 1294.
libraries_relocate_little() {
	names=0 rel=0
	for lib in $(ldd "$LARDER" | sed -n 's/.* => \(\/[^ ]*\).*/\1/p'); do
		names=$((names + $(by_name "$lib")))
		rel=$((rel + $(relative "$lib")))
	done
	at_most 700 $names "relocations by name in libraries"
	at_most 2000 $rel "relative relocations in libraries"
}

# cgi TEXT: one request as a web server makes it; leaves the answer in $T/body
# and what the dynamic linker loaded in $T/loaded.
cgi() {
	q='{"model":"gpt-test","messages":[{"role":"user","content":"'$1'"}]}'
	printf %s "$q" >"$T/ask"
	rm -f "$T"/ld.*
	# shellcheck disable=SC2086
	$AS env LD_DEBUG=files LD_DEBUG_OUTPUT="$T/ld" \
		GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST \
		REQUEST_URI=/v1/chat/completions \
		CONTENT_TYPE=application/json CONTENT_LENGTH=${#q} \
		HTTP_AUTHORIZATION='Bearer sk-alice' \
		LARDER_CONF="$T/larder.conf" "$LARDER" \
		<"$T/ask" >"$T/body"
	sed -n 's/.*file=\([^ ]*\) .*/\1/p' "$T"/ld.* | sed 's|.*/||' |
		sort -u >"$T/loaded"
}
answered() {
	grep -q "^Cache-Status: larder; $1" "$T/body" || fail "no $1: $(
		head -n 12 "$T/body")"
}
hit_loads_nothing() {
	cgi "what is loaded"
	answered fwd=miss
	grep -qx upstream.so "$T/loaded" ||
		fail "a miss did not load upstream.so, so nothing is counted here"
	cgi "what is loaded"
	answered hit
	is "$allowed" "$(sed 's/\.so\..*/.so/' "$T/loaded" |
		grep -vx 'larder\|env')" "what a hit loaded"
}

fake_start
conf_write
own "$T"
run_cases needs_no_more relocates_little libraries_relocate_little \
	hit_loads_nothing
