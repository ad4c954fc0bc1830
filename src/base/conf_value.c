#include "base/conf_value.h"

#include <assert.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"

/* A hundred years: now plus a duration never overflows. */
#define LONGEST_MS (36500LL * 24 * 3600 * 1000)

struct unit {
	const char *name;
	int64_t worth;
};

static const struct unit sizes[] = {
	{ "", 1 },
	{ "K", 1 << 10 }, { "M", 1 << 20 }, { "G", 1 << 30 },
	{ "k", 1 << 10 }, { "m", 1 << 20 }, { "g", 1 << 30 },
	{ 0 }
};

static const struct unit durations[] = {
	{ "ms", 1 }, { "s", 1000 }, { "m", 60000 },
	{ "h", 3600000 }, { "d", 86400000 },
	{ 0 }
};

/* Digits at *p, at most up to INT64_MAX; *p is left behind them. */
static int read_digits(const char **p, int64_t *out_r)
{
	const char *s = *p;
	int64_t v = 0;

	if (*s < '0' || *s > '9')
		return -1;
	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, *s - '0', &v))
			return -1;
	*p = s;
	*out_r = v;
	return 0;
}

/* Digits and one of the units. */
static int read_amount(const char *text, const struct unit *unit,
		       int64_t *out_r)
{
	int64_t v;

	if (read_digits(&text, &v) < 0)
		return -1;
	for (; unit->name; unit++)
		if (strcmp(text, unit->name) == 0)
			return __builtin_mul_overflow(v, unit->worth, out_r) ?
				       -1 : 0;
	return -1;
}

static int set_string(const struct conf_row *row, void *at, struct arena *a,
		      const char *text)
{
	(void)row;
	if (!*text)
		return -1;
	*(const char **)at = arena_strdup(a, text);
	return 0;
}

static int set_list(const struct conf_row *row, void *at, struct arena *a,
		    const char *text)
{
	struct conf_words *list = at;
	struct str rest = str_trim(str_c(text)), word;
	const char **words;
	size_t n = 0, room = 1;

	(void)row;
	for (const char *p = text; *p; p++)
		room += *p == ',';
	words = arena_new_n(a, const char *, room);
	if (rest.n && rest.p[rest.n - 1] == ',')
		return -1;
	while (str_cut(&rest, ',', &word)) {
		if (!word.n)
			return -1;
		words[n++] = arena_cstr(a, word);
	}
	list->word = words;
	list->n = n;
	return 0;
}

static int set_size(const struct conf_row *row, void *at, struct arena *a,
		    const char *text)
{
	int64_t v;

	(void)row, (void)a;
	if (read_amount(text, sizes, &v) < 0 ||
	    (uint64_t)v > (uint64_t)SIZE_MAX)
		return -1;
	*(size_t *)at = (size_t)v;
	return 0;
}

static int set_duration(const struct conf_row *row, void *at,
			struct arena *a, const char *text)
{
	int64_t v = 0;

	(void)row, (void)a;
	if (strcmp(text, "0") != 0 &&
	    (read_amount(text, durations, &v) < 0 || v > LONGEST_MS))
		return -1;
	*(int64_t *)at = v;
	return 0;
}

static int set_bool(const struct conf_row *row, void *at, struct arena *a,
		    const char *text)
{
	bool yes = strcmp(text, "yes") == 0;

	(void)row, (void)a;
	if (!yes && strcmp(text, "no") != 0)
		return -1;
	*(bool *)at = yes;
	return 0;
}

/* "min..max" of the row; without it, whatever an int holds. */
static void bounds(const struct conf_row *row, int64_t *lo_r, int64_t *hi_r)
{
	char *end;

	*lo_r = INT_MIN;
	*hi_r = INT_MAX;
	if (!row->choices)
		return;
	*lo_r = strtoll(row->choices, &end, 10);
	assert(strncmp(end, "..", 2) == 0);
	*hi_r = strtoll(end + 2, &end, 10);
	assert(!*end && *lo_r >= INT_MIN && *hi_r <= INT_MAX);
}

static int set_int(const struct conf_row *row, void *at, struct arena *a,
		   const char *text)
{
	bool negative = *text == '-';
	int64_t v, lo, hi;

	(void)a;
	text += negative;
	if (read_digits(&text, &v) < 0 || *text)
		return -1;
	if (negative)
		v = -v;
	bounds(row, &lo, &hi);
	if (v < lo || v > hi)
		return -1;
	*(int *)at = (int)v;
	return 0;
}

static int set_choice(const struct conf_row *row, void *at, struct arena *a,
		      const char *text)
{
	struct str rest = str_c(row->choices), word;

	(void)a;
	for (int i = 0; str_cut(&rest, '|', &word); i++)
		if (str_is(word, text)) {
			*(int *)at = i;
			return 0;
		}
	return -1;
}

typedef int set_fn(const struct conf_row *, void *, struct arena *,
		   const char *);

static const struct {
	set_fn *set;
	const char *allowed; /* NULL: depends on the row */
} types[] = {
	[CONF_STRING] = { set_string, "some text" },
	[CONF_LIST] = { set_list, "a list such as a, b, c" },
	[CONF_SIZE] = { set_size, "a size such as 512K, 64M or 2G" },
	[CONF_DURATION] = { set_duration, "a duration such as 20ms, 90s, "
			    "15m, 12h or 3d (at most 36500d)" },
	[CONF_BOOL] = { set_bool, "yes or no" },
	[CONF_INT] = { set_int, NULL },
	[CONF_CHOICE] = { set_choice, NULL },
};

int conf_value_set(const struct conf_row *row, void *base, struct arena *a,
		   const char *text)
{
	return types[row->type].set(row, (char *)base + row->offset, a, text);
}

/* "a|b|c" as "a, b or c". */
static const char *spell_choices(const struct conf_row *row, struct arena *a)
{
	struct str rest = str_c(row->choices), word;
	struct buf b;

	buf_init(&b, a);
	while (str_cut(&rest, '|', &word)) {
		if (b.n)
			buf_puts(&b, rest.n ? ", " : " or ");
		buf_str(&b, word);
	}
	return buf_view(&b).p;
}

const char *conf_value_allowed(const struct conf_row *row, struct arena *a)
{
	int64_t lo, hi;

	if (types[row->type].allowed)
		return types[row->type].allowed;
	if (row->type == CONF_CHOICE)
		return spell_choices(row, a);
	bounds(row, &lo, &hi);
	return arena_printf(a, "a whole number from %lld to %lld",
			    (long long)lo, (long long)hi);
}
