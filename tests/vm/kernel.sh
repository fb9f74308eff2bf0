#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# kernel.sh KIND        KIND = 6.1 | 6.12 | debug
#
# Makes sure that the guest kernel of that kind is in the cache, and prints where it is, as lines for eval:
#   KERNEL=   the image to boot
#   KDIR=     headers or build tree, for building modules
#   MODULES=  the kernel's own modules (a lib/modules/<version> folder)
#
# 6.1 and 6.12 are Debian's kernels: the image package that matches the installed headers is downloaded and
# unpacked, never installed. debug is built from the linux-source-6.12 package and debug.config.
# The cache is $NETMAPXX_CACHE, else ~/.cache/netmapxx; it is safe to delete at any time.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=$(realpath -m "${NETMAPXX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/netmapxx}")

say() { echo "kernel.sh: $*" >&2; }
die() { say "$*"; exit 1; }

package_version() { # PACKAGE: the installed version, or fails
	dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$1" 2>/dev/null | sed -n 's/^installed //p' | grep .
}

answer() { # VMLINUZ KDIR MODULES
	[ -r "$1" ] && [ -d "$2" ] && [ -d "$3" ] || die "incomplete: $1, $2 or $3 is missing"
	printf 'KERNEL=%q\nKDIR=%q\nMODULES=%q\n' "$@"
}

# Everything below writes into the cache under this lock, so that two runs do not make the same thing at once.
# The lock is held by file descriptor 9 until the script ends.
take_lock() { # NAME
	mkdir -p "$cache/kernels"
	exec 9>"$cache/kernels/$1.lock"
	flock -n 9 || { say "waiting for another run that is making the $1 kernel"; flock 9; }
}

# A Debian kernel. The header metapackage names the headers package; that name holds the kernel's release, and
# the image of the same release and version is the one whose modules match.
debian_kernel() { # METAPACKAGE
	local headers release version dir
	headers=$(dpkg-query -W -f '${Depends}\n' "$1" 2>/dev/null | grep -oE 'linux-headers-[0-9][^ ,]*' | head -n 1) ||
		die "install $1 first"
	release=${headers#linux-headers-}
	version=$(package_version "$headers") || die "install $headers first"
	dir=$cache/kernels/$release-$version
	take_lock "$release"
	if [ ! -e "$dir/complete" ]; then
		say "downloading linux-image-$release $version"
		rm -rf "$dir"
		# apt-get run by root downloads as the user _apt, who may not write below a home directory.
		tmp=$(mktemp -d) # not local: the trap runs after this function
		trap 'rm -rf "$tmp"' EXIT
		if [ "$(id -u)" = 0 ]; then chown _apt "$tmp" 2>/dev/null || true; fi
		(cd "$tmp" && apt-get -q download "linux-image-$release=$version" >&2) ||
			die "cannot download linux-image-$release=$version (is apt-get update recent?)"
		mkdir -p "$dir"
		dpkg -x "$tmp"/linux-image-*.deb "$dir"
		touch "$dir/complete"
	fi
	local kdir=/lib/modules/$release/build
	[ -e "$kdir/Makefile" ] || kdir=/usr/src/$headers
	answer "$dir/boot/vmlinuz-$release" "$kdir" "$dir/lib/modules/$release"
}

# What the debug kernel is made from, and so the key of its place in the cache: source, configuration (comments
# aside) and compiler.
debug_key() { # SOURCE_VERSION
	{ echo "$1"; debug_options; gcc --version | head -n 1; } | sha256sum | cut -c 1-12
}
debug_options() { grep -E '^(CONFIG_|# CONFIG_.* is not set)' "$here/debug.config"; }

debug_kernel() {
	local version dir release
	version=$(package_version linux-source-6.12) || die "install linux-source-6.12 first"
	dir=$cache/kernels/debug-$(debug_key "$version")
	take_lock debug
	if [ ! -e "$dir/complete" ]; then
		say "building the debug kernel in $dir (10 to 20 minutes; the log is $dir/build.log)"
		rm -rf "$dir"
		mkdir -p "$dir/build"
		build_debug "$dir" >"$dir/build.log" 2>&1 || { tail -n 30 "$dir/build.log" >&2; die "the build failed"; }
		touch "$dir/complete"
	fi
	release=$(cat "$dir/build/include/config/kernel.release")
	answer "$dir/vmlinuz" "$dir/build" "$dir/lib/modules/$release"
}

build_debug() ( # DIR
	set -euo pipefail
	local jobs cc=gcc
	jobs=$(nproc)
	if command -v ccache >/dev/null; then cc="ccache gcc"; fi
	make_kernel() { nice make -j"$jobs" CC="$cc" HOSTCC="$cc" KBUILD_BUILD_TIMESTAMP=@0 "$@"; }

	cd "$1/build"
	tar -xf /usr/src/linux-source-6.12.tar.xz --strip-components=1
	make_kernel tinyconfig
	debug_options >>.config
	make_kernel olddefconfig
	check_config .config
	make_kernel bzImage modules
	cp "$(make -s image_name)" ../vmlinuz
	make_kernel INSTALL_MOD_PATH="$1" modules_install
	prune_tree
)

# Kconfig drops, without a word, an option whose dependencies are not met.
check_config() { # .CONFIG
	local missing
	missing=$(debug_options | grep -vxFf "$1") || return 0
	echo "error: the configuration lost these lines of debug.config:"
	echo "$missing"
	return 1
}

# Leaves what building a module reads: Makefiles, Kconfig files, headers, scripts, objtool, Module.symvers.
prune_tree() {
	find . -name .git -prune -o -type f \
		! -path './scripts/*' ! -path './tools/objtool/objtool' ! -path './include/*' ! -path './arch/x86/*' \
		! -name 'Makefile*' ! -name 'Kbuild*' ! -name 'Kconfig*' ! -name '*.h' \
		! -name .config ! -name Module.symvers ! -name System.map ! -name modules.order ! -name 'modules.builtin*' \
		-print0 | xargs -0 rm -f
	find arch/x86 -type f \( -name '*.[oaScd]' -o -name '.*.cmd' -o -name 'bzImage' -o -name 'vmlinux*' \) \
		! -path '*/tools/*' -delete
	find arch -mindepth 1 -maxdepth 1 -type d ! -name x86 -exec find {} -type f ! -name 'Kconfig*' -delete \;
	rm -rf Documentation samples tools/testing tools/perf drivers/gpu/drm/amd
	find . -type d -empty -delete
}

case ${1-} in
6.1) debian_kernel linux-headers-amd64 ;;
6.12) debian_kernel linux-headers-6.12-amd64 ;;
debug) debug_kernel ;;
*) die "usage: kernel.sh 6.1|6.12|debug" ;;
esac
