#include "net/curl_watch.h"

#include <sys/epoll.h>

enum watched { WATCHED_CALLER, WATCHED_STOP };

/* A plain file cannot be watched and never hangs up. */
static bool watch_add(struct watch *w, int fd, uint32_t events,
		      enum watched what)
{
	struct epoll_event e = { .events = events, .data.u32 = what };

	return fd >= 0 && epoll_ctl(w->set, EPOLL_CTL_ADD, fd, &e) == 0;
}

static void watch_del(struct watch *w, int fd, bool *watched)
{
	if (*watched)
		epoll_ctl(w->set, EPOLL_CTL_DEL, fd, NULL);
	*watched = false;
}

void watch_start(struct watch *w, const struct net_call *c)
{
	if (w->begun)
		return;
	w->begun = true;
	w->caller = watch_add(w, c->gone_fd, (uint32_t)c->gone_events,
			      WATCHED_CALLER);
	w->stop = watch_add(w, c->stop_fd, EPOLLIN, WATCHED_STOP);
}

void watch_stop(struct watch *w, const struct net_call *c)
{
	watch_del(w, c->gone_fd, &w->caller);
	watch_del(w, c->stop_fd, &w->stop);
}

bool watch_ends(struct watch *w, const struct net_call *c,
		enum net_end *end_r)
{
	struct epoll_event e;

	if (epoll_wait(w->set, &e, 1, 0) < 1)
		return false;
	if (e.data.u32 == WATCHED_STOP) {
		*end_r = NET_STOPPED;
		return true;
	}
	watch_del(w, c->gone_fd, &w->caller);
	*end_r = NET_CALLER_GONE;
	return c->gone && c->gone(c->ctx) != 0;
}
