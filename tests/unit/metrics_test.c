/* Metrics and the page for people, of a board with hostile names and numbers:
 * well-formed whatever is on it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/file.h"
#include "serve/metrics.h"
#include "serve/page.h"
#include "serve/tally.h"

#define PLACE_FILE "larder.conf"
#include "place.h"

#define WALL 1795012000000

static const char conf[] =
	"[memcached]\nservers = m1:1, m1:1\n" /* twice: one series */
	"[upstream a\"<b>\\]\nurl = https://a.test/v1\n"
	"[upstream \xff]\nurl = https://b.test/v1\nmax_concurrent = 3\n"
	"[model <script>]\nupstream = \xff\n";

struct bed {
	struct settings conf;
	struct board *board;
	struct status_of of;
	struct buf out;
};

static void set_up(struct place *p, struct bed *b)
{
	memset(b, 0, sizeof(*b));
	assert_int_equal(file_put(p->path, str_c(conf), false), 0);
	settings_load(&b->conf, p->a, p->path, p->err, sizeof(p->err));
	assert_string_equal(p->err, "");
	b->board = arena_new_n(p->a, struct board, 1);
	b->of = (struct status_of){ &b->conf, NULL, b->board, 1000000, WALL,
				    NULL, NULL };
	buf_init(&b->out, p->a);
}

static void has(const struct buf *b, const char *what)
{
	if (!strstr(b->p, what))
		print_error("no \"%s\" in\n%s\n", what, b->p);
	assert_non_null(strstr(b->p, what));
}

/* Is there a line like this one further up? */
static bool twice(const char *all, const char *line, size_t n)
{
	for (const char *at = all; at < line; at = strchr(at, '\n') + 1)
		if (strncmp(at, line, n) == 0 && at[n - 1] == ' ')
			return true;
	return false;
}

/* Lines are comments or samples; no series and no head comes twice. */
static void check_lines(const struct buf *b)
{
	const char *end, *value;
	char *after;

	for (const char *at = b->p; *at; at = end + 1) {
		end = strchr(at, '\n');
		assert_non_null(end);
		if (*at == '#') {
			assert_false(twice(b->p, at, (size_t)(end - at)));
			continue;
		}
		value = end;
		while (value[-1] != ' ')
			value--;
		assert_false(twice(b->p, at, (size_t)(value - at)));
		strtod(value, &after);
		assert_ptr_equal(after, end);
	}
}

static void of_a_new_board(void **state)
{
	struct place *p = *state;
	struct bed b;

	set_up(p, &b);
	assert_string_equal(metrics_text(&b.out, &b.of, false),
			    "text/plain; version=0.0.4; charset=utf-8");
	check_lines(&b.out);
	has(&b.out, "# TYPE larder_requests_total counter\n");
	has(&b.out, "larder_requests_total{cache=\"local\"} 0\n");
	has(&b.out, "larder_upstream_breaker_state{upstream=\"a\\\"<b>\\\\\","
	    "model=\"\",state=\"closed\"} 1\n");
	has(&b.out, "larder_upstream_running{upstream=\"?\",model=\"\"} 0\n");
	has(&b.out, "larder_memcached_up{server=\"m1:1\"} 1\n");
	assert_null(strstr(b.out.p, "# EOF"));
	assert_null(strstr(b.out.p, "# UNIT"));
}

static void as_open_metrics(void **state)
{
	struct place *p = *state;
	struct tally *t;
	struct bed b;

	set_up(p, &b);
	t = tally_of(b.board);
	t->pulse.cost = 1000000000001;
	t->saved[BILL_BY_CACHE] = 5;
	t->pulse.hit_ms.n[0] = 2;
	t->pulse.hit_ms.n[17] = 1;
	t->pulse.hit_ms.sum = 90001;
	assert_string_equal(metrics_text(&b.out, &b.of, true),
			    "application/openmetrics-text; version=1.0.0; "
			    "charset=utf-8");
	check_lines(&b.out);
	has(&b.out, "# TYPE larder_cost_usd counter\n"
	    "# UNIT larder_cost_usd usd\n"
	    "larder_cost_usd_total 1.000000000001\n");
	has(&b.out, "larder_saved_usd_total{by=\"cache\"} 0.000000000005\n");
	has(&b.out, "larder_request_duration_seconds_bucket{answered_by="
	    "\"cache\",le=\"0.001\"} 2\n");
	has(&b.out, "answered_by=\"cache\",le=\"81.92\"} 2\n");
	has(&b.out, "answered_by=\"cache\",le=\"+Inf\"} 3\n"
	    "larder_request_duration_seconds_count{answered_by=\"cache\"} 3\n"
	    "larder_request_duration_seconds_sum{answered_by=\"cache\"} "
	    "90.001\n");
	assert_string_equal(b.out.p + b.out.n - 6, "# EOF\n");
}

/* A count that nobody shows is a count that nobody sees. */
static void every_count_is_a_metric(void **state)
{
	struct place *p = *state;
	char want[32];
	struct bed b;

	set_up(p, &b);
	for (int i = 0; i < BOARD_COUNT_N; i++)
		b.board->count[i] = 1000000 + (uint64_t)i;
	metrics_text(&b.out, &b.of, false);
	for (int i = 0; i < BOARD_COUNT_N; i++) {
		snprintf(want, sizeof(want), " %d\n", 1000000 + i);
		has(&b.out, want);
	}
}

/* -- the page -------------------------------------------------------------- */

/* Every element but the empty ones and those HTML lets be is closed. */
static void check_tags(const char *html)
{
	static const char *const pairs[] = { "div", "section", "ul", "table",
		"figure", "svg", "details", "main", "bdi", "style", "title",
		"desc", "small", "tbody", "head", "body", "html" };
	char open[16], shut[16];
	int n;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		n = 0;
		snprintf(open, sizeof(open), "<%s", pairs[i]);
		snprintf(shut, sizeof(shut), "</%s>", pairs[i]);
		for (const char *at = html; (at = strstr(at, open)); at++)
			n += strchr(" >\n", at[strlen(open)]) != NULL;
		for (const char *at = html; (at = strstr(at, shut)); at++)
			n--;
		if (n)
			print_error("%d <%s> too many\n", n, pairs[i]);
		assert_int_equal(n, 0);
	}
}

static void check_page(const struct bed *b)
{
	static const char *const never[] = { "http", "<script", "<b>\\", "nan",
					     "inf\"", "\xff", "url(", "src=",
					     "@import", " on" "load" };

	check_tags(b->out.p);
	for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++) {
		const char *at = b->out.p;

		while ((at = strstr(at, never[i])) &&
		       strncmp(at, "http-equiv", 10) == 0)
			at++;
		if (at)
			print_error("\"%s\" in %.80s\n", never[i], at);
		assert_null(at);
	}
}

static void a_page_of_nothing(void **state)
{
	struct place *p = *state;
	struct bed b;

	set_up(p, &b);
	page_html(&b.out, &b.of);
	check_page(&b);
	has(&b.out, "<bdi>a&#34;&#60;b&#62;\\</bdi>");
	has(&b.out, "<bdi>&#xfffd;</bdi>");
	has(&b.out, "<bdi>&#60;script&#62;</bdi>");
	has(&b.out, "No breaker is open");
}

/* Whatever is on the board. */
static void a_page_of_anything(void **state)
{
	static const int fill[] = { 0xff, 0x7f, 0x80, 0x01 };
	struct place *p = *state;
	struct bed b;

	for (size_t i = 0; i < 4; i++) {
		set_up(p, &b);
		memset(tally_of(b.board), fill[i], sizeof(struct tally));
		page_html(&b.out, &b.of);
		check_page(&b);
		buf_init(&b.out, p->a);
		metrics_text(&b.out, &b.of, true);
		check_lines(&b.out);
	}
}

static void money_as_people_read_it(void **state)
{
	static const struct {
		uint64_t cost;
		const char *says;
	} cases[] = {
		{ 0, "spent $0.00<" },
		{ 12340000000000, "spent $12.34<" },
		{ 1234567890000000000, "spent $1,234,567.89<" },
		{ 999999999999, "spent $1.00<" },
		{ 25000000000, "spent $0.025<" },
		{ 1, "spent $0.00000000<" },
	};
	struct place *p = *state;
	struct bed b;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		set_up(p, &b);
		/* Something is known of the day before, so all is today's. */
		tally_of(b.board)->past[0].slot = 0;
		tally_of(b.board)->past[(WALL / TALLY_QUARTER_MS) %
					TALLY_PAST].slot =
			WALL / TALLY_QUARTER_MS;
		tally_of(b.board)->pulse.cost = cases[i].cost;
		page_html(&b.out, &b.of);
		has(&b.out, cases[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(of_a_new_board),
		PLACE_TEST(as_open_metrics),
		PLACE_TEST(every_count_is_a_metric),
		PLACE_TEST(a_page_of_nothing),
		PLACE_TEST(a_page_of_anything),
		PLACE_TEST(money_as_people_read_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
