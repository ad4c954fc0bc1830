/*
 * One flight per question: who misses the cache for a key leads, and all who
 * come while it asks, in whatever thread or process of this host, follow and
 * get the bytes as they come, from the first one. What the bytes mean is the
 * caller's business.
 *
 * Nothing here fails a request: where a flight cannot be had, one asks alone.
 * While the shard is held by somebody who is stopped flight_join() takes 60 ms
 * at most, flight_end() as much when somebody follows, all else 20 ms.
 */
#ifndef STORE_FLIGHT_H
#define STORE_FLIGHT_H

#include "base/buf.h"
#include "store/store.h"

struct flight; /* one's part in it; in the caller's arena */

enum flight_role {
	FLIGHT_LEAD,   /* ask, and tell; end with flight_end() */
	FLIGHT_FOLLOW, /* hear; end with flight_leave() */
	FLIGHT_ALONE,  /* ask, and tell nobody; there is no flight to end */
};

/*
 * Joins the flight for k, or begins one. One that began before not_before_ms
 * (wall clock) is not joined, nor does a second one begin beside it: that
 * caller is alone. When the leader died, or has shown no life for
 * FLIGHT_STUCK_MS, his flight is over, and who joins next leads another: he
 * should look into the cache once more before he asks. A leader who was only
 * stopped goes on alone without noticing. A thread that leads
 * for k is alone when it joins again; so is everybody where s is NULL. *f_r is
 * set unless ALONE.
 */
enum flight_role flight_join(struct store *s, struct arena *a,
			     const struct key *k, int64_t not_before_ms,
			     struct flight **f_r);

/* -- the leader, always the thread that joined ---------------------------- */

/* Appends bytes for the followers. When the shard is locked for too long
 * they are kept and come with the next ones. Flights share half the room of
 * the cache: where it is short those go that nobody follows, the longest
 * first, and only when there is no such one this flight. Either way the leader
 * goes on alone without noticing. */
void flight_tell(struct flight *f, struct str bytes);

/* "I am at work": at least once a second while an upstream is silent. */
#define FLIGHT_STUCK_MS 5000
void flight_beat(struct flight *f);

/* How many wait, about; for deciding whether to go on when the leader's own
 * caller has left. */
unsigned flight_followers(const struct flight *f);

enum flight_end {
	FLIGHT_WHOLE,  /* all has been told */
	FLIGHT_STORED, /* look into the cache instead */
	FLIGHT_BROKEN, /* there will be no more, and it is not whole */
};

/* Lands; the bytes stay for the followers that are behind, for a minute at
 * most (less when there is no room). Sets *f to NULL. */
void flight_end(struct flight **f, enum flight_end how);

/* -- a follower ----------------------------------------------------------- */

enum flight_news {
	NEWS_BYTES,  /* some were appended to *to */
	NEWS_NONE,   /* wait_ms passed */
	NEWS_WHOLE,  /* all have been given: the flight landed */
	NEWS_STORED, /* as FLIGHT_STORED */
	NEWS_BROKEN, /* the leader gave up */
	NEWS_LOST,   /* its bytes had to make room: go on alone */
	NEWS_ORPHAN, /* the leader died, or its bytes are gone: join again */
	NEWS_STUCK,  /* the leader shows no life: join again, as who finds this
		      * first has ousted it (the others hear ORPHAN) */
};

/* Waits for up to wait_ms (a death is noticed within 100 ms in all cases),
 * appends what there is to *to. */
enum flight_news flight_next(struct flight *f, struct buf *to,
			     int64_t wait_ms);

void flight_leave(struct flight **f);

#endif
