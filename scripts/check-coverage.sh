#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Every observable check of the two specifications has a test that says so in its name, or a line in
# tests/conformance/elsewhere.txt that says where it is proved, or why it does not hold here. Never both.
#
#   A1 to A125  the control ABI: requests, options, memory, syncs and poll, the old ioctls, port specifications
#   D1 to D96   the data plane: rings, pipes, monitors, switches, host rings, interfaces, sync loop, offsets
#
# A test may name several: A47_D19_what_holds. --list prints the tests of each.
set -euo pipefail
cd "$(dirname "$0")/.."

list=tests/conformance/elsewhere.txt
[ "$(sed -nE 's/^([AD][0-9]+) +[^ ].*/\1/p' $list | wc -l)" -eq "$(grep -cvE '^(#|$)' $list)" ] || {
	echo "not ok every line of $list is: number, space, reason"
	exit 1
}
{
	sed -nE 's/^([AD][0-9]+) .*/elsewhere \1 -/p' $list
	grep -rhoE '^(TYPED_)?TEST(_F|_P)?\([A-Za-z0-9_]+, *[A-Za-z0-9_]+' tests --include='*.cpp' |
		sed -E 's/^[A-Z_]+\(([A-Za-z0-9_]+), */\1./' |
		awk -F. '{ n = split($2, word, "_"); for (i = 1; i <= n; i++)
			if (word[i] ~ /^[AD][0-9]+$/) print "test", word[i], $1 "." $2 }'
} | awk -v list="${1-}" '
	$1 == "elsewhere" { if ($2 in elsewhere) bad("twice in the list: " $2); elsewhere[$2] = 1 }
	$1 == "test" { test[$2] = test[$2] " " $3 }
	{ seen[$2] = 1 }
	function bad(what) { print "not ok " what; failed++ }
	function check(letter, last,    i, k) {
		for (i = 1; i <= last; i++) {
			k = letter i
			known[k] = 1
			if (list == "--list") print k ":" (k in elsewhere ? " elsewhere" : "") test[k]
			if ((k in elsewhere) && (k in test)) bad(k " is in the list, and in a name:" test[k])
			else if (!(k in elsewhere) && !(k in test)) bad(k " has no test")
			else passed++
		}
	}
	END {
		check("A", 125)
		check("D", 96)
		for (k in seen) if (!(k in known)) bad(k " is no check:" test[k])
		print passed + 0 " passed, " failed + 0 " failed, 0 skipped"
		exit failed > 0
	}'
