# SPDX-License-Identifier: BSD-2-Clause
#
# Instructions per packet, whole system: one sending and one receiving process, 60-byte packets. Meant for
# `run.sh --icount`, where a nanosecond of guest time is an instruction. Prints `INSN vale N` and `INSN pipe N`.
# INSN_COUNT is the number of packets.
. /tests/guest-lib.sh

count=${INSN_COUNT:-2000000}
quiet_reports='-T 3600000' # ms, longer than any run

json_number() { # NAME FILE: of the last record that has it
	sed -n "s/.*\"$1\" *: *\([0-9][0-9]*\).*/\1/p" "$2" | tail -n 1
}

# Time is what the sender measures between its first and last packet: the one CPU does nothing but send and receive.
measure() { # LABEL TX_PORT RX_PORT
	# shellcheck disable=SC2086
	start_port rx /tests/nm-pktgen -i "$3" -f rx $quiet_reports --json || return 1
	rx=$pid
	# shellcheck disable=SC2086
	start tx /tests/nm-pktgen -i "$2" -f tx -l 60 -b 512 -n "$count" $quiet_reports --json
	wait "$pid" # and no polling meanwhile, which would be counted
	expect "exit status of the sender" $? -eq 0 || { cat /tmp/tx.err && return 1; }
	kill -TERM "$rx"
	ends_with 0 60 "$rx" rx || return 1
	sent=$(json_number tx_completed_pkts /tmp/tx.out)
	received=$(json_number rx_pkts /tmp/rx.out)
	ns=$(json_number duration_ns /tmp/tx.out)
	expect "packets sent" "$sent" -ge "$count" || return 1
	awk -v ns="$ns" -v n="$sent" -v r="$received" -v label="$1" 'BEGIN {
		printf "INSN %s %.1f\n", label, ns / n
		printf "# %s: %d sent, %d received (%.1f %%), %d ns\n", label, n, r, 100 * r / n, ns
	}' >"/tmp/insn.$1"
}

t "module loads" load_module || finish
for path in "vale vale0:a vale0:b" "pipe netmap:p{1 netmap:p}1"; do
	# shellcheck disable=SC2086
	t "measured ${path%% *}" measure $path && cat "/tmp/insn.${path%% *}"
done
t "module unloads" unload_module
finish
