#!/bin/sh
# Hosts share a memcached that lies: nothing wrong comes of it. The short form
# of tests/torture/hostile.sh.
: "${srcdir:=$(dirname "$0")/../..}"
export LARDER_TORTURE=short
. "$srcdir/tests/torture/hostile.sh"
