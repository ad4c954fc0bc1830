#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "cmd/report.h"

/* Runs it with its standard output in a file; returns what it printed. */
static char *run(int *status_r, char **argv)
{
	FILE *out = tmpfile();
	int argc = 0, keep = dup(STDOUT_FILENO);
	size_t n;
	char *text;

	while (argv[argc])
		argc++;
	fflush(stdout);
	dup2(fileno(out), STDOUT_FILENO);
	*status_r = cmd_report(argc, argv);
	fflush(stdout);
	dup2(keep, STDOUT_FILENO);
	close(keep);
	n = (size_t)ftell(out);
	rewind(out);
	text = calloc(1, n + 1);
	assert_int_equal(fread(text, 1, n, out), n);
	fclose(out);
	return text;
}

/* A log under a name of its own, with these lines. */
static void write_log(char *path, const char *lines)
{
	FILE *f = fdopen(mkstemp(path), "w");

	fputs(lines, f);
	fclose(f);
}

#define TIME "{\"time\":\"2026-11-20T01:02:03Z\",\"cache\":"
#define LINE TIME "\"miss\",\"gen_ai.request.model\":\"m\"}\n"

static void write_damaged(char *path)
{
	FILE *f = fdopen(mkstemp(path), "w");

	fputs(LINE, f);
	for (int i = 0; i < 200000; i++)
		putc('x', f);
	fputs("\n" LINE "\n" LINE, f);
	for (int i = 0; i < 65536 - 2; i++)
		putc(' ', f);
	fputs("{}\n", f); /* exactly as long as allowed, but no entry */
	for (int i = 0; i < 3000; i++)
		fputs(LINE, f);
	fputs("{\"time\":\"2026-11-2", f); /* cut off */
	fclose(f);
}

static void test_damaged(void **state)
{
	char path[] = "/tmp/larder-report.XXXXXX", *text;
	char *one[] = { "report", path, NULL };
	char *two[] = { "report", "/nowhere/usage.log", path, path, "--since",
			"2026-11-20", NULL };
	char *none[] = { "report", "--until=2026-11-19", path, NULL };
	int status;

	(void)state;
	write_damaged(path);
	text = run(&status, one);
	assert_int_equal(status, 0);
	assert_non_null(strstr(text, "\n2026-11-20  m          3003 "));
	assert_non_null(strstr(text, "\n3 damaged lines were left out: 1 "
			       "torn, 1 foreign, 1 too long.\n"));
	free(text);
	text = run(&status, two);
	assert_int_equal(status, 1);
	assert_non_null(strstr(text, "\n2026-11-20  m          3003 "));
	free(text);
	text = run(&status, none);
	assert_int_equal(status, 0);
	assert_null(strstr(text, "2026-11-20"));
	free(text);
	unlink(path);
}

static const char log_lines[] =
	TIME "\"miss\",\"status\":200,\"gen_ai.request.model\":\"gpt-4o\","
	"\"gen_ai.usage.input_tokens\":100,\"gen_ai.usage.output_tokens\":10,"
	"\"cost_usd\":1.00005,\"tenant\":\"a\",\"duration_ms\":7,"
	"\"ttfb_ms\":3}\n"
	TIME "\"local\",\"status\":200,\"gen_ai.request.model\":\"gpt-4o\","
	"\"saved_usd\":0.5,\"saved_by\":\"cache\",\"tenant\":\"b\"}\n"
	TIME "\"bypass\",\"status\":200,\"gen_ai.request.model\":"
	"\"b\\u001b[2J\\u202e\xc3\xa9\",\"tenant\":\"=1+1\\\"\"}\n"
	"junk\n";

static void test_text(void **state)
{
	char path[] = "/tmp/larder-report.XXXXXX", *text;
	char *argv[] = { "report", "--top", "0", path, NULL };
	int status;

	(void)state;
	write_log(path, log_lines);
	text = run(&status, argv);
	assert_string_equal(text,
		"DAY         MODEL    REQUESTS  HITS  HIT %  INPUT  OUTPUT  "
		"COST USD  SAVED USD  ERRORS  P50 MS  P95 MS  P99 MS\n"
		"2026-11-20  b?[2J?\xc3\xa9         1     0      -      0"
		"       0         ?     0.0000       0       -       -       -\n"
		"2026-11-20  gpt-4o          2     1   50.0    100      10  "
		"  1.0001     0.5000       0       7       7       7\n"
		"TOTAL                       3     1   50.0    100      10  "
		"  1.0001     0.5000       0       7       7       7\n"
		"\n"
		"Cache:          local 1, misses 1, bypasses 1\n"
		"Tokens:         fresh input 100, output 10\n"
		"Saved, USD:     cache 0.5000\n"
		"Answer, ms:     p50 7, p95 7, p99 7\n"
		"First byte, ms: p50 3, p95 3, p99 3\n"
		"\n"
		"1 request has no known price and is not in the cost.\n"
		"1 damaged line was left out: 1 foreign.\n");
	free(text);
	unlink(path);
}

/* -- what is not certain --------------------------------------------------- */

static void put_note(void *ctx, const char *text)
{
	fprintf(ctx, "%s|", text);
}

static void test_notes(void **state)
{
	const struct report_sum total = { .unpriced = 1, .asides = 2 };
	const struct report_by by = { .n = 1, .dim = { REPORT_TAG } };
	struct report_table *t = report_table_new(&by);
	struct report_feed feed = { .taken = 9, .elsewhen = 5 };
	struct report_view v = { .total = &total, .main = t, .feed = &feed };
	char text[2048] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	(void)state;
	report_doubts(&v, put_note, out);
	report_notes(&v, put_note, out);
	feed.taken = 0;
	feed.unlike = 3;
	v.doubt.forgotten = true;
	report_doubts(&v, put_note, out);
	v.total = &(const struct report_sum){ 0 };
	report_notes(&v, put_note, out);
	fclose(out);
	report_table_free(&t);
	assert_string_equal(text,
		"1 request has no known price and is not in the cost.|"
		"2 calls of larder's own are in the tokens and the cost "
		"only.|"
		"3 lines have the numbers of others and differ from them: all "
		"were counted.|"
		"Duplicates may be counted: there are more processes in the "
		"log than are remembered.|"
		"There is no request.|5 lines are of another time.|"
		"3 lines have the numbers of others and differ from them: all "
		"were counted.|"
		"Duplicates may be counted: there are more processes in the "
		"log than are remembered.|");
}

/* -- a narrow terminal ----------------------------------------------------- */

static void fill(const void *ctx, size_t row, report_cells cells)
{
	(void)ctx;
	for (int i = 0; i < 4; i++)
		snprintf(cells[i], sizeof(cells[i]), "%zu%d", row, i);
}

static const struct {
	int most, gone;
	const char *text;
} narrow[] = {
	{ 0, 0, "name   A  LONG   C\n00    01    02  03\n" },
	{ 18, 0, "name   A  LONG   C\n00    01    02  03\n" },
	{ 17, 1, "name   A  LONG\n00    01    02\n" },
	{ 13, 2, "name   A\n00    01\n" },
	{ 3, 2, "name   A\n00    01\n" },
};

static void test_narrow(void **state)
{
	static const int spare[] = { 3, 2 };
	struct report_grid g = {
		.columns = 4, .left = 1, .title = { "name", "A", "LONG", "C" },
		.rows = 1, .fill = fill, .spare = spare, .spares = 2,
	};
	char text[256];
	FILE *out;

	(void)state;
	for (size_t i = 0; i < sizeof(narrow) / sizeof(*narrow); i++) {
		memset(text, 0, sizeof(text));
		out = fmemopen(text, sizeof(text), "w");
		g.most = narrow[i].most;
		assert_int_equal(report_grid_print(&g, out), narrow[i].gone);
		fclose(out);
		assert_string_equal(text, narrow[i].text);
	}
}

static void test_csv(void **state)
{
	char path[] = "/tmp/larder-report.XXXXXX", *text;
	char *argv[] = { "report", "--format=csv", "--by=tenant", path, NULL };
	int status;

	(void)state;
	write_log(path, log_lines);
	text = run(&status, argv);
	assert_true(strncmp(text, "row,tenant,requests,", 20) == 0);
	assert_non_null(strstr(text, "\r\ngroup,\"'=1+1\"\"\",1,0,0,0,,"));
	assert_non_null(strstr(text, "\r\ngroup,\"a\",1,0,1,0,0.0000,"));
	assert_non_null(strstr(text, "\r\ntotal,,3,0,2,1,0.5000,"));
	assert_non_null(strstr(text, ",1.00005,0.5,0.5,0,0,0,0,0,1,0,0,7,"));
	free(text);
	unlink(path);
}

/* -- more names than there is room for ------------------------------------- */

static void write_crowd(char *path)
{
	FILE *f = fdopen(mkstemp(path), "w");

	for (int i = 0; i < REPORT_MOST_GROUPS / 2; i++)
		fprintf(f, TIME "\"bypass\",\"status\":401,"
			"\"tenant\":\"t%d\"}\n", i);
	for (int i = 0; i < 3; i++)
		fprintf(f, TIME "\"miss\",\"status\":%d,\"cost_usd\":%d,"
			"\"tenant\":\"late\"}\n", i ? 200 : 401, i);
	fputs(TIME "\"miss\",\"cost_usd\":1,\"tenant\":\"(others)\"}\n", f);
	fclose(f);
}

#define LUMPED "3 lines are in (others): there was no room for a row of each " \
	       "name."
#define TENANTS "3 lines are of tenants there was no room for, who are not " \
		"among the top spenders."

/* Each form says so, and none takes the rest for a name. */
static const struct {
	const char *format, *by;
	const char *has[3], *lacks;
} crowds[] = {
	{ "text", "tenant", { "\n(others)         1 ", "\n(others)         3 ",
			      "\n" LUMPED "\n" }, TENANTS },
	{ "text", "day", { "\nTop spenders\n", "\n(others)         1 ",
			   "\n" TENANTS "\n" }, LUMPED },
	{ "csv", "tenant", { "\r\ngroup,\"(others)\",1,",
			     "\r\nothers,\"(others)\",3,", "\r\ntotal,," },
	  "\r\ngroup,\"late\"" },
	{ "json", "tenant", { "\n{\"tenant\":\"(others)\",\"requests\":1,",
			      "\n{\"others\":true,\"tenant\":\"(others)\","
			      "\"requests\":3,", ",\"others\":3," },
	  "\"late\"" },
	{ "json", "day", { ",\"others\":0,", ",\"other_tenants\":3}" },
	  "\"others\":true" },
	{ "html", "tenant", { LUMPED, "(others)" }, ">late<" },
};

static void test_crowd(void **state)
{
	char path[] = "/tmp/larder-report.XXXXXX", *text;
	char *argv[] = { "report", "--format", NULL, "--by", NULL, path,
			 NULL };
	int status;

	(void)state;
	write_crowd(path);
	for (size_t i = 0; i < sizeof(crowds) / sizeof(*crowds); i++) {
		argv[2] = (char *)crowds[i].format;
		argv[4] = (char *)crowds[i].by;
		text = run(&status, argv);
		assert_int_equal(status, 0);
		for (int k = 0; k < 3 && crowds[i].has[k]; k++)
			assert_non_null(strstr(text, crowds[i].has[k]));
		assert_null(strstr(text, crowds[i].lacks));
		free(text);
	}
	unlink(path);
}

/* A table is not printed twice. */
static void test_top(void **state)
{
	char path[] = "/tmp/larder-report.XXXXXX", *text;
	char *argv[] = { "report", "--by", "tenant", "--top", "3", path, NULL };
	int status;

	(void)state;
	write_log(path, log_lines);
	text = run(&status, argv);
	assert_null(strstr(text, "Top spenders"));
	free(text);
	argv[4] = "2"; /* of three */
	text = run(&status, argv);
	assert_non_null(strstr(text, "\nTop spenders\n"));
	free(text);
	argv[2] = "day,tenant";
	text = run(&status, argv);
	assert_non_null(strstr(text, "\nTop spenders\n"));
	free(text);
	unlink(path);
}

static const struct {
	const char *name, *field;
} fields[] = {
	{ "", "\"\"" }, { "-", "\"-\"" }, { " -", "\" -\"" }, { "a=b", "\"a=b\"" },
	{ "a\"b", "\"a\"\"b\"" }, { " a", "\" a\"" },
	{ "=1", "\"'=1\"" }, { "+1", "\"'+1\"" }, { "-1", "\"'-1\"" },
	{ "@A1", "\"'@A1\"" }, { " =1", "\"' =1\"" }, { "\t=1", "\"'\t=1\"" },
	{ "\n\r\n=1", "\"'\n\r\n=1\"" }, { "\x01\x7f@", "\"'\x01\x7f@\"" },
	{ "\u00a0 \u3000-1", "\"'\u00a0 \u3000-1\"" },
	{ "\ufeff\uff1d1", "\"'\ufeff\uff1d1\"" }, { "\u00e9=1", "\"\u00e9=1\"" },
};

static void test_formula(void **state)
{
	char text[64];
	FILE *out;

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		memset(text, 0, sizeof(text));
		out = fmemopen(text, sizeof(text), "w");
		report_csv_name(out, fields[i].name);
		fclose(out);
		assert_string_equal(text, fields[i].field);
	}
}

static void test_json(void **state)
{
	char path[] = "/tmp/larder-report.XXXXXX", *text;
	char *argv[] = { "report", "--format=json", "--by=model", path, NULL };
	struct arena *a = arena_new();
	struct json_error bad;
	struct json doc;
	int status;

	(void)state;
	write_log(path, log_lines);
	text = run(&status, argv);
	assert_int_equal(json_parse(&doc, a, str_c(text), &bad), 0);
	assert_non_null(strstr(text, "{\"model\":\"b\\u001b[2J"));
	assert_non_null(strstr(text, "\"cost_usd\":1.00005,\"saved_usd\":0.5"));
	assert_non_null(strstr(text, "\"cost_usd\":null"));
	assert_non_null(strstr(text, "\"left_out\":{\"damaged\":1,"));
	assert_non_null(strstr(text, "\n\"doubt\":{\"unlike\":0,\"unproven\":0,"
			       "\"forgotten\":false,\"others\":0,"
			       "\"times_missing\":false,"
			       "\"other_tenants\":0}"));
	assert_non_null(strstr(text, "\"top_spenders\":[\n{\"tenant\":\"a\""));
	arena_free(&a);
	free(text);
	unlink(path);
}

static void test_usage(void **state)
{
	static char *const wrong[] = {
		"--since=yesterday", "--until=2026-13-01", "--by=colour",
		"--format=pdf", "--top=-1", "--top=many", "--frobnicate",
		"--entries=1001",
	};
	char *argv[] = { "report", NULL, "/dev/null", NULL };
	int status;
	char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		argv[1] = wrong[i];
		text = run(&status, argv);
		assert_int_equal(status, 2);
		assert_string_equal(text, "");
		free(text);
	}
	argv[1] = "--since=2026-11-21";
	argv[2] = "--until=2026-11-20T23";
	text = run(&status, argv);
	assert_int_equal(status, 2);
	free(text);
	argv[2] = "/dev/null";
	argv[1] = "--prices=/nowhere/prices.json";
	text = run(&status, argv);
	assert_int_equal(status, 1);
	free(text);
	argv[1] = "--help";
	text = run(&status, argv);
	assert_int_equal(status, 0);
	assert_non_null(strstr(text, "usage: larder report "));
	free(text);
}

static void test_money(void **state)
{
	static const struct {
		report_money v;
		int places;
		const char *text;
	} cases[] = {
		{ 0, 2, "0.00" },
		{ -1, 2, "0.00" },
		{ 5000000000, 2, "0.01" },
		{ 4999999999, 2, "0.00" },
		{ -5000000000, 2, "-0.01" },
		{ 999995000000, 2, "1.00" },
		{ 1500000000000, 0, "2" },
		{ 1234567890123, 12, "1.234567890123" },
		{ (report_money)INT64_MAX * 1000000, 2,
		  "9223372036854.78" },
	};
	char text[REPORT_MONEY_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		report_money_round(cases[i].v, cases[i].places, text);
		assert_string_equal(text, cases[i].text);
	}
	report_money_exact(-1500000000000, text);
	assert_string_equal(text, "-1.5");
	report_money_exact(1, text);
	assert_string_equal(text, "0.000000000001");
	report_money_exact(0, text);
	assert_string_equal(text, "0");
	report_money_exact(20000000000000, text);
	assert_string_equal(text, "20");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_formula),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_money),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
