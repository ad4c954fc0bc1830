#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/conf.h"

struct cup { /* [cup] */
	const char *path;
	struct conf_words who;
	size_t size;
	int64_t ttl;
	bool hot;
	int threads, when, any;
};

struct shelf { /* [shelf NAME] */
	struct conf_item item;
	const char *url;
	int retries;
};

struct kitchen {
	struct cup cup;
	struct conf_items shelves;
	const char *door;
};

#define AT(type, member) offsetof(struct type, member)

static const struct conf_row cup_rows[] = {
	{ "path", CONF_STRING, AT(cup, path), NULL, NULL, "Where. A." },
	{ "who", CONF_LIST, AT(cup, who), "a, b", NULL,
	  "Whose it is, in a text that is long enough to need more than one "
	  "line of comment; it's `so`, -x and a \\ are there too." },
	{ "size", CONF_SIZE, AT(cup, size), "64M", NULL, "How large." },
	{ "ttl", CONF_DURATION, AT(cup, ttl), "3d", NULL, "How long." },
	{ "hot", CONF_BOOL, AT(cup, hot), "yes", NULL, ".starts with a dot" },
	{ "threads", CONF_INT, AT(cup, threads), "64", "1..4096", "Many." },
	{ "when", CONF_CHOICE, AT(cup, when), "never", "now|soon|never",
	  "'Tis when." },
	{ "any", CONF_INT, AT(cup, any), NULL, NULL, "Any number." },
	{ 0 }
};

static const struct conf_row shelf_rows[] = {
	{ "url", CONF_STRING, AT(shelf, url), NULL, NULL, "Its address." },
	{ "retries", CONF_INT, AT(shelf, retries), "-3", "-5..10", "Again." },
	{ 0 }
};

static const struct conf_row door_rows[] = {
	{ "file", CONF_STRING, 0, "/x", NULL, "A file." },
	{ 0 }
};

static const struct conf_section table[] = {
	{ "cup", false, 0, AT(kitchen, cup), cup_rows, "A cup." },
	{ "shelf", true, sizeof(struct shelf), AT(kitchen, shelves),
	  shelf_rows, "Shelves." },
	{ "door", false, 0, AT(kitchen, door), door_rows, NULL },
	{ 0 }
};

struct room {
	struct arena *a;
	struct kitchen k;
	struct str text;
	char path[64];
	char err[512];
};

static int setup(void **state)
{
	struct room *r = calloc(1, sizeof(*r));

	r->a = arena_new();
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct room *r = *state;

	arena_free(&r->a);
	free(r);
	return 0;
}

static int load_bytes(struct room *r, const char *text, size_t n)
{
	int fd, rc;

	memset(&r->k, 0, sizeof(r->k));
	strcpy(r->err, "untouched");
	strcpy(r->path, "/tmp/larder-conf.XXXXXX");
	fd = mkstemp(r->path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	close(fd);
	rc = conf_load(table, &r->k, r->a, r->path, &r->text, r->err,
		       sizeof(r->err));
	unlink(r->path);
	return rc;
}

static int load(struct room *r, const char *text)
{
	return load_bytes(r, text, strlen(text));
}

static void assert_defaults(const struct kitchen *k)
{
	assert_null(k->cup.path);
	assert_int_equal(k->cup.who.n, 2);
	assert_string_equal(k->cup.who.word[0], "a");
	assert_string_equal(k->cup.who.word[1], "b");
	assert_int_equal(k->cup.size, 64 << 20);
	assert_int_equal(k->cup.ttl, 3LL * 86400000);
	assert_true(k->cup.hot);
	assert_int_equal(k->cup.threads, 64);
	assert_int_equal(k->cup.when, 2);
	assert_int_equal(k->cup.any, 0);
	assert_int_equal(k->shelves.n, 0);
	assert_string_equal(k->door, "/x");
}

static void test_defaults(void **state)
{
	struct room *r = *state;

	assert_int_equal(conf_load(table, &r->k, r->a, NULL, &r->text,
				   NULL, 0), 0);
	assert_defaults(&r->k);
	assert_int_equal(load(r, ""), 0);
	assert_defaults(&r->k);
	assert_int_equal(load(r, "\n; c\n# d\n[cup]\n  [door]"), 0);
	assert_defaults(&r->k);
}

static void test_values(void **state)
{
	struct room *r = *state;

	assert_int_equal(load(r,
		"\xef\xbb\xbf[cup] ; a heading\r\n"
		"path = /a b ; said so\r\n"
		"  who = x ,y,  z z\n"
		"\tsize=2G\n"
		"ttl = 20ms\n"
		"hot = no\n"
		"threads = 4096\n"
		"when = soon\n"
		"any = -7\n"
		"[door]\n"
		"file = https://h:1/p?a=b;c#d\n"), 0);
	assert_string_equal(r->k.cup.path, "/a b");
	assert_int_equal(r->k.cup.who.n, 3);
	assert_string_equal(r->k.cup.who.word[0], "x");
	assert_string_equal(r->k.cup.who.word[2], "z z");
	assert_int_equal(r->k.cup.size, 2LL << 30);
	assert_int_equal(r->k.cup.ttl, 20);
	assert_false(r->k.cup.hot);
	assert_int_equal(r->k.cup.threads, 4096);
	assert_int_equal(r->k.cup.when, 1);
	assert_int_equal(r->k.cup.any, -7);
	assert_string_equal(r->k.door, "https://h:1/p?a=b;c#d");
	assert_int_equal(load(r, "[cup]\nwho =\nttl = 0\nsize = 100"), 0);
	assert_int_equal(r->k.cup.who.n, 0);
	assert_int_equal(r->k.cup.ttl, 0);
	assert_int_equal(r->k.cup.size, 100);
}

static void test_items(void **state)
{
	struct room *r = *state;
	const struct shelf *s;
	char text[4096];
	size_t n = 0;

	for (int i = 0; i < 9; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "[shelf s %d]\nurl = u%d\n", i, i);
	snprintf(text + n, sizeof(text) - n, "retries = 10\n");
	assert_int_equal(load(r, text), 0);
	assert_int_equal(r->k.shelves.n, 9);
	s = r->k.shelves.item;
	for (int i = 0; i < 9; i++) {
		snprintf(text, sizeof(text), "s %d", i);
		assert_string_equal(s[i].item.name, text);
		assert_int_equal(s[i].item.line, 2 * i + 1);
		snprintf(text, sizeof(text), "u%d", i);
		assert_string_equal(s[i].url, text);
		assert_int_equal(s[i].retries, i == 8 ? 10 : -3);
	}
	assert_int_equal(load(r, "[shelf only]"), 0);
	assert_int_equal(r->k.shelves.n, 1);
}

static const struct {
	const char *text, *says; /* behind the path */
} wrong[] = {
	{ "[cup]\n\ntread = 1", ":3: unknown name \"tread\" in [cup] (did "
	  "you mean \"threads\"?)" },
	{ "[cup]\nxyzzy = 1", ":2: unknown name \"xyzzy\" in [cup]" },
	{ "[cup]\nretries = 1", ":2: unknown name \"retries\" in [cup] (it "
	  "belongs in [shelf NAME])" },
	{ "[shelf a]\nulr = 1", ":2: unknown name \"ulr\" in [shelf a] (did "
	  "you mean \"url\"?)" },
	{ "[cups]", ":1: unknown section [cups] (did you mean [cup]?)" },
	{ "[wardrobe]", ":1: unknown section [wardrobe]" },
	{ "[]", ":1: unknown section []" },
	{ "a = b\n[cup]", ":1: \"a\" stands before the first [section]" },
	{ "[shelf]\nurl = x", ":1: [shelf] needs a name: [shelf NAME]" },
	{ "[cup two]", ":1: [cup] takes no name" },
	{ "[cup]\n[door]\n[cup]",
	  ":3: [cup] stands here again (first on line 1)" },
	{ "\n[shelf a]\n[shelf b]\n[shelf a]",
	  ":4: [shelf a] stands here again (first on line 2)" },
	{ "[cup]\nhot = no\nany = 1\nhot = no",
	  ":4: hot stands here again in [cup] (first on line 2)" },
	{ "[cup\nhot = no", ":1: a heading without its \"]\"" },
	{ "[cup] hot = no",
	  ":1: something stands behind the \"]\" of a heading" },
	{ "[cup]\nhot\nany = 1", ":2: neither a [section] nor a name = "
	  "value" },
	{ "[cup]\nwho = a,\n  b\nany = x",
	  ":2: who must be a list such as a, b, c" },
	{ "[cup]\nwho = a\n  b\n",
	  ":3: neither a [section] nor a name = value" },
	{ "[cup]\nhot\nany = x", ":2: neither a [section] nor a name = "
	  "value" },
	{ "[cup]\nthreads = 0", ":2: threads must be a whole number from 1 "
	  "to 4096" },
};

static void test_wrong(void **state)
{
	struct room *r = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(load(r, wrong[i].text), -1);
		assert_memory_equal(r->err, r->path, strlen(r->path));
		assert_string_equal(r->err + strlen(r->path), wrong[i].says);
	}
}

static const struct {
	const char *name;
	const char *bad[12];
	const char *must;
} values[] = {
	{ "path", { "" }, "some text" },
	{ "who", { ",", "a,,b", "a,", ",a" }, "a list such as a, b, c" },
	{ "size", { "", "M", "1.5M", "-1", "+1", "1 M", "1MB", "1T", "0x10",
		    "9223372036854775808", "9007199254740993G" },
	  "a size such as 512K, 64M or 2G" },
	{ "ttl", { "", "5", "00", "-1s", "1y", "s", "1.5h", "1h30m",
		   "36501d", "99999999999999999d" },
	  "a duration such as 20ms, 90s, 15m, 12h or 3d (at most 36500d)" },
	{ "hot", { "", "YES", "true", "1", "yes yes" }, "yes or no" },
	{ "threads", { "", "0", "4097", "-1", "1.0", "1 2", "ten", "--1",
		       "99999999999999999999" },
	  "a whole number from 1 to 4096" },
	{ "any", { "2147483648", "-2147483649", "-" },
	  "a whole number from -2147483648 to 2147483647" },
	{ "when", { "", "Now", "now|soon", "now,soon" },
	  "now, soon or never" },
};

static void test_bad_values(void **state)
{
	struct room *r = *state;
	char text[256], says[256];

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		for (const char *const *b = values[i].bad; *b; b++) {
			snprintf(text, sizeof(text), "[cup]\n%s = %s",
				 values[i].name, *b);
			assert_int_equal(load(r, text), -1);
			snprintf(says, sizeof(says), "%s:2: %s must be %s",
				 r->path, values[i].name, values[i].must);
			assert_string_equal(r->err, says);
		}
}

static void test_long_lines(void **state)
{
	struct room *r = *state;
	char *text = calloc(1, 20000);

	/* Longer than what inih takes by default. */
	memcpy(text, "[cup]\npath = ", 13);
	memset(text + 13, 'x', 5000);
	strcpy(text + 5013, "\nany = 1\n");
	assert_int_equal(load(r, text), 0);
	assert_int_equal(strlen(r->k.cup.path), 5000);
	assert_int_equal(r->k.cup.any, 1);
	memset(text + 13, 'x', 19000);
	assert_int_equal(load(r, text), -1);
	assert_non_null(strstr(r->err, ":2: a line of more than 8189 bytes"));
	memset(text + 6, 'n', 100);
	strcpy(text + 106, " = 1\n");
	assert_int_equal(load(r, text), -1);
	assert_non_null(strstr(r->err, ":2: unknown name \"nnn"));
	assert_int_equal(load_bytes(r, "[cup]\nany\0= 1\n", 14), -1);
	assert_non_null(strstr(r->err, ":2: a NUL byte"));
	free(text);
}

static void test_no_file(void **state)
{
	struct room *r = *state;

	assert_int_equal(conf_load(table, &r->k, r->a, "/nowhere/at/all.conf",
				   &r->text, r->err, sizeof(r->err)), -1);
	assert_string_equal(r->err, "/nowhere/at/all.conf: No such file or "
			    "directory");
	assert_int_equal(conf_load(table, &r->k, r->a, "/", &r->text,
				   r->err, sizeof(r->err)), -1);
	assert_string_equal(r->err, "/: Is a directory");
	/* A short buffer is filled, not overrun. */
	assert_int_equal(conf_load(table, &r->k, r->a, "/nowhere", &r->text,
				   r->err, 5), -1);
	assert_string_equal(r->err, "/now");
}

/* Not inlined: gcc 12 then takes text for dangling. */
__attribute__((noinline))
static char *written(void (*print)(const struct conf_section *, FILE *))
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	print(table, out);
	fclose(out);
	return text;
}

static size_t longest_line(const char *text)
{
	size_t longest = 0, n;

	for (; *text; text += n + (text[n] != '\0')) {
		n = strcspn(text, "\n");
		longest = n > longest ? n : longest;
	}
	return longest;
}

static void test_example(void **state)
{
	struct room *r = *state;
	char *text = written(conf_example), *s;

	assert_int_equal(load(r, text), 0);
	assert_defaults(&r->k);
	assert_non_null(strstr(text, "\n;path =\n"));
	assert_non_null(strstr(text, "\nthreads = 64\n"));
	assert_non_null(strstr(text, "\n;[shelf NAME]\n"));
	assert_non_null(strstr(text, "\n;retries = -3\n"));
	assert_true(longest_line(text) <= 79);
	/* Uncommented it is a file too, but for what has no default. */
	for (s = strstr(text, "\n;[shelf"); s; s = strstr(s, "\n;retries"))
		s[1] = ' ';
	assert_int_equal(load(r, text), 0);
	assert_int_equal(r->k.shelves.n, 1);
	free(text);
}

static void test_doc(void **state)
{
	char *text = written(conf_doc);

	(void)state;
	assert_non_null(strstr(text, ".SS [cup]\nA cup.\n"));
	assert_non_null(strstr(text, ".SS [shelf NAME]\n"));
	assert_non_null(strstr(text, ".TP\n\\fBthreads\\fR (a whole number "
			       "from 1 to 4096; default \\fB64\\fR)\n"));
	assert_non_null(strstr(text, "it's \\fBso\\fR, \\-x and a \\e are"));
	assert_non_null(strstr(text, "\n\\&.starts with a dot\n"));
	assert_non_null(strstr(text, "\n\\&'Tis when.\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_defaults, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_items, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_values, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_long_lines, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_no_file, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_example, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_doc, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
