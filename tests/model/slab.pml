/*
 * One shard (src/store/shard.c, chunk.c, chain.c) whose holder may be killed
 * between any two stores, and what makes it whole again (rebuild.c), which
 * may be killed as well.
 *
 * One worker stands for all processes, because the lock lets in one at a
 * time; after its death it comes back as the next one to enter. It does OPS
 * operations, any in any order: put, get of an expired entry, drop, tell
 * (bytes of a flight), land (their end), wipe (damage was found). A checksum
 * is ideal: `ver` is a number of one put alone, and bytes carry it.
 *
 * Switches: CHUNKS, OPS, KILLS; those that break it on purpose begin with
 * BAD_.
 */
#ifndef CHUNKS
#define CHUNKS 4
#endif
#ifndef OPS
#define OPS 4
#endif
#ifndef KILLS
#define KILLS 2
#endif

#define KEYS 2
#define PER_CHUNK 2 /* pieces of a flight that fit in a chunk */
#define FREE 0
#define HEAD 1
#define TAIL 2
#define LOOSE 3

/* In the file. Chunks are 1..CHUNKS; index 0 is not used. Both keys are in
 * the one bucket. */
byte kind[CHUNKS + 1], link[CHUNKS + 1];
bool seen[CHUNKS + 1];
byte next[CHUNKS + 1], skey[CHUNKS + 1], slen[CHUNKS + 1], sver[CHUNKS + 1];
byte data[CHUNKS + 1]; /* of which put; of a flight: 100 + pieces summed */
byte bucket, fresh, free, entries, used, loose;
byte c_first, c_last, c_length, c_sum; /* the chain; sum 0: it is wrong */
bool flying;

/* The holder's own. */
byte i, j, n, p, k, size, first, last, victim, taken, done;
bool dying, inside, ok;

/* Ghosts: what was committed, and what somebody is about to change. */
byte committed[KEYS], coming[KEYS], puts, told, telling, deaths, ops;
bool changing[KEYS], ending;

#define IS(c, what) (c >= 1 && c <= CHUNKS && kind[c] == what)
/* Length and sum of a chain belong together. */
#define SUM(first, length) (16 * first + length)

/* ---- chunk.c ---------------------------------------------------------- */

inline chunk_give(c) {
	kind[c] = FREE;
	link[c] = free;
	free = c
}

/* Gives back the n chunks of the entry called j: its head goes first. */
inline chain_free(j) {
	p = j;
	n = 0;
	do
	:: p != 0 ->
		assert(IS(p, (n -> TAIL : HEAD)));
		i = link[p];
		chunk_give(p);
		d_step { p = i; n++ }
	:: else -> break
	od;
	used = used - n
}

/* Removes the entry called v. */
inline unlink(v) {
	changing[skey[v]] = true;
	d_step { /* find(): reads only */
		p = 0;
		i = bucket;
		do
		:: i != v -> assert(IS(i, HEAD)); p = i; i = next[i]
		:: else -> break
		od
	};
	if
	:: p -> next[p] = next[v]
	:: else -> bucket = next[v]
	fi;
	entries--;
	chain_free(v);
	atomic { committed[skey[v]] = 0; changing[skey[v]] = false }
}

/* Any entry may be the one that goes; which is evict.c's affair. */
inline make_room() {
	victim = 1;
	do
	:: victim <= CHUNKS && kind[victim] == HEAD -> break
	:: victim <= CHUNKS -> victim++
	:: victim > CHUNKS -> break
	od;
	if
	:: victim <= CHUNKS -> unlink(victim)
	:: else
	fi;
	victim = 0
}

/* To c, 0 when there is none. */
inline chunk_take(c, what) {
	if
	:: !free && fresh < CHUNKS ->
#ifdef BAD_FRESH_FIRST
		fresh++;
		c = fresh;
		kind[c] = what;
		link[c] = 0
#else
		c = fresh + 1;
		kind[c] = what;
		link[c] = 0;
		fresh = c
#endif
	:: else ->
		if
		:: !free -> make_room()
		:: else
		fi;
		c = free;
		if
		:: c ->
			assert(IS(c, FREE));
			i = link[c];
			kind[c] = what;
			link[c] = 0;
			free = i
		:: else
		fi
	fi
}

/* ---- shard.c ------------------------------------------------------------ */

/* The entry of key k, to j. */
inline find(k) {
	d_step {
		j = bucket;
		do
		:: j && skey[j] != k -> j = next[j]
		:: else -> break
		od
	}
}

inline drop(k) {
	find(k);
	if
	:: j -> unlink(j)
	:: else
	fi
}

inline fill(c) {
#ifdef BAD_DATA_LATE
	skip
#else
	data[c] = puts
#endif
}

inline put(k, size) {
	d_step { puts++; coming[k] = puts; changing[k] = true };
#ifndef BAD_DROP_LATE
	drop(k);
	changing[k] = true;
#endif
	chunk_take(first, TAIL);
	if
	:: first && size == 2 ->
		fill(first);
		chunk_take(last, TAIL);
		if
		:: last -> fill(last); link[first] = last
		:: else -> chunk_give(first); first = 0
		fi
	:: first && size == 1 -> fill(first)
	:: else
	fi;
	if
	:: first ->
#ifdef BAD_HEAD_EARLY
		kind[first] = HEAD;
#endif
		skey[first] = k;
		slen[first] = size;
		sver[first] = puts;
		next[first] = bucket;
		d_step { kind[first] = HEAD; committed[k] = puts };
#ifdef BAD_DATA_LATE
		data[first] = puts;
		if
		:: size == 2 -> data[last] = puts
		:: else
		fi;
#endif
		entries++;
		used = used + size;
		bucket = first
	:: else
	fi;
#ifdef BAD_DROP_LATE
	atomic { /* the older one of that key */
		j = next[bucket];
		do
		:: j && skey[j] != k -> j = next[j]
		:: else -> break
		od
	};
	if
	:: j && first -> unlink(j); committed[k] = puts
	:: else
	fi;
#endif
	atomic { coming[k] = 0; changing[k] = false }
}

/* ---- chain.c ------------------------------------------------------------ */

/* One more piece. All chains together may have half of the chunks. */
inline tell() {
	skip; /* or `else` would belong to the caller's `if` */
	if
	:: flying && (c_length % PER_CHUNK || loose < CHUNKS / 2) ->
		telling = c_length + 1;
		if
		:: c_length % PER_CHUNK == 0 ->
			chunk_take(first, LOOSE);
			if
			:: first ->
				loose++;
				if
				:: c_first -> link[c_last] = first
				:: else -> c_first = first
				fi;
				c_last = first
			:: else
			fi
		:: else -> first = c_last
		fi;
		if
		:: first ->
			data[c_last] = 100 + c_length % PER_CHUNK + 1;
			d_step { c_length++; told = telling };
			c_sum = SUM(c_first, c_length)
		:: else
		fi;
		telling = 0
	:: else -> flying = true
	fi
}

/* flights_clear(): the slot first, then its chain, disowned before it is
 * given back chunk by chunk. */
inline land() {
	ending = true;
	flying = false;
	n = (c_length + PER_CHUNK - 1) / PER_CHUNK;
	j = c_first;
	c_first = 0;
	c_last = 0;
	c_length = 0;
	c_sum = 0;
	loose = loose - n;
	do
	:: n -> i = link[j]; chunk_give(j); d_step { j = i; n-- }
	:: else -> break
	od;
	atomic { told = 0; ending = false }
}

/* ---- rebuild.c ----------------------------------------------------------- */

/* Marks n chunks from j on; last becomes 0 when it cannot, done of them are
 * marked. */
inline claim(kind0, kind1) {
	last = 0;
	done = 0;
	do
	:: done < n ->
		if
		:: j == 0 || j > fresh || seen[j] ||
		   kind[j] != (done -> kind1 : kind0) -> last = 0; break
		:: else ->
			seen[j] = true;
			d_step { last = j; done++; j = link[j] }
		fi
	:: else -> break
	od
}

inline unclaim(from) {
#ifdef BAD_NO_UNCLAIM
	skip
#else
	j = from;
	do
	:: done -> seen[j] = false; d_step { done--; j = link[j] }
	:: else -> break
	od
#endif
}

inline keep_entry(e) {
	d_step { n = slen[e]; j = e };
	claim(HEAD, TAIL);
	if
	:: last && link[last] == 0 ->
		next[e] = bucket;
		bucket = e;
		entries++;
		used = used + slen[e]
	:: else ->
		unclaim(e);
		kind[e] = FREE
	fi
}

/* What the last chunk must hold. */
#define FULL (c_length % PER_CHUNK -> c_length % PER_CHUNK : PER_CHUNK)

inline keep_chain() {
	d_step {
		j = c_first;
		n = (c_length + PER_CHUNK - 1) / PER_CHUNK;
		ok = flying && c_length && c_first && c_first <= CHUNKS &&
		     c_sum == SUM(c_first, c_length)
	};
	if
	:: ok ->
		claim(LOOSE, LOOSE);
		if
		:: last && last == c_last && data[last] == 100 + FULL ->
			link[last] = 0;
			loose = loose + n
		:: else -> unclaim(c_first); ok = false
		fi
	:: else
	fi;
	if
	:: !ok && (c_first || c_last || c_length) ->
#ifndef BAD_LOST_LATE
		flying = false; /* LOST */
#endif
		c_first = 0;
		c_last = 0;
		c_length = 0;
		c_sum = 0;
		flying = false
	:: else
	fi
}

inline rebuild() {
	p = 1;
	do
	:: p <= fresh -> seen[p] = false; p++
	:: else -> break
	od;
	bucket = 0;
#ifndef BAD_TRUSTS_FREE
	free = 0;
#endif
	entries = 0;
	used = 0;
	loose = 0;
	p = 1;
	do
	:: p <= fresh && kind[p] == HEAD -> keep_entry(p); p++
	:: p <= fresh && kind[p] != HEAD -> p++
	:: p > fresh -> break
	od;
	keep_chain();
	p = fresh;
	do
	:: p && seen[p] -> seen[p] = false; p--
	:: p && !seen[p] -> chunk_give(p); p--
	:: !p -> break
	od
}

inline wipe() {
	d_step { changing[0] = true; changing[1] = true; ending = true };
	fresh = 0;
	rebuild();
	atomic {
		changing[0] = false; changing[1] = false; ending = false;
		committed[0] = 0; committed[1] = 0; told = 0
	}
}

/* ---- what must hold ------------------------------------------------------- */

inline meet(c, what) {
	assert(c <= fresh && kind[c] == what && !seen[c]);
	seen[c] = true
}

/* Every chunk once, every entry whole and under its key, nothing gone. */
inline check() {
	skip;
	d_step {
		i = 0; n = 0; done = 0; p = 0;
		j = bucket;
		do
		:: j ->
			k = skey[j];
			assert(k < KEYS && (slen[j] == 1 || slen[j] == 2));
			/* one entry a key, and one that was committed */
			assert(!(p & (1 << k)));
			p = p | (1 << k);
			assert(sver[j] == committed[k] ||
			       (changing[k] && sver[j] == coming[k]));
			committed[k] = sver[j];
			meet(j, HEAD);
			assert(data[j] == sver[j]);
			if
			:: slen[j] == 2 -> i = link[j];
				meet(i, TAIL);
				assert(data[i] == sver[j] && link[i] == 0)
			:: else -> assert(link[j] == 0)
			fi;
			n++;
			done = done + slen[j];
			j = next[j]
		:: else -> break
		od;
		assert(n == entries && done == used);
		k = 0;
		do
		:: k < KEYS ->
			assert(changing[k] || !committed[k] || (p & (1 << k)));
			if
			:: !(p & (1 << k)) -> committed[k] = 0
			:: else
			fi;
			k++
		:: else -> break
		od;
		/* a flight has all that was told, or it is lost, and that
		 * only while somebody told or ended it */
		assert((flying -> c_length == told : c_length == 0));
		assert(c_length == told || ending || telling);
		assert(c_length == 0 || c_sum == SUM(c_first, c_length));
		j = c_first; n = 0; last = 0;
		do
		:: j -> meet(j, LOOSE);
			n++;
			assert(data[j] == 100 +
			       (n * PER_CHUNK <= c_length -> PER_CHUNK :
				c_length % PER_CHUNK));
			last = j;
			j = link[j]
		:: else -> break
		od;
		assert(n == loose && last == c_last);
		assert(n == (c_length + PER_CHUNK - 1) / PER_CHUNK);
		j = free;
		do
		:: j -> meet(j, FREE); j = link[j]
		:: else -> break
		od;
		j = 1;
		do
		:: j <= fresh -> assert(seen[j]); seen[j] = false; j++
		:: else -> break
		od;
		told = c_length; telling = 0; ending = false;
		changing[0] = false; changing[1] = false;
		coming[0] = 0; coming[1] = 0;
		i = 0; j = 0; n = 0; p = 0; k = 0; size = 0; first = 0;
		last = 0; victim = 0; done = 0; ok = 0
	}
}

active proctype worker() {
again:
	{
		do
		:: inside ->
#ifndef BAD_NO_REBUILD
			rebuild();
#endif
			inside = false;
			check()
		:: !inside && ops < OPS ->
			d_step { ops++; inside = true };
			if
			:: put(0, 1)
			:: put(0, 2)
			:: put(1, 2)
			:: drop(0)
			:: drop(1)
			:: tell()
			:: land()
			:: wipe()
			fi;
			inside = false;
			check()
		:: !inside && ops == OPS -> break
		od
	} unless {
		dying ->
		d_step {
			dying = false;
			i = 0; j = 0; n = 0; p = 0; k = 0; size = 0;
			first = 0; last = 0; victim = 0; done = 0; ok = 0
		};
		goto again
	}
}

#if KILLS
active proctype reaper() {
	do
	:: atomic { deaths < KILLS && inside -> deaths++; dying = true };
		(!dying)
	:: break
	od
}
#endif
