#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# bench.sh [mem|vale|pipe|sdk|asio|insn|wire|tcp]... [--kernel 6.1|6.12] [--json FILE]
#
# Prints one line a figure, NAME ratio=... value=... unit=..., and with --json
# the same as a JSON array.
#
#   mem    idle engine and default port, against their limits (8 and 6 MiB), on both hosts
#   vale   the embedded switch, against a copy between two threads
#   pipe   embedded pipes, against a ring of slots between two threads
#   sdk    loops over rings of embedded pipes through libnetmapxx, against the same by hand,
#          and opening a port against the raw requests
#   asio   packets received by Boost.Asio operations, handlers and coroutines, from a pipe that
#          is kept full, against a blocking loop
#   insn   the module in an instruction-counting virtual machine, whole system,
#          against the limits of 300 (VALE) and 120 (pipe) instructions a packet
#   wire   emulated ports on a veth pair, in the same machine, against packet
#          sockets (TPACKET_V3, no queueing discipline): sender alone, receiver
#          behind the same sender, and both
#   tcp    TCP of the host stack through a host-ring bridge, against the same
#          connection without netmap; packets finished, and with --offloads
set -euo pipefail
cd "$(dirname "$0")"
PATH=$PATH:/usr/sbin # ip, for the guests

parts=() kernel=6.1 json=''
while [ $# -gt 0 ]; do
	case $1 in
	mem | vale | pipe | sdk | asio | insn | wire | tcp) parts+=("$1") ;;
	--kernel) kernel=${2:?--kernel needs 6.1 or 6.12} && shift ;;
	--json) json=${2:?--json needs a file} && shift ;;
	-h | --help) sed -n '4,23s/^# \{0,1\}//p' "$0" && exit 0 ;;
	*) echo "bench.sh: unknown argument $1 (--help)" >&2 && exit 2 ;;
	esac
	shift
done
[ ${#parts[@]} -gt 0 ] || parts=(mem vale pipe sdk asio insn wire tcp)

scripts/install-packages.sh
out=$(mktemp)
trap 'rm -f "$out"' EXIT
log=build/bench-build.log
mkdir -p build
{ cmake --preset release -DNETMAPXX_BUILD_BENCH=ON && cmake --build --preset release --target nm-bench nm-pktgen nm-bridge; } >"$log" 2>&1 || { tail -20 "$log" >&2; exit 1; }
bin=build/release

module() {
	tests/vm/build-module.sh "$kernel" "build/vm/$kernel" >"$log" 2>&1 || { tail -20 "$log" >&2; exit 1; }
}

guest() { # JOB [ARGUMENT OF run.sh]...
	local job=$1
	shift
	tests/vm/run.sh --kernel "$kernel" --job "tests/vm/jobs/$job.sh" \
		--add "build/vm/$kernel/netmap.ko:/lib/modules-under-test/netmap.ko" \
		--add "$bin/apps/nm-pktgen:/tests/nm-pktgen" "$@"
}

for p in "${parts[@]}"; do
	case $p in
	insn)
		module
		guest insn --icount --timeout 900 | tr -d '\r' | awk '
			$1 == "INSN" { limit = $2 ~ /pipe/ ? 120 : 300
				printf "insn.%s ratio=%.3f value=%.1f unit=instructions/packet\n", $2, $3 / limit, $3 }'
		;;
	mem)
		"$bin/bench/nm-bench" mem
		module
		guest mem --add "$bin/bench/nm-bench:/tests/nm-bench" | tr -d '\r' | grep ' ratio='
		;;
	wire)
		module
		guest wire --icount --timeout 900 --module veth --add "$bin/bench/nm-bench:/tests/nm-bench" \
			--add "$(command -v ip):/tests/ip" | tr -d '\r' | grep ' ratio='
		;;
	tcp)
		module
		for flags in '' --offloads; do
			guest host_tcp --timeout 900 --env TCP_ROUNDS=5 --env TCP_SOAK_SECONDS=1 --env "TCP_BRIDGE=$flags" --module veth \
				--add "$bin/apps/nm-bridge:/tests/nm-bridge" --add "$(command -v iperf3):/tests/iperf3" \
				--add "$(command -v ip):/tests/ip" | tr -d '\r' | awk -v how="${flags:---finished}" '
				$1 == "TCP" && sub(/^bridged=/, "", $4) { sub(/^ratio=/, "", $5); sub(/^--/, "", how)
					printf "tcp.%s.%s ratio=%s value=%s unit=Mbit/s\n", how, $2, $5, $4 }'
		done
		;;
	*) "$bin/bench/nm-bench" "$p" ;;
	esac
done | tee "$out"

if [ -n "$json" ]; then
	awk 'BEGIN { print "[" }
		{ sub(/ratio=/, "", $2); sub(/value=/, "", $3); sub(/unit=/, "", $4)
		  printf "%s  {\"name\": \"%s\", \"ratio\": %s, \"value\": %s, \"unit\": \"%s\"}", n++ ? ",\n" : "", $1, $2, $3, $4 }
		END { print "\n]" }' "$out" >"$json"
fi
