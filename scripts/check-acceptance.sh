#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Every point of the SDK's acceptance list, S1 to S78, has a test that says so in its name (S24_..., several in one
# name: S3_..._and_S4_...), or a line in tests/unit/sdk/elsewhere.txt with the file that proves it, which must exist.
# Never both. --list prints the tests of each.
set -euo pipefail
cd "$(dirname "$0")/.."

last=78
list=tests/unit/sdk/elsewhere.txt
[ "$(sed -nE 's/^S([0-9]+) +[^ ]+ +[^ ].*/\1/p' $list | wc -l)" -eq "$(grep -cvE '^(#|$)' $list)" ] || {
	echo "not ok every line of $list is: number, file, how"
	exit 1
}
{
	grep -E '^S[0-9]' $list | while read -r number file _; do
		[ -e "$file" ] && echo "elsewhere $number $file" || echo "missing $number $file"
	done
	grep -rhoE '^(TYPED_)?TEST(_F|_P)?\([A-Za-z0-9_]+, *[A-Za-z0-9_]+' tests --include='*.[ch]pp' |
		sed -E 's/^[A-Z_]+\(([A-Za-z0-9_]+), */\1./' |
		awk -F. '{ n = split($2, word, "_"); for (i = 1; i <= n; i++)
			if (word[i] ~ /^S[0-9]+$/) print "test", word[i], $1 "." $2 }'
} | awk -v last=$last -v list="${1-}" '
	function bad(what) { print "not ok " what; failed++ }
	$1 == "missing" { bad($2 ": the list names " $3 ", which is not there"); named[$2] = 1 }
	$1 == "elsewhere" { named[$2] = 1; where[$2] = where[$2] " " $3 }
	$1 == "test" { test[$2] = test[$2] " " $3 }
	{ seen[$2] = 1 }
	END {
		for (i = 1; i <= last; i++) {
			k = "S" i
			known[k] = 1
			if (list == "--list") print k ":" where[k] test[k]
			if ((k in named) && (k in test)) bad(k " is in the list, and in a name:" test[k])
			else if (!(k in named) && !(k in test)) bad(k " has no test")
			else if (k in test || k in where) passed++
		}
		for (k in seen) if (!(k in known)) bad(k " is no point of the list:" test[k])
		print passed + 0 " passed, " failed + 0 " failed, 0 skipped"
		exit failed > 0
	}'
