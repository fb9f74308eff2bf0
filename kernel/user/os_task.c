// SPDX-License-Identifier: BSD-2-Clause
/*
 * Work in the background: tasks run in the thread that asks for them, unless one
 * is at it already; threads are threads.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "os.h"

void os_task_init(struct os_task *t, void (*fn)(void *arg), void *arg)
{
	t->fn = fn;
	t->arg = arg;
	t->wanted = 0;
}

/* Whoever finds the count at 0 does the work of all who come meanwhile. */
void os_task_run(struct os_task *t)
{
	uint32_t seen = 1;

	if (os_fetch_add(&t->wanted, 1u))
		return;
	do {
		t->fn(t->arg);
		seen = os_fetch_add(&t->wanted, -seen) - seen;
	} while (seen);
}

void os_task_stop(struct os_task *t)
{
	unsigned int round;

	for (round = 0; os_load_acquire(&t->wanted); round++)
		os_pause(round);
}

struct os_thread {
	pthread_t thread;
	void (*step)(void *arg);
	void *arg;
	bool stop;
};

static void *thread_main(void *arg)
{
	struct os_thread *t = arg;

	while (!os_load_acquire(&t->stop)) {
		t->step(t->arg);
		sched_yield();
	}
	return NULL;
}

struct os_thread *os_thread_start(const char *name, uint32_t cpu, void (*step)(void *arg),
				  void *arg)
{
	struct os_thread *t = os_zalloc(sizeof(*t));
	cpu_set_t set;

	if (!t)
		return NULL;
	t->step = step;
	t->arg = arg;
	if (pthread_create(&t->thread, NULL, thread_main, t)) {
		os_free(t);
		return NULL;
	}
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	(void)pthread_setname_np(t->thread, name);
	(void)pthread_setaffinity_np(t->thread, sizeof(set), &set);
	return t;
}

void os_thread_stop(struct os_thread *t)
{
	os_store_release(&t->stop, true);
	(void)pthread_join(t->thread, NULL);
	os_free(t);
}

uint32_t os_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (uint32_t)n : 1;
}
