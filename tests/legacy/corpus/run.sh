#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh PROGRAMS [PRELOAD]: runs every program of the corpus and compares what
# it prints with its .expected file, which lies beside this script.
#
#   PROGRAMS  the folder with the programs, each as NAME, NAME_cxx and perhaps
#             NAME_linked
#   PRELOAD   libnetmapxx-preload.so: they run on the embedded engine; without it
#             on /dev/netmap
here=$(dirname "$0") programs=$1 preload=${2-}
passed=0 failed=0

# check NAME PROGRAM [PRELOAD]
check() {
	if [ -n "$preload" ]; then
		out=$(LD_PRELOAD=${3-} NETMAPXX_BACKEND=embedded timeout 120 "$programs/$2" 2>&1)
	else
		out=$(timeout 120 "$programs/$2" 2>&1)
	fi
	status=$?
	if [ "$status" -eq 0 ] && [ "$out" = "$(cat "$here/$1.expected")" ]; then
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	echo "not ok $2: status $status, and it said:"
	echo "$out"
}

for expected in "$here"/*.expected; do
	name=$(basename "$expected" .expected)
	check "$name" "$name" "$preload"
	check "$name" "${name}_cxx" "$preload"
	if [ -n "$preload" ] && [ -x "$programs/${name}_linked" ]; then
		check "$name" "${name}_linked"
	fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
