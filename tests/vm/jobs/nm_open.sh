# SPDX-License-Identifier: BSD-2-Clause
#
# A program of old times, which knows nothing but nm_open(), against the module.
. /tests/guest-lib.sh

t "module loads" load_module || finish
t_stream "nm_open, as C" /tests/nm_open_test
t_stream "nm_open, as C++" /tests/nm_open_test_cxx
t "module is unused afterwards" wait_for 10 module_refcount_is 0
t "module unloads" unload_module
finish
