#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# build-debs.sh [--output DIR] [--no-doc]
#
# Builds the Debian packages: libnetmapxx0, libnetmapxx-dev, netmapxx-tools,
# netmapxx-dkms and netmapxx-doc, into DIR (default: build/debs). Needs no root
# and no network; the tree is copied first and stays as it is.
#
#   --output DIR  where the packages go; packages of an earlier run are replaced
#   --no-doc      without the reference in netmapxx-doc, which needs Doxygen
#
# Exit status: 0 the packages are there, 1 they cannot be built, 2 wrong usage.
set -euo pipefail
source_dir=$(cd "$(dirname "$0")/.." && pwd)
output=$source_dir/build/debs

say() { echo "build-debs.sh: $*" >&2; }
die() { say "$*"; exit 1; }
usage() { sed -n '4,13s/^# \{0,1\}//p' "$0"; }

while [ $# -gt 0 ]; do
	case $1 in
	--output)
		[ -n "${2-}" ] || { say "--output needs a directory" && exit 2; }
		output=$2
		shift
		;;
	--no-doc)
		export DEB_BUILD_PROFILES="${DEB_BUILD_PROFILES-} nodoc" DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS-} nodoc"
		;;
	-h | --help) usage && exit 0 ;;
	*)
		say "unknown argument $1"
		usage >&2
		exit 2
		;;
	esac
	shift
done

# --- what is needed, before anything is written
missing=()
for tool in dpkg-buildpackage:dpkg-dev dpkg-checkbuilddeps:dpkg-dev dh:debhelper tar:tar; do
	command -v "${tool%%:*}" >/dev/null || missing+=("${tool#*:}")
done
[ ${#missing[@]} -eq 0 ] || die "these packages are needed: $(printf '%s\n' "${missing[@]}" | sort -u | xargs)"
debian=$source_dir/packaging/debian
lacks=$(cd "$source_dir" && dpkg-checkbuilddeps "$debian/control" 2>&1) ||
	die "${lacks##*error: }; as root: apt-get install --no-install-recommends PACKAGE..."
version=$(sed -nE '1s/^netmapxx \(([^)]*)\).*/\1/p' "$debian/changelog")
project=$(sed -nE 's/^project\(netmapxx VERSION ([0-9.]+).*/\1/p' "$source_dir/CMakeLists.txt")
[ "$version" = "$project" ] || die "packaging/debian/changelog is for version $version, CMakeLists.txt for $project"

mkdir -p "$output" 2>/dev/null || die "cannot make the directory $output"
output=$(cd "$output" && pwd)
[ -w "$output" ] || die "cannot write to $output"

# --- a copy of the tree, as it is: what git tracks and what is new, else all but builds
work=$(mktemp -d "${TMPDIR:-/tmp}/netmapxx-debs.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
tree=$work/netmapxx-$version
mkdir "$tree"
files() {
	if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git ls-files -z --cached --others --exclude-standard |
			while IFS= read -rd '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done
	else
		find . -name .git -prune -o -path ./build -prune -o -type f -print0
	fi
}
(cd "$source_dir" && files | tar --null --files-from=- -cf - ) | tar -C "$tree" -xf -
mv "$tree/packaging/debian" "$tree/debian"

# --- the packages. debhelper gives each build a home of its own, in which ccache
# would begin anew: it is told where its cache is.
if cache=$(ccache --get-config cache_dir 2>/dev/null) && mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ]; then
	export CCACHE_DIR=$cache
else
	export CCACHE_DISABLE=1
fi
log=$work/log
say "building the packages of netmapxx $version; this takes some minutes"
(cd "$tree" && dpkg-buildpackage --build=binary --no-sign --no-pre-clean) >"$log" 2>&1 </dev/null || {
	cp "$log" "$output/build.log" 2>/dev/null || true
	tail -n 60 "$log" >&2
	die "the build failed; its log is $output/build.log"
}
rm -f "$output"/*netmapxx*.deb "$output"/netmapxx_*.buildinfo "$output"/netmapxx_*.changes "$output/build.log"
cp "$work"/*.deb "$work"/*.buildinfo "$work"/*.changes "$output/"
(cd "$output" && printf '%s\n' "$PWD"/*.deb)
