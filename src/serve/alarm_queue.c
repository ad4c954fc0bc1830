#include "serve/alarm_queue.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"

#define WAITING_MOST 256

struct alarms {
	pthread_mutex_t lock; /* of all of it */
	int refs;
	struct alarm *first, **end;
	int n;
	bool busy;            /* somebody tells, since: */
	int64_t began_ms;
	int64_t next_ms;      /* not before */
	int64_t rest_ms;      /* how long the last one was */
};

struct alarms *alarms_new(void)
{
	struct alarms *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	pthread_mutex_init(&s->lock, NULL);
	s->refs = 1;
	s->end = &s->first;
	return s;
}

struct alarms *alarms_follow(struct alarms *s)
{
	pthread_mutex_lock(&s->lock);
	s->refs++;
	s->next_ms = 0;
	pthread_mutex_unlock(&s->lock);
	return s;
}

/* -- the end --------------------------------------------------------------- */

static void give_up(struct alarm *a)
{
	log_line("alarm not told: budget %s%s%s, %s USD spent (alarm at %s)",
		 a->budget, *a->tenant ? ", tenant " : "", a->tenant, a->spent,
		 a->mark);
	free(a);
}

static void end_all(struct alarm *a, void (*end)(struct alarm *a))
{
	struct alarm *next;

	for (; a; a = next) {
		next = a->next;
		end(a);
	}
}

void alarms_give_up(struct alarms *s)
{
	end_all(alarms_take(s), give_up);
}

static void forget(struct alarm *a)
{
	free(a);
}

void alarms_unref(struct alarms **s)
{
	struct alarms *gone = *s;
	int left;

	*s = NULL;
	if (!gone)
		return;
	pthread_mutex_lock(&gone->lock);
	left = --gone->refs;
	pthread_mutex_unlock(&gone->lock);
	if (left)
		return;
	/* Who is still at it holds a reference, or is a child and has its own
	 * list. */
	end_all(alarms_take(gone), gone->busy ? forget : give_up);
	pthread_mutex_destroy(&gone->lock);
	free(gone);
}

/* -- in and out ------------------------------------------------------------ */

void alarms_add(struct alarms *s, struct alarm *a)
{
	bool full;

	a->next = NULL;
	pthread_mutex_lock(&s->lock);
	full = s->n >= WAITING_MOST;
	if (!full) {
		*s->end = a;
		s->end = &a->next;
		s->n++;
	}
	pthread_mutex_unlock(&s->lock);
	if (full)
		give_up(a);
}

bool alarms_begin(struct alarms *s, int64_t now_ms)
{
	bool mine;

	pthread_mutex_lock(&s->lock);
	mine = s->first && !s->busy && now_ms >= s->next_ms;
	if (mine) {
		s->busy = true;
		s->began_ms = now_ms;
	}
	pthread_mutex_unlock(&s->lock);
	return mine;
}

struct alarm *alarms_take(struct alarms *s)
{
	struct alarm *a;

	pthread_mutex_lock(&s->lock);
	a = s->first;
	s->first = NULL;
	s->end = &s->first;
	s->n = 0;
	pthread_mutex_unlock(&s->lock);
	return a;
}

static void put_back(struct alarms *s, struct alarm *left)
{
	struct alarm **end = &left;

	for (; *end; end = &(*end)->next)
		s->n++;
	*end = s->first;
	if (!s->first)
		s->end = end;
	s->first = left;
}

/* As long as it took, and twice as long as last time. */
static int64_t rest(const struct alarms *s, int64_t now_ms)
{
	int64_t took = now_ms - s->began_ms, ms = 2 * s->rest_ms;

	ms = ms > took ? ms : took;
	return ms < ALARM_REST_MIN_MS ? ALARM_REST_MIN_MS :
	       ms > ALARM_REST_MAX_MS ? ALARM_REST_MAX_MS : ms;
}

void alarms_end(struct alarms *s, struct alarm *left, bool tried,
		int64_t now_ms)
{
	pthread_mutex_lock(&s->lock);
	if (tried) {
		s->rest_ms = left ? rest(s, now_ms) : 0;
		s->next_ms = now_ms + s->rest_ms;
	}
	if (left)
		put_back(s, left);
	s->busy = false;
	pthread_mutex_unlock(&s->lock);
}
