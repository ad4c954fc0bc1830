#include "door/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "door/fcgi.h"
#include "door/signals.h"
#include "serve/alarm_queue.h"

#define CUT_MS 1500 /* for what is cut when the grace is over */
#define SLICE_MS 5   /* between looks at the threads then */
#define STACK_SIZE (512 * 1024)

/* What waits to be done behind answers, at most. */
#define ERRANDS_MAX 256
#define ERRAND_BYTES_MAX (32 << 20)

/* The caller's side, a web server on this machine. It has its own time-outs
 * for those who read slowly (60 s as a rule), and they shall come first. */
#define READ_MS 60000
#define WRITE_MS 120000

struct pool {
	pthread_mutex_t lock; /* of everything below */
	pthread_cond_t ended; /* a thread has */
	struct site *site;    /* the present one */
	struct slots slots;
	int cut_fd;           /* readable once the grace is over */
	struct crew crew;     /* has a lock of its own, behind this one */
	int workers;          /* that share the socket */
	int stop_fd;          /* readable once it is time to stop */
	struct errand *errands; /* not begun */
	size_t nerrands, errand_bytes;
	int couriers, max_couriers; /* threads that will take one */
	int carrying;               /* and those of them that end */
	bool stopping;
	struct fcgi_place place;
};

static void *thread_main(void *arg)
{
	struct pool *p = arg;
	struct hand hand;
	struct lane lane;
	int left;

	crew_join(&p->crew, &hand);
	lane_init(&lane, &p->slots);
	lane.stop_fd = p->cut_fd;
	lane.away = crew_away;
	lane.hand = &hand;
	fcgi_serve(&p->place, &lane, &hand);
	lane_fini(&lane);
	pthread_mutex_lock(&p->lock);
	left = crew_leave(&hand);
	if (!left && !p->stopping) {
		log_line("no thread can serve");
		_exit(1); /* better another process than a deaf one */
	}
	pthread_cond_signal(&p->ended);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static int start_thread(void *(*run)(void *arg), void *arg)
{
	pthread_attr_t attr;
	sigset_t old;
	pthread_t t;
	int rc;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	signals_block(&old);
	rc = pthread_create(&t, &attr, run, arg);
	signals_restore(&old);
	pthread_attr_destroy(&attr);
	if (rc != 0)
		log_seldom("cannot start a thread: %s", strerror(rc));
	return rc == 0 ? 0 : -1;
}

static int add_thread(void *ctx)
{
	return start_thread(thread_main, ctx);
}

/* -- errands --------------------------------------------------------------- */

/* With the lock held: the next one, or NULL, and then the thread must end: it
 * is none of those any more who may be relied on. */
static struct errand *take_errand(struct pool *p)
{
	struct errand *e = p->errands;

	if (e) {
		p->errands = e->next;
		p->nerrands--;
		p->errand_bytes -= arena_used(e->a);
	} else {
		p->couriers--;
	}
	return e;
}

static void *courier_main(void *arg)
{
	struct pool *p = arg;
	struct errand *e;
	struct lane lane;
	bool drop;

	lane_init(&lane, &p->slots);
	lane.stop_fd = p->cut_fd;
	pthread_mutex_lock(&p->lock);
	while ((e = take_errand(p))) {
		drop = p->stopping;
		pthread_mutex_unlock(&p->lock);
		e->work(e, drop ? NULL : &lane);
		pthread_mutex_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	lane_fini(&lane);
	pthread_mutex_lock(&p->lock);
	p->carrying--;
	pthread_cond_signal(&p->ended);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* With the lock held. */
static void add_courier(struct pool *p)
{
	if (start_thread(courier_main, p) < 0)
		return;
	p->couriers++;
	p->carrying++;
}

/* With the lock held. */
static void add_errand(struct pool *p, struct errand *e)
{
	struct errand **end = &p->errands;

	while (*end)
		end = &(*end)->next;
	e->next = NULL;
	*end = e;
	p->nerrands++;
	p->errand_bytes += arena_used(e->a);
}

static bool on_errand(void *ctx, struct errand *e)
{
	struct pool *p = ctx;
	bool taken = false;

	pthread_mutex_lock(&p->lock);
	if (!p->stopping && p->nerrands < ERRANDS_MAX &&
	    p->errand_bytes < ERRAND_BYTES_MAX) {
		if (p->couriers < p->max_couriers)
			add_courier(p);
		taken = p->couriers > 0;
	}
	if (taken)
		add_errand(p, e);
	pthread_mutex_unlock(&p->lock);
	return taken;
}

/* -- the site -------------------------------------------------------------- */

static struct site *present_site(void *ctx)
{
	struct pool *p = ctx;
	struct site *s;

	pthread_mutex_lock(&p->lock);
	s = site_ref(p->site);
	pthread_mutex_unlock(&p->lock);
	return s;
}

/* What a worker cannot change while it runs. */
static void mention_restart(const struct pool *p)
{
	const struct larder_conf *c = &p->site->conf.larder;

	if (c->threads != p->crew.max)
		log_line("[larder] threads changed: needs a restart");
	else if (c->threads - c->reserve != p->slots.max)
		log_line("[larder] reserve changed: needs a restart");
}

static void reload(struct pool *p)
{
	struct site *fresh, *old;
	char why[1024];

	fresh = site_open(p->site->conf.path, why, sizeof(why));
	if (!fresh) {
		log_line("not reloaded: %s", why);
		return;
	}
	pthread_mutex_lock(&p->lock);
	old = p->site;
	site_follow(fresh, old);
	p->site = fresh;
	pthread_mutex_unlock(&p->lock);
	site_unref(&old);
	log_line("configuration reloaded");
	mention_restart(p);
}

/* -- signals, and the end -------------------------------------------------- */

/* Reads signals until one says stop, and looks after the threads. */
static void mind_signals(struct pool *p, int fd)
{
	struct pollfd f[] = { { fd, POLLIN, 0 },
			      { p->crew.wake_fd, POLLIN, 0 } };
	unsigned char sig;
	int ms = -1;

	for (;;) {
		if (poll(f, 2, ms) < 0 && errno != EINTR)
			return;
		ms = crew_look(&p->crew, clock_mono_us());
		while (read(fd, &sig, 1) == 1) {
			if (sig == SIGTERM || sig == SIGINT)
				return;
			if (sig == SIGHUP)
				reload(p);
		}
	}
}

static int wait_ended(struct pool *p)
{
	struct timespec until;
	int left;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += SLICE_MS * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&p->lock);
	left = p->crew.threads + p->carrying;
	if (left)
		pthread_cond_timedwait(&p->ended, &p->lock, &until);
	left = p->crew.threads + p->carrying;
	pthread_mutex_unlock(&p->lock);
	return left;
}

/* Waits for the threads, at most ms, and goes on to look after them, for what
 * was asked has to be answered yet. How many are left? */
static int join_all(struct pool *p, int64_t ms)
{
	int64_t until = clock_mono_ms() + ms;
	int left;

	while ((left = wait_ended(p)) && clock_mono_ms() < until)
		crew_look(&p->crew, clock_mono_us());
	return left;
}

static int stop(struct pool *p)
{
	int64_t grace = p->site->conf.larder.grace_ms;
	uint64_t one = 1;
	int left;

	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_mutex_unlock(&p->lock);
	crew_stop(&p->crew);
	if (write(p->stop_fd, &one, sizeof(one)) < 0)
		log_line("cannot stop: %s", strerror(errno));
	left = join_all(p, grace);
	if (left && write(p->cut_fd, &one, sizeof(one)) > 0)
		left = join_all(p, CUT_MS); /* they say so, and log it */
	if (left) {
		alarms_give_up(p->site->alarms);
		log_line("stopped with %d answers unfinished after %lld ms",
			 left, (long long)grace);
		_exit(0); /* their threads still use what we would free */
	}
	return 0;
}

/* -- the beginning --------------------------------------------------------- */

/* One for each processor that is ours, two at least: one may be held up. */
static int few(const struct larder_conf *c)
{
	int n = 1;
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = (CPU_COUNT(&set) + c->workers - 1) / c->workers;
	return n > 2 ? n : 2;
}

/* A request of each thread may need as many descriptors again as libcurl and
 * memcached take, and the site has its own. */
#define OF_A_THREAD 8
#define OF_A_SITE 64

/* What is left of them is for connections. */
static int connections(const struct larder_conf *c)
{
	long long all = sysconf(_SC_OPEN_MAX);
	long long n = all - OF_A_SITE - OF_A_THREAD * c->threads;

	if (all < 0 || n > 1 << 20)
		return 1 << 20;
	return n > c->threads ? (int)n : c->threads;
}

/* Another worker, if there is one, may have more room for misses, which this
 * one would soon have to refuse. */
static bool nearly_full(void *ctx)
{
	const struct pool *p = ctx;

	return p->workers > 1 &&
	       p->slots.busy >= p->slots.max - p->slots.max / 8;
}

/* 0, or -1 and errno. */
static int pool_init(struct pool *p, struct site *site, int listen_fd)
{
	const struct larder_conf *c = &site->conf.larder;
	pthread_condattr_t attr;

	*p = (struct pool){
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.site = site,
		.workers = c->workers,
		.slots = { .max = c->threads - c->reserve },
		.max_couriers = (c->threads - c->reserve + 1) / 2,
		.cut_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.place = { NULL, present_site, on_errand, p },
	};
	p->place.kept = kept_open(&(struct kept_conf){
		listen_fd, p->stop_fd, READ_MS, WRITE_MS, connections(c),
		nearly_full, p });
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->ended, &attr);
	pthread_condattr_destroy(&attr);
	return p->place.kept ?
		crew_init(&p->crew, few(c), c->threads, add_thread, p) : -1;
}

/* Each thread takes a few descriptors, more than the usual 1024 in all. */
static void want_descriptors(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0) {
		l.rlim_cur = l.rlim_max;
		setrlimit(RLIMIT_NOFILE, &l);
	}
}

int worker_run(struct site *site, int listen_fd)
{
	int flags = fcntl(listen_fd, F_GETFL), sig_fd = signals_catch();
	struct pool p;

	want_descriptors();
	if (sig_fd < 0 || fcgi_setup() < 0 ||
	    fcntl(listen_fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    pool_init(&p, site, listen_fd) < 0) {
		log_line("cannot start: %s", strerror(errno));
		return 1;
	}
	if (crew_hire(&p.crew) < 0)
		return 1;
	mind_signals(&p, sig_fd);
	stop(&p);
	site_unref(&p.site);
	kept_close(&p.place.kept);
	crew_fini(&p.crew);
	close(p.stop_fd);
	return 0;
}
