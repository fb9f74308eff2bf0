#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# guide.sh
#
# Does what docs/guide/getting-started.md says, as a reader would who has this
# source tree and nothing else: saves its files, runs its commands in one shell
# whose home is a scratch directory, and compares what they print with what the
# page says they print. Ends with: N passed, N failed, N skipped.
#
# In the page, a comment in front of a code block says what the block is:
#   <!-- file: PATH -->           save it there (~ is the scratch home)
#   <!-- packages -->             a command of apt-get; its packages must be installed
#   <!-- run --> or <!-- run, status N -->   commands, and the status of the last one
#   <!-- prints -->               what the last command printed, both streams
# A block without such a comment is for reading only.
# shellcheck disable=SC2016,SC2317 # $HOME is for the page's shell; verdict runs by name
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD page=${1-docs/guide/getting-started.md}

case $page in
-h | --help)
	sed -n '4,18s/^# \{0,1\}//p' "$0"
	exit 0
	;;
esac

if ! grep -rqs --include=CMakeLists.txt --include='*.cmake' 'install(EXPORT' CMakeLists.txt sdk kernel cmake; then
	echo "skip: the library has no install rules yet, so the guide cannot be followed"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

# verdict NAME OK [DETAILS]
verdict() {
	if [ "$2" = yes ]; then
		passed=$((passed + 1))
		echo "ok $1"
	else
		failed=$((failed + 1))
		echo "not ok $1"
		[ -z "${3-}" ] || sed 's/^/    /' <<<"$3"
	fi
}

# The page as blocks: block-N is the text, kind-N what the comment says.
blocks=$(awk -v out="$scratch" '
	/^<!-- (file: .*|packages|run|run, status [0-9]+|prints) -->$/ {
		kind = $0; sub(/^<!-- /, "", kind); sub(/ -->$/, "", kind); next
	}
	/^```/ && inside { inside = 0; close(file); next }
	/^```/ { inside = 1; file = "/dev/null"
		if (kind != "") { file = out "/block-" ++n; print kind > (out "/kind-" n); close(out "/kind-" n)
			printf "" > file; print NR > (out "/line-" n); close(out "/line-" n) }
		kind = ""; next }
	inside { print > file }
	END { print n + 0 }' "$page")
[ "$blocks" -gt 0 ] || { echo "not ok $page has no marked blocks"; echo "0 passed, 1 failed, 0 skipped"; exit 1; }

# A cache of compilations is no part of the page, but saves minutes where there is one.
if [ -z "${CCACHE_DIR-}" ] && cache=$(ccache --get-config cache_dir 2>/dev/null); then export CCACHE_DIR=$cache; fi
unset NETMAPXX_BACKEND

# The reader has the sources, and no build of them.
export HOME=$scratch/home
mkdir -p "$HOME/netmapxx"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' f; do [ ! -f "$f" ] || printf '%s\0' "$f"; done |
	tar -C "$root" --null -T - -cf - | tar -C "$HOME/netmapxx" -xf -
# One shell runs all commands of the page: cd and export last.
state=$scratch/state
printf 'cd %q\n' "$HOME" >"$state"
output=$scratch/output
: >"$output"

# run_block FILE: its commands in the state the last one left; the status is theirs.
run_block() {
	bash -c 'source "$1"
		save() { local s=$?; { declare -px | grep -vE "^declare -[a-z]*r"; printf "cd %q\n" "$PWD"; } >"$1"; exit $s; }
		trap "save \"$1\"" EXIT
		set -e; source "$2"' page "$state" "$1" >"$output" 2>&1 </dev/null
}

for ((n = 1; n <= blocks; n++)); do
	kind=$(cat "$scratch/kind-$n") line=$(cat "$scratch/line-$n") block=$scratch/block-$n
	at="$page:$line $kind"
	case $kind in
	file:*)
		file=${kind#file: }
		file=$HOME/${file#\~/}
		mkdir -p "$(dirname "$file")"
		cp "$block" "$file"
		verdict "$at" yes
		;;
	packages)
		missing=''
		for p in $(grep -v '^ *-' "$block" | tr ' ' '\n' | grep -vE '^(apt-get|install|-.*)$'); do
			dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=" $p"
		done
		[ -z "$missing" ] && verdict "$at" yes || verdict "$at" no "not installed:$missing"
		;;
	run*)
		want=0 status=0
		case $kind in *status*) want=${kind##* } ;; esac
		run_block "$block" || status=$?
		if [ "$status" -eq "$want" ]; then
			verdict "$at" yes
		else
			verdict "$at" no "status $status, and the page says $want; the end of what it printed:
$(tail -n 30 "$output")"
			echo "$passed passed, $failed failed, 0 skipped" # what follows needs this
			exit 1
		fi
		;;
	prints)
		# a command that builds says much; what the page shows is the end of it
		shown=$(tail -n "$(wc -l <"$block")" "$output")
		if [ "$shown" = "$(cat "$block")" ]; then verdict "$at" yes; else
			verdict "$at" no "$(diff <(cat "$block") <(echo "$shown") || true)"
		fi
		;;
	esac
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
