/* Answers shared by a site, and who may have them. */
#include "corridor_bed.h"

#include <stdlib.h>

static const struct bed_conf shared = { NULL, "scope = site", NULL };

static void test_site_own_credential(void **state)
{
	const char *other = "{\"model\":\"m\"," USER("other") "}";
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &shared);
	b->answer = bed_says_count;
	bed_chat(b, "Bearer sk-a", CHAT);
	bed_chat(b, "Bearer sk-a", CHAT);
	assert_hit();

	/* A made-up credential gets what the upstream says to it. */
	b->answer = NULL;
	b->play = (struct play){ .status = 401, .type = "application/json",
				 .body = "{\"error\":\"no such key\"}" };
	for (int i = 0; i < 3; i++) {
		assert_int_equal(bed_chat(b, "Bearer sk-made-up", CHAT), 401);
		assert_says("no such key");
		assert_cache("fwd=miss; detail=unverified");
	}
	/* Models are public: no proof. */
	bed_plays(b, "application/json", "{\"object\":\"list\",\"data\":[]}");
	assert_int_equal(bed_ask(b, &(struct ask){
		.uri = "/v1/models", .method = "GET",
		.auth = "Bearer sk-made-up" }), 200);
	assert_cache("none");
	b->play = (struct play){ .status = 429, .type = "application/json",
				 .body = "{\"error\":\"slow down\"}" };
	assert_int_equal(bed_chat(b, "Bearer sk-made-up", CHAT), 429);
	/* An answer of its own is. */
	b->answer = bed_says_count;
	bed_chat(b, "Bearer sk-b", other);
	assert_cache("fwd=miss; stored; detail=unverified");
	bed_chat(b, "Bearer sk-b", CHAT);
	assert_hit();
	assert_says("call 1.");
	/* The same secret in another header is another credential. */
	bed_ask(b, &(struct ask){ .xkey = "sk-b", .body = CHAT });
	assert_cache("fwd=miss; stored; detail=unverified");
	bed_close(b);
}

/* Nor does a stranger learn which questions were asked. */
static void test_site_oracle(void **state)
{
	const struct bed_conf conf = { NULL, "scope = site", NULL };
	static const char never[] = "{\"model\":\"m\"," USER("never") "}";
	const char *const body[] = { CHAT, never };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	b->answer = bed_says_count;
	bed_chat(b, "Bearer sk-a", CHAT);
	for (size_t i = 0; i < COUNT(body); i++) {
		assert_int_equal(bed_ask(b, &(struct ask){
			.auth = "Bearer sk-made-up", .body = body[i],
			.param = { "HTTP_CACHE_CONTROL", "only-if-cached" },
		}), 504);
		assert_cache("fwd=miss; detail=unverified");
	}
	assert_int_equal(b->calls, 1);
	bed_close(b);
}

static void test_site_clients(void **state)
{
	const struct bed_conf conf = { NULL, "scope = site", BED_OWN_KEYS };
	struct bed bed, *b = &bed;
	const char *one, *two;
	char err[200];

	(void)state;
	bed_open(b, &conf);
	b->answer = bed_says_count;
	one = bed_client(b, "one");
	two = bed_client(b, "two");
	bed_chat(b, one, CHAT);
	assert_cache("fwd=miss; stored");
	assert_logged("tenant", "one");
	bed_chat(b, two, CHAT);
	assert_hit();
	assert_logged("tenant", "two");
	bed_chat(b, two, CHAT);
	assert_hit();
	/* Revoked: at once, and on the remembered way too. */
	assert_int_equal(clients_revoke(b->clients, "two", err, sizeof(err)),
			 0);
	assert_int_equal(bed_chat(b, two, CHAT), 401);
	assert_logged("error.type", "invalid_api_key");
	bed_chat(b, one, CHAT);
	assert_hit();
	assert_int_equal(b->calls, 1);
	bed_close(b);
}

static void test_tenant_clients(void **state)
{
	const struct bed_conf conf = { NULL, NULL, BED_OWN_KEYS };
	struct bed bed, *b = &bed;
	const char *one, *two;

	(void)state;
	bed_open(b, &conf);
	b->answer = bed_says_count;
	one = bed_client(b, "one");
	two = bed_client(b, "two");
	bed_chat(b, one, CHAT);
	bed_chat(b, two, CHAT);
	assert_says("call 2.");
	bed_chat(b, one, CHAT);
	assert_says("call 1.");
	assert_hit();
	bed_close(b);
}

/* A 200 that is no answer proves nothing, and a 401 ends what was proved. */
static void test_site_proof(void **state)
{
	static const char *const nothing[] = {
		"{\"error\":{\"message\":\"Insufficient credits\"}}", "{}",
		"\"ok\"",
	};
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &shared);
	b->answer = bed_says_count;
	bed_chat(b, "Bearer sk-a", CHAT);
	b->answer = NULL;
	for (size_t i = 0; i < COUNT(nothing); i++) {
		bed_plays(b, "application/json", nothing[i]);
		for (int k = 0; k < 2; k++) {
			bed_chat(b, "Bearer sk-made-up", CHAT);
			assert_cache("fwd=miss; detail=unverified");
			if (i)
				assert_str(b->body, nothing[i]);
			else
				assert_says("Insufficient credits");
		}
	}
	bed_chat(b, "Bearer sk-a", CHAT);
	assert_hit();
	b->play = (struct play){ .status = 401, .type = "application/json",
				 .body = "{\"error\":\"revoked\"}" };
	bed_chat(b, "Bearer sk-a", "{\"model\":\"m\"," USER("new") "}");
	assert_int_equal(b->status, 401);
	bed_chat(b, "Bearer sk-a", CHAT);
	assert_cache("fwd=miss; detail=unverified");
	assert_int_equal(b->status, 401);
	bed_close(b);
}

/* What one asks to be kept long is kept as long as the site has it. */
static void test_site_ttl(void **state)
{
	const struct bed_conf conf = { NULL, "scope = site\nttl = 1h", NULL };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	b->answer = bed_says_count;
	bed_ask(b, &(struct ask){ .body = CHAT, .param = {
		"HTTP_X_LARDER_TTL", "300000000" } });
	bed_chat(b, NULL, CHAT);
	assert_hit();
	assert_in_range(atoi(strstr(bed_cache(b), "ttl=") + 4), 3590, 3600);
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_site_own_credential),
		cmocka_unit_test(test_site_oracle),
		cmocka_unit_test(test_site_clients),
		cmocka_unit_test(test_site_proof),
		cmocka_unit_test(test_site_ttl),
		cmocka_unit_test(test_tenant_clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
