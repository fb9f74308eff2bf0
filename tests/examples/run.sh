#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The examples as a newcomer runs them: run.sh DIRECTORY, where the built examples are.
#
# One line "ok" or "not ok" for each test, and a last line with the counts. Everything runs
# on the embedded engine, so no privilege is needed.

set -u
if [ $# -ne 1 ] || [ ! -d "$1" ]; then
    echo "usage: $0 DIRECTORY" >&2
    exit 2
fi
bin=$1
sources=$(dirname "$0")/../../examples
export NETMAPXX_BACKEND=embedded
. "$(dirname "$0")/../cli-lib.sh"

# lines NAME COUNT TEXT: the last run ended well, and so many lines of its output hold TEXT
lines() {
    local found
    found=$(grep -cF -- "$3" "$out")
    if [ "$status" -ne 0 ]; then
        not_ok "$1" "status $status"
    elif [ "$found" -ne "$2" ]; then
        not_ok "$1" "$found lines with '$3', not $2"
    else
        ok "$1"
    fi
}

# ---- every example is here, and asked badly ------------------------------------------

tested=$(sed -n 's/^refuses \([a-z_]*\) .*/\1/p' "$0" | sort)
if [ "$tested" = "$(basename -s .cpp "$sources"/*.cpp | sort)" ]; then
    ok "each example has its tests"
else
    not_ok "each example has its tests" "tested are: $(echo $tested)"
fi
for name in $tested; do
    if grep -q "^| [0-9]* | \[$name\]($name.cpp) |" "$sources/README.md"; then
        ok "$name has its line in the README"
    else
        not_ok "$name has its line in the README" "there is none"
    fi
done

# refuses EXAMPLE BAD_PORT MISSING_PORT ARGUMENT...: where @ stands for the port that it opens
refuses() {
    local name=$1 bad=$2 missing=$3
    shift 3
    run "$bin/$name"
    expect "$name without arguments" 2 err "usage: $name COUNT"
    expect_empty "... and nothing on standard output" 2 out
    run "$bin/$name" 12x "${@:2}"
    expect "$name with a count that is no number" 2 err "usage: $name COUNT"
    run "$bin/$name" -1 "${@:2}"
    expect "$name with a count below zero" 2 err "usage: $name COUNT"
    if [ "$name" != asio_receive ]; then # which takes any number of ports
        run "$bin/$name" "$@" superfluous
        expect "$name with an argument too many" 2 err "usage: $name COUNT"
    fi
    [ -n "$bad" ] || return 0
    run "$bin/$name" "${@//@/$bad}"
    expect "$name with a name that is no port" 2 err "$name: error: cannot parse \"$bad\""
    run "$bin/$name" "${@//@/$missing}"
    expect "$name with a port that is not there" 3 err "$missing"
    expect "... and a hint" 3 err "  hint: "
}

refuses hello_rx 'vale0:a@' no_such_interface 1 @
refuses hello_tx 'vale0:a@' no_such_interface 1 @
refuses forwarder 'vale0:a@' no_such_interface 1 vale1:a @
refuses zero_copy_chain '' '' 1
refuses monitor_tap 'vale0:a@' vale0:nobody 1 @
refuses custom_switch_port 'vale0:a@' netmap:no_such_interface 1 @ 10.0.0.9
refuses host_injection 'vale0:a@' no_such_interface 1 @ 10.0.0.9
refuses asio_receive 'vale0:a@' no_such_interface 1 @
refuses asio_coroutine_bridge 'vale0:a@' no_such_interface 1 vale1:a @

run "$bin/custom_switch_port" 1 vale0:a 10.0.0
expect "an address that is none" 2 err "usage: custom_switch_port COUNT"
run "$bin/host_injection" 1 eth0 10.0.0.256
expect "another one" 2 err "usage: host_injection COUNT"
run "$bin/host_injection" 1 vale0:a 10.0.0.9
expect "host rings of a switch port" 2 err "only interfaces have"
run "$bin/zero_copy_chain" 101
expect "more packets than can be kept" 2 err "usage: zero_copy_chain COUNT"
NETMAPXX_BACKEND=bogus run "$bin/hello_rx" 1 vale0:a
expect "a backend that is none" 3 err "bogus"

# ---- what the head of each example says ------------------------------------------------

run "$bin/hello_rx" 3 vale0:me --partner vale0:you
lines "hello_rx on a switch" 3 "packet of 60 bytes, in ring 0, buffer "
run "$bin/hello_rx" 3 'pipe{1' --partner 'pipe}1'
lines "hello_rx on a pipe" 3 "packet of 60 bytes, in ring 0, buffer "
if [ "$(sort -u "$out" | wc -l)" -eq 3 ]; then
    ok "... sees each packet once, in a buffer of its own"
else
    not_ok "... sees each packet once, in a buffer of its own" "some lines are the same"
fi
run "$bin/hello_tx" 5000 'pipe{1' --partner 'pipe}1'
expect "hello_tx on a pipe" 0 out "sent 5000 frames in "
expect "... loses nothing" 0 out "partner: received 5000 frames"
run "$bin/hello_tx" 1000 vale0:me
expect "hello_tx on a switch that nobody listens to" 0 out "sent 1000 frames in "
run "$bin/forwarder" 100 vale0:in vale1:out --partner vale0:source
expect "forwarder between two switches" 0 err "vale0:in -> vale1:out: two memory regions, packets are copied"
expect "... copies" 0 out "100 packets forwarded: 0 by exchange, 100 by copy; "
run "$bin/forwarder" 100 'pipe}1' 'pipe{2' --partner 'pipe{1'
expect "forwarder between two pipes" 0 err "pipe}1 -> pipe{2: one memory region, buffers are exchanged"
expect "... exchanges, and drops what is too short" 0 out \
    "100 packets forwarded: 100 by exchange, 0 by copy; 100 dropped by the filter"
run "$bin/zero_copy_chain" 2
expect "zero_copy_chain" 0 out "2 packets kept; not a byte was copied"
buffers=$(sed -n 's/.* in buffer \([0-9]*\).*/\1/p' "$out" | uniq -c | awk '{ print $1 }')
if [ "$buffers" = "5
5" ]; then
    ok "... and each packet was in one buffer all along"
else
    not_ok "... and each packet was in one buffer all along" "runs of equal numbers: $(echo $buffers)"
fi
run "$bin/zero_copy_chain" 100
lines "zero_copy_chain with as many as it can keep" 100 ", its slot was given back"
run "$bin/monitor_tap" 4 vale0:a --partner vale0:b
lines "monitor_tap sees what was sent" 2 "sent      100 bytes"
lines "... and what was received" 2 "received  60 bytes"
run "$bin/custom_switch_port" 4 vale0:echo 10.0.0.9 --partner vale0:you
expect "custom_switch_port" 0 out "4 requests answered, 0 other packets dropped"
expect "... is on the list" 0 err "vale0:echo is port 0 of switch 0"
expect "... answers ARP" 0 out "partner: ARP reply"
expect "... answers ping" 0 out "partner: echo reply"
run "$bin/asio_receive" 6 vale0:a vale0:b vale0:c --partner vale0:you
lines "asio_receive on three ports" 6 ": packet of 60 bytes"
lines "... hears each of them" 2 "vale0:b: packet of 60 bytes"
run "$bin/asio_receive" 3 'pipe{1' --partner 'pipe}1'
lines "asio_receive on a pipe" 3 "pipe{1: packet of 60 bytes"
run "$bin/asio_coroutine_bridge" 10 vale0:a vale1:b --partner vale0:you
expect "asio_coroutine_bridge between two switches" 0 out "vale0:a -> vale1:b: 10 packets"
run "$bin/asio_coroutine_bridge" 10 'pipe}1' 'pipe{2' --partner 'pipe{1'
expect "asio_coroutine_bridge between two pipes" 0 out "pipe}1 -> pipe{2: 10 packets"

# ---- interrupted ---------------------------------------------------------------------------

# interrupted NAME SIGNAL MARK TEXT COMMAND...: once MARK is on standard error, SIGNAL ends it
# well, and TEXT is on standard output
interrupted() {
    local name=$1 signal=$2 mark=$3 text=$4 program=$5
    shift 5
    start timeout --foreground -k 10 60 "$bin/$program" "$@"
    if ! wait_for "$err" "$mark"; then
        kill "$child"
        finish
        not_ok "$name" "'$mark' did not come"
        return
    fi
    kill -s "$signal" "$child"
    finish
    expect "$name" 0 out "$text"
}

for signal in INT TERM; do
    interrupted "SIG$signal ends hello_rx" $signal "waiting on" "" hello_rx 0 vale0:a
    interrupted "SIG$signal ends hello_tx on a full pipe" $signal "sending on" \
        "; some are still in the ring" hello_tx 100000 'pipe{1'
    interrupted "SIG$signal ends forwarder" $signal " -> " "0 packets forwarded" \
        forwarder 0 vale0:a vale1:a
    interrupted "SIG$signal ends forwarder where nobody takes its packets" $signal " -> " \
        " packets forwarded" forwarder 0 'pipe}1' 'pipe{2' --partner 'pipe{1'
    interrupted "SIG$signal ends monitor_tap" $signal "watching" "" \
        monitor_tap 0 vale0:a --partner vale0:b
    interrupted "SIG$signal ends custom_switch_port" $signal "is port 0" "0 requests answered" \
        custom_switch_port 0 vale0:echo 10.0.0.9
    interrupted "SIG$signal ends asio_receive" $signal "waiting" "" asio_receive 0 vale0:a vale0:b
    interrupted "SIG$signal ends asio_receive that receives" $signal "waiting" "" \
        asio_receive 0 vale0:a vale0:b --partner vale0:c
    interrupted "SIG$signal ends asio_coroutine_bridge" $signal "vale1:a: quiet for a second" \
        "vale0:a -> vale1:a: 0 packets" asio_coroutine_bridge 0 vale0:a vale1:a
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
