# SPDX-License-Identifier: BSD-2-Clause
#
# Emulated ports on a veth pair against packet sockets there: nm-bench's part "wire", its lines as they are.
. /tests/guest-lib.sh

wire() {
	load_kernel_module veth
	/tests/ip link add bench0 type veth peer name bench1 &&
		/tests/ip link set bench0 up && /tests/ip link set bench1 up
}

# Both ends wake after a millisecond at most: packet sockets know nothing shorter.
t "module loads" load_module generic_mit=1000000 || finish
t "a pair of interfaces" wire || finish
t_stream "measured" /tests/nm-bench wire
t "module unloads" unload_module
finish
