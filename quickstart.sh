#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Installs what is needed, builds a release, and moves packets: a sender and a
# receiver across a VALE switch of the embedded engine, for a few seconds.
set -euo pipefail
cd "$(dirname "$0")"

case ${1-} in
'') ;;
-h | --help)
	sed -n '4,5s/^# //p' "$0"
	exit 0
	;;
*)
	echo "quickstart.sh: unknown argument $1 (it takes none)" >&2
	exit 2
	;;
esac

scripts/install-packages.sh build

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "Building a release in build/release ..."
if ! { cmake --preset release -DNETMAPXX_BUILD_TESTS=OFF -DNETMAPXX_BUILD_BENCH=OFF &&
	cmake --build --preset release; } >"$log" 2>&1; then
	cat "$log" >&2
	exit 1
fi

pktgen=build/release/apps/nm-pktgen
run=(-f loop -i vale0:sender --peer vale0:receiver --duration 5s --backend embedded)
echo "Sending 60-byte packets across a VALE switch inside one process:"
echo "  $pktgen ${run[*]}"
"$pktgen" "${run[@]}"

cat <<END

What to try next:
  a pipe, no copies:      $pktgen -f loop -i demo{1 --peer demo}1 --duration 5s
  larger packets:         $pktgen -f loop -i vale0:a --peer vale0:b -l 1514 --duration 5s
  all options:            $pktgen --help
  every test, the kernel module in virtual machines included:   ./test.sh
  the kernel module alone, on Debian's 6.12 kernel:             ./test.sh vm --kernel 6.12
  figures, as ratios to this machine's limits:                  ./bench.sh
END
