/*
 * One flight per question: src/store/flight.c, flights.c, lead.c, with the
 * shard's robust lock, the leader's robust lock, the futex on `news`, deaths
 * and stops. See README for what it leaves out.
 *
 * N askers want an answer, all the same one (KEYS 2: the last wants another).
 * Each does what serve does: cache; join; then lead (cache once more, ask,
 * tell, store, land), follow, or ask alone. init kills up to KILLS of them,
 * stops up to STOPS for ever, and PAUSES times one for a while, at any step.
 *
 * The world:
 *   NO_TIMEOUT  waits never end by time: news and wake must do alone
 *   EARLY=n     n waits may end before their time; all others end by time
 *               only when nothing else can happen
 *   HASTY=n     n times a busy shard lock is given up though it moves
 *   CRAMPED=n   n times there is no room for a flight's bytes
 *   AGES        a minute may pass: what is kept so long may be cleared
 *   ALONE_LOOKS who finds no place for a flight looks into the cache once more
 *   NO_CACHE    nothing can be stored: each flight is an answer of its own
 *   STOPS_OUT   who is stopped does not hold the shard's lock
 *   LIVE        the claim that all are answered, for pan -a -f
 * Switches that begin with BAD_ break the protocol on purpose.
 */
#ifndef N
#define N 3
#endif
#ifndef KEYS
#define KEYS 1
#endif
#ifndef SLOTS
#define SLOTS 2
#endif
#ifndef KILLS
#define KILLS 0
#endif
#ifndef STOPS
#define STOPS 0
#endif

#ifndef WHOLE
#define WHOLE 2 /* pieces of an answer */
#endif

mtype = { FREE, FLYING, LANDED, STORED, LOST, OUSTED };

typedef flight {
	byte lead;  /* who holds it, 0: nobody */
	bool died;  /* the lock's word says OWNER_DIED */
	mtype state = FREE;
	bool ended; /* ended_ms is set */
	byte key, serial, news, told, followers;
	bool torn;  /* its chain is half written */
	byte src    /* ghost: the call that its bytes are from */
};

flight sl[SLOTS];
byte serials;
byte lk;           /* the shard's lock, as `lead` */
bool lk_died;
byte cached[KEYS]; /* 0, or the call that gave the answer */

byte calls, asked[KEYS], leads[N + 1]; /* ghosts */
byte deaths, stops, early, hasty, cramped;
bool dying[N + 1], stopped[N + 1], answered[N + 1], gone[N + 1];
#ifdef PAUSES
byte pauses;
bool paused[N + 1];
#define HALTED(p) (stopped[p] || paused[p])
#else
#define HALTED(p) stopped[p]
#endif
byte asleep[N + 1]; /* on the news of which slot, + 1 */

/* ---- the kernel and glibc ---------------------------------------------- */

inline futex_wake(s) {
	d_step {
		w = 1;
		do
		:: w <= N ->
			if
			:: asleep[w] == s + 1 -> asleep[w] = 0
			:: else
			fi;
			w++
		:: else -> break
		od;
		w = 0
	}
}

/* Exit walks the list of robust locks one by one, in no order we rely on. */
inline robust_exit() {
	leads[me] = 0;
	do
	:: atomic { lk == me -> lk = 0; lk_died = true }
	:: atomic { sl[0].lead == me -> sl[0].lead = 0; sl[0].died = true }
#if SLOTS > 1
	:: atomic { sl[1].lead == me -> sl[1].lead = 0; sl[1].died = true }
#endif
#if SLOTS > 2
	:: atomic { sl[2].lead == me -> sl[2].lead = 0; sl[2].died = true }
#endif
	:: else -> break
	od
}

/* lead_try(): ok when it is ours now, whether its owner left or died. */
inline lead_try(s) {
	d_step {
		ok = (sl[s].lead == 0);
		if
		:: ok -> sl[s].lead = me; sl[s].died = false
		:: else
		fi
	}
}

inline lead_drop(s) {
	atomic { assert(sl[s].lead == me); sl[s].lead = 0 }
}

/* ---- lock.c --------------------------------------------------------------- */

/* What shard_rebuild() does to flights; slab.pml has the rest. A chain that
 * was being written goes, or is found damaged later by who reads it. */
inline recover() {
	i = 0;
	do
	:: i < SLOTS && sl[i].torn ->
		if
		:: sl[i].told = 0;
			if
			:: sl[i].state == FLYING || sl[i].state == LANDED ->
				sl[i].state = LOST;
				sl[i].news++
			:: else
			fi;
			sl[i].torn = false
		:: true
		fi;
		i++
	:: i < SLOTS && !sl[i].torn -> i++
	:: i == SLOTS -> i = 0; break
	od;
	lk_died = false /* pthread_mutex_consistent() */
}

#ifdef HASTY
#define HASTE(without) \
	:: atomic { lk != 0 && hasty < HASTY -> hasty++; goto without }
#else
#define HASTE(without)
#endif

/* Waits for the lock as long as its holder moves. */
#define lock_enter(without) if \
	:: atomic { lk == 0 -> lk = me }; \
		if \
		:: lk_died -> recover() \
		:: else \
		fi \
	:: atomic { lk != 0 && HALTED(lk) -> goto without } \
	HASTE(without) \
	fi

inline lock_leave() {
	atomic { assert(lk == me); lk = 0 }
}

inline join_leave() {
#ifdef BAD_JOIN_UNLOCKED
	skip
#else
	lock_leave()
#endif
}

/* ---- flights.c ------------------------------------------------------------- */

inline changed(s) {
#ifdef BAD_NO_NEWS
	skip
#else
	sl[s].news++
#endif
}

inline wake(s) {
#ifdef BAD_NO_WAKE
	skip
#else
	futex_wake(s)
#endif
}

/* Its leader is there, but will show no life. */
#define STUCK(s) (sl[s].lead && HALTED(sl[s].lead))

/* flights_give_up(): the place is free, and nobody can take it before its
 * leader lets go of `lead`. */
#ifdef BAD_NO_OUSTING
#define GIVE_UP(s) join_leave(); goto alone
#elif defined(BAD_OUSTED_LEAD)
#define GIVE_UP(s) clear(s); sl[s].lead = 0
#else
#define GIVE_UP(s) clear(s)
#endif

inline clear(s) {
	heard = sl[s].followers;
#ifndef BAD_SAME_SERIAL
	sl[s].serial = 0;
#endif
	sl[s].followers = 0;
	sl[s].state = FREE;
	d_step { sl[s].told = 0; sl[s].torn = false };
	changed(s);
	if
	:: heard -> wake(s)
	:: else
	fi
}

/* ok: its leader is dead, and the slot free now. */
inline bury(s) {
#ifdef BAD_NO_BURIAL
	ok = false;
#else
	lead_try(s);
#endif
	if
	:: ok -> clear(s); lead_drop(s); ok = true
	:: else
	fi
}

inline reap(s) {
	if
	:: sl[s].state == FREE
	:: sl[s].state == FLYING -> bury(s)
#ifdef AGES
	:: sl[s].state == FLYING && STUCK(s) -> clear(s)
	:: sl[s].state != FLYING && sl[s].state != FREE && stops -> clear(s)
#endif
	:: sl[s].state != FLYING && sl[s].state != FREE ->
		if
		:: sl[s].followers && sl[s].ended
		:: else -> clear(s)
		fi
	fi
}

/* A slot for key: FLYING, or SLOTS. */
inline find() {
	s = 0;
	do
	:: s < SLOTS ->
		reap(s);
		if
		:: sl[s].state == FLYING && sl[s].key == key -> break
		:: else -> s++
		fi
	:: else -> break
	od
}

/* take(): s is a free slot and its lead ours, or SLOTS. */
inline take() {
	s = 0;
	do
	:: s < SLOTS ->
		if
		:: sl[s].state == FREE ->
			lead_try(s);
			if
			:: ok -> break
			:: else -> s++
			fi
		:: else -> s++
		fi
	:: else -> break
	od
}

/* A new flight in slot s, or SLOTS. Where there is no place, one that has
 * landed goes, whoever still follows it. */
inline begin() {
	do
	:: true ->
		take();
		if
		:: s < SLOTS -> break
		:: else
		fi;
		s = 0;
		do
		:: s < SLOTS && (sl[s].state == FREE ||
		   sl[s].state == FLYING) -> s++
		:: else -> break
		od;
		if
		:: s == SLOTS -> break
		:: else -> clear(s)
		fi
	od;
	if
	:: s < SLOTS ->
		d_step { sl[s].told = 0; sl[s].torn = false; sl[s].key = key };
#ifdef BAD_SAME_SERIAL
		sl[s].serial = 1;
#else
		d_step { serials++; sl[s].serial = serials };
#endif
		d_step { sl[s].ended = false; sl[s].followers = 0 };
		sl[s].state = FLYING;
		ser = sl[s].serial;
		/* nobody else who lives believes so */
		d_step {
			leads[me] = s + 1;
			w = 1;
			do
			:: w <= N ->
				assert(w == me || leads[w] != s + 1);
				w++
			:: else -> break
			od;
			w = 0
		}
	:: else
	fi
}

/* ---- flight.c: the leader --------------------------------------------------- */

#define STILL (sl[s].serial == ser && sl[s].key == key)

/* As many pieces as there are up to `upto`. `kept` when the lock was not to
 * be had. */
#define tell(upto, kept) \
	lock_enter(kept); \
	heard = false; \
	if \
	:: STILL && sl[s].state == FLYING -> \
		heard = sl[s].followers; \
		assert(sl[s].told == 0 || sl[s].src == call); \
		if \
		:: true -> \
			sl[s].torn = true; \
			d_step { sl[s].told = upto; sl[s].src = call }; \
			sl[s].torn = false; \
			sent = upto \
		NO_ROOM \
		fi; \
		changed(s) \
	:: else -> lost = true \
	fi; \
	lock_leave(); \
	if \
	:: heard -> wake(s) \
	:: else \
	fi

#ifdef CRAMPED
#define NO_ROOM :: atomic { cramped < CRAMPED -> cramped++ }; \
	lost = true; \
	if \
	:: sl[s].followers -> \
		sl[s].ended = true; \
		sl[s].state = OUSTED; \
		d_step { sl[s].told = 0; sl[s].torn = false } \
	:: else -> clear(s) \
	fi
#else
#define NO_ROOM
#endif

/* ---- flight.c: a follower ------------------------------------------------------ */

/* flight_leave() */
#define part() if \
	:: atomic { lk == 0 -> lk = me }; \
		if \
		:: lk_died -> recover() \
		:: else \
		fi; \
		if \
		:: STILL && sl[s].followers -> sl[s].followers-- \
		:: else \
		fi; \
		if \
		:: STILL && !sl[s].followers && sl[s].state != FLYING -> \
			clear(s) \
		:: else \
		fi; \
		lock_leave() \
	:: atomic { lk != 0 && HALTED(lk) } \
	fi

/* Futex: sleeps only while the number is the one that was seen before. */
inline sleep(s) {
	atomic {
		if
		:: sl[s].news == seen -> asleep[me] = s + 1
		:: else
		fi
	};
	if
	:: asleep[me] == 0
#ifndef NO_TIMEOUT
	:: atomic { timeout -> asleep[me] = 0 }
#ifdef EARLY
	:: atomic { asleep[me] && early < EARLY -> early++; asleep[me] = 0 }
#endif
#endif
	fi
}

/* Looks into the cache: one step, because it writes nothing; a death in there
 * is like one in any other hold of the lock before its first store. */
#define lookup(without) if \
	:: atomic { lk == 0 -> \
		if \
		:: lk_died -> recover() \
		:: else \
		fi; \
		hit = cached[key] } \
	:: atomic { lk != 0 && HALTED(lk) -> goto without } \
	HASTE(without) \
	fi

/* ---- serve ------------------------------------------------------------------------ */

inline put() {
#ifdef NO_CACHE
	skip
#else
	cached[key] = call
#endif
}

#ifdef PAUSES
#define UNLESS_PAUSED provided (!paused[_pid])
#else
#define UNLESS_PAUSED
#endif

/* `me` is its _pid. */
proctype asker(byte me; byte key) UNLESS_PAUSED {
	byte s, i, w, ser, got, src, seen, call, hit, sent;
	bool ok, heard, lost;

	{
		assert(me == _pid);
	begins:	lookup(alone);
		if
		:: hit -> goto done
		:: else
		fi;

	join:	skip;
		d_step { got = 0; src = 0; ser = 0; seen = 0 };
#ifndef BAD_JOIN_UNLOCKED
		lock_enter(alone);
#endif
		find();
		if
		:: s < SLOTS && STUCK(s) -> GIVE_UP(s)
		:: s < SLOTS && !STUCK(s) ->
			sl[s].followers++;
			ser = sl[s].serial;
			join_leave();
			goto follow
		:: else
		fi;
#ifdef BAD_TWO_HOLDS
		lock_leave();
		lock_enter(alone);
#endif
		begin();
		join_leave();
		if
		:: s == SLOTS -> goto no_place
		:: else
		fi;

	lead:	lost = false;
#ifndef BAD_NO_SECOND_LOOK
		lookup(ask);
		if
		:: hit -> goto land
		:: else
		fi;
#endif
	ask:	skip;
		d_step { calls++; asked[key]++; call = calls };
		tell(1, told1);
	told1:	tell(WHOLE, told);
	told:	skip;
#ifdef BAD_LAND_FIRST
		goto land;
#endif
	store:	lock_enter(land);
		put();
		lock_leave();
		hit = call;

		/* lost the lock before all was told: once more, then lose() */
	land:	skip;
#ifdef BAD_UNLEAD_FIRST
		leads[me] = 0;
		lead_drop(s);
#endif
		if
		:: call && !lost && sent < WHOLE -> tell(WHOLE, lose)
		:: else
		fi;
		lock_enter(lose);
		heard = false;
		if
		:: STILL && sl[s].state == FLYING && !sl[s].followers ->
			clear(s);
			heard = false
		:: STILL && sl[s].state == FLYING && sl[s].followers ->
			sl[s].ended = true;
			if
			:: call -> sl[s].state = LANDED
			:: else -> sl[s].state = STORED
			fi;
			changed(s);
			heard = true
		:: else
		fi;
		lock_leave();
		if
		:: heard -> wake(s)
		:: else
		fi;
		goto landed;
	lose:	atomic {
			if
			:: sl[s].state == FLYING ->
				/* nobody else's; 0: somebody is ousting
				 * it, or died while he did */
				assert(sl[s].serial == ser || !sl[s].serial);
				sl[s].state = LOST
			:: else -> goto landed
			fi
		};
		changed(s);
		wake(s);
	landed:	leads[me] = 0;
#ifndef BAD_UNLEAD_FIRST
		lead_drop(s);
#endif
#ifdef BAD_LAND_FIRST
		lock_enter(after);
		put();
		lock_leave();
	after:
#endif
		goto done;

	follow:	seen = sl[s].news;
		lock_enter(no_lock);
	look:	if
		:: !STILL -> lock_leave(); goto orphan
		:: STILL && sl[s].told > got && sl[s].torn ->
			/* spoilt() */
			d_step { sl[s].told = 0; sl[s].torn = false };
			sl[s].state = LOST;
			changed(s);
			wake(s);
			lock_leave();
			goto orphan
		:: STILL && sl[s].told > got && !sl[s].torn ->
			/* bytes of one call and no other */
			assert(got == 0 || src == sl[s].src);
			assert(sl[s].key == key);
			d_step { src = sl[s].src; got = sl[s].told };
			lock_leave();
			goto follow
		:: STILL && sl[s].told <= got && sl[s].state == FLYING ->
			bury(s);
			if
			:: ok -> lock_leave(); goto orphan
			:: !ok && STUCK(s) ->
				GIVE_UP(s);
				lock_leave();
				goto orphan
			:: !ok && !STUCK(s) -> lock_leave()
			fi
		:: STILL && sl[s].told <= got && sl[s].state == LANDED ->
			assert(got == WHOLE && sl[s].told == WHOLE);
			lock_leave();
			part();
			hit = src;
			goto done
		:: STILL && sl[s].told <= got && sl[s].state == STORED ->
			lock_leave();
			part();
			goto from_cache
		:: STILL && sl[s].told <= got && (sl[s].state == LOST ||
		   sl[s].state == FREE) ->
			lock_leave(); /* BROKEN or ORPHAN: join again */
			goto orphan
		:: STILL && sl[s].told <= got && sl[s].state == OUSTED ->
			lock_leave();
			goto ousted
		fi;
	wait:	skip;
#ifdef BAD_NEWS_LATE
		seen = sl[s].news;
#endif
		sleep(s);
		goto follow;
	no_lock: /* the beat is read without it */
		if
		:: sl[s].lead == 0 || STUCK(s) -> goto orphan
		:: else -> goto wait
		fi;
	orphan:	part();
		goto join;
	ousted:	part();
		goto alone;
	no_place: skip;
#ifndef ALONE_LOOKS
		goto alone;
#endif
	from_cache:
		lookup(alone);
		if
		:: hit -> goto done
		:: else
		fi;

	alone:	skip;
		d_step { calls++; asked[key]++; call = calls };
		lock_enter(kept);
		put();
		lock_leave();
	kept:	skip;
	done:	assert(hit || call);
		d_step {
			answered[me] = true;
			s = 0; ser = 0; got = 0; src = 0; seen = 0; call = 0;
			hit = 0; sent = 0; ok = false; heard = false; lost = false
		}
	} unless {
		(dying[me] || stopped[me]);
	end_stopped:
		(dying[me]);
		d_step {
			s = 0; ser = 0; got = 0; src = 0; seen = 0; call = 0;
			hit = 0; sent = 0; ok = false; heard = false;
			lost = false; i = 0; w = 0; asleep[me] = 0
		};
		robust_exit();
		gone[me] = true
	}
}

/* ---- the claims ---------------------------------------------------------------------- */

#define OVER(p) (answered[p] || gone[p] || stopped[p])
#if N == 2
#define ALL_OVER (OVER(1) && OVER(2))
#elif N == 3
#define ALL_OVER (OVER(1) && OVER(2) && OVER(3))
#else
#define ALL_OVER (OVER(1) && OVER(2) && OVER(3) && OVER(4))
#endif

#ifdef LIVE
ltl all_are_answered { <> ALL_OVER }
#endif

#define REAP(p) \
	:: atomic { deaths < KILLS && !answered[p] && !dying[p] -> \
		deaths++; dying[p] = true } \
	:: atomic { stops < STOPS && !answered[p] && !dying[p] && \
		!stopped[p] STOP_WHERE(p) -> stops++; stopped[p] = true } \
	PAUSE(p)

#ifdef STOPS_OUT
#define STOP_WHERE(p) && lk != p
#else
#define STOP_WHERE(p)
#endif

/* Who is let go on knows nothing of it. */
#ifdef PAUSES
#define PAUSE(p) \
	:: atomic { pauses < PAUSES && !answered[p] && !paused[p] && \
		!dying[p] && !stopped[p] -> pauses++; paused[p] = true } \
	:: atomic { paused[p] -> paused[p] = false }
#define NONE_PAUSED (!paused[1] && !paused[2] && !paused[N])
#else
#define PAUSE(p)
#define NONE_PAUSED true
#endif

init {
	byte p = 1;

	atomic {
		do
		:: p < N -> run asker(p, 0); p++
		:: else -> run asker(p, KEYS - 1); break
		od
	};
#if KILLS || STOPS || defined(PAUSES)
	do
	REAP(1)
	REAP(2)
#if N > 2
	REAP(3)
#endif
#if N > 3
	REAP(4)
#endif
	:: NONE_PAUSED -> break
	od;
#endif
	(ALL_OVER);
#ifdef STOPS_OUT
	/* a flight that is stuck costs one more call, not one of each follower */
	assert(asked[0] <= 1 + stops + deaths)
#elif !STOPS && !defined(PAUSES) && !defined(CRAMPED) && \
	!defined(NO_CACHE) && !defined(HASTY)
	/* one call a question, and one more for each death */
	assert(asked[0] <= 1 + deaths);
	assert(deaths || asked[0] == 1)
#endif
}
