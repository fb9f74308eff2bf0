# SPDX-License-Identifier: BSD-2-Clause
#
# What the module takes: loaded and idle, and for one default VALE port. Prints bench lines.
. /tests/guest-lib.sh

module_idle() { # the module is all there is: no region has memory before a port is open
	awk '{ printf "mem.module_idle ratio=%.3f value=%.3f unit=MiB\n", $1 / 8388608, $1 / 1048576 }' \
		/sys/module/netmap/coresize >/tmp/mem.idle
}

t "module loads" load_module || finish
t "idle module measured" module_idle && cat /tmp/mem.idle
t_stream "default port measured" /tests/nm-bench mem-device
t "module unloads" unload_module
finish
