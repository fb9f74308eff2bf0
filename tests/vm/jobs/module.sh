# SPDX-License-Identifier: BSD-2-Clause
#
# The module's life: loading and unloading, being in use, being killed, privileges, memory.
. /tests/guest-lib.sh

load_unload() { # TIMES
	for i in $(seq "$1"); do
		load_module && test -c /dev/netmap && unload_module && test ! -e /dev/netmap || {
			echo "in round $i"
			return 1
		}
	done
}

open_device() { true <>/dev/netmap; }

held_module_stays() {
	exec 3<>/dev/netmap
	expect "use count with one open file" "$(module_refcount)" -eq 1 || return 1
	if unload_module; then
		echo "rmmod succeeded"
		return 1
	fi
	grep '^netmap .* Live ' /proc/modules && open_device
}

open_is_root_only() {
	if su nobody -c 'true </dev/netmap' 2>/tmp/su.err; then
		echo "nobody could open it"
		return 1
	fi
	cat /tmp/su.err
	grep -q 'Permission denied' /tmp/su.err && open_device
}

killed_holder_lets_go() {
	start_port holder /tests/nm-pktgen -i vale0:a -f rx || return 1
	expect "use count with a bound port" "$(module_refcount)" -gt 0 || return 1
	kill -9 "$pid"
	wait "$pid"
	wait_for 10 module_refcount_is 0 && unload_module
}

# Two interfaces back to back, nmx0 and what the kernel calls the other.
interface_comes() {
	load_kernel_module veth || return
	ip link add nmx0 type veth && ip link set nmx0 up && ip link set veth0 up
}

# The driver of an interface leaves while a port over it carries packets: its user is told, and nothing waits for him.
driver_leaves() { # FUNCTION
	interface_comes || return
	start_port user /tests/nm-pktgen -i netmap:nmx0 -f "$1" || return 1
	rmmod veth || return 1
	wait_for 60 gone "$pid" || return 1
	wait "$pid"
	expect "exit status of its user" $? -ne 0 && expect "the same" $? -lt 126 || return 1
	grep error: /tmp/user.err && wait_for 10 module_refcount_is 0
}

# The module itself does not leave while an interface is open, and does when its user is killed.
module_stays_under_an_interface() {
	interface_comes || return
	start_port user /tests/nm-pktgen -i netmap:nmx0 -f tx || return 1
	if unload_module; then
		echo "rmmod succeeded"
		return 1
	fi
	kill -9 "$pid"
	wait "$pid"
	wait_for 10 module_refcount_is 0 && unload_module && rmmod veth && load_module
}

open_storm() {
	for i in $(seq 2000); do open_device || return 1; done
}
port_storm() {
	for i in $(seq 50); do
		for port in "vale$((i % 5)):p$i" "netmap:q$((i % 5)){1"; do
			/tests/nm-pktgen -i "$port" -f tx -n 100 --drain-timeout 0 >/tmp/storm 2>&1 && continue
			echo "$port"
			cat /tmp/storm
			return 1
		done
	done
}

# Three figures in kB: free pages (those on the CPUs' own free lists included, which hold megabytes), slab, vmalloc.
meminfo() { sed -n "s/^$1: *\([0-9]*\) kB/\1/p" /proc/meminfo; }
settled_memory() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	percpu=$(awk '/^ *count:/ { pages += $2 } END { print pages * 4 }' /proc/zoneinfo)
	echo "$(($(meminfo MemFree) + percpu)) $(meminfo Slab) $(meminfo VmallocUsed)"
}

# A storm takes no more memory away than the one before it, but for what slabs and stacks keep for later. Finds lost
# pages, which kmemleak does not track; kmemleak finds lost objects. What is lost is lost every time: one of three
# storms may be disturbed by what else the system keeps.
memory_comes_back() { # STORM
	"$1" || return 1
	for _ in 1 2 3; do
		storm_takes_nothing "$1" && return
	done
	return 1
}
storm_takes_nothing() { # STORM
	before=$(settled_memory)
	"$1" || return 1
	after=$(settled_memory)
	echo "free, slab, vmalloc in kB: $before -> $after"
	# shellcheck disable=SC2086
	set -- $before $after
	expect "kB of free memory lost" $(($1 - $4)) -le 256 &&
		expect "kB of slab growth" $(($5 - $2)) -le 256 &&
		expect "kB of vmalloc growth" $(($6 - $3)) -le 64
}

t "loads and unloads 20 times" load_unload 20
t "module loads" load_module || finish
t "pain_54_311 cannot be unloaded while a file is open, and stays usable" held_module_stays
t "open is for root only" open_is_root_only
t "use count is back to 0" module_refcount_is 0

# KASAN keeps freed memory in quarantine, so free memory says nothing under it; kmemleak does, and it comes with it.
for storm in open_storm port_storm; do
	if [ $storm = port_storm ] && [ ! -x /tests/nm-pktgen ]; then
		skip "memory comes back after port_storm" "nm-pktgen was not given"
	elif have_kmemleak; then
		t "$storm" $storm
		t "no leak after $storm" kmemleak_clean
	else
		t "memory comes back after $storm" memory_comes_back $storm
	fi
done

if [ -x /tests/nm-pktgen ]; then
	t "pain_54_311 stays while an interface is open, goes when its user was killed" module_stays_under_an_interface
	for function in tx rx; do
		t "pain_109 the driver of an interface is unloaded while it is open ($function)" driver_leaves $function
	done
	t "pain_54_311 unloads after a process that held a bound, mapped port was killed" killed_holder_lets_go
else
	skip "pain_54_311 unloads after a process that held a bound, mapped port was killed" "nm-pktgen was not given"
	t "module unloads" unload_module
fi
if have_kmemleak; then t "no leak after unloading" kmemleak_clean; fi
finish
