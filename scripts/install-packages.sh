#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# install-packages.sh [build]
#
# Installs what packages.txt lists and this machine lacks; with `build`, only
# its first part. Says what it would need when it is not root.
set -euo pipefail

list=$(dirname "$0")/../packages.txt
part=${1-all}
# A heading is a comment that names a part; the list before "# tests" is for building.
if [ "$part" = build ]; then
	wanted=$(sed '/^# tests/,$d' "$list")
else
	wanted=$(cat "$list")
fi
mapfile -t wanted < <(sed 's/#.*//' <<<"$wanted" | xargs -n1)

missing=()
for p in "${wanted[@]}"; do
	status=$(dpkg-query -W -f='${Status}' "$p" 2>/dev/null || true)
	[ "$status" = "install ok installed" ] || missing+=("$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "These packages are needed, and only root can install them:" >&2
	echo "  apt-get install ${missing[*]}" >&2
	exit 1
fi
echo "Installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
