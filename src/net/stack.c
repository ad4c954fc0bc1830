#include "net/stack.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define KEPT 4096 /* below here: what each piece of an answer will need */

void stack_give_back(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), low, end;
	pthread_attr_t attr;
	void *at;
	size_t n;

	if (gettid() == getpid() || pthread_getattr_np(pthread_self(), &attr))
		return; /* the first one's grows, and has no end here */
	pthread_attr_getstack(&attr, &at, &n);
	pthread_attr_destroy(&attr);
	low = (uintptr_t)at;
	end = (uintptr_t)__builtin_frame_address(0) - KEPT;
	end &= ~(page - 1);
	if (end > low && end - low < n)
		madvise((void *)low, end - low, MADV_DONTNEED);
}
