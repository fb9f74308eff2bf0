# SPDX-License-Identifier: BSD-2-Clause
#
# Helpers for tests of programs on the command line, under bash: a test is one line "ok" or
# "not ok", and the script that sources this ends with the counts.
# The last run's output is in $out and $err, its status in $status; $work goes with the script.
# shellcheck shell=bash

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$work/out
err=$work/err
mkfifo "$work/nobody"
exec 9<>"$work/nobody"
passed=0
failed=0
skipped=0

ok() { # NAME
    passed=$((passed + 1))
    echo "ok - $1"
}
not_ok() { # NAME REASON
    failed=$((failed + 1))
    echo "not ok - $1: $2"
    sed 's/^/#   out: /' "$out" | head -5
    sed 's/^/#   err: /' "$err" | head -5
}
skip() { # NAME REASON
    skipped=$((skipped + 1))
    echo "ok - $1 # skip $2"
}

# run COMMAND...: keeps its output, and its status in $status; a watchdog ends it
run() {
    timeout 60 "$@" >"$out" 2>"$err"
    status=$?
}
# expect NAME STATUS STREAM TEXT: the last run ended with STATUS, and STREAM holds TEXT
expect() {
    if [ "$status" -ne "$2" ]; then
        not_ok "$1" "status $status, not $2"
    elif [ -n "$4" ] && ! grep -qF -- "$4" "$work/$3"; then
        not_ok "$1" "no '$4' on std$3"
    else
        ok "$1"
    fi
}
# expect_empty NAME STATUS STREAM: the last run wrote nothing there
expect_empty() {
    if [ "$status" -ne "$2" ]; then
        not_ok "$1" "status $status, not $2"
    elif [ -s "$work/$3" ]; then
        not_ok "$1" "std$3 is not empty"
    else
        ok "$1"
    fi
}
# wait_for FILE TEXT: until FILE holds TEXT; fails after a minute
wait_for() {
    local end=$((SECONDS + 60))
    until grep -qsF -- "$2" "$1"; do
        [ $SECONDS -lt $end ] || return 1
        read -rt 0.02 -u 9 # a pause: nobody writes there
    done
    return 0 # not what the last pause ended with
}
# start COMMAND...: in the background, its id in $child
start() {
    : >"$out" # here, not in the background: wait_for must not see the last run
    : >"$err"
    "$@" >"$out" 2>"$err" &
    child=$!
}
# finish: waits for the child, its status in $status
finish() {
    wait "$child"
    status=$?
}
