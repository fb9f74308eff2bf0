# SPDX-License-Identifier: BSD-2-Clause
#
# The examples on the module: as separate processes across switches and pipes, and with an interface and its host
# rings. The interface is one end of a veth pair whose other end is in a namespace of its own.
. /tests/guest-lib.sh

says() { # NAME TEXT: the program started as NAME wrote it
	grep -qF -- "$2" "/tmp/$1.out" "/tmp/$1.err" && return
	echo "$1 did not say: $2"
	tail -n 20 "/tmp/$1.out" "/tmp/$1.err"
	return 1
}
says_lines() { # NAME COUNT TEXT
	expect "lines of $1 with '$3'" "$(grep -cF -- "$3" "/tmp/$1.out")" -eq "$2"
}
done_well() { ends_with 0 60 "$1" "$2"; } # PID NAME
stops() { # PID NAME: ends well when interrupted
	kill -INT "$1"
	done_well "$1" "$2"
}
runs() { # NAME COMMAND...: to its end
	start "$@"
	done_well "$pid" "$1"
}
ends_badly() { # STATUS COMMAND...: with a hint
	start bad "$2" "$3" "$4"
	ends_with "$1" 60 "$pid" bad && says bad '  hint: '
}

hello() { # RX_PORT TX_PORT COUNT
	start_port rx /tests/hello_rx "$3" "$1" || return 1
	rx=$pid
	runs tx /tests/hello_tx "$3" "$2" && done_well "$rx" rx && says_lines rx "$3" 'packet of 60 bytes'
}

t "module loads" load_module || finish
t "hello across a switch" hello vale0:a vale0:b 1000
t "hello across a pipe" hello 'p}1' 'p{1' 5000
t "zero_copy_chain" runs chain /tests/zero_copy_chain 5 && cat /tmp/chain.out
t "no such interface" ends_badly 3 /tests/hello_rx 1 no_such_if
t "a monitor of what nobody uses" ends_badly 3 /tests/monitor_tap 1 vale0:a

forwards_by_copy() {
	start_port sink /tests/hello_rx 100 vale2:sink || return 1
	sink=$pid
	start_port forwarder /tests/forwarder 100 vale1:in vale2:out || return 1
	forwarder=$pid
	runs tx /tests/hello_tx 500 vale1:source && done_well "$forwarder" forwarder && done_well "$sink" sink &&
		says forwarder '100 packets forwarded: 0 by exchange, 100 by copy'
}

watches() {
	start_port user /tests/hello_rx 0 vale0:a || return 1
	user=$pid
	start_port monitor /tests/monitor_tap 3 vale0:a || return 1
	monitor=$pid
	runs tx /tests/hello_tx 10 vale0:b && done_well "$monitor" monitor && says_lines monitor 3 'received  60 bytes' || return 1
	start_port monitor /tests/monitor_tap 0 vale0:a || return 1
	monitor=$pid
	stops "$user" user && done_well "$monitor" monitor && says monitor 'nobody uses the port any more'
}

receives_on_two() {
	start_port asio /tests/asio_receive 4 vale0:a vale1:a || return 1
	asio=$pid
	wait_for 30 grep -q waiting /tmp/asio.err && runs tx /tests/hello_tx 2 vale0:b && runs tx /tests/hello_tx 2 vale1:b &&
		done_well "$asio" asio && says_lines asio 2 'vale0:a: packet' && says_lines asio 2 'vale1:a: packet'
}

t "forwarder between two switches" forwards_by_copy
t "monitor_tap on a port of another process, to its end" watches
t "asio_receive on two switches" receives_on_two

pings() { wait_for 20 ping -c 1 -W 1 "$1"; }

# Host to wire only, so nothing comes back; ARP is too short for the filter.
forwards_by_exchange() {
	there=$(/tests/ip netns exec far cat /sys/class/net/there/address)
	/tests/ip neigh replace 10.9.0.2 lladdr "$there" dev near || return 1
	start_port forwarder /tests/forwarder 3 netmap:near^ netmap:near || return 1
	forwarder=$pid
	ping -c 5 -W 1 10.9.0.2 >/dev/null
	/tests/ip neigh del 10.9.0.2 dev near
	done_well "$forwarder" forwarder && says forwarder 'one memory region' && says forwarder '3 packets forwarded: 3 by exchange, 0 by copy'
}

asks_the_host() {
	runs host /tests/host_injection 3 netmap:near 10.9.0.1 &&
		says_lines host 3 "the host says: 10.9.0.1 is at $(cat /sys/class/net/near/address)" && says host '3 questions answered'
}

lets_others_pass() {
	start_port host /tests/host_injection 0 netmap:near 10.9.0.1 || return 1
	host=$pid
	pings 10.9.0.2 && stops "$host" host && says host 'the host says: 10.9.0.1 is at' && ! grep -E '; 0 packets to the host| 0 to the wire' /tmp/host.out
}

bridges() {
	start_port bridge /tests/asio_coroutine_bridge 0 netmap:near netmap:near^ || return 1
	bridge=$pid
	pings 10.9.0.2 && stops "$bridge" bridge && says bridge 'near -> near: ' && ! grep ': 0 packets' /tmp/bridge.out
}

answers_ping() {
	start_port echo /tests/custom_switch_port 0 vale3:echo 10.9.0.9 || return 1
	echo=$pid
	/tests/nm-ctl attach vale3:near --with-host || return 1
	pings 10.9.0.9
	lib_answered=$?
	/tests/nm-ctl detach vale3:near && stops "$echo" echo && says echo ' requests answered' && expect "ping" "$lib_answered" -eq 0
}

t "a pair of interfaces" far_pair || finish
t "forwarder from the host stack to the wire" forwards_by_exchange
t "host_injection asks the host" asks_the_host
t "host_injection lets others pass" lets_others_pass
t "asio_coroutine_bridge between an interface and its host stack" bridges
t "custom_switch_port answers the host's ping" answers_ping

t "module is unused afterwards" wait_for 10 module_refcount_is 0
if have_kmemleak; then t "no leak while loaded" kmemleak_clean; fi
t "module unloads" unload_module
finish
