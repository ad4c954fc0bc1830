/*
 * What stored answers are worth: the room they took (bytes by time kept)
 * against what their hits saved, as far as the log tells. Memory is bounded:
 * when there are more keys than it has room for, it follows every second of
 * them only, then every fourth, ..., chosen by their own digits.
 */
#ifndef CMD_REPORT_KEYS_H
#define CMD_REPORT_KEYS_H

#include "cmd/report_sum.h"

struct report_key {
	char key[17];        /* hex, as X-Larder-Key has it */
	int64_t stored;      /* how often it was put there */
	int64_t hits;
	int64_t size;        /* bytes, of the last one; -1: not logged */
	int64_t kept_ms;     /* in all; until the end of the log at most */
	report_money saved;
	__int128 byte_ms;    /* size by time kept */
};

struct report_keys;

struct report_keys *report_keys_new(void);
void report_keys_free(struct report_keys **k);
void report_keys_add(struct report_keys *k, const struct report_entry *e);

/* Those that saved least for the room they took, worst first: at most n of
 * list, whose length is returned. */
size_t report_keys_worst(struct report_keys *k, size_t n,
			 struct report_key *list);

/* Of what it follows: how many keys, how many of them were never hit, and
 * one in how many of all keys that is (1, 2, 4, ...). */
struct report_keys_total {
	int64_t keys, never_hit, one_in;
	__int128 byte_ms, byte_ms_never_hit;
};
void report_keys_total(struct report_keys *k, struct report_keys_total *t_r);

#endif
