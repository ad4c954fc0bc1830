#include "cmd/report_member.h"

#include <pthread.h>

#include "base/count.h"

#define AT(field) offsetof(struct report_entry, field)
#define USAGE "gen_ai.usage."

/* About in the order of step_log.c; nothing depends on that. */
const struct report_member report_members[] = {
	{ "time", REPORT_TEXT, AT(dim[REPORT_HOUR]) },
	{ "seq", REPORT_COUNT, AT(seq) },
	{ "pid", REPORT_OTHER, 0 },
	{ "run", REPORT_TEXT, AT(run) },
	{ "host", REPORT_OTHER, 0 },
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
	{ "cache_marks", REPORT_OTHER, 0 },
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

/* Made once, then only read. */
static uint8_t slots[SLOTS]; /* a member's number and one; 0: empty */
struct report_head report_heads[REPORT_MEMBERS_MOST];
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

/* Names differ at their ends. */
uint64_t report_member_mix(struct str name)
{
	const char *p = name.p;
	size_t n = name.n;
	uint64_t v = n >= 8 ? load8(p + n - 8) :
		     n >= 4 ? load4(p) | (uint64_t)load4(p + n - 4) << 32 :
			      (uint64_t)p[0] << 16 | (uint64_t)p[n / 2] << 8 |
			      (uint64_t)p[n - 1];

	return (v ^ n) * 0x9e3779b97f4a7c15;
}

static void make_once(void)
{
	size_t at, n;

	_Static_assert(COUNT_OF(report_members) <= REPORT_MEMBERS_MOST,
		       "a bit each");
	for (uint8_t i = 0; i < COUNT_OF(report_members); i++) {
		n = strlen(report_members[i].name);
		at = report_member_mix(str_c(report_members[i].name)) >> 56;
		while (slots[at])
			at = (at + 1) % SLOTS;
		slots[at] = (uint8_t)(i + 1);
		report_heads[i].n = n + 3;
		report_heads[i].text[0] = '"';
		memcpy(report_heads[i].text + 1, report_members[i].name, n);
		memcpy(report_heads[i].text + 1 + n, "\":", 2);
	}
}

void report_members_ready(void)
{
	pthread_once(&once, make_once);
}

int report_member_number(struct str name, uint64_t mixed)
{
	size_t at = mixed >> 56;
	int i;

	for (; slots[at]; at = (at + 1) % SLOTS) {
		i = slots[at] - 1;
		if (report_heads[i].n == name.n + 3 &&
		    memcmp(report_members[i].name, name.p, name.n) == 0)
			return i;
	}
	return -1;
}

const struct report_member *report_member_find(struct str name)
{
	int i;

	report_members_ready();
	i = name.n ? report_member_number(name, report_member_mix(name)) : -1;
	return i < 0 ? NULL : &report_members[i];
}
