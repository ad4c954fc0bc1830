/* The bytes of a question on their way to the upstream. */
#include "corridor_bed.h"

#define ODD "\"n\":1.0e0 ,\t\"seed\": 9007199254740993, \"x\":\"\\ud83d" \
	"\\ude00\\/\\u0000\xc3\xa4\",\"big\":1e400," \
	"\"f\":0.30000000000000004\r\n"

static const struct {
	const char *conf, *uri, *in, *out; /* out NULL: as it came */
} bodies[] = {
	{ "", NULL, "\n{ \"model\" : \"m\" ," ODD "," USER("a") " } \r\n",
	  NULL },
	{ "", NULL, "{\"model\":\"\\u006d\"," USER("b") "}", NULL },
	{ "[model m]\nupstream = openai\nname = real \"1\"\n", NULL,
	  "{\"model\" : \"\\u006d\" ,\"x\":\"m\"," USER("c") "}",
	  "{\"model\" : \"real \\\"1\\\"\" ,\"x\":\"m\"," USER("c") "}" },
	{ "[route r]\nmodel = m\nuse = k\n[model k]\nupstream = openai\n"
	  "name = k2\n", NULL, "{" ODD ",\"model\":\"m\"," USER("d") "}",
	  "{" ODD ",\"model\":\"k2\"," USER("d") "}" },
	{ "[route r]\nmodel = m\nuse = k\n", "/v1/messages",
	  "{\"model\":\"m\",\"max_tokens\":1," USER("d") "}",
	  "{\"model\":\"k\",\"max_tokens\":1," USER("d") "}" },
	{ "", NULL, "{\"model\":\"m\",\"stream\":true ," USER("e") " }",
	  "{\"model\":\"m\",\"stream\":true ," USER("e") " ,"
	  "\"stream_options\":{\"include_usage\":true}}" },
	{ "", NULL, "{\"model\":\"m\",\"stream\":true,\"stream_options\": {"
	  "\"include_usage\" : true, \"y\":1}," USER("f") "}", NULL },
	{ "", NULL, "{\"model\":\"m\",\"stream\":true,\"stream_options\": {"
	  "\"include_usage\" : false, \"y\":1}," USER("g") "}",
	  "{\"model\":\"m\",\"stream\":true,\"stream_options\": {"
	  "\"include_usage\" : true, \"y\":1}," USER("g") "}" },
	{ "", NULL, "{\"model\":\"m\",\"stream\":true,\"stream_options\":null,"
	  USER("h") "}",
	  "{\"model\":\"m\",\"stream\":true,\"stream_options\":"
	  "{\"include_usage\":true}," USER("h") "}" },
	{ "", "/v1/messages", "{\"model\":\"m\",\"max_tokens\":1,"
	  "\"stream\":true," USER("i") "}", NULL },
	{ "", "/v1/responses", "{\"model\":\"m\",\"stream\":true,"
	  "\"input\":\"j\"}", NULL },
	{ "", "/v1/completions", "{\"model\":\"m\",\"stream\":true,"
	  "\"prompt\":\"k\"}",
	  "{\"model\":\"m\",\"stream\":true,\"prompt\":\"k\","
	  "\"stream_options\":{\"include_usage\":true}}" },
	{ "", NULL, "{ \"cache\":{\"ttl\":60} , \"model\":\"m\"," USER("l")
	  "}", "{ \"model\":\"m\"," USER("l") "}" },
	{ "", NULL, "{\"model\":\"m\"," USER("m") ", \"cache\" : null }",
	  "{\"model\":\"m\"," USER("m") " }" },
	{ "", NULL, "{\"model\":\"m\"," USER("n")
	  ",\"cache\":{\"no-store\":true}}", "{\"model\":\"m\"," USER("n")
	  "}" },
	{ "[history]\nmax_tokens = 10\nkeep_last = 1\n", NULL,
	  "{\"model\":\"m\",\"messages\": [ {\"role\":\"system\","
	  "\"content\":\"s\"}, {\"role\":\"user\",\"content\":"
	  "\"0123456789012345678901234567890123456789\"} ,{\"role\":"
	  "\"assistant\",\"content\":\"b\"},\n{\"role\":\"user\",\"content\""
	  ": \"c\"} ]}",
	  "{\"model\":\"m\",\"messages\": [ {\"role\":\"system\","
	  "\"content\":\"s\"}, {\"role\":\"user\",\"content\""
	  ": \"c\"} ]}" },
};

/* Blanks around what was cut may go with it or stay. */
static const char *unblank(struct bed *b, struct str s)
{
	struct buf t;

	buf_init(&t, b->a);
	for (size_t i = 0; i < s.n; i++)
		if (!strchr(" \n", s.p[i]))
			buf_putc(&t, s.p[i]);
	return arena_cstr(b->a, buf_view(&t));
}

static void test_bodies(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	for (size_t i = 0; i < COUNT(bodies); i++) {
		bed_reconfigure(b, &(struct bed_conf){
			NULL, NULL, arena_printf(b->a, "%s%s[prompt_cache]\n"
						 "openai = off\n",
						 BED_UPSTREAMS,
						 bodies[i].conf) });
		b->play = (struct play){ .status = 400,
					 .type = "application/json",
					 .body = "{}" };
		bed_ask(b, &(struct ask){ .uri = bodies[i].uri,
					  .body = bodies[i].in });
		assert_int_equal(b->status, 400);
		if (!bodies[i].out)
			assert_str(b->net.body, bodies[i].in);
		else
			assert_string_equal(
				unblank(b, b->net.body),
				unblank(b, str_c(bodies[i].out)));
	}
	assert_int_equal(b->calls, COUNT(bodies));
	/* The last was trimmed. */
	assert_string_equal(bed_head(b, "X-Larder-Trimmed"), "2");
	assert_logged("trimmed_messages", "2");
	bed_close(b);
}

/* Replaced values leave every byte around them, blanks too. */
static void test_edits_keep_bytes(void **state)
{
	const struct bed_conf conf = { NULL, NULL, BED_UPSTREAMS
		"[model m]\nupstream = openai\nname = other\n"
		"[prompt_cache]\nopenai = off\n" };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	b->answer = bed_says_count;
	bed_chat(b, NULL, " {\t\"model\"\t: \"m\"\r\n , " ODD "," USER("z")
		 "\n}\n");
	assert_str(b->net.body, " {\t\"model\"\t: \"other\"\r\n , " ODD ","
		   USER("z") "\n}\n");
	assert_string_equal(bed_head(b, "X-Larder-Model"), "other");
	assert_logged("gen_ai.request.model", "m");
	bed_close(b);
}

static void test_routing_saves(void **state)
{
	const struct bed_conf conf = { NULL, NULL, BED_UPSTREAMS
		"[route short]\nmodel = big\nmax_chars = 5\nuse = m\n" };
	const char *body = "{\"model\":\"big\"," USER("hi") "}";
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	b->answer = bed_says_count;
	bed_chat(b, NULL, body);
	assert_logged("route", "short");
	assert_logged("cost_usd", "0.00002");
	assert_logged("saved_usd", "0.00018");
	assert_logged("saved_by", "routing");
	/* Who asks for it by name asks the same question. */
	bed_chat(b, NULL, CHAT);
	assert_hit();
	/* The remembered way knows the route too. */
	bed_chat(b, NULL, body);
	assert_hit();
	assert_logged("route", "short");
	assert_logged("gen_ai.request.model", "big");
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_edits_keep_bytes),
		cmocka_unit_test(test_routing_saves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
