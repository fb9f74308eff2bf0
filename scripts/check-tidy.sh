#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# clang-tidy-16 has nothing to say of the SDK with the checks that .clang-tidy names: neither of
# a C++ source of sdk/, nor of a file that instantiates the templates of the public headers.
# Every public header is read by one of them.
#
# What was found clean is remembered. It is looked at again when a file changes that the
# compiler reads for it, or the compiler's arguments, or .clang-tidy, or clang-tidy's version.
# The memory is $NETMAPXX_CACHE/tidy, else ~/.cache/netmapxx/tidy; it is safe to delete at any
# time.
set -euo pipefail
cd "$(dirname "$0")/.."

instances=docs/snippets/asio.cpp
mapfile -t sources < <(find sdk -name '*.cpp' | sort)
sources=("$instances" "${sources[@]}") # the longest first
arguments=(--quiet --warnings-as-errors='*' --header-filter='/sdk/(include/netmapxx|src|compat)/')
cache=$(realpath -m "${NETMAPXX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/netmapxx}/tidy")
version=$(clang-tidy-16 --version | grep -o 'version.*')
root=$PWD
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$cache"

# Prints "SOURCE<tab>the compiler's arguments, quoted" of every source; fails if one has none.
commands() {
	python3 - "${sources[@]}" <<-'EOF'
		import json, os, shlex, sys
		known = {}
		for entry in json.load(open("build/clang/compile_commands.json")):
		    words = shlex.split(entry["command"])
		    at = words.index("-o") # where dependencies would go, too
		    known[os.path.relpath(entry["file"])] = words[1:at] + words[at + 2:]
		unknown = [source for source in sys.argv[1:] if source not in known]
		if unknown:
		    sys.exit("not ok nothing compiles " + " ".join(unknown))
		for source in sys.argv[1:]:
		    print(source, shlex.join(known[source]), sep="\t")
	EOF
}

# The files that the compiler reads, quoted, lines of one or more.
files_of() { # ARGUMENTS
	eval "clang++-16 $1 -M -MV -MT it" | sed 's/^it: *//; s/\\$//'
}

# What decides the result; the same in every checkout.
key_of() { # ARGUMENTS FILES
	{
		echo "$version" "${arguments[@]}" "${1//"$root"/.}"
		cat .clang-tidy
		xargs sha256sum <"$2" | cut -d ' ' -f 1
	} | sha256sum | cut -d ' ' -f 1
}

look() { # SOURCE ARGUMENTS
	local name=$tmp/${1//\//_} remembered
	if files_of "$2" >"$name.files" 2>"$name.log"; then
		remembered=$cache/$(key_of "$2" "$name.files")
		if [ -e "$remembered" ]; then
			touch "$remembered" "$name.ok"
			echo "ok $1, as before"
			return
		elif clang-tidy-16 -p build/clang "${arguments[@]}" "$1" >"$name.log" 2>&1; then
			touch "$remembered" "$name.ok"
			echo "ok $1"
			return
		fi
	fi
	printf 'not ok %s\n%s\n' "$1" "$(grep -vE '^[0-9]+ warnings? (generated|treated)' "$name.log")"
}

if ! commands >"$tmp/commands" 2>/dev/null; then
	cmake --preset clang -DNETMAPXX_BUILD_TESTS=ON -DNETMAPXX_BUILD_BENCH=ON >"$tmp/configure" ||
		{ cat "$tmp/configure" && exit 1; }
	commands >"$tmp/commands"
fi
while IFS=$'\t' read -r source compiler_arguments; do
	[ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n || true
	look "$source" "$compiler_arguments" &
done <"$tmp/commands"
wait
find "$cache" -type f -mtime +60 -delete

passed=$(find "$tmp" -name '*.ok' | wc -l)
failed=$((${#sources[@]} - passed))
cat "$tmp"/*.files | xargs realpath --relative-base "$root" | sort -u >"$tmp/read"
while read -r header; do
	if grep -qxF "$header" "$tmp/read"; then
		passed=$((passed + 1))
	else
		echo "not ok $header: $instances does not include it, nor does a source"
		failed=$((failed + 1))
	fi
done < <(find sdk/include -name '*.hpp' | sort)
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
