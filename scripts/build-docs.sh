#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# build-docs.sh [PRESET]
#
# Builds the site of the library into build/PRESET/docs/html (PRESET is release
# if not given). Any warning, and any public entity without words, fails.
# Nothing of the project itself is compiled.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1-release} in
-h | --help)
	sed -n '4,8s/^# \{0,1\}//p' "$0"
	exit 0
	;;
-*)
	echo "build-docs.sh: unknown option $1" >&2
	exit 2
	;;
esac
preset=${1-release}
out=build/$preset/docs/html

cmake --preset "$preset" -DNETMAPXX_BUILD_DOCS=ON >/dev/null
cmake --build --preset "$preset" --target docs
echo "read it: $PWD/$out/index.html"
