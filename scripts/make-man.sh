#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# make-man.sh --programs DIR --output DIR
#
# Makes the manual pages of the programs in the first folder: help2man reads their
# --help, so a page says what the program says. nm-ctl has a page for each command,
# as `man nm-ctl list` finds it. What --help does not tell is in apps/common/common.h2m
# and apps/PROGRAM/PROGRAM.h2m, for the commands of nm-ctl in apps/nm-ctl/command.h2m.
#
# The pages bear the month of SOURCE_DATE_EPOCH, else that of the release, and so
# are the same whenever they are made. Older pages in the second folder go.
#
# Exit status: 0 the pages are there, 1 they cannot be made, 2 wrong usage.
set -euo pipefail
source_dir=$(cd "$(dirname "$0")/.." && pwd)
programs='' output=''

say() { echo "make-man.sh: $*" >&2; }
die() { say "$*"; exit 1; }

while [ $# -gt 0 ]; do
	case $1 in
	--programs | --output)
		[ -n "${2-}" ] || { say "$1 needs a folder" && exit 2; }
		if [ "$1" = --output ]; then output=$2; else programs=$2; fi
		shift
		;;
	-h | --help) sed -n '4,14s/^# \{0,1\}//p' "$0" && exit 0 ;;
	*) say "unknown argument $1" && exit 2 ;;
	esac
	shift
done
[ -n "$programs" ] && [ -n "$output" ] || { say "--programs and --output are needed" && exit 2; }

command -v help2man >/dev/null || die "help2man is needed: Debian's package help2man"
for program in nm-bridge nm-capture nm-ctl nm-pktgen vale-ctl; do
	[ -x "$programs/$program" ] || die "there is no program $programs/$program"
done
programs=$(cd "$programs" && pwd)
changelog=$source_dir/packaging/debian/changelog
if [ -z "${SOURCE_DATE_EPOCH-}" ]; then
	released=$(sed -n '/^ -- /{s/.*>  //p;q}' "$changelog")
	SOURCE_DATE_EPOCH=$(date -d "${released:-nothing}" +%s 2>/dev/null) || die "no date in $changelog"
fi
export SOURCE_DATE_EPOCH TZ=UTC0 LC_ALL=C

mkdir -p "$output" 2>/dev/null && [ -w "$output" ] || die "cannot write to the folder $output"
work=$(mktemp -d "${TMPDIR:-/tmp}/netmapxx-man.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

# What help2man does not know of our --help: a space between the names of an option,
# sections of their own, and a command as part of the program's name.
cat >"$work/help.sed" <<-'END'
	s/^(  -.),--/\1, --/
	s/^Positionals:/Arguments:/
	s/^Exit status:$/*Exit status*/
	s/^Usage: nm-ctl ([a-z])/Usage: nm-ctl\\~\1/
END

# page NAME PROGRAM [COMMAND]: the page NAME, of what `PROGRAM COMMAND --help` says
page() {
	local name=$1 program=$programs/$2 command=${3-} help version summary own includes=() file
	help=$("$program" ${command:+"$command"} --help) || die "$2 $command --help fails"
	version=$("$program" --version) || die "$2 --version fails"
	# the first lines, until the first stop, say what the program does
	summary=$(sed -n '/^Usage:/q;p' <<<"$help" | xargs -d '\n' | sed -E 's/[.;]( .*)?$//')
	summary=${summary,}
	[ -n "$summary" ] || die "$2 $command --help does not say what it does"
	sed -E -f "$work/help.sed" <<<"$help" >"$work/help"
	# help2man runs a program, and looks at its name
	printf '#!/bin/sh\nexec cat "%s"\n' "$work/help" >"$work/$name"
	chmod +x "$work/$name"
	own=$name/$name
	if [ -n "$command" ] || [ "$name" = vale-ctl ]; then own=nm-ctl/command; fi
	for file in common/common "$own"; do includes+=("--include=$source_dir/apps/$file.h2m"); done
	help2man --no-info --section=1 --name="$summary" --source="netmapxx ${version##* }" \
		--version-string="$name ${version##* }" "${includes[@]}" "$work/$name" >"$work/$name.1" ||
		die "help2man cannot read $2 $command --help"
	sed -i -E 's/^(\.SS ".*):"$/\1"/' "$work/$name.1"
}

for program in nm-bridge nm-capture nm-ctl nm-pktgen vale-ctl; do page "$program" "$program"; done
commands=$("$programs/nm-ctl" --help | sed -nE '/^Commands:/,/^$/s/^  ([a-z-]+) .*/\1/p')
[ -n "$commands" ] || die "nm-ctl --help lists no commands"
for command in $commands; do
	[ "$command" = classic ] || page "nm-ctl-$command" nm-ctl "$command" # classic: vale-ctl(1)
done
rm -f "$output"/{nm-*,vale-ctl}.1
mv "$work"/*.1 "$output"
