/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of the core inside this process: it starts with the first
 * descriptor, and stops when the program ends and no descriptor is left.
 */
#include "engine_core.h"

#include "engine_desc.h"

static struct os_mutex lock = OS_MUTEX_INIT;
static bool running; /* under the lock */

int engine_core_start(void)
{
	int err = 0;

	os_mutex_lock(&lock);
	if (!running) {
		err = nm_core_init();
		running = !err;
	}
	os_mutex_unlock(&lock);
	return err;
}

bool engine_core_running(void)
{
	bool yes;

	os_mutex_lock(&lock);
	yes = running;
	os_mutex_unlock(&lock);
	return yes;
}

/* After the destructors of the program's own objects. A program that leaves
 * descriptors open leaves the rest to the system. */
__attribute__((destructor)) static void core_stop(void)
{
	os_mutex_lock(&lock);
	if (running && !engine_desc_count()) {
		nm_core_exit();
		running = false;
	}
	os_mutex_unlock(&lock);
}
