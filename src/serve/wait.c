#include "serve/wait.h"

#include <poll.h>

#include "base/clock.h"
#include "serve/form.h"
#include "serve/head.h"
#include "serve/share.h"

#define SLICE_MS 1000

/* Becomes a descriptor ready within ms? */
static bool ready(int fd, short events, int64_t ms)
{
	struct pollfd p = { fd, events, 0 };

	return poll(&p, 1, (int)ms) > 0;
}

bool wait_out_of_time(const struct req *r)
{
	return r->asked.until_ms && clock_mono_ms() >= r->asked.until_ms;
}

bool wait_caller_gone(const struct req *r, int64_t ms)
{
	return ready(r->door->gone_fd, r->door->gone_events, ms);
}

bool wait_stopping(const struct req *r, int64_t ms)
{
	return ready(r->lane->stop_fd, POLLIN, ms);
}

int64_t wait_budget(const struct req *r)
{
	int64_t ms = r->site->conf.larder.max_wait_ms - r->tries.waited_ms;
	int64_t until = r->asked.until_ms;

	if (until && until - clock_mono_ms() < ms)
		return until - clock_mono_ms();
	return ms;
}

int wait_left(struct req *r)
{
	r->out.aborted = true;
	if (wait_out_of_time(r))
		return fail(&r->fail, 504, "aside_timeout",
			    "The answer came too late to be of use.");
	return fail(&r->fail, 499, "client_closed_request",
		    "The caller left before the answer came.");
}

int wait_keep_alive(struct req *r)
{
	int64_t every = r->site->conf.larder.keep_alive_ms;
	struct sink *to = &r->door->out;

	if (every <= 0 || !form_streams(&r->plan) ||
	    clock_mono_ms() - (r->sent.at_ms ? r->sent.at_ms : r->mono_ms) <
		    every)
		return 0;
	if (!r->sent.status && head_send_early(r) < 0)
		return -1;
	r->sent.at_ms = clock_mono_ms();
	return sink_write(to, STR(": keep-alive\n\n")) < 0 ? -1 :
							     sink_flush(to);
}

void wait_beat(struct req *r)
{
	share_beat(r);
	if (r->door->beat)
		r->door->beat(r->door);
}

/* One slice; gone: he is not looked for any more. */
static enum wait_end slice(struct req *r, int64_t ms, bool *gone)
{
	struct pollfd p[2] = {
		{ r->lane->stop_fd, POLLIN, 0 },
		{ *gone ? -1 : r->door->gone_fd, r->door->gone_events, 0 },
	};

	poll(p, 2, (int)ms);
	if (p[0].revents)
		return WAIT_STOPPED;
	wait_beat(r);
	if (wait_out_of_time(r))
		return WAIT_GONE;
	if (p[1].revents || (!*gone && wait_keep_alive(r) < 0))
		*gone = true;
	return *gone && !share_wanted(r) ? WAIT_GONE : WAIT_OVER;
}

enum wait_end wait_for(struct req *r, int64_t ms)
{
	int64_t now = clock_mono_ms(), until = now + ms;
	enum wait_end end = WAIT_OVER;
	bool gone = false;
	int64_t most = r->site->conf.larder.keep_alive_ms;

	if (most <= 0 || most > SLICE_MS)
		most = SLICE_MS;
	for (; end == WAIT_OVER && now < until; now = clock_mono_ms())
		end = slice(r, until - now < most ? until - now : most, &gone);
	return end;
}
