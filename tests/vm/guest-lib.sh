# SPDX-License-Identifier: BSD-2-Clause
#
# Helpers for the jobs that run in the guest, under busybox sh. A job starts with `. /tests/guest-lib.sh` and ends
# with `finish`.

if [ -r /tests/env ]; then # the variables given with run.sh --env
	set -a
	. /tests/env
	set +a
fi

lib_passed=0
lib_failed=0
lib_skipped=0
lib_out=/tmp/test-output

lib_verdict() { # NAME STATUS: 77 means "cannot run here"
	case $2 in
	0)
		echo "ok $1"
		lib_passed=$((lib_passed + 1))
		;;
	77) skip "$1" "exit 77, cannot run here" ;;
	*)
		echo "not ok $1 (exit $2)"
		lib_failed=$((lib_failed + 1))
		return 1
		;;
	esac
}

# t NAME CMD... runs one test and shows its output, the end of it, if it fails. CMD may be a function; it runs in a subshell, so it may
# exit, and cannot change the job's variables.
t() {
	lib_name=$1
	shift
	("$@") >$lib_out 2>&1
	lib_status=$?
	[ $lib_status -eq 0 ] || [ $lib_status -eq 77 ] || tail -n 100 $lib_out | sed 's/^/    /'
	lib_verdict "$lib_name" $lib_status
}

# t_stream NAME CMD...: the same for a command whose output is shown as it comes.
t_stream() {
	lib_name=$1
	shift
	("$@") 2>&1
	lib_verdict "$lib_name" $?
}

skip() { # NAME REASON
	echo "skip $1 ($2)"
	lib_skipped=$((lib_skipped + 1))
}

finish() {
	echo "$lib_passed passed, $lib_failed failed, $lib_skipped skipped"
	[ $lib_failed -eq 0 ] && [ $((lib_passed + lib_skipped)) -gt 0 ]
	exit
}

# expect WHAT ACTUAL OP WANTED: a test condition that says what it saw when it does not hold.
expect() {
	test "$2" "$3" "$4" && return
	echo "$1: $2, expected $3 $4"
	return 1
}

uptime_ms() { awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime; }

# wait_for SECONDS CMD...: polls until the command succeeds; fails at the deadline.
wait_for() {
	lib_deadline=$(($(uptime_ms) + $1 * 1000))
	shift
	until "$@" >/dev/null 2>&1; do
		if [ "$(uptime_ms)" -gt $lib_deadline ]; then
			echo "still not so at the deadline: $*"
			return 1
		fi
		usleep 20000
	done
}

# --- the module ---

load_module() { # [PARAMETER=VALUE]...
	insmod /lib/modules-under-test/netmap.ko "$@"
}
unload_module() { rmmod netmap; }

# One of the kernel's own modules, given with run.sh --module. 77: not given.
load_kernel_module() { # NAME [PARAMETER=VALUE]...
	lib_module=$1
	shift
	[ -r "/lib/modules-of-kernel/$lib_module.ko" ] || return 77
	[ -d "/sys/module/$lib_module" ] || insmod "/lib/modules-of-kernel/$lib_module.ko" "$@"
}

module_loaded() { [ -d /sys/module/netmap ]; }
module_refcount() { cat /sys/module/netmap/refcnt; }
module_refcount_is() { [ "$(module_refcount)" = "$1" ]; }
module_in_use() { [ "$(module_refcount)" -gt 0 ]; }

# --- interfaces ---

# A pair of interfaces: near (10.9.0.1) here, and there (10.9.0.2) in the namespace far. Needs --module veth and ip.
far_pair() {
	load_kernel_module veth || return
	/tests/ip netns add far &&
		/tests/ip link add near type veth peer name there netns far &&
		/tests/ip addr add 10.9.0.1/24 dev near && /tests/ip link set near up &&
		/tests/ip -n far addr add 10.9.0.2/24 dev there && /tests/ip -n far link set there up &&
		/tests/ip link set lo up && /tests/ip -n far link set lo up &&
		wait_for 10 ping -c 1 -W 1 10.9.0.2
}

# --- leaks ---

kmemleak=/sys/kernel/debug/kmemleak
have_kmemleak() { [ -w $kmemleak ]; }

# Fails when kmemleak knows of memory that netmap lost. Two scans, because an object is only reported when a second
# look finds it unchanged; and objects younger than five seconds are passed over, so the second scan waits for the
# clock. A record names the module, or, when it has been unloaded, a bare address in the module area.
kmemleak_clean() {
	have_kmemleak || return 77
	lib_old_enough=$(($(uptime_ms) + 5500))
	echo scan >$kmemleak
	wait_for 10 lib_uptime_is_past $lib_old_enough
	echo scan >$kmemleak
	cat $kmemleak >/tmp/kmemleak
	! grep -qE 'netmap|0xffffffff[a-f][0-9a-f]{7}' /tmp/kmemleak || {
		cat /tmp/kmemleak
		return 1
	}
}
lib_uptime_is_past() { [ "$(uptime_ms)" -gt "$1" ]; }

# --- processes ---

# start NAME CMD...: runs a program in the background with its output in /tmp/NAME.out and /tmp/NAME.err, its
# process id in $pid.
start() {
	lib_program=$1
	shift
	"$@" >"/tmp/$lib_program.out" 2>"/tmp/$lib_program.err" </dev/null &
	pid=$!
}
lib_mapped() { grep -q /dev/netmap "/proc/$1/maps"; }
lib_mapped_or_gone() { lib_mapped "$1" || gone "$1"; }

# start_port NAME CMD...: the same for a program that opens a port; returns when the port is bound and mapped.
start_port() {
	start "$@"
	wait_for 30 lib_mapped_or_gone "$pid"
	lib_mapped "$pid" 2>/dev/null && return
	echo "$1 did not open its port: $*"
	tail -n 20 "/tmp/$1.err"
	kill -9 "$pid" 2>/dev/null
	return 1
}

gone() { [ ! -d "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }

# ends_with STATUS SECONDS PID NAME: the program started as NAME ends by itself, with that exit status.
ends_with() {
	wait_for "$2" gone "$3" || kill -9 "$3"
	wait "$3"
	expect "exit status of $4" $? -eq "$1" && return
	tail -n 20 "/tmp/$4.out" "/tmp/$4.err"
	return 1
}
