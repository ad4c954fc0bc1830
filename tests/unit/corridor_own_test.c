/* Rules, and a credential of the caller's own: it goes to nobody but the
 * upstream that serves the model it came for. */
#include "corridor_bed.h"

#define LONG "Tell me which of the many towns along that coast you would " \
	"visit first if you had only a week, and why that one of all."
#define ASKS(model, text) "{\"model\":\"" model "\"," USER(text) "}"

#define SITE "[upstream home]\nurl = https://home.test/v1\n" BED_ONCE \
	"[upstream away]\nurl = https://away.test/v1\n" BED_ONCE \
	"[model m]\nupstream = home\n[model big]\nupstream = home\n" \
	"[model far]\nupstream = away\n[model afar]\nupstream = away\n"
#define ANY "[upstream any]\nurl = https://any.test/v1\nmodels = any\n" \
	BED_ONCE
#define RULE(model, rest) "[route r]\nmodel = " model "\n" rest

static int away; /* calls that went there */
static const char *said;

static void answers(struct bed *b, struct play *p)
{
	*p = (struct play){ .status = 200, .type = "application/json" };
	p->body = bed_reply(b, SHAPE_CHAT, said);
	away += strstr(b->net.url, "away.test") != NULL;
}

static void opens(struct bed *b, const char *rest)
{
	bed_open(b, &(struct bed_conf){ NULL, NULL, rest });
	b->answer = answers;
	away = 0;
	said = " "; /* a weak answer, and no classifier's word */
}

static void test_own(void **state)
{
	static const struct {
		const char *rest, *body, *why, *route, *model;
		int away;
	} cases[] = {
		/* Elsewhere, wholly or in part: as if there were no rule. */
		{ SITE RULE("m", "use = far\n"), ASKS("m", "hi"),
		  "own key", "(absent)", "m", 0 },
		{ SITE RULE("m", "use = far then m if weak\n"),
		  ASKS("m", "hi"), "own key", "(absent)", "m", 0 },
		{ SITE RULE("m", "use = m then far if weak\n"),
		  ASKS("m", "hi"), "own key", "(absent)", "m", 0 },
		{ SITE RULE("m", "small = far\nlarge = m\n"), ASKS("m", LONG),
		  "own key", "(absent)", "m", 0 },
		{ SITE RULE("m", "small = m\nlarge = far\n"), ASKS("m", "hi"),
		  "own key", "(absent)", "m", 0 },
		{ SITE RULE("m", "small = m\nlarge = m\nelse = far\n"),
		  ASKS("m", LONG), "own key", "(absent)", "m", 0 },
		{ SITE ANY RULE("new", "use = far\n"), ASKS("new", "hi"),
		  "own key", "(absent)", "new", 0 },
		{ SITE "[model auto]\nupstream = home\n"
		  RULE("auto", "use = far\n"), ASKS("auto", "hi"),
		  "own key", "(absent)", "auto", 0 },
		/* At home. */
		{ SITE RULE("m", "use = big\n"), ASKS("m", "hi"),
		  "(absent)", "r", "big", 0 },
		{ SITE RULE("m", "small = m\nlarge = big\n"), ASKS("m", LONG),
		  "(absent)", "r", "big", 0 },
		/* The classifier is left out alone. */
		{ SITE RULE("m", "small = m\nlarge = big\n"
			    "classifier = far\n"), ASKS("m", LONG),
		  "unclear", "r", "big", 0 },
		/* Of a name that nobody serves nobody has a credential, and
		 * `auto` is nobody's unless somebody says so. */
		{ SITE ANY RULE("auto", "use = far\n"), ASKS("auto", "hi"),
		  "(absent)", "r", "far", 1 },
		{ SITE RULE("auto", "use = far\n"), ASKS("auto", "hi"),
		  "(absent)", "r", "far", 1 },
		{ SITE RULE("auto", "small = far\nlarge = afar\n"
			    "classifier = m\n"), ASKS("auto", LONG),
		  "unclear", "r", "afar", 1 },
		{ SITE RULE("auto", "use = far then m if weak\n"),
		  ASKS("auto", "hi"), "(absent)", "r", "far", 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bed bed, *b = &bed;

		opens(b, cases[i].rest);
		assert_int_equal(bed_chat(b, "Bearer sk-own", cases[i].body),
				 200);
		assert_int_equal(b->calls, 1);
		assert_int_equal(away, cases[i].away);
		assert_logged("route_why", cases[i].why);
		assert_logged("route", cases[i].route);
		assert_string_equal(bed_head(b, "X-Larder-Model"),
				    cases[i].model);
		bed_close(b);
	}
}

/* Whose key is larder's goes where the rule says. */
static void test_clients(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, "[upstream home]\nurl = https://home.test/v1\n" BED_ONCE
	      "key_file = %1$s/key\n"
	      "[upstream away]\nurl = https://away.test/v1\n" BED_ONCE
	      "key_file = %1$s/key\n"
	      "[model m]\nupstream = home\n[model far]\nupstream = away\n"
	      RULE("m", "use = far\n"));
	assert_int_equal(bed_chat(b, bed_client(b, "shop"), ASKS("m", "hi")),
			 200);
	assert_int_equal(away, 1);
	assert_logged("route", "r");
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
