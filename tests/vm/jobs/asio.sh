# SPDX-License-Identifier: BSD-2-Clause
#
# The tests of the Asio layer against the module: there epoll asks the driver, and each of its
# questions syncs rings.
. /tests/guest-lib.sh

t "module loads" load_module || finish
t_stream "Asio layer" env NETMAPXX_BACKEND=device /tests/asio_tests --gtest_brief=1
t "module is unused afterwards" wait_for 10 module_refcount_is 0
t "module unloads" unload_module
if have_kmemleak; then t "no leak" kmemleak_clean; fi
finish
