#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# build-module.sh KIND OUTDIR [--src DIR] [--sparse] [MAKE-ARGUMENT]...
#
# Builds the module for the guest kernel KIND (6.1 | 6.12 | debug), with W=1, and leaves netmap.ko and build.log in
# OUTDIR. Kbuild writes beside the sources, so they are copied to OUTDIR/src first; the module's Kbuild file is
# linux/Kbuild below --src (default: kernel/ of this checkout). A second run builds what has changed.
#
# Any warning fails the build. With --sparse, sparse runs on every file; what it and the compiler say about the
# kernel's own headers is then not held against us.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
die() { echo "build-module.sh: $*" >&2; exit 1; }

[ $# -ge 2 ] || die "usage: build-module.sh 6.1|6.12|debug OUTDIR [--src DIR] [--sparse] [MAKE-ARGUMENT]..."
kind=$1 out=$2
shift 2
src=$here/../../kernel sparse='' args=(W=1)
while [ $# -gt 0 ]; do
	case $1 in
	--src) src=${2:?--src needs a folder} && shift ;;
	--sparse) sparse=yes args+=(C=2) ;;
	*) args+=("$1") ;;
	esac
	shift
done
src=$(realpath "$src")
[ -e "$src/linux/Kbuild" ] || die "$src/linux/Kbuild does not exist"
mkdir -p "$out/src"
out=$(realpath "$out")

vars=$("$here/kernel.sh" "$kind")
eval "$vars"

# A module must be built by the compiler that built its kernel: the headers of Debian's kernels name theirs and have
# a switch for ccache, the debug kernel was built by plain gcc.
if command -v ccache >/dev/null; then
	if [ "$kind" = debug ]; then args+=("CC=ccache gcc"); else args+=(DEBIAN_KERNEL_USE_CCACHE=y); fi
fi

# Objects made for another kernel are of no use, nor are those of a build that failed: a file that compiled with a
# warning would pass the next time, for not being compiled again.
if [ "$(cat "$out/kdir" 2>/dev/null)" != "$KDIR" ]; then
	rm -rf "$out/src"
	mkdir "$out/src"
fi
rm -f "$out/kdir"

# Copies what differs and removes what is gone, so that unchanged files keep their times.
sources() { (cd "$1" && find . -type f \( -name '*.[chS]' -o -name Kbuild -o -name 'Makefile*' \) ! -name '*.mod.c' | sort); }
sources "$src" | while read -r file; do
	cmp -s "$src/$file" "$out/src/$file" && continue
	mkdir -p "$out/src/${file%/*}"
	cp "$src/$file" "$out/src/$file"
done
comm -13 <(sources "$src") <(sources "$out/src") | (cd "$out/src" && xargs -r rm -f)

rm -f "$out"/*.ko
status=0
nice make -C "$KDIR" M="$out/src/linux" -j"$(nproc)" "${args[@]}" modules >"$out/build.log" 2>&1 || status=$?

findings=$(grep -iE '(^|[^[:alnum:]_])(warning|error):' "$out/build.log" || true)
if [ -n "$sparse" ]; then findings=$(grep -F "$out/src" <<<"$findings" || true); fi
if [ "$status" -ne 0 ]; then
	tail -n 40 "$out/build.log" >&2
	die "make failed with status $status, see $out/build.log"
elif [ -n "$findings" ]; then
	echo "$findings" >&2
	die "the build is not free of warnings, see $out/build.log"
fi
cp "$out"/src/linux/*.ko "$out"/
echo "$KDIR" >"$out/kdir"
