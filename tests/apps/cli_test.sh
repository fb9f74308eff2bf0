#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The programs as a person runs them: cli_test.sh NM-PKTGEN NM-BRIDGE NM-CTL NM-CAPTURE
#
# One line "ok" or "not ok" for each test, and a last line with the counts.
# Everything runs on the embedded engine, so no privilege is needed.

set -u
if [ $# -ne 4 ]; then
    echo "usage: $0 NM-PKTGEN NM-BRIDGE NM-CTL NM-CAPTURE" >&2
    exit 2
fi
pktgen=$1
bridge=$2
ctl=$3
capture=$(realpath "$4") # it also runs in another directory
export NETMAPXX_BACKEND=embedded

. "$(dirname "$0")/../cli-lib.sh"

# ---- help, version, bad input -------------------------------------------------

for program in "$pktgen" "$bridge" "$capture"; do
    name=$(basename "$program")
    run "$program" --help
    expect "$name --help ends with 0 and prints to standard output" 0 out "Usage: $name"
    expect_empty "$name --help says nothing on standard error" 0 err
    run "$program" -h
    expect "$name -h is the same" 0 out "Usage: $name"
    run "$program" --version
    expect "$name --version" 0 out "$name "
    run "$program"
    expect "$name without a port" 2 err "$name: error: a port is required (-i)"
    run "$program" -i vale0:a -i vale0:b --bogus
    expect "$name with an unknown option" 2 err "unexpected argument '--bogus'"
    run "$program" -i 'vale0:a@'
    expect "$name with a name that is no port" 2 err "'vale0:a@' is not a port"
done

run "$pktgen" -i vale0:a -n 12abc
expect "a count that is no number" 2 err "'12abc' is not a number of packets"
expect_empty "... and nothing on standard output" 2 out
run "$pktgen" -i vale0:a -f bogus
expect "an unknown function" 2 err "'bogus' is not one of rx, tx, loop"
run "$pktgen" -i vale0:a -l 60 -l 1500
expect "size bounds in the wrong order" 2 err "lower bound 1500 above upper bound 60"
run "$pktgen" -i vale0:a -D zz
expect "a MAC address that is none" 2 err "'zz' is not a MAC address"
run "$bridge" -i vale0:a -i vale0:a
expect "the same software port twice" 2 err "host mode needs a network interface"
run "$bridge" -i vale0:a -i vale0:b -b 9000
expect "a burst out of range" 2 err "'9000' is not a number of slots in 1..8192"

if [ -e /dev/netmap ]; then
    skip "a missing device ends with 3 and a hint" "this machine has the device"
else
    run "$pktgen" -i vale0:a --backend device
    expect "a missing device ends with 3 and a hint" 3 err "  hint: "
fi
run "$pktgen" -i no_such_interface
expect "an interface that is not there" 3 err "cannot open netmap:no_such_interface: "
NETMAPXX_BACKEND= run "$pktgen" -f loop -i vale0:a --peer vale0:b -n 10
if [ -e /dev/netmap ]; then
    skip "an automatic choice of the engine is noted" "this machine has the device"
else
    expect "an automatic choice of the engine is noted" 0 err "visible in this process only"
fi

# ---- runs -----------------------------------------------------------------------

loop=("$pktgen" -f loop -i vale0:tx --peer vale0:rx)
run "${loop[@]}" -n 1000
expect "a loop over a switch" 0 out "tx vale0:tx: 1000 packets, 60000 bytes in "
run "${loop[@]}" -n 1000
expect "the second run works as the first" 0 out "tx vale0:tx: 1000 packets, 60000 bytes in "
run "$pktgen" -f loop -i 'p{1' --peer 'p}1' -n 100003 --verify
expect "a verified loop over a pipe" 0 out "lost 0 (0.0000 %), late 0, duplicate 0, corrupt 0"
run "$pktgen" -f loop -i 'p{1' --peer 'p}1' --duration 100ms --live off
expect "a loop for a time" 0 out "rx netmap:p}1: "
run "$pktgen" -f loop -i 'p{1' --peer 'p}1' -n 3 -X
expect "a dump shows the frames" 0 out "   0: ff ff ff ff ff ff "

run "${loop[@]}" -n 100 --json
expect "JSON on standard output" 0 out '{"type":"start","schema":1,'
if [ "$(grep -c '^{.*}$' "$out")" -eq "$(wc -l <"$out")" ]; then
    ok "... where every line is an object"
else
    not_ok "... where every line is an object" "there is other text"
fi
expect "... and the summary on standard error" 0 err "tx vale0:tx: 100 packets"
run "${loop[@]}" -n 100 "--json=$work/result.json"
expect "JSON in a file leaves the summary on standard output" 0 out "tx vale0:tx: 100 packets"
if grep -q '"type":"summary".*"tx_queued_pkts":100,' "$work/result.json"; then
    ok "... and the file has the summary, too"
else
    not_ok "... and the file has the summary, too" "it has not"
fi

run "${loop[@]}" -n 100 --json=/dev/full
expect "a full disk ends with 7" 7 err "cannot write '/dev/full': No space left on device"
run "${loop[@]}" -n 100 "--json=$work/missing/x.json"
expect "a file that cannot be created ends with 7" 7 err "cannot create '$work/missing/x.json'"
timeout 60 "${loop[@]}" -n 100 >/dev/full 2>"$err"
status=$?
expect "a standard output that is full ends with 7" 7 err "cannot write standard output"

# ---- signals and pipes -------------------------------------------------------------

"$pktgen" -f tx -i vale0:a --json -T 10 2>"$err" | head -1 >"$out"
status=${PIPESTATUS[0]}
expect "a reader that goes away ends the run with 0" 0 out '"type":"start"'

for signal in INT TERM HUP; do
    start "$pktgen" -f tx -i vale0:a -T 10 --live log
    wait_for "$err" "pps"
    kill -s "$signal" "$child"
    finish
    expect "SIG$signal without a goal ends with 0 and a summary" 0 out "tx vale0:a: "
done
start "$pktgen" -f rx -i vale0:a -n 10
wait_for "$err" "rx vale0:a"
kill -s INT "$child"
finish
expect "SIGINT before the goal ends with 6" 6 err "ended after 0 of 10 packets"
expect "... and a summary" 6 out "rx vale0:a: no packets"

start "$pktgen" -f tx -i vale0:a -T 10 --live log
wait_for "$err" "pps"
kill -s USR1 "$child"
wait_for "$out" "interim:" || true
kill -s TERM "$child"
finish
expect "SIGUSR1 prints an interim summary and the run goes on" 0 out "interim:"

# A pipe that nobody reads keeps the sender in its drain: the second interrupt ends it.
start "$pktgen" -f tx -i 'p{1' -T 10 --live log --drain-timeout 1h --json="$work/drain.json"
wait_for "$err" "pps"
kill -s INT "$child"
wait_for "$work/drain.json" '"tx_pps":0.0' || true
# Signals of one kind merge until one has been taken, so the second is sent until it was a second one.
end=$((SECONDS + 60))
while [ $SECONDS -lt $end ] && kill -s INT "$child" 2>/dev/null; do
    read -rt 0.02 -u 9
done
finish
expect "a second SIGINT ends at once with 130" 130 err ""

start "$bridge" -i 'b{1' -i 'b{2' -T 10
wait_for "$err" "pps"
kill -s INT "$child"
finish
expect "SIGINT ends a bridge with 0 and a summary" 0 out "netmap:b{1 -> netmap:b{2: 0 packets"
run "$bridge" -i 'b{1' -i 'b{2' --offloads
expect "a bridge that is to keep offloads where there are none" 3 err "keep_offloads"
run "$bridge" -i 'b{1' -i 'c{1' --require-zero-copy
expect "a bridge that cannot share memory, but must" 3 err "do not share memory"
"$bridge" -i 'b{1' -i 'b{2' --json -T 10 2>"$err" | head -1 >"$out"
status=${PIPESTATUS[0]}
expect "a bridge whose reader goes away ends with 0" 0 out '"zero_copy":true'

# ---- nm-ctl ---------------------------------------------------------------------

ln -s "$(realpath "$ctl")" "$work/vale-ctl"
classic=$work/vale-ctl

run "$ctl" --help
expect "nm-ctl --help ends with 0 and prints to standard output" 0 out "Usage: nm-ctl COMMAND"
expect_empty "nm-ctl --help says nothing on standard error" 0 err
run "$ctl" --version
expect "nm-ctl --version" 0 out "nm-ctl "
run "$ctl"
expect "nm-ctl without a command" 2 err "nm-ctl: error: a command is required"
run "$ctl" lisst
expect "nm-ctl with a command that is none" 2 err "  hint: did you mean 'list'?"
run "$ctl" list
expect "nm-ctl list on an engine without ports ends with 0" 0 err "visible in this process only"
expect_empty "... and shows nothing" 0 out
run "$ctl" list --json
expect "nm-ctl list --json" 0 out '{"type":"summary","ports":[]}'
run "$ctl" info vale0:a --json=/dev/full
expect "nm-ctl with a full disk ends with 7" 7 err "cannot write '/dev/full'"
run "$ctl" info no_such_interface
expect "nm-ctl with an interface that is not there" 3 err "cannot describe netmap:no_such_interface: "
run "$ctl" newif vale0:x
expect "nm-ctl newif with a port's name" 2 err "a plain interface name is expected"
run "$ctl" param set bridge_batch 512
expect "nm-ctl sets a parameter of its own engine" 0 out "512"
run "$ctl" doctor no_such_if
expect "nm-ctl doctor ends with 5 for an error" 5 out "there is no interface no_such_if"
if [ -e /dev/netmap ]; then
    skip "nm-ctl without the device ends with 3 and a hint" "this machine has the device"
else
    run "$ctl" list --backend device
    expect "nm-ctl without the device ends with 3 and a hint" 3 err "  hint: "
fi
run "$classic"
expect "vale-ctl without a letter lists and ends with 0" 0 err ""
run "$classic" --help
expect "vale-ctl --help" 0 out "Usage: vale-ctl "
run "$classic" -h
expect "vale-ctl -h is no help: it attaches" 2 err "vale-ctl: error: "
run "$classic" -g vale0:a
expect "vale-ctl -g describes a port" 0 out "vale0:a: region "
run "$classic" -p vale0:a -C 0,0,2
expect "vale-ctl -p with a number of CPUs for one thread" 2 err "'0,0,2' is not mode"
run "$ctl" classic -l vale0:a
expect "nm-ctl classic -l with a port that is not there" 3 err "no such switch port: vale0:a"
start "$ctl" stats -T 10 --live log
wait_for "$err" "no counters"
kill -s INT "$child"
finish
expect "SIGINT ends live counters with 0" 0 err "s: no counters"
"$ctl" stats -T 10 --json --live off 2>"$err" | head -1 >"$out"
status=${PIPESTATUS[0]}
expect "a reader of live counters that goes away ends them with 0" 0 out '"command":"stats"'

# ---- nm-capture -----------------------------------------------------------------

direct=("$capture" --direct -i vale0:a)
file=$work/packets

run "$capture" -i vale0:a
expect "nm-capture of a port that nobody has open ends with 3" 3 err "vale0:a is not in netmap mode"
expect "... and a hint" 3 err "  hint: start the application first, use --wait-target, or --direct"
run "$capture" -i vale0:a --wait-target 50ms
expect "nm-capture waits for the port, but not forever" 3 err "vale0:a is still not in netmap mode"
run "$capture" -i vale0:a tcp prt 80
expect "nm-capture with a filter that is none" 2 err "'tcp prt 80' is not a filter: "
run "$capture" -i vale0:a -b files:2
expect "nm-capture refuses what is not there yet" 2 err "-b/--rotate is not there yet"
run "$capture" -d icmp
expect "nm-capture -d shows the compiled filter" 0 out "jeq      #0x800"
run "$capture" -L
expect "nm-capture -L" 0 out "EN10MB"
run "$capture" -D
expect "nm-capture -D on an engine without ports ends with 0" 0 err "visible in this process only"

run "${direct[@]}" -a duration:20ms -w "$file" --live off
expect "nm-capture ends when its time is over" 0 out "0 packets captured, 0 written, 0 filtered out"
if [ "$(od -An -tx1 -N4 "$file" | tr -d ' ')" = 0a0d0d0a ]; then
    ok "... and its file is pcapng"
else
    not_ok "... and its file is pcapng" "$(od -An -tx1 -N4 "$file")"
fi
if [ "$(stat -c %a "$file")" = 600 ]; then
    ok "... that nobody else may read"
else
    not_ok "... that nobody else may read" "mode $(stat -c %a "$file")"
fi
(cd "$work" && exec timeout 60 "${direct[@]}" -P -a duration:1ms) >"$out" 2>"$err"
status=$?
if ls "$work"/nmcap_vale0_a_[0-9]*.pcap >/dev/null 2>&1; then
    expect "without -w the file gets a name of its own" 0 err "nmcap_vale0_a_"
else
    not_ok "without -w the file gets a name of its own" "there is none"
fi
run "${direct[@]}" -w /dev/full
expect "nm-capture on a full disk ends with 7" 7 err "cannot write '/dev/full': No space left on device"
run "${direct[@]}" -w "$work/missing/file"
expect "nm-capture in a directory that is not there ends with 7" 7 err "cannot create '$work/missing/file'"
mkdir -m 0700 "$work/closed"
if [ "$(id -u)" -ne 0 ]; then
    chmod 0500 "$work/closed"
    run "${direct[@]}" -w "$work/closed/file"
    expect "nm-capture where it may not write ends with 4" 4 err "Permission denied"
elif chmod 0711 "$work" && setpriv --reuid 65534 --clear-groups "$capture" --version >/dev/null 2>&1; then
    run setpriv --reuid 65534 --clear-groups "${direct[@]}" -w "$work/closed/file"
    expect "nm-capture where it may not write ends with 4" 4 err "Permission denied"
else
    skip "nm-capture where it may not write ends with 4" "another user cannot run the program here"
fi

for signal in INT TERM HUP; do
    start "${direct[@]}" -w "$file" -T 10 --live log
    wait_for "$err" "pps"
    kill -s "$signal" "$child"
    finish
    expect "SIG$signal ends a capture with 0 and a summary" 0 out "packets captured"
done
start "${direct[@]}" -w "$file" -c 1 -T 10 --live log
wait_for "$err" "pps"
kill -s INT "$child"
finish
expect "SIGINT before the goal ends a capture with 6" 6 err "ended after 0 of 1 packets"
start "${direct[@]}" -w "$file" -T 10 --live log
wait_for "$err" "pps"
kill -s USR1 "$child"
wait_for "$out" "interim:" || true
kill -s TERM "$child"
finish
expect "SIGUSR1 prints an interim summary and the capture goes on" 0 out "interim:"

"${direct[@]}" -w - -T 10 --live off 2>"$err" | head -c 4 | od -An -tx1 >"$out"
status=${PIPESTATUS[0]}
expect "a reader that goes away ends a capture with 0" 0 out "0a 0d 0d 0a"
expect "... whose summary went to standard error" 0 err "packets captured"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
