/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A doubly linked list whose nodes sit inside the objects.  All lists of the
 * core are changed and walked under the control lock only.
 */
#ifndef NM_LIST_H
#define NM_LIST_H

#include "os.h"

struct nm_link {
	struct nm_link *next, *prev;
};

static inline void nm_list_init(struct nm_link *head)
{
	head->next = head->prev = head;
}

static inline bool nm_list_empty(const struct nm_link *head)
{
	return head->next == head;
}

static inline void nm_list_append(struct nm_link *head, struct nm_link *l)
{
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

static inline void nm_list_remove(struct nm_link *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	nm_list_init(l);
}

#define nm_entry(link, type, member) \
	((type *)(void *)((char *)(link) - __builtin_offsetof(type, member)))

#define nm_list_each(pos, head) \
	for ((pos) = (head)->next; (pos) != (head); (pos) = (pos)->next)

#endif /* NM_LIST_H */
