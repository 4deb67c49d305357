#ifndef COMMON_BASE_LIST_H
#define COMMON_BASE_LIST_H

/*
 * A doubly linked list whose links live in its members. The list owns
 * nothing. A member is on one list at a time per link.
 *
 *	struct list waiting;
 *	list_init(&waiting);
 *	list_push_back(&waiting, &attempt->link);
 *	struct attempt *first = LIST_MEMBER(list_first(&waiting), struct
 *attempt, link);
 */

#include <stdbool.h>
#include <stddef.h>

struct list_link {
	struct list_link *prev;
	struct list_link *next;
};

/* The head is a link, too: the list is a ring. */
struct list {
	struct list_link head;
};

#define LIST_MEMBER(pointer, type, field) \
	((type *)(void *)((char *)(pointer)-offsetof(type, field)))

static inline void list_init(struct list *list)
{
	list->head.prev = &list->head;
	list->head.next = &list->head;
}

static inline bool list_is_empty(const struct list *list)
{
	return list->head.next == &list->head;
}

/* NULL when empty. */
static inline struct list_link *list_first(struct list *list)
{
	return list_is_empty(list) ? NULL : list->head.next;
}

/* NULL at the end. */
static inline struct list_link *list_next(
    struct list *list, struct list_link *link)
{
	return link->next == &list->head ? NULL : link->next;
}

static inline void list_push_back(struct list *list, struct list_link *link)
{
	link->prev = list->head.prev;
	link->next = &list->head;
	list->head.prev->next = link;
	list->head.prev = link;
}

static inline void list_push_front(struct list *list, struct list_link *link)
{
	link->prev = &list->head;
	link->next = list->head.next;
	list->head.next->prev = link;
	list->head.next = link;
}

/* A link on no list (zeroed, or removed) is fine. */
static inline void list_remove(struct list_link *link)
{
	if (link->next != NULL) {
		link->prev->next = link->next;
		link->next->prev = link->prev;
	}
	link->prev = NULL;
	link->next = NULL;
}

/* Unlinks and returns the first; NULL when empty. */
static inline struct list_link *list_pop_front(struct list *list)
{
	struct list_link *link = list_first(list);

	/* Not by list_remove: so the analyzer sees that it is off the list. */
	if (link != NULL) {
		list->head.next = link->next;
		link->next->prev = &list->head;
		link->prev = NULL;
		link->next = NULL;
	}
	return link;
}

#endif
