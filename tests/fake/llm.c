/*
 * fake-llm: a scripted upstream on a free port of 127.0.0.1. It speaks the
 * OpenAI and Anthropic APIs well enough for their SDKs, answers "echo: <last
 * user text> #<number of the request>", and misbehaves on demand.
 *
 *   fake-llm [--log FILE] [--with-parent] [--prompt-cache]
 *
 * prints "port N" when it is ready, and before that "refusing N", a port
 * where connections are refused. Every API request becomes one line of
 * JSON in FILE: {"n","method","path","query","headers":{lower-case
 * names},"body"},
 * and a client that leaves before the reply's end one more: {"n","left":
 * true}. --with-parent ends it when its parent ends; --prompt-cache has it
 * keep the beginnings of prompts as providers do, and say so in usage (kept.h).
 *
 *   GET  /fake/count   how many API requests so far, as a bare number
 *   GET  /fake/counts  {"count","connections","left"}
 *   GET  /fake/last    the last request's line
 *   POST /fake/reset   numbers from 1 again, log emptied
 *   GET  /fake/release lets go on whoever waits by [[hold]]
 *   GET  /fake/advance?N  so many seconds pass for the prompt cache
 *   POST /fake/hook    says yes to whatever it is told, and logs it
 *
 * Words in the last user text (or first input) script the reply; they can be
 * combined. "Piece" is a fragment of text or of a tool's arguments; a reply
 * that is not streamed has five slices instead.
 *
 *   [[first N]] [[slow N]]         delays in ms: at first, before each piece
 *   [[hold N]]                     until told to go on
 *   [[pieces N]] [[big N]]         how many pieces, how many KB
 *   [[echo]]                       the same text whenever one caller asks it
 *   [[cut N]] [[rst N]] [[stall N]] [[cleancut N]] [[errorevent N]]
 *   [[badevent N]]                 what happens after N pieces
 *   [[errorfirst]] [[drip N]] [[saysmore N]] [[saysless N]] [[smuggle]]
 *                                  how it comes
 *   [[hang]] [[drop]] [[reset]]    instead of a reply
 *   [[hanghead]] [[resethead]]     instead of a body
 *   [[status N]] [[html]] [[error200]] [[toolong]]  an error reply
 *   [[retry-after N]] [[retry-ms N]] [[retry-date N]] [[should-retry N]]
 *   [[times N]] [[after N]]        how often all that
 *   [[tool]] [[tools]] [[reasoning]] [[refusal]] [[logprobs]] [[json]]
 *   [[unicode]] [[n]] [[length]] [[stopseq]] [[recite]]  what is said
 *   [[crlf]] [[nospace]] [[split N]] [[comments]] [[nodone]]   framing
 *   [[badjson]] [[jsononly]] [[ssealways]] [[hints]] [[close]] wrong shape
 *   [[nousage]] [[in N]] [[out N]] [[cached N]] [[written N]]  usage
 *   [[only MODEL]]                 the others count for this model only
 *
 * --help prints the whole table (it is in script.c). The credentials
 * missing and "bad-key" are refused with 401.
 */
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake/fault.h"
#include "fake/kept.h"
#include "fake/record.h"

#define OPENAI_MODELS \
	"{\"object\":\"list\",\"data\":[" \
	"{\"id\":\"gpt-4o-mini\",\"object\":\"model\"," \
	"\"created\":1700000000,\"owned_by\":\"fake\"}," \
	"{\"id\":\"gpt-4o\",\"object\":\"model\"," \
	"\"created\":1700000000,\"owned_by\":\"fake\"}]}"
#define ANTHROPIC_MODELS \
	"{\"data\":[{\"type\":\"model\",\"id\":\"claude-haiku-4-5\"," \
	"\"display_name\":\"Claude Haiku 4.5\"," \
	"\"created_at\":\"2025-10-01T00:00:00Z\"}],\"has_more\":false," \
	"\"first_id\":\"claude-haiku-4-5\",\"last_id\":\"claude-haiku-4-5\"}"

/* --- the API --- */

static void count_tokens_reply(struct turn *t)
{
	reply_json(t, str_c(arena_printf(t->a, "{\"input_tokens\":%zu}",
					 t->ask->size / 4 + 1)));
}

static const struct route {
	const char *path; /* behind /v1 */
	void (*reply)(struct turn *t);
} routes[] = {
	{ "/chat/completions", chat_reply },
	{ "/completions", completions_reply },
	{ "/responses", responses_reply },
	{ "/embeddings", embeddings_reply },
	{ "/messages", messages_reply },
	{ "/messages/count_tokens", count_tokens_reply },
};

static struct str credential(const struct http_request *r)
{
	struct str bearer = http_get(r, "authorization");

	if (str_istarts(bearer, STR("bearer ")))
		return str_trim(str_from(bearer, 7));
	return http_get(r, "x-api-key");
}

static bool credential_ok(struct str key)
{
	return key.n && !str_is(key, "bad-key");
}

/* Is it its turn to fail, by [[times]] and [[after]]? */
static bool may_fail(const struct script *s, struct str text)
{
	int times;

	if (s->times < 0 && s->after < 0)
		return true;
	times = record_times(text);
	return (s->times < 0 || times <= s->times) && times > s->after;
}

/* What stands behind /v1, or nothing. */
static struct str api_of(struct str path)
{
	const char *v1 = memmem(path.p, path.n, "/v1/", 4);

	return v1 ? str_from(path, (size_t)(v1 - path.p) + 3) : STR("");
}

static void route_reply(struct turn *t, const struct http_request *r,
			struct ask *q)
{
	const char *why = kept_use(q, t->a);
	struct str rest = q->api;
	size_t i;

	if (why) {
		fault_reply(t, r, 400, why);
		return;
	}
	if (!rest.n) {
		fault_reply(t, r, 404, "no such path");
		return;
	}
	for (i = 0; i < sizeof(routes) / sizeof(*routes); i++)
		if (str_is(rest, routes[i].path) && str_is(r->method, "POST")) {
			routes[i].reply(t);
			return;
		}
	if (str_is(rest, "/models"))
		reply_json(t, fault_anthropic(r) ? STR(ANTHROPIC_MODELS) :
						STR(OPENAI_MODELS));
	else
		reply_json(t, str_c(arena_printf(t->a, "{\"object\":\"other\","
			"\"path\":\"%.*s\",\"n\":%u}", (int)rest.n, rest.p,
			t->n)));
}

static void api_reply(struct turn *t, const struct http_request *r,
		      struct ask *q, struct script *s)
{
	const char *why = "";
	struct str body = r->body;

	/* Bodies that are no JSON are fine where none is expected. */
	if (!str_is(r->method, "POST"))
		body = STR("");
	t->out->headers = arena_printf(t->a, "%s: req_fake_%u\r\n",
		fault_anthropic(r) ? "request-id" : "x-request-id", t->n);
	if (ask_read(q, t->a, body, &why) < 0) {
		script_read(s, STR(""), STR(""));
		fault_reply(t, r, 400, arena_printf(t->a, "bad JSON: %s",
						    why));
		return;
	}
	q->who = credential(r);
	q->api = api_of(r->path);
	script_read(s, q->text, q->model);
	if (!may_fail(s, q->text))
		script_spare(s);
	t->stream = s->jsononly ? false : s->ssealways ? true : q->stream;
	fault_event(t, r);
	if ((s->hold == 0 && record_hold(t->out->fd, t->releases) < 0) ||
	    (s->first > 0 && http_linger(t->out->fd, s->first) < 0)) {
		t->out->client_left = true;
		t->out->state = OUT_DEAD;
	} else if (!credential_ok(q->who)) {
		fault_reply(t, r, 401, "no valid credential");
	} else if (!fault_scripted(t, r)) {
		route_reply(t, r, q);
	}
}

/* --- the fake's own doors --- */

static void fake_reset(void)
{
	record_reset();
	kept_reset();
}

static void fake_reply(struct out *o, const struct http_request *r)
{
	const char *text = "ok\n";

	if (str_is(r->path, "/fake/count"))
		text = arena_printf(o->a, "%u\n", record_count());
	else if (str_is(r->path, "/fake/counts"))
		text = record_counts(o->a);
	else if (str_is(r->path, "/fake/last"))
		text = record_last(o->a);
	else if (str_is(r->path, "/fake/release"))
		record_release();
	else if (str_is(r->path, "/fake/advance"))
		kept_advance(atoi(arena_cstr(o->a, r->query)));
	else if (str_is(r->path, "/fake/hook"))
		record_request(o->a, r, false);
	else if (str_is(r->path, "/fake/reset"))
		fake_reset();
	else
		text = "no such door\n";
	out_body(o, 200, "text/plain", str_c(text));
}

/* --- connections --- */

/* Answers one request; true when the connection can carry another. */
static bool answer_one(const struct http_conn *c, struct arena *a,
		       const struct http_request *r, bool *first)
{
	struct script s;
	struct ask q;
	struct out o = { .fd = c->fd, .a = a, .s = &s };
	struct turn t = { .a = a, .ask = &q, .s = &s, .out = &o };

	script_read(&s, STR(""), STR(""));
	if (str_starts(r->path, STR("/fake/"))) {
		fake_reply(&o, r);
	} else {
		t.releases = record_releases();
		t.n = record_request(a, r, *first);
		*first = false;
		api_reply(&t, r, &q, &s);
		if (s.smuggle && o.state != OUT_DEAD)
			fault_behind(&t);
		if (o.client_left)
			record_left(a, t.n);
	}
	return r->keep && !s.close && o.state != OUT_DEAD;
}

static void *serve(void *arg)
{
	struct arena *a = arena_new();
	struct http_request r;
	struct http_conn c;
	bool first = true;

	http_conn_init(&c, (int)(intptr_t)arg);
	while (http_read(&c, a, &r) && answer_one(&c, a, &r, &first))
		arena_reset(a);
	http_conn_fini(&c);
	arena_free(&a);
	return NULL;
}

static void serve_all(int listener)
{
	pthread_attr_t attr;
	pthread_t thread;
	int fd;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 512 * 1024);
	for (;;) {
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		if (pthread_create(&thread, &attr, serve,
				   (void *)(intptr_t)fd) != 0)
			close(fd);
	}
}

static int usage(FILE *f, int code)
{
	fprintf(f, "usage: fake-llm [--log FILE] [--with-parent] "
		   "[--prompt-cache]\n\n"
		   "A scripted LLM upstream on 127.0.0.1. Words in the last "
		   "user text:\n");
	script_help(f);
	return code;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "log", required_argument, NULL, 'l' },
		{ "with-parent", no_argument, NULL, 'p' },
		{ "prompt-cache", no_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *log = NULL;
	int c, port, refusing, listener;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'l')
			log = optarg;
		else if (c == 'p')
			prctl(PR_SET_PDEATHSIG, SIGTERM);
		else if (c == 'k')
			kept_start();
		else
			return usage(c == 'h' ? stdout : stderr,
				     c == 'h' ? 0 : 2);
	}
	listener = http_listen(&port);
	if (listener < 0 || http_refuse(&refusing) < 0 ||
	    record_open(log) < 0) {
		perror("fake-llm");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	printf("refusing %d\nport %d\n", refusing, port);
	fflush(stdout);
	serve_all(listener);
}
