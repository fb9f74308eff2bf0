# SPDX-License-Identifier: BSD-2-Clause
#
# Programs that know nothing but the C interface, against the module: nm_open(),
# the programs of the classic kind, and the C library's own tests.
. /tests/guest-lib.sh

# nothing of the embedded engine in here
export NETMAPXX_BACKEND=device

t "module loads" load_module || finish
t_stream "nm_open, as C" /tests/nm_open_test
t_stream "nm_open, as C++" /tests/nm_open_test_cxx
if [ -d /tests/corpus ]; then
	t_stream "programs of the classic kind, unchanged" /tests/corpus/run.sh /tests/programs
fi
if [ -x /tests/compat_tests ]; then
	t_stream "the C library" /tests/compat_tests --gtest_brief=1 \
		--gtest_filter='Spec.*:Requests.*:Context.*:Options.*:Port.*:Memory.*:Wait.*:Epoll.*'
fi
t "module is unused afterwards" wait_for 10 module_refcount_is 0
t "module unloads" unload_module
finish
