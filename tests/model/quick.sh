#!/bin/sh
# The smallest claims about the shared slab, for `make check`.
exec "${srcdir:-.}/tests/model/run.sh" --quick
