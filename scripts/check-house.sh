#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The rules of the house that a script can see: the core knows no operating
# system, arrows point down only, every source says its licence.
set -euo pipefail
cd "$(dirname "$0")/.."

passed=0 failed=0
rule() { # NAME FINDINGS
	if [ -z "$2" ]; then
		echo "ok $1"
		passed=$((passed + 1))
	else
		printf 'not ok %s\n%s\n' "$1" "$2"
		failed=$((failed + 1))
	fi
}
found() { grep -rnE "$@" || true; }

rule "core includes only its own headers and the ABI" \
	"$(found '^ *# *include *<' kernel/core | grep -vE '<net/netmap(_legacy)?\.h>' || true)"
rule "core has no conditional on a system or a kernel version" \
	"$(found '# *if.*(__linux__|__KERNEL__|LINUX_VERSION|__FreeBSD__|_WIN32)' kernel/core)"
rule "kernel versions are known in compat.h only" \
	"$(found 'LINUX_VERSION_CODE|KERNEL_VERSION' kernel --include='*.[ch]' | grep -v 'linux/compat.h' || true)"
rule "the user OS layer knows nothing of the SDK" "$(found 'netmapxx/' kernel/user)"
rule "the SDK knows nothing of the core's headers" \
	"$(found '#include *"(mem|ring|adapter|binding|control|os)\.h"' sdk)"
rule "programs use the SDK, not the engine" "$(found 'netmap_engine.h|kernel/core' apps)"
rule "no program uses another's folder; what two share is in apps/common" \
	"$(found '^ *# *include *"nm-' apps | awk -F'[/:"]' '$2 == "common" || $2 != $6' || true)"
rule "every source begins with its licence" \
	"$(git ls-files '*.c' '*.h' '*.cpp' '*.hpp' '*.sh' '*CMakeLists.txt' '*.cmake' |
		while read -r f; do [ -f "$f" ] && { head -2 "$f" | grep -q 'SPDX-License-Identifier: BSD-2-Clause' || echo "$f"; }; done || true)"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
