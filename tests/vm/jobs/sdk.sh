# SPDX-License-Identifier: BSD-2-Clause
#
# The SDK on the module: the tests that run on the engine elsewhere, and those that need interfaces.
. /tests/guest-lib.sh

t "veth loads" load_kernel_module veth
t "module loads" load_module || finish
# shellcheck disable=SC2086
t_stream "SDK on the device" /tests/sdk_live_tests --backend=device ${SDK_ARGS-}
t "module is unused after the tests" wait_for 10 module_refcount_is 0
t "module unloads" unload_module
if have_kmemleak; then t "no leak after unloading" kmemleak_clean; fi
finish
