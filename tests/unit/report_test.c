#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */
#include <stdlib.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "cmd/report.h"

static int setup(void **state)
{
	struct report *r = calloc(1, sizeof(*r));

	report_init(r);
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	report_fini(*state);
	free(*state);
	return 0;
}

/* A line as larder writes it; more is further members with their comma. */
static void give(struct report *r, const char *day, const char *model,
		 const char *cache, const char *more)
{
	char line[4096];
	int n = snprintf(line, sizeof(line),
			 "{\"time\":\"%sT01:02:03.004Z\",\"endpoint\":"
			 "\"chat/completions\",\"cache\":\"%s\","
			 "\"gen_ai.request.model\":\"%s\"%s",
			 day, cache, model, more);

	snprintf(line + n, sizeof(line) - (size_t)n, ",\"crc\":\"%08x\"}",
		 crc32c(0, line, (size_t)n));
	report_line(r, str_c(line));
}

#define TOKENS ",\"gen_ai.usage.input_tokens\":100," \
	       "\"gen_ai.usage.output_tokens\":10"
#define OK ",\"status\":200" TOKENS

static void test_sums(void **state)
{
	struct report *r = *state;
	const struct report_sum *s;

	give(r, "2026-11-20", "a", "miss", OK ",\"cost_usd\":0.0000123");
	give(r, "2026-11-20", "a", "local", OK ",\"saved_usd\":0.0000123");
	give(r, "2026-11-20", "a", "memcached", OK ",\"cost_usd\":0,"
	     "\"saved_usd\":\"0.000000000001\"");
	give(r, "2026-11-20", "a", "semantic", OK);
	give(r, "2026-11-20", "a", "stale", OK ",\"error.type\":\"504\"");
	give(r, "2026-11-20", "a", "collapsed", OK);
	give(r, "2026-11-20", "a", "bypass", OK ",\"cost_usd\":1e-3");
	give(r, "2026-11-20", "a", "miss", ",\"status\":502,"
	     "\"error.type\":\"upstream\"");
	give(r, "2026-11-20", "b", "miss", OK);
	give(r, "2026-11-21", "a", "miss", OK ",\"cost_usd\":2");
	s = &report_find(r, "2026-11-20", "a")->sum;
	assert_int_equal(s->requests, 8);
	assert_int_equal(s->hits, 5);
	assert_int_equal(s->cacheable, 6);
	assert_int_equal(s->input, 200);
	assert_int_equal(s->output, 20);
	assert_int_equal(s->unpriced, 0);
	assert_true(s->cost == 1012300000);
	assert_true(s->saved == 12300001);
	s = &report_find(r, "2026-11-20", "b")->sum;
	assert_int_equal(s->unpriced, 1);
	assert_int_equal(s->priced, 0);
	assert_null(report_find(r, "2026-11-21", "b"));
	assert_int_equal(r->total.requests, 10);
	assert_int_equal(r->total.cacheable, 8);
	assert_int_equal(r->total.input, 400);
	assert_true(r->total.cost == 2001012300000);
	assert_int_equal(r->damaged, 0);
}

/* What costs nothing, or nobody knows what it was, is not unpriced. */
static void test_unpriced(void **state)
{
	struct report *r = *state;

	give(r, "2026-11-20", "", "miss", OK);
	give(r, "2026-11-20", "a", "miss", ",\"status\":429");
	give(r, "2026-11-20", "a", "local", OK);
	report_line(r, STR("{\"time\":\"2026-11-20T00:00:00Z\",\"cache\":"
			   "\"bypass\",\"gen_ai.request.model\":\"a\","
			   "\"endpoint\":\"messages/count_tokens\"}"));
	assert_int_equal(r->total.requests, 4);
	assert_int_equal(r->total.unpriced, 0);
	assert_non_null(report_find(r, "2026-11-20", "-"));
	/* A call whose usage never came is. */
	give(r, "2026-11-20", "a", "miss", ",\"status\":200");
	assert_int_equal(r->total.unpriced, 1);
}

static const char *const damaged[] = {
	"x", "[]", "{", "{}", "\"a\"", "{\"time\":5}",
	"{\"time\":\"2026-11-20\"}",
	"{\"time\":\"2026-11-20 00:00:00Z\"}",
	"{\"time\":\"2026-02-29T00:00:00Z\"}",
	"{\"time\":\"2026-13-01T00:00:00Z\"}",
	"{\"time\":\"2026-11-20T0\",\"time\":\"2026-11-20T0\"}",
	"{\"time\":\"2026-11-20T0\",\"cost_usd\":-1}",
	"{\"time\":\"2026-11-20T0\",\"cost_usd\":\"much\"}",
	"{\"time\":\"2026-11-20T0\",\"cost_usd\":1e30}",
	"{\"time\":\"2026-11-20T0\",\"status\":\"200\"}",
	"{\"time\":\"2026-11-20T0\",\"gen_ai.usage.input_tokens\":-5}",
	"{\"time\":\"2026-11-20T0\",\"gen_ai.usage.output_tokens\":1.5}",
	"{\"time\":\"2026-11-20T0\",\"crc\":\"00000000\"}",
	"{\"time\":\"2026-11-20T0\",\"crc\":5}",
	"{\"time\":\"2026-11-20T0\",\"crc\":\"00000000\",\"a\":1}",
	"{\"crc\":\"00000000\"}",
};

static void test_damaged(void **state)
{
	struct report *r = *state;
	size_t n = sizeof(damaged) / sizeof(*damaged);
	char *line;

	for (size_t i = 0; i < n; i++) {
		report_line(r, str_c(damaged[i]));
		assert_int_equal(r->damaged, i + 1);
	}
	assert_int_equal(r->total.requests, 0);
	report_line(r, STR(""));
	report_line(r, STR(" \r"));
	assert_int_equal(r->damaged, n);
	report_line(r, STR("{\"time\":\"2024-02-29T0\",\"status\":null}\r"));
	assert_int_equal(r->total.requests, 1);
	line = malloc(70000);
	memset(line, ' ', 70000);
	line[0] = line[69999] = '"';
	report_line(r, (struct str){ line, 70000 });
	assert_int_equal(r->damaged, n + 1);
	free(line);
}

/* Any one bit that changes is noticed. */
static void test_crc(void **state)
{
	struct report *r = *state;
	const char body[] = "{\"time\":\"2026-11-20T0\",\"status\":200";
	char line[128], bad[128];
	size_t n;

	n = (size_t)snprintf(line, sizeof(line), "%s,\"crc\":\"%08x\"}", body,
			     crc32c(0, body, strlen(body)));
	report_line(r, (struct str){ line, n });
	assert_int_equal(r->total.requests, 1);
	for (size_t i = 0; i < 8 * strlen(body); i++) {
		memcpy(bad, line, n);
		bad[i / 8] = (char)(bad[i / 8] ^ 1 << i % 8);
		report_line(r, (struct str){ bad, n });
		assert_int_equal(r->damaged, i + 1);
	}
	assert_int_equal(r->total.requests, 1);
}

static void test_days(void **state)
{
	struct report *r = *state;

	r->since = "2026-11-20";
	r->until = "2026-11-21";
	give(r, "2026-11-19", "a", "miss", OK);
	give(r, "2026-11-20", "a", "miss", OK);
	give(r, "2026-11-21", "a", "miss", OK);
	give(r, "2026-11-22", "a", "miss", OK);
	assert_int_equal(r->total.requests, 2);
	assert_null(report_find(r, "2026-11-19", "a"));
	assert_null(report_find(r, "2026-11-22", "a"));
	assert_true(report_is_day(STR("2000-02-29")));
	assert_false(report_is_day(STR("1900-02-29")));
	assert_false(report_is_day(STR("2026-11-31")));
	assert_false(report_is_day(STR("2026-00-01")));
	assert_false(report_is_day(STR("2026-1-1")));
	assert_false(report_is_day(STR("2026-11-2x")));
	assert_false(report_is_day(STR("")));
}

static char *printed(const struct report *r)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	report_print(r, out);
	fclose(out);
	return text;
}

static void test_print(void **state)
{
	struct report *r = *state;
	char *text;

	give(r, "2026-11-21", "gpt-4o", "miss", OK ",\"cost_usd\":1.00005");
	give(r, "2026-11-21", "gpt-4o", "local", OK ",\"saved_usd\":0.5");
	give(r, "2026-11-21", "gpt-4o", "local", OK ",\"saved_usd\":0.5");
	give(r, "2026-11-20", "b\\u001b[2J\\u009b\xc3\xa9", "miss", OK);
	give(r, "2026-11-20", "a", "bypass", OK ",\"cost_usd\":0.00004");
	report_line(r, STR("junk"));
	text = printed(r);
	assert_string_equal(text,
		"DAY         MODEL    REQUESTS  HITS  HIT %  "
		"INPUT  OUTPUT  COST USD  SAVED USD\n"
		"2026-11-20  a               1     0      -    "
		"100      10    0.0000     0.0000\n"
		"2026-11-20  b?[2J?\xc3\xa9         1     0    "
		"0.0    100      10         ?     0.0000\n"
		"2026-11-21  gpt-4o          3     2   66.7    "
		"100      10    1.0001     1.0000\n"
		"TOTAL                       5     2   50.0    "
		"300      30    1.0001     1.0000\n"
		"1 request has no known price and is not in the cost.\n"
		"1 damaged line was left out.\n");
	free(text);
}

static void test_print_sizes(void **state)
{
	struct report *r = *state;
	char *text = printed(r);

	assert_non_null(strstr(text, "0.000000"));
	free(text);
	give(r, "2026-11-20", "small", "miss", OK ",\"cost_usd\":0.0000015");
	give(r, "2026-11-20", "less", "local", OK ",\"saved_usd\":-0.25");
	text = printed(r);
	assert_non_null(strstr(text, "0.000002  "));
	assert_non_null(strstr(text, "-0.250000\n"));
	free(text);
	give(r, "2026-11-20", "large", "miss", OK ",\"cost_usd\":9000000");
	give(r, "2026-11-20", "large", "miss", OK ",\"cost_usd\":9000000.5");
	text = printed(r);
	assert_non_null(strstr(text, "18000000.50  "));
	free(text);
}

/* -- the command ---------------------------------------------------------- */

/* Runs it with its standard output in a file; returns what it printed. */
static char *run(int *status_r, char **argv)
{
	FILE *out = tmpfile();
	int argc = 0, keep = dup(STDOUT_FILENO);
	char *text = calloc(1, 65536);

	while (argv[argc])
		argc++;
	fflush(stdout);
	dup2(fileno(out), STDOUT_FILENO);
	*status_r = cmd_report(argc, argv);
	fflush(stdout);
	dup2(keep, STDOUT_FILENO);
	close(keep);
	rewind(out);
	text[fread(text, 1, 65535, out)] = '\0';
	fclose(out);
	return text;
}

#define LINE "{\"time\":\"2026-11-20T0\",\"cache\":\"miss\"," \
	     "\"gen_ai.request.model\":\"m\"}\n"

static void write_log(char *path)
{
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");

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

static void test_command(void **state)
{
	char path[] = "/tmp/larder-report.XXXXXX", *text;
	char *one[] = { "report", path, NULL };
	char *two[] = { "report", "/nowhere/usage.log", path, "--since",
			"2026-11-20", NULL };
	char *none[] = { "report", "--until=2026-11-19", path, NULL };
	char *wrong[] = { "report", "--since", "yesterday", path, NULL };
	char *odd[] = { "report", "--frobnicate", NULL };
	char *help[] = { "report", "--help", NULL };
	int status;

	(void)state;
	write_log(path);
	text = run(&status, one);
	assert_int_equal(status, 0);
	assert_non_null(strstr(text, "\n2026-11-20  m          3003 "));
	assert_non_null(strstr(text, "\n3 damaged lines were left out.\n"));
	free(text);
	text = run(&status, two);
	assert_int_equal(status, 1);
	assert_non_null(strstr(text, "\n2026-11-20  m          3003 "));
	free(text);
	text = run(&status, none);
	assert_int_equal(status, 0);
	assert_null(strstr(text, "2026-11-20"));
	free(text);
	text = run(&status, wrong);
	assert_int_equal(status, 2);
	assert_string_equal(text, "");
	free(text);
	text = run(&status, odd);
	assert_int_equal(status, 2);
	free(text);
	text = run(&status, help);
	assert_int_equal(status, 0);
	assert_non_null(strstr(text, "usage: larder report "));
	free(text);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sums, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unpriced, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_crc, setup, teardown),
		cmocka_unit_test_setup_teardown(test_days, setup, teardown),
		cmocka_unit_test_setup_teardown(test_print, setup, teardown),
		cmocka_unit_test_setup_teardown(test_print_sizes, setup,
						teardown),
		cmocka_unit_test(test_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
