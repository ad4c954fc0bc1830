/* The log: one line a request, and nothing that was said in it. */
#include "corridor_bed.h"
#include "base/file.h"
#include "cmd/report_entry.h"
#include "serve/directive.h"
#include "serve/steps.h"

#include <limits.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* bed_ask checks the length of each line. */
static void test_longest_line(void **state)
{
	struct bed bed, *b = &bed;
	struct bed_conf conf = { 0 };
	struct buf name, model, rest;
	char tag[TAG_MAX + 1];

	(void)state;
	bed_open(b, &bed_plain);
	buf_init(&name, b->a);
	buf_init(&model, b->a);
	buf_init(&rest, b->a);
	for (int i = 0; i < 300; i++) {
		buf_puts(&name, "\x7f\xc3\xa4"); /* of sections */
		buf_puts(&model, "\\u0001");
	}
	buf_printf(&rest, "[upstream %s]\nmodels = any\n"
		   "url = https://openai.test/v1\n[route %s]\nuse = m\n",
		   name.p, name.p);
	conf.rest = rest.p;
	bed_reconfigure(b, &conf);
	memset(tag, '"', sizeof(tag) - 1);
	tag[sizeof(tag) - 1] = '\0';
	bed_plays(b, "application/json", arena_printf(b->a,
		"{\"model\":\"%s\",\"choices\":[{\"index\":0,"
		"\"finish_reason\":\"%s\",\"message\":{\"role\":"
		"\"assistant\",\"content\":\"\"}}]}", model.p, model.p));
	for (int i = 0; i < 2; i++) {
		bed_ask(b, &(struct ask){
			.body = arena_printf(b->a, "{\"model\":\"%s\","
					     USER("hi") "}", model.p),
			.param = { "HTTP_X_LARDER_TAG", tag } });
		assert_int_equal(b->status, 200);
		/* Escaped it would be longer than a value may be. */
		assert_int_equal(strlen(bed_log(b, "tag")), 64);
	}
	bed_close(b);
}

/* -- all members there are ------------------------------------------------- */

#define MANY 300 /* bytes of which a value may have 180 */
#define USD 1234567890123456789 /* 19 digits */

static char quotes[MANY + 1];

static void fill(char *to, size_t n)
{
	memset(to, '"', n - 1);
	to[n - 1] = '\0';
}

static void fill_facts(struct reply_facts *f)
{
	const int64_t n = 1ll << 53; /* no reply says more */

	f->usage = (struct usage){ n, n, n, n, n, n, n, n, n, n, n, n,
				   USAGE_PRIORITY };
	fill(f->model, sizeof(f->model));
	fill(f->finish, sizeof(f->finish));
	strcpy(f->cost, "999.123456789012");
}

/* A request of its own upstream call with everything that a line can have. */
static void fill_request(struct req *r, struct bed *b, struct target *t)
{
	const struct str name = { quotes, MANY };

	r->a = b->a;
	r->site = b->site;
	r->wall_ms = 1;
	r->asked = (struct asked){ .purpose = quotes, .endpoint = {
		.kind = ENDPOINT_API, .shape = SHAPE_COUNT } };
	r->asked.header.tag = name;
	fill(r->who.name, sizeof(r->who.name));
	*t = (struct target){ .upstream = b->site->conf.upstreams.item,
			      .model = name };
	r->plan = (struct plan){ .target = t, .ntargets = 1, .route = name,
				 .why = quotes, .requested = name };
	r->keyed.use = USE_CACHE;
	r->stored = true;
	r->out = (struct fetched){ .by = t, .answered = true, .status = 200,
		.aborted = true, .cost = USD, .priced_as = quotes,
		.estimated = true, .size = SIZE_MAX / 2, .ttl_ms = INT64_MIN,
		.took_ms = INT64_MAX };
	fill_facts(&r->out.facts);
	r->fit = (struct fit){ .trimmed_messages = UINT32_MAX,
		.trimmed_tokens = UINT32_MAX, .summarised = true,
		.marks = UINT_MAX };
	r->weak = (struct weak_calls){ .calls = 1, .cost = USD,
		.model = quotes, .why = quotes };
	r->tries = (struct tries){ .made = INT_MAX, .spilt = USD,
				   .maybe_billed = INT_MAX };
	r->fallen.first = arena_zalloc(r->a, sizeof(*r->fallen.first));
	r->fallen.first->plan.target = t;
	r->spend = (struct spend){ .any = true, .settled = USD };
	r->sent = (struct sent){ .status = INT_MAX, .ttfb_ms = INT64_MAX };
	r->fail = (struct fail){ .status = 500, .code = quotes };
}

static void read_last_line(struct bed *b)
{
	struct json_error err;
	struct str text;
	char why[256];

	assert_int_equal(file_read(&text, b->a, b->log, 1 << 20, why,
				   sizeof(why)), 0);
	assert_true(text.n && text.p[text.n - 1] == '\n');
	b->line = str_trim(text);
	assert_null(memchr(b->line.p, '\n', b->line.n));
	assert_int_equal(json_parse(&b->doc, b->a, b->line, &err), 0);
}

/* What a bill is made of is there, and the line is one that is read. */
static void test_all_members(void **state)
{
	static const char *const kept[] = {
		"time", "run", "seq", "pid", "tenant", "endpoint", "status",
		"cache", "key", "scope", "size", "ttl_ms", "purpose",
		"error.type", "gen_ai.provider.name", "gen_ai.request.model",
		"gen_ai.response.model", "attempts", "maybe_billed",
		"weak_cost_usd", "spilt_usd", "cost_usd", "provider_cost_usd",
		"priced_as", "price_table", "budget_usd", "trimmed_tokens",
		"gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens",
		"images", "service_tier", "estimated", "stream",
		"upstream_ms", "ttfb_ms", "duration_ms", "client_aborted",
		"crc",
	};
	struct bed bed, *b = &bed;
	struct report_entry e;
	struct target target;
	struct req *r;
	struct buf up;

	(void)state;
	memset(quotes, '"', MANY);
	bed_open(b, &bed_plain);
	buf_init(&up, b->a);
	buf_printf(&up, "[upstream %s]\nmodels = any\n"
		   "url = https://o.test/v1\n", quotes);
	bed_reconfigure(b, &(struct bed_conf){ .rest = up.p });
	r = arena_new_n(b->a, struct req, 1);
	fill_request(r, b, &target);
	step_log(r);
	read_last_line(b);
	assert_in_range(b->line.n, 3500, LEDGER_LINE_MAX - 1);
	for (size_t i = 0; i < COUNT(kept); i++)
		if (!bed_log(b, kept[i]))
			bed_fail("%s is not in %.*s\n", kept[i],
				 (int)b->line.n, b->line.p);
	assert_int_equal(report_entry_read(&e, b->a, b->line), 0);
	assert_true(report_entry_called(&e) == false && e.cost > USD);
	bed_close(b);
}

/* -- refusals -------------------------------------------------------------- */

static const struct {
	struct ask ask;
	int status;
} refusals[] = {
	{ { .body = "{" }, 400 },
	{ { .body = "" }, 400 },
	{ { .body = CHAT, .param = { "CONTENT_LENGTH", "10000" } }, 400 },
	{ { .body = CHAT, .auth = "" }, 401 },
	{ { .body = CHAT, .auth = "Bearer key lk_0" }, 401 },
	{ { .uri = "/v1/nothing", .body = CHAT }, 404 },
	{ { .uri = "/nothing", .body = CHAT }, 404 },
	{ { .uri = "/v1/chat/%2e%2e/completions", .body = CHAT }, 404 },
	{ { .method = "GET", .body = CHAT }, 405 },
	{ { .method = "DELETE", .body = CHAT }, 405 },
	{ { .body = CHAT, .param = { "CONTENT_LENGTH", "99999999999" } }, 413 },
	{ { .body = CHAT, .param = { "HTTP_X_LARDER_TTL", "x" } }, 400 },
	{ { .body = CHAT, .param = { "HTTP_CACHE_CONTROL",
				     "only-if-cached" } }, 504 },
	{ { .body = "{\"model\":\"nobodys\"," USER("hi") "}" }, 404 },
};

static void limit_files(rlim_t bytes)
{
	struct rlimit r;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
	r.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static uint64_t drops(struct bed *b)
{
	return tier_board(b->site->tier)->count[BOARD_LOG_DROPS];
}

/* Each is in one line; or, when that cannot be written, in one drop. */
static void test_refusals(void **state)
{
	const struct bed_conf conf = { NULL, NULL,
		"[upstream o]\nurl = https://o.test/v1\n"
		"[model m]\nupstream = o\n" };
	struct bed bed, *b = &bed;
	struct stat st;

	(void)state;
	bed_open(b, &conf);
	for (size_t i = 0; i < COUNT(refusals); i++) {
		bed_ask(b, &refusals[i].ask);
		if (b->status != refusals[i].status || b->lines != i + 1 ||
		    drops(b) != i)
			bed_fail("refusal %zu: %d, %zu lines, %d drops\n", i,
				 b->status, b->lines, (int)drops(b));
		assert_logged("status", arena_printf(b->a, "%d", b->status));
		assert_non_null(bed_log(b, "error.type"));
		assert_int_equal(stat(b->log, &st), 0);
		limit_files((rlim_t)st.st_size);
		bed_ask(b, &refusals[i].ask);
		limit_files(RLIM_INFINITY);
		assert_int_equal(b->status, refusals[i].status);
		assert_int_equal(b->lines, i + 1);
		assert_int_equal(drops(b), i + 1);
	}
	assert_int_equal(b->calls, 0);
	bed_close(b);
}

/* -- where it is, and what is not in it ------------------------------------ */

/* The first line looks at the path; later ones once a second, which would
 * take a test a second: unit tests of serve/ledger.h have the rest. */
static void test_log_moves(void **state)
{
	struct bed bed, *b = &bed;
	const char *moved;

	(void)state;
	bed_open(b, &bed_plain);
	b->answer = bed_says_count;
	moved = arena_printf(b->a, "%s.1", b->log);
	assert_int_equal(rename(b->log, moved), 0);
	bed_chat(b, NULL, CHAT);
	assert_int_equal(b->lines, 1);
	assert_logged("cache", "miss");
	bed_close(b);
}

/* Nothing of the question, the answer or a credential is written down. */
static void test_log_says_nothing(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	bed_plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "CANARY-2"));
	bed_chat(b, "Bearer CANARY-1",
		 "{\"model\":\"m\"," USER("CANARY-3") "}");
	assert_int_equal(b->status, 200);
	assert_false(bed_has(b->line, "CANARY"));
	bed_chat(b, "Bearer CANARY-1", "{\"CANARY-4\":}");
	assert_false(bed_has(b->line, "CANARY"));
	bed_close(b);
}

static void test_health(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	assert_int_equal(bed_ask(b, &(struct ask){ .uri = "/larder/health",
						   .method = "GET",
						   .xkey = "" }), 200);
	assert_str(b->body, "ok\n");
	assert_int_equal(b->lines, 0);
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_longest_line),
		cmocka_unit_test(test_all_members),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_log_moves),
		cmocka_unit_test(test_log_says_nothing),
		cmocka_unit_test(test_health),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
