# SPDX-License-Identifier: BSD-2-Clause
#
# The programs as separate processes on the module: nm-pktgen across a VALE switch and a pipe, nm-bridge between two
# pipes and between two switches, nm-ctl and nm-capture with ports that others have open.
. /tests/guest-lib.sh

stops() { # PID NAME: ends with success when asked to
	kill -TERM "$1"
	ends_with 0 20 "$1" "$2"
}

# A pipe holds its sender back, so every packet arrives.
exact() { # TX_PORT RX_PORT COUNT
	start_port rx /tests/nm-pktgen -i "$2" -f rx -n "$3" --json || return 1
	rx=$pid
	start tx /tests/nm-pktgen -i "$1" -f tx -n "$3" --json
	ends_with 0 60 "$pid" tx && ends_with 0 60 "$rx" rx
}

# A switch drops what a receiver has no room for, so the sender goes on until the receiver has its count.
lossy() { # TX_PORT RX_PORT COUNT
	start_port rx /tests/nm-pktgen -i "$2" -f rx -n "$3" --json || return 1
	rx=$pid
	start_port tx /tests/nm-pktgen -i "$1" -f tx --json || return 1
	tx=$pid
	ends_with 0 60 "$rx" rx && stops "$tx" tx
}

bridged() { # exact|lossy BRIDGE_PORT BRIDGE_PORT TX_PORT RX_PORT COUNT
	start_port bridge /tests/nm-bridge -i "$2" -i "$3" || return 1
	bridge=$pid
	"$1" "$4" "$5" "$6" && stops "$bridge" bridge
}

t "module loads" load_module || finish
t "pktgen across a VALE switch" lossy vale0:a vale0:b 100000
t "pktgen across a pipe" exact 'netmap:p{1' 'netmap:p}1' 100000
t "bridge between two pipes" bridged exact 'netmap:p}1' 'netmap:q{1' 'netmap:p{1' 'netmap:q}1' 50000
t "bridge between two VALE switches" bridged lossy vale1:b vale2:b vale1:a vale2:a 50000

# lo has no netmap functions of its own.
needs_native() { # COMMAND...
	"$@" --require-native >/tmp/native.out 2>&1
	expect "exit status of $*" $? -eq 3 && grep -q 'require_native: .*netmap functions' /tmp/native.out
}

says_emulated() {
	/tests/nm-pktgen -i netmap:lo -f rx --duration 10ms >/tmp/mode.out 2>&1 && grep -q 'netmap:lo (emulated)' /tmp/mode.out
}

t "pktgen says how an interface is served" says_emulated
t "pktgen does not emulate if told so" needs_native /tests/nm-pktgen -i netmap:lo -f rx --duration 10ms
t "bridge does not emulate if told so" needs_native /tests/nm-bridge -i netmap:lo
t "a switch port needs no native interface" /tests/nm-pktgen -i vale0:a -f rx --duration 10ms --require-native

is_there() { /tests/nm-ctl stats "$1" >/dev/null 2>&1; }

# Two processes, each with its own mapping of the file that is the region.
external() {
	lib_pools=@extmem:file=/tmp/region,if-num=16,ring-num=16
	dd if=/dev/zero of=/tmp/region bs=1M count=16 2>/dev/null || return 1
	start rx /tests/nm-pktgen -i "p}ext$lib_pools" -f rx -n 20000 --json || return 1
	rx=$pid
	wait_for 30 is_there 'p}ext' || return 1
	start tx /tests/nm-pktgen -i "p{ext$lib_pools" -f tx -n 20000 --json
	ends_with 0 60 "$pid" tx && ends_with 0 60 "$rx" rx && rm /tmp/region
}
t "pktgen in memory of a file" external

# --- nm-ctl ---

ctl() { /tests/nm-ctl "$@"; }

# served COMMAND...: the core knows the request, whatever it makes of it; otherwise its words are in /tmp/ctl.err.
served() {
	ctl "$@" 2>/tmp/ctl.err || ! grep -q 'a core that serves this request' /tmp/ctl.err
}

empty_list() { test -z "$(ctl list)"; }
shows() { # TEXT COMMAND...: the command succeeds and its output has the text
	lib_text=$1
	shift
	ctl "$@" >/tmp/ctl.out || return
	grep -qF -- "$lib_text" /tmp/ctl.out || {
		cat /tmp/ctl.out
		return 1
	}
}

# A receiver that another process has open, and packets for it.
watches() {
	start_port rx /tests/nm-pktgen -i vale3:rx -f rx --json || return 1
	rx=$pid
	/tests/nm-pktgen -i vale3:tx -f tx -n 1000 >/dev/null 2>&1 || return 1
	shows 'vale3:rx' list vale3 && shows 'switch ' show vale3:rx && shows '1 ring of' info vale3:rx &&
		shows 'rx 0: ' stats vale3:rx && shows '"pkts":' stats vale3:rx --json && shows 'in use' pools vale3:rx &&
		shows 'in use' ports && shows 'rx 0: head ' ring-dump vale3:rx && stops "$rx" rx
}

refuses() { # STATUS COMMAND...
	lib_wanted=$1
	shift
	ctl "$@" 2>/tmp/ctl.err
	expect "exit status of nm-ctl $*" $? -eq "$lib_wanted"
}

parameters() {
	lib_old=$(cat /sys/module/netmap/parameters/txsync_retry)
	ctl param set txsync_retry 5 && expect "the module's value" "$(cat /sys/module/netmap/parameters/txsync_retry)" = 5 &&
		ctl param set txsync_retry "$lib_old" && shows max_bridges param list && refuses 2 param set max_bridges 9
}

round_trip() {
	empty_list && ctl newif nmctl0 --conf 64 && test -d /sys/class/net/nmctl0 && ctl attach vale4:nmctl0 &&
		shows vale4:nmctl0 list && shows 'of 64 slots' info vale4:nmctl0 && refuses 3 delif nmctl0 &&
		ctl detach vale4:nmctl0 && ctl delif nmctl0 && empty_list && test ! -d /sys/class/net/nmctl0
}

t "ctl lists nothing where there is nothing" empty_list
t "ctl sees what other processes have open" watches
t "ctl refuses what is not there" refuses 3 stats vale3:gone
t "ctl reads and sets the module's parameters" parameters
if served delif nmctl0 && served detach vale4:nmctl0; then
	t "ctl makes, attaches, lists, detaches and deletes an interface" round_trip
else
	skip "ctl makes, attaches, lists, detaches and deletes an interface" "$(grep error: /tmp/ctl.err)"
fi
t "ctl doctor finds no error" ctl doctor
# --- nm-capture ---

# captured COUNT PORT [ARGUMENT]...: what a sender of another process sends over PORT is in the file, or was counted as lost.
captured() {
	lib_count=$1
	lib_port=$2
	shift 2
	start cap /tests/nm-capture -i "$lib_port" --wait-target 30 -w /tmp/cap.pcap -P --json --live off "$@"
	cap=$pid
	start_port rx /tests/nm-pktgen -i 'p}cap' -f rx --json || return 1
	rx=$pid
	wait_for 30 lib_mapped "$cap" || return 1
	start tx /tests/nm-pktgen -i 'p{cap' -f tx -n "$lib_count" -R 20000 --json
	ends_with 0 60 "$pid" tx && stops "$cap" cap && stops "$rx" rx
}

# A packet of 60 bytes takes 76 in a pcap file, behind 24 at the beginning.
capture_is_whole() { # COUNT
	lib_line=$(grep '"type":"summary"' /tmp/cap.out) || return 1
	lib_written=$(echo "$lib_line" | sed 's/.*"written_pkts":\([0-9]*\),"filtered.*"file_bytes".*/\1/')
	lib_lost=$(echo "$lib_line" | sed 's/.*"port_dropped_pkts":\([0-9]*\),"file_bytes".*/\1/')
	expect "written and lost packets" $((lib_written + lib_lost)) -eq "$1" &&
		expect "bytes in the file" "$(stat -c %s /tmp/cap.pcap)" -eq $((24 + 76 * lib_written)) &&
		expect "packets in the file" "$lib_written" -gt 0
}

capture_sees_all() {
	captured 5000 'p}cap' --monitor copy && capture_is_whole 5000
}

t "capture waits for a port of another process and records what it receives" capture_sees_all
t "capture of a port that nobody has open" sh -c '/tests/nm-capture -i vale5:gone 2>/tmp/cap.err; test $? -eq 3 && grep -q "is not in netmap mode" /tmp/cap.err'
t "capture takes an interface with --direct" /tests/nm-capture --direct -i netmap:lo -a duration:100ms -w /tmp/lo.pcapng

t "module is unused afterwards" wait_for 10 module_refcount_is 0
if have_kmemleak; then t "no leak while loaded" kmemleak_clean; fi
t "module unloads" unload_module
finish
