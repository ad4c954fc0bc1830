#include "cmd/report_scan.h"

#include <pthread.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/count.h"
#include "base/utf8.h"

#define AT(field) offsetof(struct report_entry, field)
#define USAGE "gen_ai.usage."

/* About in the order of step_log.c; nothing depends on that. */
static const struct report_member members[] = {
	{ "time", REPORT_TEXT, AT(dim[REPORT_HOUR]) },
	{ "seq", REPORT_COUNT, AT(seq) },
	{ "pid", REPORT_OTHER, 0 },
	{ "run", REPORT_TEXT, AT(run) },
	{ "host", REPORT_TEXT, AT(host) },
	{ "tenant", REPORT_TEXT, AT(dim[REPORT_TENANT]) },
	{ "endpoint", REPORT_TEXT, AT(dim[REPORT_ENDPOINT]) },
	{ "status", REPORT_COUNT, AT(status) },
	{ "cache", REPORT_TEXT, AT(dim[REPORT_CACHE]) },
	{ "key", REPORT_TEXT, AT(key) },
	{ "scope", REPORT_OTHER, 0 },
	{ "size", REPORT_COUNT, AT(size) },
	{ "ttl_ms", REPORT_WHOLE, AT(ttl_ms) },
	{ "gen_ai.provider.name", REPORT_TEXT, AT(dim[REPORT_UPSTREAM]) },
	{ "gen_ai.request.model", REPORT_TEXT, AT(dim[REPORT_MODEL]) },
	{ "gen_ai.response.model", REPORT_TEXT, AT(response_model) },
	{ "gen_ai.response.finish_reasons", REPORT_OTHER, 0 },
	{ USAGE "input_tokens", REPORT_COUNT, AT(usage.input) },
	{ USAGE "output_tokens", REPORT_COUNT, AT(usage.output) },
	{ USAGE "cache_read.input_tokens", REPORT_COUNT,
	  AT(usage.cache_read) },
	{ USAGE "cache_creation.input_tokens", REPORT_COUNT,
	  AT(usage.cache_write) },
	{ "cache_write_1h_tokens", REPORT_COUNT, AT(usage.cache_write_1h) },
	{ "reasoning_tokens", REPORT_COUNT, AT(usage.reasoning) },
	{ "audio_in_tokens", REPORT_COUNT, AT(usage.audio_in) },
	{ "audio_read_tokens", REPORT_COUNT, AT(usage.audio_read) },
	{ "audio_out_tokens", REPORT_COUNT, AT(usage.audio_out) },
	{ "image_in_tokens", REPORT_COUNT, AT(usage.image_in) },
	{ "image_out_tokens", REPORT_COUNT, AT(usage.image_out) },
	{ "images", REPORT_COUNT, AT(usage.images) },
	{ "service_tier", REPORT_TEXT, AT(tier_word) },
	{ "estimated", REPORT_TRUTH, AT(estimated) },
	{ "cost_usd", REPORT_MONEY, AT(cost) },
	{ "saved_usd", REPORT_MONEY, AT(saved) },
	{ "saved_by", REPORT_TEXT, AT(saved_by) },
	{ "saved_routing_usd", REPORT_MONEY, AT(saved_routing) },
	{ "saved_history_usd", REPORT_MONEY, AT(saved_history) },
	{ "saved_prompt_cache_usd", REPORT_MONEY, AT(saved_prompt_cache) },
	{ "price_table", REPORT_OTHER, 0 },
	{ "provider_cost_usd", REPORT_OTHER, 0 },
	{ "budget_usd", REPORT_OTHER, 0 },
	{ "purpose", REPORT_TEXT, AT(purpose) },
	{ "route", REPORT_TEXT, AT(dim[REPORT_ROUTE]) },
	{ "route_why", REPORT_OTHER, 0 },
	{ "priced_as", REPORT_TEXT, AT(priced_as) },
	{ "weak_cost_usd", REPORT_MONEY, AT(weak_cost) },
	{ "spilt_usd", REPORT_MONEY, AT(spilt) },
	{ "attempts", REPORT_OTHER, 0 },
	{ "maybe_billed", REPORT_COUNT, AT(maybe_billed) },
	{ "fallback_from", REPORT_TEXT, AT(fallback_from) },
	{ "trimmed_tokens", REPORT_COUNT, AT(trimmed_tokens) },
	{ "cache_marks", REPORT_COUNT, AT(cache_marks) },
	{ "stream", REPORT_OTHER, 0 },
	{ "upstream_ms", REPORT_OTHER, 0 },
	{ "ttfb_ms", REPORT_COUNT, AT(ttfb_ms) },
	{ "duration_ms", REPORT_COUNT, AT(duration_ms) },
	{ "client_aborted", REPORT_TRUTH, AT(aborted) },
	{ "error.type", REPORT_TEXT, AT(error) },
	{ "tag", REPORT_TEXT, AT(dim[REPORT_TAG]) },
	{ "cut", REPORT_OTHER, 0 },
	{ "event", REPORT_TEXT, AT(event) },
	{ "dropped", REPORT_COUNT, AT(dropped) },
	{ "crc", REPORT_CRC, AT(crc) },
};

/* -- names ----------------------------------------------------------------- */

#define SLOTS 256 /* several times as many as members */
#define LONGEST 48

/* Made once, then only read. */
static uint8_t slots[SLOTS]; /* a member's number and one; 0: empty */
static struct head {
	char text[LONGEST]; /* "name": with its quotes and colon */
	size_t n;
} heads[COUNT_OF(members)];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static inline uint64_t load8(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32_t load4(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* n is at least 4. */
static inline bool same(const char *p, const char *q, size_t n)
{
	size_t i;

	if (n < 8)
		return load4(p) == load4(q) &&
		       load4(p + n - 4) == load4(q + n - 4);
	for (i = 0; i + 8 < n; i += 8)
		if (load8(p + i) != load8(q + i))
			return false;
	return load8(p + n - 8) == load8(q + n - 8);
}

/* Names differ at their ends; n is not 0. */
static uint64_t mix_name(const char *p, size_t n)
{
	uint64_t v = n >= 8 ? load8(p + n - 8) :
		     n >= 4 ? load4(p) | (uint64_t)load4(p + n - 4) << 32 :
			      (uint64_t)p[0] << 16 | (uint64_t)p[n / 2] << 8 |
			      (uint64_t)p[n - 1];

	return (v ^ n) * 0x9e3779b97f4a7c15;
}

static void make_once(void)
{
	size_t at, n;

	_Static_assert(COUNT_OF(members) <= 64, "a bit each");
	for (uint8_t i = 0; i < COUNT_OF(members); i++) {
		n = strlen(members[i].name);
		at = mix_name(members[i].name, n) >> 56;
		while (slots[at])
			at = (at + 1) % SLOTS;
		slots[at] = (uint8_t)(i + 1);
		heads[i].n = n + 3;
		heads[i].text[0] = '"';
		memcpy(heads[i].text + 1, members[i].name, n);
		memcpy(heads[i].text + 1 + n, "\":", 2);
	}
}

/* Its number, or -1. */
static int look_up(struct str name, uint64_t mixed)
{
	size_t at = mixed >> 56;
	int i;

	for (; slots[at]; at = (at + 1) % SLOTS) {
		i = slots[at] - 1;
		if (heads[i].n == name.n + 3 &&
		    memcmp(members[i].name, name.p, name.n) == 0)
			return i;
	}
	return -1;
}

const struct report_member *report_member_find(struct str name)
{
	int i;

	pthread_once(&once, make_once);
	i = name.n ? look_up(name, mix_name(name.p, name.n)) : -1;
	return i < 0 ? NULL : &members[i];
}

/* -- values ---------------------------------------------------------------- */

#define FOREIGN 16 /* more than that is for the strict reader */

struct scan {
	const char *p, *end;
	uint64_t seen;    /* a bit for each member */
	uint64_t foreign[FOREIGN]; /* other names, mixed */
	size_t nforeign;
	struct report_entry *e;
};

/* The first byte from p on that is no plain character of a string. */
static inline const char *skip_plain(const char *p, const char *end)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');
	const __m128i blank = _mm_set1_epi8(' ');
	__m128i v;
	int odd;

	for (; end - p >= 16; p += 16) {
		v = _mm_loadu_si128((const __m128i *)p);
		odd = _mm_movemask_epi8(_mm_or_si128(
			_mm_or_si128(_mm_cmpeq_epi8(v, quote),
				     _mm_cmpeq_epi8(v, slash)),
			_mm_cmplt_epi8(v, blank))); /* also above ASCII */
		if (odd)
			return p + __builtin_ctz((unsigned)odd);
	}
#endif
	while (p < end && *p != '"' && *p != '\\' && (signed char)*p >= ' ')
		p++;
	return p;
}

/* Behind the opening quote; leaves s->p behind the closing one. */
static inline bool scan_string(struct scan *s, struct str *out_r)
{
	const char *from = s->p, *p = skip_plain(from, s->end);
	size_t n;

	while (p < s->end && (signed char)*p < 0) {
		n = utf8_len(p, (size_t)(s->end - p));
		if (!n)
			return false;
		p = skip_plain(p + n, s->end);
	}
	if (p == s->end || *p != '"')
		return false;
	*out_r = (struct str){ from, (size_t)(p - from) };
	s->p = p + 1;
	return true;
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* At most 18 digits, as JSON writes whole numbers. */
static inline bool scan_digits(struct scan *s, int64_t *out_r)
{
	const char *from = s->p, *p = from;
	uint64_t v = 0; /* more digits may come; refused below */

	while (p < s->end && is_digit(*p))
		v = 10 * v + (uint64_t)(*p++ - '0');
	if (p == from || p - from > 18 || (*from == '0' && p - from > 1))
		return false;
	s->p = p;
	*out_r = (int64_t)v;
	return true;
}

static inline bool scan_end(const struct scan *s)
{
	return s->p < s->end && (*s->p == ',' || *s->p == '}');
}

/* Up to 999999.999999999999 without an exponent. */
static bool scan_money(struct scan *s, picousd *out_r)
{
	bool minus = s->p < s->end && *s->p == '-';
	picousd v;
	int places = 0;

	s->p += minus;
	if (!scan_digits(s, &v) || v > 999999)
		return false;
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		for (; s->p < s->end && is_digit(*s->p) && places < 12;
		     places++)
			v = 10 * v + (*s->p++ - '0');
		if (!places)
			return false;
	}
	for (; places < 12; places++)
		v *= 10;
	*out_r = minus ? -v : v;
	return scan_end(s);
}

static bool scan_truth(struct scan *s, bool *out_r)
{
	static const struct str word[] = { STR("false"), STR("true") };
	struct str rest = { s->p, (size_t)(s->end - s->p) };
	bool v = s->p < s->end && *s->p == 't';

	if (!str_starts(rest, word[v]))
		return false;
	s->p += word[v].n;
	*out_r = v;
	return scan_end(s);
}

static inline bool scan_text(struct scan *s, struct str *out_r)
{
	if (s->p == s->end || *s->p != '"')
		return false;
	s->p++;
	return scan_string(s, out_r) && scan_end(s);
}

static bool scan_count(struct scan *s, int64_t *out_r)
{
	return scan_digits(s, out_r) && scan_end(s);
}

static bool scan_whole(struct scan *s, int64_t *out_r)
{
	bool minus = s->p < s->end && *s->p == '-';

	s->p += minus;
	if (!scan_count(s, out_r))
		return false;
	*out_r = minus ? -*out_r : *out_r;
	return true;
}

/* A number without an exponent, whatever it is. */
static bool scan_number(struct scan *s)
{
	const char *from;
	int64_t v;

	s->p += *s->p == '-';
	if (!scan_digits(s, &v))
		return false;
	if (s->p < s->end && *s->p == '.') {
		from = ++s->p;
		while (s->p < s->end && is_digit(*s->p))
			s->p++;
		if (s->p == from)
			return false;
	}
	return scan_end(s);
}

/* Of a member nobody asks for: strings, numbers and truth values pass. */
static bool scan_other(struct scan *s)
{
	struct str text;
	bool truth;

	switch (s->p < s->end ? *s->p : '\0') {
	case '"':
		return scan_text(s, &text);
	case 't':
	case 'f':
		return scan_truth(s, &truth);
	default:
		return scan_number(s);
	}
}

/* Two that mix alike are perhaps the same name twice. */
static bool scan_foreign(struct scan *s, uint64_t mixed)
{
	for (size_t i = 0; i < s->nforeign; i++)
		if (s->foreign[i] == mixed)
			return false;
	if (s->nforeign == FOREIGN)
		return false;
	s->foreign[s->nforeign++] = mixed;
	return scan_other(s);
}

static bool scan_value(struct scan *s, int i)
{
	uint64_t bit = (uint64_t)1 << i;
	void *field = (char *)s->e + members[i].at;

	if (s->seen & bit)
		return false;
	s->seen |= bit;
	switch (members[i].kind) {
	case REPORT_COUNT:
		return scan_count(s, field);
	case REPORT_WHOLE:
		return scan_whole(s, field);
	case REPORT_MONEY:
		return scan_money(s, field);
	case REPORT_TRUTH:
		return scan_truth(s, field);
	case REPORT_OTHER:
		return scan_other(s);
	default:
		return scan_text(s, field);
	}
}

/*
 * Which member came after this one the last time: lines are much alike, so
 * most names need not be looked up. Only a guess, of each thread.
 */
static __thread uint8_t after[COUNT_OF(members) + 1];

static inline bool is_guessed(const struct scan *s, int i)
{
	return (size_t)(s->end - s->p) > heads[i].n &&
	       same(s->p, heads[i].text, heads[i].n);
}

/* *last_r is the number of the member before, and one. */
static bool scan_member(struct scan *s, int *last_r)
{
	int i = after[*last_r];
	struct str name;
	uint64_t mixed;

	if (is_guessed(s, i)) {
		s->p += heads[i].n;
		*last_r = i + 1;
		return scan_value(s, i);
	}
	if (s->p == s->end || *s->p++ != '"' || !scan_string(s, &name) ||
	    !name.n || s->p == s->end || *s->p++ != ':')
		return false;
	mixed = mix_name(name.p, name.n);
	i = look_up(name, mixed);
	if (i < 0)
		return scan_foreign(s, mixed);
	after[*last_r] = (uint8_t)i;
	*last_r = i + 1;
	return scan_value(s, i);
}

bool report_scan(struct report_entry *e, struct str line)
{
	struct scan s;
	char next = '{';
	int last = 0;

	pthread_once(&once, make_once);
	s.p = line.p;
	s.end = line.p + line.n;
	s.e = e;
	s.seen = s.nforeign = 0; /* and `foreign` as it is */
	if (!line.n || *s.p++ != next)
		return false;
	do {
		if (!scan_member(&s, &last))
			return false;
		next = *s.p++; /* scan_end() saw that it is there */
	} while (next == ',');
	return s.p == s.end;
}
