#include "store/lead.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "store/lock.h"

/* The one taken last; the list leads to those before it. It is of the process
 * `of`: in a child nothing in it is ours, nor need it still be there. */
static _Thread_local struct lead *top;
static _Thread_local pid_t of;

static struct lead *kept(void)
{
	pid_t me = getpid();

	if (of != me)
		top = NULL;
	of = me;
	return top;
}

int lead_try(pthread_mutex_t *m)
{
	if (!lock_is_ours(m))
		return -1;
	switch (pthread_mutex_trylock(m)) {
	case 0:
		return 1;
	case EOWNERDEAD:
		pthread_mutex_consistent(m);
		return 1;
	case EBUSY:
		return 0;
	}
	return -1;
}

void lead_drop(pthread_mutex_t *m)
{
	pthread_mutex_unlock(m);
}

void lead_keep(struct lead *l, pthread_mutex_t *m)
{
	*l = (struct lead){ .lock = m, .below = kept() };
	top = l;
}

#if defined(__GLIBC__) && __PTHREAD_MUTEX_HAVE_PREV
/* A number that only damage changes. */
#define PUT_BACK(where, what)                  \
	do {                                   \
		if ((where) != (what))         \
			(where) = (what);      \
	} while (0)

static void *link_of(const struct lead *l)
{
	return &l->lock->__data.__list.__next;
}

/* What glibc 2.36 has in a lock that is held: all that it reads or follows
 * when it is given back, of this thread's locks on both sides as well. */
static void mend(void)
{
	const struct lead *l, *above = NULL;
	const int tid = gettid();
	pthread_mutex_t model;
	void *head;
	size_t n;

	if (lock_init_robust(&model) < 0 ||
	    syscall(SYS_get_robust_list, 0, &head, &n) < 0)
		return;
	for (l = top; l; above = l, l = l->below) {
		struct __pthread_mutex_s *d = &l->lock->__data;

		PUT_BACK(d->__list.__prev, above ? link_of(above) : head);
		PUT_BACK(d->__list.__next, l->below ? link_of(l->below) :
						      head);
		PUT_BACK(d->__kind, model.__data.__kind);
		PUT_BACK(d->__owner, tid);
		PUT_BACK(d->__lock, tid);
	}
}
#else
/* Where we do not know what is in a lock, damage to it may end a leader. */
static void mend(void)
{
}
#endif

void lead_give(struct lead *l)
{
	struct lead **at = &top;

	if (!kept())
		return;
	while (*at && *at != l)
		at = &(*at)->below;
	if (!*at)
		return;
	mend();
	pthread_mutex_unlock(l->lock);
	*at = l->below;
}

bool lead_keeps(const pthread_mutex_t *m)
{
	const struct lead *l;

	for (l = kept(); l; l = l->below)
		if (l->lock == m)
			return true;
	return false;
}
