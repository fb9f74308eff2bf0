#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# debs.sh [--packages DIR]
#
# Builds the Debian packages (or takes those in DIR), unpacks them into a folder
# and uses them there: a program is built with the development files, the tools
# move packets, and the module is built as DKMS would, with make and by dkms
# itself. Nothing is installed on this machine.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
packages=
case ${1-} in
'') ;;
--packages) packages=$(realpath "${2:?--packages needs a directory}") ;;
-h | --help) sed -n '4,9s/^# \{0,1\}//p' "$0" && exit 0 ;;
*) echo "debs.sh: unknown argument $1" >&2 && exit 2 ;;
esac
# shellcheck source=tests/install/lib.sh
. "$here/lib.sh"
cd "$source_dir"
build=packaging/build-debs.sh
PATH=$PATH:/usr/sbin:/sbin

# --- the command
status=0
$build --help >"$work/said" 2>&1 || status=$?
same "build-debs.sh --help" "0 1" "$status $(grep -c 'Builds the Debian packages' "$work/said")"
status=0
$build --teapot >"$work/said" 2>&1 || status=$?
same "build-debs.sh refuses what it does not know" "2 1" "$status $(grep -c 'unknown argument --teapot' "$work/said")"
status=0
$build --output /proc/no/such/place >"$work/said" 2>&1 || status=$?
same "build-debs.sh says where it cannot write" "1 1" "$status $(grep -c 'cannot make the directory' "$work/said")"
mkdir "$work/bin"
for tool in bash dirname echo sed sort xargs; do ln -s "$(type -P $tool)" "$work/bin/$tool"; done
status=0
PATH=$work/bin bash $build --output "$work/none" >"$work/said" 2>&1 || status=$?
same "build-debs.sh names the packages it misses" "1 1 no" \
	"$status $(grep -c 'these packages are needed:.* dpkg-dev' "$work/said") $([ -e "$work/none" ] && echo yes || echo no)"

# In a name space of its own the build is done by an ordinary user, who may read what we may.
as_user=()
if [ "$(id -u)" -eq 0 ]; then
	if unshare --user --map-user=1000 --map-group=1000 true 2>/dev/null; then
		as_user=(unshare --user --map-user=1000 --map-group=1000)
	else
		skip "the packages are built without root" "no user namespaces here"
	fi
fi
if [ -z "$packages" ]; then
	packages=$work/debs
	mkdir "$packages"
	: >"$packages/netmapxx-tools_0.0.1_amd64.deb" # of an earlier run
	before=$(git status --porcelain 2>/dev/null || true)
	mkdir "$work/tmp"
	if ! steps "$work/build.log" "${as_user[@]}" env TMPDIR="$work/tmp" $build --output "$packages"; then
		not_ok "the packages are built" "they are not" "$work/build.log"
		summary
		exit
	fi
	ok "the packages are built${as_user:+ without root}"
	same "the tree is as it was" "$before" "$(git status --porcelain 2>/dev/null || true)"
	same "nothing is left behind" "" "$(find "$work/tmp" -maxdepth 1 -name 'netmapxx-debs.*')"
fi
arch=$(dpkg --print-architecture)
multiarch=$(gcc -print-multiarch)
same "the packages, and none of an earlier run" \
	"libnetmapxx-dev_0.1.0_$arch libnetmapxx0_0.1.0_$arch netmapxx-dkms_0.1.0_all netmapxx-doc_0.1.0_all netmapxx-tools_0.1.0_$arch" \
	"$(cd "$packages" && printf '%s\n' *.deb | grep -v dbgsym | sed 's/\.deb$//' | LC_ALL=C sort | xargs)"

if command -v lintian >/dev/null; then
	lintian_root=()
	if [ "$(id -u)" -eq 0 ]; then lintian_root=(--allow-root); fi
	status=0
	lintian "${lintian_root[@]}" --fail-on error --tag-display-limit 0 "$packages"/*.changes >"$work/lintian" 2>&1 || status=$?
	verdict "lintian finds no errors" "$status" "it does" "$work/lintian"
	sed -n 's/^W: /# lintian: /p' "$work/lintian"
else
	skip "lintian finds no errors" "lintian is not installed"
fi

# --- what is in them
# holds PACKAGE PATH...: these are there
holds() {
	local package=$1 path lacks=
	shift
	dpkg-deb --fsys-tarfile "$packages/$package"_*.deb | tar -tf - | sed 's/^\.//' >"$work/list"
	for path in "$@"; do grep -qxF -- "$path" "$work/list" || lacks+=" $path"; done
	same "$package has what it should" "" "$lacks"
}
# only PACKAGE REGEX: nothing but that
only() {
	local list
	list=$(dpkg-deb --fsys-tarfile "$packages/$1"_*.deb | tar -tf - | sed 's/^\.//' | grep -v '/$')
	same "$1 has nothing else" "" "$(grep -vE "^(/usr/share/doc/$1/|/usr/share/lintian/|$2)" <<<"$list" | head || true)"
}
lib=/usr/lib/$multiarch
holds libnetmapxx0 "$lib/libnetmapxx.so.0" "$lib/libnetmapxx.so.0.1.0" "$lib/libnetmapxx-compat.so.0" \
	"$lib/libnetmapxx-preload.so" /usr/share/doc/libnetmapxx0/copyright
only libnetmapxx0 "$lib/libnetmapxx[-a-z]*\.so"
holds libnetmapxx-dev "$lib/libnetmapxx.so" "$lib/libnetmapxx.a" "$lib/libnetmap_engine.a" \
	"$lib/pkgconfig/netmapxx.pc" "$lib/cmake/netmapxx/netmapxx-config.cmake" \
	"$lib/cmake/netmapxx/netmapxx-shared-targets.cmake" "$lib/cmake/netmapxx/netmapxx-static-targets.cmake" \
	/usr/include/netmapxx/netmapxx.hpp /usr/include/net/netmap.h /usr/include/net/netmap_user.h \
	/usr/include/libnetmap.h "$lib/libnetmapxx-compat.a" "$lib/pkgconfig/netmapxx-compat.pc"
only libnetmapxx-dev "/usr/include/(netmapxx/|net/netmap|netmap_engine\.h|libnetmap\.h)|$lib/(lib(netmapxx|netmapxx-compat|netmap_engine)\.(a|so)( |$)|cmake/netmapxx/|pkgconfig/netmapxx)"
holds netmapxx-tools /usr/bin/nm-pktgen /usr/bin/nm-bridge /usr/bin/nm-capture /usr/bin/nm-ctl /usr/bin/vale-ctl \
	/usr/share/man/man1/{nm-pktgen,nm-bridge,nm-capture,nm-ctl,vale-ctl,nm-ctl-list,nm-ctl-doctor}.1.gz \
	/usr/lib/udev/rules.d/60-netmapxx.rules /usr/lib/sysusers.d/netmapxx.conf
only netmapxx-tools "/usr/bin/(nm-|vale-ctl)|/usr/share/man/|/usr/lib/(udev|sysusers\.d)/"
holds netmapxx-dkms /usr/src/netmapxx-0.1.0/dkms.conf /usr/src/netmapxx-0.1.0/linux/Kbuild \
	/usr/src/netmapxx-0.1.0/core/vale.c /usr/src/netmapxx-0.1.0/include/net/netmap.h
only netmapxx-dkms "/usr/src/netmapxx-0.1.0/"
holds netmapxx-doc /usr/share/doc/netmapxx/README.md /usr/share/doc/netmapxx/docs/installing.md \
	/usr/share/doc/netmapxx/html/index.html
only netmapxx-doc "/usr/share/doc/netmapxx/"
same "netmapxx-tools asks for the library of its minor version" 1 \
	"$(dpkg-deb -f "$packages"/netmapxx-tools_*.deb Depends | grep -c 'libnetmapxx0 (>= 0\.1\.0), libnetmapxx0 (<< 0\.2~)\|libnetmapxx0 (<< 0\.2~), libnetmapxx0 (>= 0\.1\.0)')"
same "netmapxx-tools makes the group netmap" 1 \
	"$(dpkg-deb --ctrl-tarfile "$packages"/netmapxx-tools_*.deb | tar -xOf - ./postinst | grep -c 'systemd-sysusers.*netmapxx\.conf')"

# --- unpacked, and used
root=$work/root
for deb in "$packages"/*.deb; do dpkg-deb -x "$deb" "$root"; done
build_with_packages() {
	cmake -S "$here/consumer" -B "$work/consumer" -G Ninja -DCMAKE_PREFIX_PATH="$root/usr" "-DKIND=$1"
	cmake --build "$work/consumer"
}
for kind in shared static; do
	if steps "$work/consumer.log" build_with_packages $kind; then
		run_consumer "a program built with libnetmapxx-dev, $kind" "$traffic" \
			env LD_LIBRARY_PATH="$root$lib" "$work/consumer/consumer"
	else
		not_ok "a program built with libnetmapxx-dev, $kind" "it cannot be built" "$work/consumer.log"
	fi
	rm -rf "$work/consumer"
done
same "pkg-config finds libnetmapxx-dev" 0.1.0 \
	"$(PKG_CONFIG_PATH=$root$lib/pkgconfig pkg-config --modversion netmapxx)"

tool() { # NAME-OF-PROGRAM ARGUMENT...
	local program=$1
	shift
	LD_LIBRARY_PATH=$root$lib timeout 60 "$root/usr/bin/$program" "$@"
}
status=0
tool nm-pktgen -f loop -i vale0:a --peer vale0:b -n 100000 --json >"$work/said" 2>&1 </dev/null || status=$?
verdict "nm-pktgen of netmapxx-tools moves packets" "$status" "status $status" "$work/said"
same "it sent what it was asked to, and some of it came" 1 \
	"$(grep -c '"type":"summary".*"tx_completed_pkts":100000,"rx_pkts":[1-9]' "$work/said" || true)"
for program in nm-bridge nm-ctl vale-ctl; do
	status=0
	tool $program --help >"$work/said" 2>&1 </dev/null || status=$?
	verdict "$program --help" "$status" "status $status" "$work/said"
done
same "the programs trust the system's library path" "" \
	"$(for p in "$root"/usr/bin/nm-*; do readelf -d "$p" | grep -E 'R(UN)?PATH' || true; done)"

# --- the manual pages of the programs
export LD_LIBRARY_PATH=$root$lib # make-man.sh runs the programs
mkdir "$work/man"
for page in "$root"/usr/share/man/man1/*.gz; do gzip -dc "$page" >"$work/man/$(basename "$page" .gz)"; done
for page in "$work"/man/*.1; do man --warnings -E UTF-8 -l -Tutf8 -Z "$page" || echo "$page" >&2; done >/dev/null 2>"$work/said"
same "man has nothing to say against the pages" "" "$(cat "$work/said")"
# sections_missing: what a page should have; the options of nm-ctl are those of its commands
sections_missing() {
	local page section
	for page in "$work"/man/*.1; do
		for section in NAME SYNOPSIS DESCRIPTION OPTIONS "EXIT STATUS" "SEE ALSO"; do
			if [ "${page##*/} $section" = "nm-ctl.1 OPTIONS" ]; then continue; fi
			grep -qxE "\.SH \"?$section\"?" "$page" || echo "${page##*/}: $section"
		done
	done
}
same "each page has its sections" "" "$(sections_missing)"
commands=$("$root/usr/bin/nm-ctl" --help | sed -nE '/^Commands:/,/^$/s/^  ([a-z-]+) .*/\1/p' | grep -vx classic)
same "each program and command has its page, and no page is without" \
	"$({ printf '%s\n' nm-bridge nm-capture nm-ctl nm-pktgen vale-ctl && sed 's/^/nm-ctl-/' <<<"$commands"; } | LC_ALL=C sort)" \
	"$(cd "$work/man" && printf '%s\n' *.1 | sed 's/\.1$//' | LC_ALL=C sort)"
# untold NAME PROGRAM [COMMAND]: the entries of --help that are not such in the page
untold() {
	local entry name=$1
	MANWIDTH=160 man -l -Tutf8 "$work/man/$1.1" | col -bx | sed -E 's/^ +//' >"$work/page"
	"$root/usr/bin/$2" ${3+"$3"} --help >"$work/help"
	sed -nE 's/^  ([^ ](.{0,31}[^ ])?)  +[^ ].*/\1/p' "$work/help" | sed -E 's/^(-.),--/\1, --/; s/  .*//' >"$work/entries"
	[ -s "$work/entries" ] || echo "$name: no entries"
	while IFS= read -r entry; do
		# alone on its line or, where it is short, with its meaning in the next column
		ENTRY=$entry awk 'BEGIN { entry = ENVIRON["ENTRY"]; size = length(entry) }
			$0 == entry || (size < 7 && index($0, entry " ") == 1) { found = 1 }
			END { exit !found }' "$work/page" || echo "$name: $entry"
	done <"$work/entries"
}
same "the pages tell what --help tells" "" "$(
	for program in nm-bridge nm-capture nm-ctl nm-pktgen vale-ctl; do untold $program $program; done
	for command in $commands; do untold "nm-ctl-$command" nm-ctl "$command"; done
)"
again() {
	TZ=Asia/Tokyo LC_ALL=C.UTF-8 scripts/make-man.sh --programs "$root/usr/bin" --output "$work/again"
	diff -r "$work/man" "$work/again"
}
steps "$work/said" again && status=0 || status=$?
verdict "made again, elsewhere, the pages are the same" "$status" "they are not" "$work/said"
# refuses NAME STATUS WORDS ARGUMENT...
refuses() {
	local name=$1 expected=$2 words=$3 status=0
	shift 3
	scripts/make-man.sh "$@" >"$work/said" 2>&1 || status=$?
	same "make-man.sh: $name" "$expected 1" "$status $(grep -c -- "$words" "$work/said")"
}
refuses "--help" 0 "^make-man.sh --programs" --help
refuses "an argument it does not know" 2 "unknown argument --teapot" --teapot
refuses "an option without its value" 2 "--output needs a folder" --output
refuses "without folders" 2 "--programs and --output are needed" --programs "$root/usr/bin"
refuses "a folder without programs" 1 "there is no program" --programs "$work/man" --output "$work/none"
refuses "a place it cannot write to" 1 "cannot write to" --programs "$root/usr/bin" --output /proc/no/such/place
unset LD_LIBRARY_PATH

# --- the module, from the sources of netmapxx-dkms
export CCACHE_BASEDIR=$work CCACHE_NOHASHDIR=1 DEBIAN_KERNEL_USE_CCACHE=y
modules="$root/usr/src"
headers() { # RELEASE-PATTERN: the installed headers of that kernel
	local dir
	for dir in /usr/src/linux-headers-$1-"$arch"; do
		if [ -e "$dir/Makefile" ]; then echo "$dir" && return; fi
	done
}
# As dkms.conf says, in a tree as DKMS has it.
make_as_told() { # HEADERS
	export dkms_tree=$work/dkms kernel_source_dir=$1 # dkms.conf speaks of them
	# shellcheck disable=SC1091
	. "$modules/netmapxx-0.1.0/dkms.conf"
	local dir=$dkms_tree/$PACKAGE_NAME/$PACKAGE_VERSION/build
	mkdir -p "${dir%/*}"
	cp -a "$modules/$PACKAGE_NAME-$PACKAGE_VERSION" "$dir"
	# shellcheck disable=SC2154
	eval "${MAKE[0]/make/make -j$(nproc)}"
	modinfo -F name "$dir/${BUILT_MODULE_LOCATION[0]}/${BUILT_MODULE_NAME[0]}.ko"
	modinfo -F license "$dir/${BUILT_MODULE_LOCATION[0]}/${BUILT_MODULE_NAME[0]}.ko"
	eval "$CLEAN"
	[ -z "$(find "$dir" -name '*.o')" ] || { echo "CLEAN leaves objects" && return 1; }
}
kernel=$(headers '6.1.*')
if [ -n "$kernel" ]; then
	steps "$work/module.log" make_as_told "$kernel" && status=0 || status=$?
	verdict "the module builds as dkms.conf says (${kernel##*/linux-headers-})" "$status" "it does not" "$work/module.log"
	same "it is netmap" "netmap Dual BSD/GPL" "$(grep -xE 'netmap|Dual BSD/GPL' "$work/module.log" | xargs)"
else
	skip "the module builds as dkms.conf says" "no headers of Linux 6.1 (linux-headers-amd64)"
fi

# dkms keeps keys and states below /var/lib/dkms: it gets one of its own, in a
# name space where only it sees that.
by_dkms() { # HEADERS
	local release=${1##*/linux-headers-}
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --mount --map-root-user bash -ec '
		mount -t tmpfs dkms /var/lib/dkms
		dkms build --sourcetree "$1" -m netmapxx -v 0.1.0 -k "$2" --kernelsourcedir "$3" || {
			cat /var/lib/dkms/netmapxx/0.1.0/build/make.log; exit 1; }
		dkms status --sourcetree "$1"
		find /var/lib/dkms/netmapxx/0.1.0/"$2" -name "netmap.ko*"' - "$modules" "$release" "$1"
}
kernel=$(headers '6.12*')
if ! command -v dkms >/dev/null; then
	skip "dkms builds the module" "dkms is not installed"
elif [ -z "$kernel" ]; then
	skip "dkms builds the module" "no headers of Linux 6.12 (linux-headers-6.12-amd64)"
elif ! unshare --mount --map-root-user true 2>/dev/null; then
	skip "dkms builds the module" "no name spaces of mounts here"
else
	steps "$work/dkms.log" by_dkms "$kernel" && status=0 || status=$?
	verdict "dkms builds the module (${kernel##*/linux-headers-})" "$status" "it does not" "$work/dkms.log"
	same "dkms says it is built" "1 1" \
		"$(grep -c 'netmapxx/0.1.0, .*: built' "$work/dkms.log" || true) $(grep -c '/module/netmap\.ko' "$work/dkms.log" || true)"
fi

summary
