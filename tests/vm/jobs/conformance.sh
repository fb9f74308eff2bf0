# SPDX-License-Identifier: BSD-2-Clause
#
# The conformance suite at the ABI, against the module; then the module must be unused and go without a trace.
# CONFORMANCE_ARGS are further arguments for the suite (--gtest_filter=...).
. /tests/guest-lib.sh

device_is_private() {
	expect "type and mode of /dev/netmap" "$(stat -c '%F %a %u' /dev/netmap)" = "character special file 600 0"
}

# Kinds of interfaces, and what they need, in that order; those that were given.
for kind in veth dummy llc stp bridge tls "bonding max_bonds=0" macvlan sch_plug tun e1000; do
	# shellcheck disable=SC2086
	if [ -r "/lib/modules-of-kernel/${kind%% *}.ko" ]; then t "${kind%% *} loads" load_kernel_module $kind; fi
done
t "module loads" load_module || finish
t "device node is root's, mode 0600" device_is_private
# shellcheck disable=SC2086
t_stream "conformance suite" /tests/conformance --host=device ${CONFORMANCE_ARGS-}
t "module is unused after the suite" wait_for 10 module_refcount_is 0
# Twice: while the module is there its functions have names in a report.
if have_kmemleak; then t "no leak while loaded" kmemleak_clean; fi
t "module unloads" unload_module
t "device node is gone" test ! -e /dev/netmap
t "module loads again" load_module
t "module unloads again" unload_module
if have_kmemleak; then t "no leak after unloading" kmemleak_clean; fi
finish
