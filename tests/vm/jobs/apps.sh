# SPDX-License-Identifier: BSD-2-Clause
#
# The programs as separate processes on the module: nm-pktgen across a VALE switch and a pipe, nm-bridge between two
# pipes and between two switches.
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
t "module is unused afterwards" wait_for 10 module_refcount_is 0
if have_kmemleak; then t "no leak while loaded" kmemleak_clean; fi
t "module unloads" unload_module
finish
