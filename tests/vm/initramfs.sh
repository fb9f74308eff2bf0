#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# initramfs.sh OUT.img FILE[:GUESTPATH]...
#
# Makes the guest's file system: busybox, tests/vm/init, and the files given. Without GUESTPATH a kernel module goes to
# /lib/modules-under-test and anything else to /tests. Programs bring the shared libraries that ldd names.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
die() { echo "initramfs.sh: $*" >&2; exit 1; }

[ $# -ge 1 ] || die "usage: initramfs.sh OUT.img FILE[:GUESTPATH]..."
out=$(realpath -m "$1")
shift
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

is_elf() { [ "$(head -c 4 "$1" | tail -c 3)" = ELF ]; }

# All libraries go to /lib, where the dynamic loader always looks; the loader itself must be where programs name it.
add_libraries() { # PROGRAM
	local name arrow path
	{ ldd "$1" 2>/dev/null || true; } | while read -r name arrow path _; do
		case "$name $arrow $path" in
		*' => not') die "$1 needs $name, which is not there" ;;
		*' => /'*) install -m 755 "$path" "$root/lib/$name" ;;
		/*) install -D -m 755 "$name" "$root$name" ;;
		esac
	done
}

add() { # HOSTFILE GUESTPATH
	[ -f "$1" ] || die "$1 does not exist"
	install -D -m "$([ -x "$1" ] && echo 755 || echo 644)" "$1" "$root$2"
	case $1 in *.ko.xz) xz -dc "$1" >"$root$2" ;; esac
	is_elf "$root$2" || return 0
	strip --strip-debug "$root$2"
	case $1 in *.ko | *.ko.xz) ;; *) add_libraries "$1" ;; esac
}

chmod 755 "$root"
mkdir -p "$root"/{bin,dev,etc,lib/modules-under-test,proc,root,run,sys,tests,tmp,var}
add "$(command -v busybox)" /bin/busybox
busybox --list | grep -vx busybox | while read -r applet; do ln -sf busybox "$root/bin/$applet"; done
ln -s bin "$root/sbin"
echo 'root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/tmp:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:
nogroup:x:65534:' >"$root/etc/group"
install -m 755 "$here/init" "$root/init"
install -m 644 "$here/guest-lib.sh" "$root/tests/guest-lib.sh"
# Loaded by the C library at pthread_exit, so ldd does not name it for programs in C.
libgcc=$(gcc -print-file-name=libgcc_s.so.1 2>/dev/null || true)
if [ -e "$libgcc" ]; then install -m 644 "$libgcc" "$root/lib/libgcc_s.so.1"; fi

for file; do
	host=${file%%:*} guest=
	if [ "$host" != "$file" ]; then guest=${file#*:}; fi
	if [ -z "$guest" ]; then
		case $host in
		*.ko | *.ko.xz) guest=/lib/modules-under-test/$(basename "${host%.xz}") ;;
		*) guest=/tests/${host##*/} ;;
		esac
	fi
	add "$host" "$guest"
done

# The same files make the same image: with --icount, a run is repeatable to the instruction only then.
(
	cd "$root"
	find . -exec touch -h -d @0 {} +
	find . -print0 | LC_ALL=C sort -z | cpio -o -0 -H newc -R 0:0 --reproducible --quiet | gzip -1 -n
) >"$out"
