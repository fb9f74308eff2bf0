#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh [--help]
#
# Installs the library, shared and static, into a fresh prefix, moves that
# elsewhere, and lets programs of other projects use it: found by CMake and by
# pkg-config, with components and without, and from a subdirectory. Each is
# built and run. Also: what the shared library shows to the world.
#
# Build directories are build/install-*, where ccache knows the objects again
# that a release has compiled. Everything else is in a temporary directory.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

case ${1-} in
'') ;;
-h | --help) sed -n '4,12s/^# \{0,1\}//p' "$0" && exit 0 ;;
*) echo "run.sh: unknown argument $1 (it takes none)" >&2 && exit 2 ;;
esac
# shellcheck source=tests/install/lib.sh
. "$here/lib.sh"
cd "$source_dir"

# --- a fresh prefix with both kinds, in another place than it was installed to
build_kind() { # shared|static ON|OFF
	local dir=build/install-$1
	cmake -S . -B "$dir" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS="$2" \
		-DCMAKE_INSTALL_PREFIX="$work/first" -DCMAKE_INSTALL_LIBDIR=lib \
		-DNETMAPXX_BUILD_APPS=OFF -DNETMAPXX_BUILD_TESTS=OFF \
		-DNETMAPXX_BUILD_BENCH=OFF -DNETMAPXX_BUILD_EXAMPLES=OFF
	cmake --build "$dir"
	cmake --install "$dir"
	cmake --install "$dir" --prefix "$work/only-$1"
}
both_kinds() {
	build_kind shared ON
	build_kind static OFF
}
if ! steps "$work/build.log" both_kinds; then
	not_ok "the library is built and installed" "it is not" "$work/build.log"
	summary
	exit
fi
ok "the library is built and installed"
mv "$work/first" "$work/moved"
prefix=$work/moved
grep -rlF -e "$work/first" -e "$source_dir" "$prefix" >"$work/places" || true
same "no installed file knows where it was made" "" "$(cat "$work/places")"

# --- by CMake
# configure PROJECT DIR [ARGUMENT]...: without the packages that are named in $without
without=
configure() {
	local project=$1 dir=$2 package args=()
	shift 2
	for package in $without; do args+=("-DCMAKE_DISABLE_FIND_PACKAGE_$package=ON"); done
	cmake -S "$here/$project" -B "$work/$dir" -G Ninja -DCMAKE_BUILD_TYPE=Release \
		-DCMAKE_PREFIX_PATH="$prefix" "${args[@]}" "$@"
}
build_consumer() { # as configure
	configure "$@"
	cmake --build "$work/$2"
}
# by_cmake NAME EXPECTED PROJECT DIR [ARGUMENT]...: built, run, and judged
by_cmake() {
	local name=$1 expected=$2
	shift 2
	if steps "$work/$2.log" build_consumer "$@"; then
		run_consumer "$name" "$expected" "$work/$2/consumer"
	else
		not_ok "$name" "it cannot be built" "$work/$2.log"
	fi
}
# needs_library NAME PROGRAM yes|no: whether it loads libnetmapxx at run time
needs_library() {
	local seen=no
	if readelf -d "$2" 2>/dev/null | grep -q 'NEEDED.*libnetmapxx\.so\.0'; then seen=yes; fi
	same "$1" "$3" "$seen"
}
# refused NAME WORDS PROJECT DIR [ARGUMENT]...: configuring ends with these words
refused() {
	local name=$1 words=$2
	shift 2
	if steps "$work/$2.log" configure "$@"; then
		not_ok "$name" "it was accepted" "$work/$2.log"
	elif tr -s '\n ' ' ' <"$work/$2.log" | grep -qF -- "$words"; then
		ok "$name"
	else
		not_ok "$name" "it did not say: $words" "$work/$2.log"
	fi
}

# A shared library brings what it needs itself; Boost is nobody's business here.
without="fmt Boost"
by_cmake "CMake, shared" "$traffic" consumer shared -DKIND=shared
needs_library "CMake, shared: it loads the library" "$work/shared/consumer" yes
without=Boost
by_cmake "CMake, static" "$traffic" consumer static -DKIND=static
needs_library "CMake, static: it does not load the library" "$work/static/consumer" no
# Which kind, when none is named: configured only, the link line tells.
chosen() { # NAME shared|static DIR [ARGUMENT]...
	local name=$1 kind=$2 dir=$3 seen
	shift 3
	if ! steps "$work/$dir.log" configure consumer "$dir" "$@"; then
		not_ok "$name" "it cannot be configured" "$work/$dir.log"
		return
	fi
	seen=$(grep -oE 'libnetmapxx\.(so|a)' "$work/$dir/build.ninja" | sort -u | xargs)
	case $seen in *.so) seen=shared ;; *.a) seen=static ;; esac
	same "$name" "$kind" "$seen"
}
chosen "CMake, no kind named: shared" shared default
chosen "CMake, BUILD_SHARED_LIBS is off: static" static default-off -DBUILD_SHARED_LIBS=OFF
chosen "CMake, only the static library is there: static" static default-static -DCMAKE_PREFIX_PATH="$work/only-static"
chosen "CMake, only the shared library is there: shared" shared default-shared \
	-DCMAKE_PREFIX_PATH="$work/only-shared" -DBUILD_SHARED_LIBS=OFF
refused "CMake, static where only the shared library is" \
	"component static: the static library is not installed" consumer no-static \
	-DKIND=static -DCMAKE_PREFIX_PATH="$work/only-shared"
refused "CMake, shared and static at once" "a project links one kind" consumer two-kinds "-DKIND=shared;static"
refused "CMake, an unknown component" \
	"component teapot: there is none of that name; there are asio, compat, abi, shared and static" \
	consumer unknown -DKIND=teapot
without="Boost fmt"
by_cmake "CMake, C headers alone" "API 14, request 1" headers headers

# --- the Asio layer
without=Boost
refused "CMake, the Asio layer without Boost" "component asio: the headers of Boost 1.81" asio no-boost
without=
by_cmake "CMake, the Asio layer, shared" "received 10" asio asio -DKIND=shared
by_cmake "CMake, the Asio layer, static" "received 10" asio asio-static -DKIND=static

# --- the version: what is asked for decides. A script asks the version file itself.
accepts() { # MAJOR MINOR [PATCH]
	cat >"$work/version.cmake" <<-END
		set(PACKAGE_FIND_VERSION_MAJOR $1)
		set(PACKAGE_FIND_VERSION_MINOR $2)
		set(PACKAGE_FIND_VERSION $1.$2${3+.$3})
		include("$prefix/lib/cmake/netmapxx/netmapxx-config-version.cmake")
		message("[\${PACKAGE_VERSION_COMPATIBLE}]")
	END
	cmake -P "$work/version.cmake" 2>&1
}
same "versions 0.1 and 0.1.0 are accepted" "[TRUE] [TRUE]" "$(accepts 0 1) $(accepts 0 1 0)"
same "versions 0.0, 0.1.1, 0.2 and 1.0 are not" "[FALSE] [FALSE] [FALSE] [FALSE]" \
	"$(accepts 0 0) $(accepts 0 1 1) $(accepts 0 2) $(accepts 1 0)"

# --- by pkg-config
pc() { PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config "$@"; }
by_pkg_config() { # PROGRAM [ARGUMENT OF PKG-CONFIG]...
	local program=$1
	shift
	# shellcheck disable=SC2046 # a list of flags
	g++ -std=c++20 -O1 -Wall -Wextra -Wpedantic -Werror "$here"/consumer/{traffic,second}.cpp -o "$program" \
		$(pc "$@" --cflags --libs netmapxx)
}
same "pkg-config: version" 0.1.0 "$(pc --modversion netmapxx)"
if steps "$work/pc.log" by_pkg_config "$work/pc-shared"; then
	run_consumer "pkg-config, shared" "$traffic" env LD_LIBRARY_PATH="$prefix/lib" "$work/pc-shared"
	needs_library "pkg-config, shared: it loads the library" "$work/pc-shared" yes
else
	not_ok "pkg-config, shared" "it cannot be built" "$work/pc.log"
fi
# The linker prefers a shared library, so there must be none. (A program that
# loads nothing at all, -static, would need an archive of fmt, and Debian has none.)
static_pc() { prefix=$work/only-static by_pkg_config "$work/pc-static" --static; }
if steps "$work/pc.log" static_pc; then
	run_consumer "pkg-config --static" "$traffic" "$work/pc-static"
	needs_library "pkg-config --static: it does not load the library" "$work/pc-static" no
else
	not_ok "pkg-config --static" "it cannot be built" "$work/pc.log"
fi

# --- the C face
by_cmake "CMake, the C face, shared" parsed compat compat -DKIND=shared
by_cmake "CMake, the C face, static" parsed compat compat-static -DKIND=static
by_pkg_config_c() { # shellcheck disable=SC2046
	gcc -std=c11 "$here/compat/main.c" -o "$work/pc-compat" $(pc --cflags --libs netmapxx-compat)
}
if steps "$work/pc.log" by_pkg_config_c; then
	run_consumer "pkg-config, the C face" parsed env LD_LIBRARY_PATH="$prefix/lib" "$work/pc-compat"
	run_consumer "the same on the embedded engine" "parsed
opened vale0:a" env LD_LIBRARY_PATH="$prefix/lib" LD_PRELOAD="$prefix/lib/libnetmapxx-preload.so" \
		"$work/pc-compat" vale0:a
else
	not_ok "pkg-config, the C face" "it cannot be built" "$work/pc.log"
fi

# --- from a subdirectory. First as it comes, then built as a release is, whose objects ccache has.
sub=build/install-subproject
configure_sub() {
	rm -rf "$sub"
	cmake -S "$here/subproject" -B "$sub" -G Ninja -DNETMAPXX_SOURCE="$source_dir"
}
launcher="$(command -v cmake);-E;env;CCACHE_BASEDIR=$source_dir;CCACHE_NOHASHDIR=1;$(command -v ccache || true)"
build_sub() {
	local args=()
	if command -v ccache >/dev/null; then
		args=("-DCMAKE_C_COMPILER_LAUNCHER=$launcher" "-DCMAKE_CXX_COMPILER_LAUNCHER=$launcher")
	fi
	rm -rf "$sub"
	cmake -S "$here/subproject" -B "$sub" -G Ninja -DNETMAPXX_SOURCE="$source_dir" \
		-DCMAKE_BUILD_TYPE=Release -DNETMAPXX_WERROR=ON -DWERROR_ASKED=ON "${args[@]}"
	cmake --build "$sub"
	cmake --install "$sub" --prefix "$work/sub"
}
steps "$work/sub.log" configure_sub && status=0 || status=$?
verdict "a subdirectory: it changes nothing around it" "$status" "see below" "$work/sub.log"
if steps "$work/sub.log" build_sub; then
	run_consumer "a subdirectory: the program runs" "$traffic" "$sub/consumer"
	same "a subdirectory: only the project's own files are installed" bin/consumer \
		"$(cd "$work/sub" && find . -type f -printf '%P\n' | sort | xargs)"
else
	not_ok "a subdirectory" "it cannot be built" "$work/sub.log"
fi

# --- what the shared library shows
library=$prefix/lib/libnetmapxx.so.0
same "SONAME follows the major number" libnetmapxx.so.0 \
	"$(readelf -d "$library" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')"
allowed='^(NETMAPXX_0|(typeinfo( name)? for |vtable for |VTT for |guard variable for )?netmapxx::|nm_|nmport_|nmreq_|nmctx_)'
symbols() { nm -D -C --defined-only --without-symbol-versions "$1" | cut -d' ' -f3- | sort -u; }
for so in "$prefix"/lib/*.so.0; do
	case $so in *preload*) continue ;; esac # what it is for is to stand before the C library
	same "${so##*/} shows only what is netmapxx's" "" "$(symbols "$so" | grep -vE "$allowed" | head -20 || true)"
done
same "the shared library shows the library, its exceptions and the engine's C interface" 3 \
	"$(symbols "$library" | grep -cxE 'netmapxx::v1::version\(\)|typeinfo for netmapxx::v1::error|nm_engine_open')"
same "the core inside is the library's own" "" "$(symbols "$library" | grep -E '^nm_' | grep -v '^nm_engine_' || true)"

summary
