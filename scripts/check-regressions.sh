#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Every defect of old has a test that is named after it: pain_<number> for reports,
# pain_row_<number> for rows of the list of pains, cve_<year>_<number>, and
# defect_<words> for those without a number. docs/regressions.md says which is
# which, and names tests that exist.
# shellcheck disable=SC2015 # verdict does not fail
set -euo pipefail
cd "$(dirname "$0")/.."

reports=(48 56 602 779 408 412 144 573 287 923 54 311 109 382 189 389 201 199 407 409 403 753 583 127 887 580 457 567 454 175)
rows=(1 3 4 5 6 7 8 9 10 11 12 13 14 15 17 18)
others=(cve_2022_23084 cve_2022_23085 defect_reference_leak defect_frame_beyond_buffer)

passed=0 failed=0
verdict() { # NAME, with the status of the command before
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1))
	else
		echo "not ok $1"
		failed=$((failed + 1))
	fi
}

# The names of all tests: TEST...(suite, name) in C++, and those of the guest's jobs.
names=$({
	grep -rhoE '^TEST(_F|_P)?\([A-Za-z0-9_]+, *[A-Za-z0-9_]+' tests --include='*.cpp' | sed -E 's/^[^(]*\(([^,]*), */\1./'
	grep -hoE '^[[:space:]]*t(_stream)? "[^"]*"' tests/vm/jobs/*.sh
})
named() { grep -qE -- "$1" <<<"$names"; }

for n in "${reports[@]}"; do
	named "pain_([0-9]+_)*$n([_ ]|$)" && verdict "report $n" 0 || verdict "no test is named after report $n (pain_${n}_...)" 1
done
for n in "${rows[@]}"; do
	named "pain_row_([0-9]+_)*${n}_" && verdict "row $n" 0 || verdict "no test is named after row $n (pain_row_${n}_...)" 1
done
for n in "${others[@]}"; do
	named "$n" && verdict "$n" 0 || verdict "no test is named after $n" 1
done

# And the other way round: what the table speaks of is there.
table=docs/regressions.md
for n in "${reports[@]}"; do
	grep -qE "^\|.*\b$n\b" $table && verdict "table has $n" 0 || verdict "$table does not have report $n" 1
done
while read -r test; do
	grep -qxF -- "$test" <<<"$names" && verdict "$test" 0 || verdict "$table names a test that is not there: $test" 1
done < <(grep -oE '`[A-Za-z]+\.[A-Za-z0-9_]+`' $table | tr -d '`' | grep -v '\.sh$' | sort -u)

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
