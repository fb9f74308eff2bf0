# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034,SC2154 # its variables are the sourcing script's, and the other way round
#
# What the tests of installing share: verdicts, a place for what they make, and
# the line with the counts. The script that sources it has set `here` and ends
# with `summary`.

source_dir=$(cd "$here/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/netmapxx-install.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
passed=0 failed=0 skipped=0
export NETMAPXX_BACKEND=embedded
unset CMAKE_PREFIX_PATH PKG_CONFIG_PATH LD_LIBRARY_PATH netmapxx_DIR

ok() { # NAME
	passed=$((passed + 1))
	echo "ok - $1"
}
not_ok() { # NAME REASON [LOG]
	failed=$((failed + 1))
	echo "not ok - $1: $2"
	if [ -n "${3-}" ] && [ -e "$3" ]; then tail -n 40 "$3" | sed 's/^/#   /'; fi
}
skip() { # NAME REASON
	skipped=$((skipped + 1))
	echo "ok - $1 # skip $2"
}
# verdict NAME STATUS REASON [LOG]
verdict() {
	if [ "$2" -eq 0 ]; then ok "$1"; else not_ok "$1" "$3" "${4-}"; fi
}
# same NAME EXPECTED SEEN: two texts, the difference is shown
same() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		diff <(echo "$2") <(echo "$3") >"$work/difference" || true
		not_ok "$1" "it differs (< wanted, > seen)" "$work/difference"
	fi
}
# steps LOG COMMAND: a shell function whose output goes to LOG; it ends at its first failure
steps() {
	local log=$1 status
	shift
	(
		set -e
		"$@"
	) >"$log" 2>&1 </dev/null &
	wait $! && status=0 || status=$?
	return "$status"
}
# What a program of consumer/ says.
traffic='version 0.1.0
forwarded 50 of 100
received 50
caught port_spec_error at 14
caught error: cannot open nowhere: no such port
done'
# run_consumer NAME EXPECTED PROGRAM...: it ends well, and says just that
run_consumer() {
	local name=$1 expected=$2 status=0
	shift 2
	timeout 60 "$@" >"$work/said" 2>&1 </dev/null || status=$?
	if [ "$status" -ne 0 ]; then
		not_ok "$name" "status $status" "$work/said"
	else
		same "$name" "$expected" "$(cat "$work/said")"
	fi
}
summary() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
}
