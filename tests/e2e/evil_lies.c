#include "evil_lies.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define KEPT 512

static uint64_t draw(struct talk *t, uint64_t below)
{
	t->random ^= t->random << 13;
	t->random ^= t->random >> 7;
	t->random ^= t->random << 17;
	return below ? t->random % below : 0;
}

static void nap(uint64_t ms)
{
	usleep((useconds_t)(ms * 1000));
}

static void reply_value(struct talk *t, const char *name, const char *length,
			const struct bytes *v)
{
	t->reply.n = 0;
	bytes_text(&t->reply, "VALUE ");
	bytes_text(&t->reply, name);
	bytes_text(&t->reply, " 0 ");
	bytes_text(&t->reply, length);
	bytes_text(&t->reply, "\r\n");
	bytes_add(&t->reply, v->p, v->n);
	bytes_text(&t->reply, "\r\nEND\r\n");
}

static void reply_found(struct talk *t, const char *name)
{
	char length[32];

	snprintf(length, sizeof(length), "%zu", t->value.n);
	reply_value(t, name, length, &t->value);
}

/* --- what was seen: for giving one for another --- */

static struct {
	pthread_mutex_t lock;
	struct seen {
		char name[NAME_MAX_BYTES + 1];
		struct bytes value;
	} one[KEPT];
	size_t n;
} seen = { .lock = PTHREAD_MUTEX_INITIALIZER };

void lies_remember(const struct talk *t)
{
	struct seen *s;

	pthread_mutex_lock(&seen.lock);
	s = &seen.one[seen.n++ % KEPT];
	strcpy(s->name, t->name);
	bytes_set(&s->value, t->value.p, t->value.n);
	pthread_mutex_unlock(&seen.lock);
}

/* One of another name, or, if asked for, an old one of the same. */
static bool recall(struct talk *t, bool same, char *name_r, struct bytes *v)
{
	bool is_it = false;

	pthread_mutex_lock(&seen.lock);
	size_t have = seen.n < KEPT ? seen.n : KEPT, from = draw(t, have);

	for (size_t i = 0; i < have && !is_it; i++) {
		const struct seen *s = &seen.one[(from + i) % have];

		is_it = (strcmp(s->name, t->name) == 0) == same &&
			!(same && s->value.n == v->n &&
			  memcmp(s->value.p, v->p, v->n) == 0);
		if (!is_it)
			continue;
		strcpy(name_r, s->name);
		bytes_set(v, s->value.p, s->value.n);
	}
	pthread_mutex_unlock(&seen.lock);
	return is_it;
}

/* --- quiet lies --- */

static bool swap(struct talk *t)
{
	char name[NAME_MAX_BYTES + 1];

	if (recall(t, false, name, &t->value))
		reply_found(t, t->name);
	return true;
}

static bool replay(struct talk *t)
{
	char name[NAME_MAX_BYTES + 1];

	if (recall(t, true, name, &t->value))
		reply_found(t, t->name);
	return true;
}

static void spoil_value(struct talk *t)
{
	if (t->value.n)
		t->value.p[draw(t, t->value.n)] ^= (char)(1 << draw(t, 8));
}

static bool flip(struct talk *t)
{
	spoil_value(t);
	if (t->found)
		reply_found(t, t->name);
	return true;
}

static bool cut(struct talk *t)
{
	t->value.n = draw(t, t->value.n);
	if (t->found)
		reply_found(t, t->name);
	return true;
}

static bool pad(struct talk *t)
{
	bytes_add(&t->value, "one more word", 1 + draw(t, 13));
	if (t->found)
		reply_found(t, t->name);
	return true;
}

static bool deny(struct talk *t)
{
	bytes_set(&t->reply, "END\r\n", 5);
	return true;
}

/* Says it was done, but it is done to another name. */
static bool misplace(struct talk *t)
{
	char name[NAME_MAX_BYTES + 1];
	struct bytes not_used = { 0 };

	if (recall(t, false, name, &not_used))
		strcpy(t->name, name);
	free(not_used.p);
	return true;
}

static bool spoil(struct talk *t)
{
	spoil_value(t);
	return true;
}

static bool contrary(struct talk *t)
{
	bool done = t->reply.p[0] == 'S' || t->reply.p[0] == 'D';

	t->reply.n = 0;
	if (t->verb == DROP)
		bytes_text(&t->reply, done ? "NOT_FOUND\r\n" : "DELETED\r\n");
	else
		bytes_text(&t->reply, done ? "NOT_STORED\r\n" : "STORED\r\n");
	return true;
}

/* --- noisy ones --- */

static bool alias(struct talk *t)
{
	char name[NAME_MAX_BYTES + 1];

	if (recall(t, false, name, &t->value))
		reply_found(t, name);
	return true;
}

static bool longname(struct talk *t)
{
	char name[301];

	memset(name, 'n', 300);
	name[300] = '\0';
	reply_found(t, name);
	return true;
}

static bool length(struct talk *t)
{
	static const char *const wild[] = {
		"18446744073709551615", "18446744073709551616", "-1",
		"4294967296", "1000001", "1073741824", "0", "1", "00", "0x10",
		"9223372036854775808", "", " ", "7 7", "1e3", "+5",
		"99999999999999999999999999999999999999999999999999",
	};

	reply_value(t, t->name, wild[draw(t, sizeof(wild) / sizeof(*wild))],
		    &t->value);
	return true;
}

static bool words(struct talk *t)
{
	static const char *const wrong[] = {
		"VERSION 1.6.18\r\n", "VERSION\r\n", "OK\r\n", "STORED\r\n",
		"NOT_STORED\r\n", "DELETED\r\n", "EXISTS\r\n", "ERROR\r\n",
		"SERVER_ERROR out of memory storing object\r\n",
		"CLIENT_ERROR bad data chunk\r\n", "END", "END\n", "\r\n",
		"\n", "VALUE\r\n", "VALUE \r\nEND\r\n", "END\r\nEND\r\n",
		"STAT pid 1\r\n", "RESET\r\n", "HTTP/1.1 400 Bad\r\n\r\n",
		"HD\r\n", "VA 2\r\nhi\r\n", "\x81\r\n", "VALUE a 0 1\r\nx\r\n",
	};

	t->reply.n = 0;
	bytes_text(&t->reply, wrong[draw(t, sizeof(wrong) / sizeof(*wrong))]);
	return true;
}

static bool noise(struct talk *t)
{
	size_t n = 1 + draw(t, 20000);
	char c;

	t->reply.n = 0;
	while (t->reply.n < n) {
		c = (char)draw(t, 256);
		bytes_add(&t->reply, &c, 1);
	}
	return true;
}

static bool late(struct talk *t)
{
	nap(1 + draw(t, 100));
	return true;
}

static bool twice(struct talk *t)
{
	struct bytes copy = { 0 };

	bytes_add(&copy, t->reply.p, t->reply.n);
	bytes_add(&t->reply, copy.p, copy.n);
	free(copy.p);
	return true;
}

/* The answer to the question before. */
static bool shift(struct talk *t)
{
	if (t->last.n)
		bytes_set(&t->reply, t->last.p, t->last.n);
	return true;
}

static bool drip(struct talk *t)
{
	size_t slow = t->reply.n < 150 ? t->reply.n : 150, i;

	for (i = 0; i < slow && io_put(t->client.fd, t->reply.p + i, 1); i++)
		nap(1);
	memmove(t->reply.p, t->reply.p + i, t->reply.n - i);
	t->reply.n -= i;
	return true;
}

/* Says no more until the other has left. */
static bool hang(struct talk *t)
{
	io_put(t->client.fd, t->reply.p, draw(t, t->reply.n));
	while (in_fill(&t->client))
		t->client.got.n = t->client.at = 0;
	return false;
}

static bool leave(struct talk *t)
{
	io_put(t->client.fd, t->reply.p, draw(t, t->reply.n));
	return false;
}

static bool reset(struct talk *t)
{
	struct linger now = { 1, 0 };

	setsockopt(t->client.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	return false;
}

static const struct lie lies[] = {
	{ "swap", false, GET, NULL, swap },
	{ "replay", false, GET, NULL, replay },
	{ "flip", false, GET, NULL, flip },
	{ "cut", false, GET, NULL, cut },
	{ "pad", false, GET, NULL, pad },
	{ "deny", false, GET, NULL, deny },
	{ "misplace", false, STORE | DROP, misplace, NULL },
	{ "spoil", false, STORE, spoil, NULL },
	{ "contrary", false, ADD | DROP, NULL, contrary },
	{ "alias", true, GET, NULL, alias },
	{ "longname", true, GET, NULL, longname },
	{ "length", true, GET, NULL, length },
	{ "words", true, ANY, NULL, words },
	{ "noise", true, ANY, NULL, noise },
	{ "late", true, ANY, NULL, late },
	{ "twice", true, ANY, NULL, twice },
	{ "shift", true, ANY, NULL, shift },
	{ "drip", true, ANY, NULL, drip },
	{ "hang", true, ANY, NULL, hang },
	{ "leave", true, ANY, leave, NULL },
	{ "reset", true, ANY, NULL, reset },
};
#define NLIES (sizeof(lies) / sizeof(lies[0]))

static unsigned long told[NLIES];

static bool is_wanted(const struct lie *l, const char *wanted)
{
	size_t n = strlen(l->name);
	const char *at = wanted;

	if (strcmp(wanted, l->noisy ? "noisy" : "quiet") == 0 ||
	    strcmp(wanted, "all") == 0)
		return true;
	for (; (at = strstr(at, l->name)); at += n)
		if ((at == wanted || at[-1] == ',') &&
		    (at[n] == '\0' || at[n] == ','))
			return true;
	return false;
}

const struct lie *lies_choose(struct talk *t, uint64_t rate,
			      const char *wanted)
{
	const struct lie *fit[NLIES], *l;
	size_t n = 0;

	if (draw(t, 1000) >= rate)
		return NULL;
	for (l = lies; l < lies + NLIES; l++)
		if (l->verbs & t->verb && is_wanted(l, wanted))
			fit[n++] = l;
	if (!n)
		return NULL;
	l = fit[draw(t, n)];
	__atomic_fetch_add(&told[l - lies], 1, __ATOMIC_RELAXED);
	return l;
}

unsigned long lies_print(void)
{
	unsigned long all = 0;

	for (size_t i = 0; i < NLIES; i++) {
		if (told[i])
			printf("%s %lu\n", lies[i].name, told[i]);
		all += told[i];
	}
	return all;
}
