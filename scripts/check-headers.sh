#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Every public header compiles alone, as C11 and C++20 where it is C, with every
# compiler and without a warning.
set -euo pipefail
cd "$(dirname "$0")/.."

flags=(-Wall -Wextra -Wpedantic -Werror -fsyntax-only -Ikernel/include -Ikernel/user -Isdk/include
	-Isdk/compat/include)
passed=0 failed=0

check() { # LANGUAGE HEADER COMPILER...
	local language=$1 header=$2
	shift 2
	if echo "#include <$header>" | "$@" -x "$language" "${flags[@]}" -; then
		passed=$((passed + 1))
	else
		echo "not ok $header: $*"
		failed=$((failed + 1))
	fi
}

for h in net/netmap.h net/netmap_legacy.h net/netmap_user.h net/netmap_open.h netmap_engine.h libnetmap.h; do
	for c in gcc clang-14 clang-16; do check c "$h" "$c" -std=c11; done
	for c in g++ clang++-14 clang++-16; do check c++ "$h" "$c" -std=c++20; done
done
# what programs of old ask for before they include it
flags+=(-DNETMAP_WITH_LIBS)
for c in gcc clang-14 clang-16; do check c net/netmap_user.h "$c" -std=c11; done
for c in g++ clang++-14 clang++-16; do check c++ net/netmap_user.h "$c" -std=c++20; done
while read -r h; do
	for c in g++ clang++-14 clang++-16; do check c++ "${h#sdk/include/}" "$c" -std=c++20; done
done < <(find sdk/include -name '*.hpp' | sort)

# What clang 14 with this standard library does not compile.
if grep -nE 'view_interface|ranges::subrange|std::views::' $(find sdk/include -name '*.hpp') /dev/null; then
	echo "not ok public headers use range adaptors"
	failed=$((failed + 1))
else
	passed=$((passed + 1))
fi
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
