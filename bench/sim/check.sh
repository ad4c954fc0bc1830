#!/bin/sh
# The simulator agrees with hits counted by hand, for `make check`.
exec "${builddir:-.}/bench/sim/sim" --check
