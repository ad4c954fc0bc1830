#include "door/signals.h"

#include "base/count.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

static int pipe_fd[2] = { -1, -1 };
static const int caught[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };

static void on_signal(int sig)
{
	unsigned char c = (unsigned char)sig;
	int err = errno;

	if (write(pipe_fd[1], &c, 1) < 0) {
		/* A full pipe: the same news is in it already. */
	}
	errno = err;
}

static void mask(int how, sigset_t *old_r)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < COUNT_OF(caught); i++)
		sigaddset(&set, caught[i]);
	pthread_sigmask(how, &set, old_r);
}

int signals_catch(void)
{
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = SA_RESTART };
	int old[2] = { pipe_fd[0], pipe_fd[1] };

	if (pipe2(pipe_fd, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	if (old[0] >= 0) {
		close(old[0]);
		close(old[1]);
	}
	for (size_t i = 0; i < COUNT_OF(caught); i++)
		sigaction(caught[i], &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	mask(SIG_UNBLOCK, NULL);
	return pipe_fd[0];
}

void signals_block(sigset_t *old_r)
{
	mask(SIG_BLOCK, old_r);
}

void signals_restore(const sigset_t *old)
{
	pthread_sigmask(SIG_SETMASK, old, NULL);
}
