// SPDX-License-Identifier: BSD-2-Clause
/*
 * Work in the background: tasks are tasklets, which run where packets arrive,
 * after what arrives; threads are kernel threads.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "os.h"

static void nm_task_main(struct tasklet_struct *tasklet)
{
	struct os_task *t = from_tasklet(t, tasklet, tasklet);

	t->fn(t->arg);
}

void os_task_init(struct os_task *t, void (*fn)(void *arg), void *arg)
{
	tasklet_setup(&t->tasklet, nm_task_main);
	t->fn = fn;
	t->arg = arg;
}

void os_task_run(struct os_task *t)
{
	tasklet_schedule(&t->tasklet);
}

void os_task_stop(struct os_task *t)
{
	tasklet_kill(&t->tasklet);
}

struct os_thread {
	struct task_struct *task;
	void (*step)(void *arg);
	void *arg;
};

static int nm_thread_main(void *arg)
{
	struct os_thread *t = arg;

	while (!kthread_should_stop()) {
		local_bh_disable();
		t->step(t->arg);
		local_bh_enable();
		cond_resched();
	}
	return 0;
}

struct os_thread *os_thread_start(const char *name, uint32_t cpu, void (*step)(void *arg),
				  void *arg)
{
	struct os_thread *t;

	if (cpu >= nr_cpu_ids || !cpu_online(cpu))
		return NULL;
	t = os_zalloc(sizeof(*t));
	if (!t)
		return NULL;
	t->step = step;
	t->arg = arg;
	t->task = kthread_create_on_cpu(nm_thread_main, t, cpu, name);
	if (IS_ERR(t->task)) {
		os_free(t);
		return NULL;
	}
	wake_up_process(t->task);
	return t;
}

void os_thread_stop(struct os_thread *t)
{
	kthread_stop(t->task);
	os_free(t);
}

uint32_t os_cpus(void)
{
	return num_online_cpus();
}
