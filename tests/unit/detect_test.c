#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/count.h"
#include "thrift/detect.h"
#include "thrift/detect_look.h"

/* All written for this test. */
static const struct {
	const char *text;
	bool code, math;
} texts[] = {
	{ "", false, false },
	{ "Hello!", false, false },
	{ "Write a short story about a lighthouse keeper who is afraid of the "
	  "sea.", false, false },
	{ "Who was the first president of the United States, and in which "
	  "year was he elected?", false, false },
	{ "Summarize the following letter in two sentences.\n\nDear Anna,\n"
	  "thank you for the 3 days we spent at your house. We came home at "
	  "10:30 and the cat was hungry.\n", false, false },
	{ "Give me ten tips for a job interview in marketing.", false, false },
	{ "My daughter was born on 12 May 2014. What should I give her for "
	  "her birthday?", false, false },

	{ "Write a Python function that returns the longest word of a list.",
	  true, false },
	{ "int main(void)\n{\n\tint i;\n\n\tfor (i = 0; i < 10; i++)\n\t\t"
	  "printf(\"%d\\n\", i);\n\treturn 0;\n}\n", true, false },
	{ "Why does this print None?\n\n```\ndef greet(name):\n    print('hi '"
	  " + name)\n\nprint(greet('Ann'))\n```\n", true, false },
	{ "Traceback (most recent call last):\n  File \"app.py\", line 7, in "
	  "<module>\n    main()\nTypeError: main() missing 1 required "
	  "positional argument: 'argv'\n", true, false },
	{ "SELECT name, COUNT(*) FROM users u JOIN orders o ON o.user_id = "
	  "u.id WHERE o.total > 100 GROUP BY name;", true, false },
	{ "{\n  \"name\": \"demo\",\n  \"scripts\": {\n    \"build\": \"tsc "
	  "-p .\"\n  },\n  \"private\": true\n}\n", true, false },
	{ "How do I undo the last git commit without losing the changes in my "
	  "files?", true, false },
	{ "const useCart = () => {\n  const [items, setItems] = useState([]);"
	  "\n  return { items, add: (x) => setItems([...items, x]) };\n};\n",
	  true, false },

	{ "Tom has 12 apples. He gives 5 of them to Ann and buys 8 more. How "
	  "many apples does Tom have left?", false, true },
	{ "Solve $\\frac{x^2-4}{x-2} = 7$ for $x$.", false, true },
	{ "Find the derivative of f(x) = 3x^2 + 2x - 5.", false, true },
	{ "Prove that the square root of 2 is irrational.", false, true },
	{ "A train travels 180 miles in 3 hours. What is its average speed in "
	  "miles per hour?", false, true },
	{ "What is the determinant of the matrix [[2, 1], [4, 3]]?", false,
	  true },
	{ "求方程 x^2 - 5x + 6 = 0 的解。", false, true },
};

static void each_is_what_it_is(void **state)
{
	struct topics is;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(texts); i++) {
		is = detect_topics(str_c(texts[i].text));
		if (is.code != texts[i].code || is.math != texts[i].math)
			fail_msg("code %d math %d: %s", is.code, is.math,
				 texts[i].text);
	}
}

static void list_is_sorted_and_found(void **state)
{
	char upper[DETECT_WORD_LONGEST + 1];
	int i, k;

	(void)state;
	assert_true(detect_words_n <= DETECT_WORDS_MAX);
	for (i = 0; i < detect_words_n; i++) {
		assert_true(i == 0 || strcmp(detect_words[i - 1].word,
					     detect_words[i].word) < 0);
		assert_int_equal(detect_word_find(str_c(detect_words[i].word)),
				 i);
		for (k = 0; detect_words[i].word[k]; k++)
			upper[k] = (char)(detect_words[i].word[k] >= 'a' &&
					  detect_words[i].word[k] <= 'z' ?
					  detect_words[i].word[k] - 32 :
					  detect_words[i].word[k]);
		upper[k] = '\0';
		assert_int_equal(detect_word_find(str_c(upper)), i);
	}
	assert_int_equal(detect_word_find(STR("")), -1);
	assert_int_equal(detect_word_find(STR("functio")), -1);
	assert_int_equal(detect_word_find(STR("zzzz")), -1);
	assert_int_equal(detect_word_find(STR("\xff\xff")), -1);
}

#define SEEN(text, sight, n) { text, SIGHT_##sight, n }

static const struct {
	const char *text;
	enum detect_sight sight;
	uint32_t n;
} sights[] = {
	SEEN("a\n\n b \r\n", lines, 2),
	SEEN("```c\nx\n```", fence, 2),
	SEEN("if x:\n    y", deeper, 1),
	SEEN("if x:\ny", deeper, 0),
	SEEN("a;\nb; \nc", end_semi, 2),
	SEEN("max_len of A_B", snake, 1),
	SEEN("MAX_LEN", caps_snake, 1),
	SEEN("x_1", subscript, 1),
	SEEN("getName YouTube", camel, 1),
	SEEN("print(x) and item(s)", call, 1),
	SEEN("f(x)", of_letter, 1),
	SEEN("main.py", file, 1),
	SEEN("TypeError KeyException", error, 2),
	SEEN("write me a small function", request, 1),
	SEEN("write me a small poem", request, 0),
	SEEN("How many of 3 or 4?", how_many, 1),
	SEEN("How many of 3 or 4?", asked, 2),
	SEEN("3 or 4.", asked, 0),
	SEEN("in 1984, 12", number, 1),
	SEEN("in 1984, 12", year, 1),
	SEEN("$5 and 7%", money, 1),
	SEEN("$5 and 7%", percent, 1),
	SEEN("3 + 4 - x", arith, 2),
	SEEN("well-known 2020-21 and so - yes", arith, 1),
	SEEN("x = 4", equation, 1),
	SEEN("total = price", assign, 1),
	SEEN("a == b", compound, 1),
	SEEN("a == b", equation, 0),
	SEEN("\\frac{1}{2} C:\\new", latex, 1),
	SEEN("\xe2\x88\xab x\xc2\xb2", wide_math, 2),
	SEEN("\xe4\xb8\xad\xe6\x96\x87", wide, 2),
	SEEN("\"a\": 1", member, 1),
	SEEN("ls -l --all", flag, 2),
	SEEN("<b>bold</b>", tag, 2),
};

static void sights_are_counted(void **state)
{
	struct looks l;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(sights); i++) {
		detect_look(str_c(sights[i].text), &l);
		if (l.n[sights[i].sight] != sights[i].n)
			fail_msg("%u, not %u of %d: %s", l.n[sights[i].sight],
				 sights[i].n, sights[i].sight, sights[i].text);
	}
}

/* Without a NUL or a byte to spare behind it, so that sanitizers see what
 * reads on. */
static void any_bytes_will_do(void **state)
{
	unsigned short seed[3] = { 5, 6, 7 };
	struct looks l;
	size_t n, i;
	char *p;
	int k;

	(void)state;
	for (k = 0; k < 3000; k++) {
		n = (size_t)nrand48(seed) % 40;
		p = malloc(n + !n);
		assert_non_null(p);
		for (i = 0; i < n; i++)
			p[i] = (char)(k % 3 ? nrand48(seed) :
				      "a1_ \n(.$\\=-`\"\xe4\xb8\xc3"
				      [nrand48(seed) % 16]);
		detect_look((struct str){ p, n }, &l);
		detect_topics((struct str){ p, n });
		assert_true((unsigned)detect_script((struct str){ p, n }) <
			    SCRIPTS);
		assert_true(l.n[SIGHT_words] <= n);
		free(p);
	}
}

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double least_time(const char *bytes, size_t n)
{
	double least = 1e9, since;
	struct looks l;
	int i;

	for (i = 0; i < 5; i++) {
		since = cpu();
		detect_look((struct str){ bytes, n }, &l);
		detect_script((struct str){ bytes, n });
		since = cpu() - since;
		if (since < least)
			least = since;
	}
	return least;
}

/* Sixteen times the text may take sixteen times as long, not 256 times. */
static void time_is_linear(void **state)
{
	static const char *const parts[] = {
		"a", " ", "(", "= ", "   +", "\\frac", "1.,", "\n", "`", "- ",
		"\xe5\xa4\x9a", "\xc3\xa9", "\xff", "a.b", "{\n", "write ",
	};
	const size_t n = 1 << 19;
	char *bytes = malloc(n);
	size_t i, k, m;

	(void)state;
	assert_non_null(bytes);
	for (i = 0; i < COUNT_OF(parts); i++) {
		m = strlen(parts[i]);
		for (k = 0; k < n; k++)
			bytes[k] = parts[i][k % m];
		if (least_time(bytes, n) >
		    80 * (least_time(bytes, n / 16) + 1e-5))
			fail_msg("of \"%s\"", parts[i]);
	}
	free(bytes);
}

/* Nothing behind the first 64 KB changes what it is. */
static void beginning_is_looked_at(void **state)
{
	static const char code[] = "```c\nint main(void)\n{\n\treturn f(x);"
				   "\n}\n```\n";
	const size_t n = 4 * DETECT_MOST, m = sizeof(code) - 1;
	char *bytes = malloc(n);
	size_t i;

	(void)state;
	assert_non_null(bytes);
	for (i = 0; i < n; i++)
		bytes[i] = i < DETECT_MOST ? "It was fine. "[i % 13] :
					     code[i % m];
	assert_false(detect_topics((struct str){ bytes, n }).code);
	for (i = 0; i < n; i++)
		bytes[i] = i < DETECT_MOST ? code[i % m] :
					     "It was fine. "[i % 13];
	assert_true(detect_topics((struct str){ bytes, n }).code);
	free(bytes);
}

static const struct {
	const char *text;
	enum script script;
} scripts[] = {
	{ "", SCRIPT_NONE },
	{ "123 !? \xf0\x9f\x98\x80 \xff\xfe", SCRIPT_NONE },
	{ "Hello", SCRIPT_LATIN },
	{ "Größe, naïve, Łódź, Việt", SCRIPT_LATIN },
	{ "ａｂｃ", SCRIPT_LATIN },
	{ "Привет, world", SCRIPT_CYRILLIC },
	{ "Γειά σου Κόσμε", SCRIPT_GREEK },
	{ "مرحبا بالعالم ٣", SCRIPT_ARABIC },
	{ "שלום עולם", SCRIPT_HEBREW },
	{ "नमस्ते दुनिया", SCRIPT_DEVANAGARI },
	{ "สวัสดีชาวโลก", SCRIPT_THAI },
	{ "안녕하세요 hi", SCRIPT_HANGUL },
	{ "こんにちは", SCRIPT_KANA },
	{ "東京特許許可局の", SCRIPT_KANA },
	{ "カタカナ", SCRIPT_KANA },
	{ "你好，世界", SCRIPT_HAN },
	{ "𠮷野家", SCRIPT_HAN },
	{ "Բարեւ", SCRIPT_OTHER },
	{ "გამარჯობა", SCRIPT_OTHER },
	{ "你 Hello", SCRIPT_LATIN },
	{ "x の値は？ abc def", SCRIPT_LATIN },
};

static void script_of_most_letters(void **state)
{
	enum script s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(scripts); i++)
		if (detect_script(str_c(scripts[i].text)) != scripts[i].script)
			fail_msg("%s: %s", script_word(detect_script(
				 str_c(scripts[i].text))), scripts[i].text);
	for (s = SCRIPT_LATIN; s < SCRIPTS; s++)
		assert_int_equal(script_named(script_word(s)), s);
	assert_int_equal(script_named("klingon"), SCRIPT_NONE);
	assert_int_equal(script_named(""), SCRIPT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_what_it_is),
		cmocka_unit_test(list_is_sorted_and_found),
		cmocka_unit_test(sights_are_counted),
		cmocka_unit_test(any_bytes_will_do),
		cmocka_unit_test(time_is_linear),
		cmocka_unit_test(beginning_is_looked_at),
		cmocka_unit_test(script_of_most_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
