#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh --kernel 6.1|6.12|debug --job GUEST_SCRIPT [--add HOSTFILE[:GUESTPATH]]...
#        [--module NAME]... [--mem MB] [--smp N] [--icount] [--timeout SECONDS] [--log FILE] [--env NAME=VALUE]... [--qemu-args "ARGS"]
#
# --module gives the guest one of its kernel's own modules, for load_kernel_module of guest-lib.sh.
#
# Boots a guest under QEMU, runs the job as root in it, and shows the job's output. Exit status: that of the job; 125
# when the job passed and the kernel's log has a complaint; 124 when time ran out; 126 when the guest died otherwise.
# The kernel's log is kept in FILE (default: a new file below $TMPDIR, removed when all went well).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
say() { echo "run.sh: $*" >&2; }
die() { say "$*"; exit 2; }

arguments=("$@")
kind='' job='' mem='' smp=2 icount='' limit=600 log='' modules=() files=() env=() qemu_args=()
while [ $# -gt 0 ]; do
	case $1 in
	--icount) icount=yes && shift && continue ;;
	--kernel | --job | --add | --module | --mem | --smp | --timeout | --log | --env | --qemu-args) [ $# -ge 2 ] || die "$1 needs a value" ;;
	*) die "unknown option $1" ;;
	esac
	case $1 in
	--kernel) kind=$2 ;;
	--job) job=$2 ;;
	--add) files+=("$2") ;;
	--module) modules+=("$2") ;;
	--mem) mem=$2 ;;
	--smp) smp=$2 ;;
	--timeout) limit=$2 ;;
	--log) log=$2 ;;
	--env) env+=("${2%%=*}=$(printf %q "${2#*=}")") ;;
	--qemu-args) read -ra words <<<"$2" && qemu_args+=("${words[@]}") ;;
	esac
	shift 2
done
[ -n "$kind" ] && [ -r "$job" ] || die "--kernel and a readable --job are needed"

vars=$("$here/kernel.sh" "$kind")
eval "$vars"
: "${mem:=$([ "$kind" = debug ] && echo 3072 || echo 1024)}"

for name in ${modules[@]+"${modules[@]}"}; do
	found=$(find "$MODULES/kernel" -name "$name.ko" -o -name "$name.ko.xz" | head -n 1)
	[ -n "$found" ] || die "the $kind kernel has no module $name"
	files+=("$found:/lib/modules-of-kernel/$name.ko")
done

tmp=$(mktemp -d)
qemu=
cleanup() {
	if [ -n "$qemu" ]; then kill "$qemu" 2>/dev/null || true; fi
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
keep_log=$log
: "${log:=$tmp/kernel.log}"
: >"$log"

printf '%s\n' ${env[@]+"${env[@]}"} >"$tmp/env"
"$here/initramfs.sh" "$tmp/initramfs.img" "$job:/tests/job" "$tmp/env:/tests/env" ${files[@]+"${files[@]}"}

# One guest instruction is one nanosecond of guest time with -icount, on one CPU; a wait costs no real time then. The
# clock and the random numbers the guest sees are made the same in every run, too.
accel=(-accel tcg,thread=multi -smp "$smp")
if [ -n "$icount" ]; then accel=(-accel tcg -icount shift=0,sleep=off -smp 1 -seed 1 -rtc base=2025-01-01,clock=vm); fi

# The guest ends a job that takes too long and tells where it hangs (with -icount its clock is not ours, so there only
# the limit here applies); a guest that cannot even do that is ended by its process id, a minute later.
# acpi=noirq takes interrupt routing from QEMU's plain tables: working it out by running its ACPI code takes minutes in
# the debug kernel on a busy machine, and the kernel gives up after half a minute and leaves a NIC without interrupt.
append="console=ttyS0 quiet acpi=noirq panic=-1 oops=panic mitigations=off nokaslr log_buf_len=4M"
# A busy machine may leave the guest without a CPU for long, which is no fault of the module.
append+=" no_timer_check watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120"
hard_limit=$limit
if [ -z "$icount" ]; then
	append+=" nmx.limit=$limit"
	hard_limit=$((limit + 60))
fi
mkfifo "$tmp/output"
# Without "fast" string instructions, which are the slowest under emulation: byte by byte, eight times the cost of what
# the kernel does without them, so that whoever copies most would lose every comparison.
timeout --kill-after=5 "$hard_limit" qemu-system-x86_64 "${accel[@]}" -cpu max,-erms,-fsrm -m "$mem" \
	-display none -monitor none -no-reboot -nic none \
	-kernel "$KERNEL" -initrd "$tmp/initramfs.img" -append "$append" \
	-serial "file:$log" -serial stdio ${qemu_args[@]+"${qemu_args[@]}"} \
	</dev/null >"$tmp/output" 2>"$tmp/qemu.err" &
qemu=$!
{ tee "$tmp/job.log" <"$tmp/output" | sed -u '/^@@JOB EXIT /d'; } &
reader=$!
qemu_status=0
wait "$qemu" || qemu_status=$?
qemu=
wait "$reader"

# What the kernel said: the part between init's markers, or, when the guest did not get there, the whole console.
tr -d '\r' <"$log" >"$tmp/console"
sed -n '/^@@DMESG BEGIN$/,/^@@DMESG END$/p' "$tmp/console" >"$tmp/kernel"
grep -qx '@@DMESG END' "$tmp/kernel" || cp "$tmp/console" "$tmp/kernel"

complaints='\bBUG\b|WARNING|Oops|KASAN: |UBSAN: |[Ll]ockdep|possible (circular|recursive) locking|inconsistent lock state'
complaints+='|suspicious RCU|refcount_t|[Ll]eaked|suspected memory leak|blocked for more than|\bhung\b|soft lockup|self-detected stall'
complaints+='|general protection|Call Trace|scheduling while atomic|sleeping function called|ODEBUG|list_(add|del) corruption'
complaints+='|Kernel panic|unable to handle|unregister_netdevice: waiting'
# Said at a healthy boot, with one of these words in it.
harmless='RCU lockdep checking is enabled'
complaint=
if grep -vE "$harmless" "$tmp/kernel" | grep -qE "$complaints"; then complaint=yes; fi

# Under emulation a kernel stumbles once in a while as it boots, before anything of ours runs; and lockdep is off after
# that. Such a boot says nothing about the module: one more.
if [ -z "${NETMAPXX_SECOND_BOOT-}" ] &&
	sed '/@@JOB BEGINS/,$d' "$tmp/kernel" | grep -vE "$harmless" | grep -qE "$complaints"; then
	say "the kernel complained before the job began; booting it once more"
	rm -rf "$tmp"
	trap - EXIT
	NETMAPXX_SECOND_BOOT=yes exec "$0" "${arguments[@]}"
fi

status=$(sed -n 's/^@@JOB EXIT //p' "$tmp/job.log" | tail -n 1)
if [ -n "$complaint" ]; then
	say "the kernel complained:"
	grep -vE "$harmless" "$tmp/kernel" | grep -E -m 5 -B 3 -A 40 "$complaints" | head -n 150 >&2
	[ "${status:-}" != 0 ] || status=125
fi
if [ -z "$status" ]; then
	cat "$tmp/qemu.err" >&2
	[ -n "$complaint" ] || tail -n 30 "$tmp/console" >&2
	case $qemu_status in
	124 | 137) say "no result within $hard_limit s" && status=124 ;;
	*) say "the guest ended without a result (QEMU: $qemu_status)" && status=126 ;;
	esac
fi
# Where the processes of a job that took too long were waiting.
sed -n '/^@@STACK /,/^@@DMESG BEGIN$/p' "$tmp/console" | grep -v '^@@DMESG' >&2 || true
if [ "$status" -ne 0 ]; then
	if [ -z "$keep_log" ]; then
		keep_log=$(mktemp --suffix=.log "${TMPDIR:-/tmp}/netmapxx-vm-XXXXXX")
		cp "$log" "$keep_log"
	fi
	say "status $status; the kernel's log is $keep_log"
fi
exit "$status"
