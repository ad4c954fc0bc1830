#!/bin/sh
# Prints what each eviction policy would have done with public traces.
#
#     run.sh            the policies side by side
#     run.sh knobs      larder's, one number changed at a time
#
# Wants a C compiler, curl, sha256sum, gzip and xz. Traces are fetched once,
# by commit, into ${XDG_CACHE_HOME:-~/.cache}/larder-traces; TRACES names
# another directory, where they may lie already. Nothing is used whose
# checksum is not the one below. Takes about a minute.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
traces=${TRACES:-${XDG_CACHE_HOME:-$HOME/.cache}/larder-traces}
hub=https://raw.githubusercontent.com
cachesim=1a1a11a/libCacheSim/aa0fc40914b2b786f4b9f4dafb099f8f332b216a/data
caffeine=ben-manes/caffeine/ccef95542a9181182a60f5c6c33d2a0642c73574
caffeine=$caffeine/simulator/src/main/resources/com/github/benmanes/caffeine
caffeine=$caffeine/cache/simulator/parser
mooncake=kvcache-ai/Mooncake/3b5a594133958449a1feaf1c9e0fc1b553e34a28
mooncake=$mooncake/FAST25-release/traces

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$traces"

fetch() { # file, sha256, where from
	[ -f "$traces/$1" ] || {
		curl -fsSL --retry 2 -o "$work/new" "$hub/$3"
		mv "$work/new" "$traces/$1"
	}
	echo "$2  $traces/$1" | sha256sum -c --quiet || {
		echo "run.sh: $traces/$1 is not the trace it should be" >&2
		exit 1
	}
	case $1 in
	*.xz) xz -dc "$traces/$1" >"$work/${1%.xz}" ;;
	*.gz) gzip -dc "$traces/$1" >"$work/${1%.gz}" ;;
	*) cp "$traces/$1" "$work/$1" ;;
	esac
}

fetch adaptsize.trace.xz \
	92df6bf9efbc981856c1a4612de9b671d203a090f1f7cb74e94d1f2eee1675b6 \
	"$caffeine/adapt_size/request.trace.xz"
fetch web07.trace.xz \
	e50bb13aa66d1cc71877c8ea92c577be0d0ab5b2b4f7a16c87046af1097bd46a \
	"$caffeine/cache2k/web07.trace.xz"
fetch web12.trace.xz \
	a76c78e129a982fe17055d0a291ebf385e7a0aa7964bd091d006bcde862bcdad \
	"$caffeine/cache2k/web12.trace.xz"
fetch scarab.trace.xz \
	abf86a7eef62e1e5ed93afe318168bb72a575c6d552e9904426711039c05ede3 \
	"$caffeine/scarab/scarab-recs.trace.xz"
fetch sprite.trace.gz \
	e2613162ee4d5134cf155ae090ccd1613a0a91f45e3a0bd636233b5bb42fc28d \
	"$caffeine/lirs/sprite.trace.gz"
fetch loop.trace.gz \
	465c1cc6bb08993034fd3597106cb0edc55b25a5984a17a12018f30a06ba60e9 \
	"$caffeine/lirs/loop.trace.gz"
fetch multi3.trace.gz \
	e1957bb3c49a1e3409fb651dd8fc4273eb144acdc5deb820e7671cb18583dfad \
	"$caffeine/lirs/multi3.trace.gz"
fetch cloudphysics.csv \
	987ff2213050e47d24e8ba6e010d4b3127e51aafef6a76a8a6d43d13b9156fa1 \
	"$cachesim/cloudPhysicsIO.csv"
fetch conversation.jsonl \
	b8cbb061a85206d729d91cdc2981f43c9e0d99209dce588d3af5f7934408b9df \
	"$mooncake/conversation_trace.jsonl"
fetch synthetic.jsonl \
	bd070915a98fc0ed264d7cfef2ce746002eb3076a695ec31ba2674c0111ec131 \
	"$mooncake/synthetic_trace.jsonl"

[ "${SIM:-}" ] || {
	SIM=$work/sim
	${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O2 -o "$SIM" "$here"/*.c
}
"$SIM" --check >&2

policies=fifo,lru,clock,sieve,s3-fifo,larder,slab-clock,slab-hands
policies=$policies,w-tinylfu,lfu-da,gdsf,min
[ "${1:-}" != knobs ] || {
	policies=fifo,larder
	for knob in small=5 small=10 small=30 enough=2 top=1 ghost=0 \
		ghost=6 ghost=12 ghost=50 ghost=100 ways=16 larger=0 \
		larger=1 larger=2 keep=1 chances=8 chances=0 crash=10000; do
		policies=$policies,larder/$knob
	done
}

# Traces without sizes come twice: all objects of one size, and (.a) with
# those of LLM answers. "made" has 70 or 30 % that are never asked again.
cd "$work"
"$SIM" -p "$policies" \
	adaptsize=adapt:adaptsize.trace \
	cloudphysics=csv:cloudphysics.csv \
	web07=be32:web07.trace web07.a=be32+answer:web07.trace \
	web12=be32:web12.trace web12.a=be32+answer:web12.trace \
	scarab=be64:scarab.trace scarab.a=be64+answer:scarab.trace \
	sprite=text:sprite.trace loop=text:loop.trace \
	multi3=text:multi3.trace \
	conversation=mooncake:conversation.jsonl \
	conversation.a=mooncake+answer:conversation.jsonl \
	synthetic=mooncake:synthetic.jsonl \
	made70.a=made+answer:500000,70 made30.a=made+answer:500000,30
