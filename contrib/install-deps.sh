#!/bin/sh
# Installs the Debian packages that are missing, for building larder (build),
# for the quick start (run) or for the tests (test). Usage:
#   contrib/install-deps.sh build|run|test
set -eu

build="gcc libc6-dev make autoconf automake pkg-config libfcgi-dev
	libcurl4-openssl-dev libmemcached-dev libsodium-dev libinih-dev
	libssl-dev libpcre2-dev libutf8proc-dev zlib1g-dev libzstd-dev
	ca-certificates"
run="$build nginx-light curl"
test="$run libcmocka-dev apache2 libapache2-mod-fcgid lighttpd logrotate
	spawn-fcgi systemd xz-utils zstd nodejs npm python3-venv jq procps man-db
	memcached spin openssl"

case "${1:-}" in
build) want=$build ;;
run) want=$run ;;
test) want=$test ;;
*) echo "usage: $0 build|run|test" >&2; exit 2 ;;
esac

have() { # is the package there, or a program that stands for it?
	case $1 in
	nodejs) command -v node >/dev/null 2>&1 && return 0 ;;
	npm) command -v npm >/dev/null 2>&1 && return 0 ;;
	python3-venv) python3 -c 'import ensurepip' 2>/dev/null && return 0 ;;
	nginx-light) [ -x /usr/sbin/nginx ] && return 0 ;;
	esac
	dpkg-query -W -f '${Status}' "$1" 2>/dev/null |
		grep -q 'install ok installed'
}

missing=
for p in $want; do
	have "$p" || missing="$missing $p"
done
[ -n "$missing" ] || exit 0

command -v apt-get >/dev/null 2>&1 || {
	echo "This system has no apt-get. Install what these Debian packages" \
		"hold:$missing" >&2
	exit 1
}
as_root=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null 2>&1 || {
		echo "Run as root, once: apt-get install$missing" >&2
		exit 1
	}
	as_root=sudo
fi
echo "Installing:$missing" >&2
# No server package may start a service or take a port.
policy=/usr/sbin/policy-rc.d
made=
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
	$as_root chmod 755 $policy
	made=1
fi
log=$(mktemp)
ok=1
$as_root apt-get -qq update >"$log" 2>&1 || ok=
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
	install --no-install-recommends $missing >>"$log" 2>&1 || ok=0
[ -z "$made" ] || $as_root rm -f $policy
if [ "$ok" = 0 ]; then
	cat "$log" >&2
	rm -f "$log"
	exit 1
fi
rm -f "$log"
