#include "store/rate.h"

#include "store/word.h"

#define MS_NS 1000000
#define MINUTE_MS 60000
#define MINUTE_NS ((int64_t)MINUTE_MS * MS_NS)
#define HOLDS_NS (MINUTE_NS / 6)
/* A number further ahead was not written by us. */
#define BELIEVED_NS (MINUTE_NS + (int64_t)WORD_AHEAD_MS * MS_NS)
#define PER_MINUTE_MOST ((int64_t)1 << 40) /* times a second's ns: 2^60 */

int64_t rate_cost_ns(int64_t per_minute, int64_t n)
{
	int64_t rest;

	if (per_minute > PER_MINUTE_MOST)
		per_minute = PER_MINUTE_MOST;
	if (per_minute <= 0 || n <= 0)
		return 0;
	if (n >= per_minute)
		return MINUTE_NS;
	rest = n * MINUTE_MS % per_minute;
	return n * MINUTE_MS / per_minute * MS_NS +
	       (rest * MS_NS + per_minute - 1) / per_minute;
}

/* From when on it is as if the bucket had been full. */
static int64_t since(int64_t full_ns, int64_t now_ns)
{
	return full_ns <= now_ns || full_ns - now_ns > BELIEVED_NS ? now_ns :
								     full_ns;
}

static bool fits(int64_t at_ns, int64_t ahead_ns, int64_t cost_ns,
		 int64_t now_ns)
{
	return at_ns + ahead_ns + cost_ns <= now_ns + HOLDS_NS ||
	       (at_ns == now_ns && ahead_ns == 0);
}

bool rate_fits(const int64_t *full_ns, int64_t ahead_ns, int64_t cost_ns,
	       int64_t now_ns)
{
	return fits(since(word_get(full_ns), now_ns), ahead_ns, cost_ns,
		    now_ns);
}

bool rate_take(int64_t *full_ns, int64_t ahead_ns, int64_t cost_ns,
	       int64_t now_ns)
{
	int64_t was, at;

	do {
		was = word_get(full_ns);
		at = since(was, now_ns);
		if (!fits(at, ahead_ns, cost_ns, now_ns))
			return false;
	} while (!word_swap(full_ns, was, at + cost_ns));
	return true;
}

/* now_ns may be a while ago: then what is owed may be a minute and more, and
 * must not be taken for damage. */
void rate_settle(int64_t *full_ns, int64_t more_ns, int64_t now_ns)
{
	int64_t was, next, most = now_ns + MINUTE_NS;

	do {
		was = word_get(full_ns);
		if (more_ns < 0 ? was <= now_ns : was >= most)
			return;
		next = (was > now_ns ? was : now_ns) + more_ns;
	} while (!word_swap(full_ns, was, next < most ? next : most));
}

void rate_look(const int64_t *full_ns, int64_t per_minute, int64_t now_ns,
	       struct rate_state *s_r)
{
	int64_t at = since(word_get(full_ns), now_ns);
	int64_t room_us = (now_ns + HOLDS_NS - at) / 1000;
	int64_t one = rate_cost_ns(per_minute, 1);
	struct rate_state s = { .full_ns = at - now_ns };

	if (room_us > 0)
		s.left = room_us * (per_minute < PER_MINUTE_MOST ?
				    per_minute : PER_MINUTE_MOST) /
			 (MINUTE_NS / 1000);
	if (s.left == 0 && at == now_ns)
		s.left = 1; /* what is larger goes when it is full */
	if (!fits(at, 0, one, now_ns))
		s.one_ns = one > HOLDS_NS ? at - now_ns :
					    at + one - now_ns - HOLDS_NS;
	*s_r = s;
}
