/*
 * The floor of a streamed miss: a FastCGI worker that posts the body on with
 * libcurl, whose handle each thread keeps, and flushes every piece of the
 * reply as it comes. It judges nothing, keeps nothing and logs nothing.
 *
 *   relay SOCKET THREADS ORIGIN
 *
 * asks ORIGIN (http://host:port) for what stands behind /relay in the URI.
 */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <fcgiapp.h>

#define BODY_MAX (1 << 20)
#define STACK_SIZE (128 * 1024)

static int sock;
static const char *origin;

struct answer {
	FCGX_Request *q;
	bool begun;
};

static size_t on_data(char *p, size_t one, size_t n, void *ctx)
{
	static const char head[] = "Status: 200 OK\r\n"
		"Content-Type: text/event-stream\r\n"
		"X-Accel-Buffering: no\r\n\r\n";
	struct answer *a = ctx;

	if (!a->begun)
		FCGX_PutStr(head, sizeof(head) - 1, a->q->out);
	a->begun = true;
	if (FCGX_PutStr(p, (int)(one * n), a->q->out) < 0 ||
	    FCGX_FFlush(a->q->out) < 0)
		return 0;
	return one * n;
}

static void pass_on(FCGX_Request *q, CURL *easy, struct curl_slist *headers)
{
	const char *uri = FCGX_GetParam("REQUEST_URI", q->envp);
	const char *length = FCGX_GetParam("CONTENT_LENGTH", q->envp);
	int n = length ? atoi(length) : 0;
	struct answer a = { q, false };
	char url[512], *body;

	if (!uri || strncmp(uri, "/relay", 6) != 0 || n < 0 || n > BODY_MAX)
		return;
	body = malloc((size_t)n + 1);
	if (!body)
		return;
	n = FCGX_GetStr(body, n, q->in);
	snprintf(url, sizeof(url), "%s%s", origin, uri + 6);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)n);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &a);
	curl_easy_perform(easy);
	free(body);
}

static void *serve(void *unused)
{
	struct curl_slist *headers = NULL;
	CURL *easy = curl_easy_init();
	FCGX_Request q;

	headers = curl_slist_append(headers, "Content-Type: application/json");
	headers = curl_slist_append(headers, "Authorization: Bearer sk-alice");
	headers = curl_slist_append(headers, "Expect:");
	FCGX_InitRequest(&q, sock, 0);
	while (FCGX_Accept_r(&q) == 0) {
		pass_on(&q, easy, headers);
		FCGX_Finish_r(&q);
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_attr_t attr;
	pthread_t t;
	int i;

	if (argc != 4 || FCGX_Init() ||
	    (sock = FCGX_OpenSocket(argv[1], 1024)) < 0) {
		fputs("usage: relay SOCKET THREADS ORIGIN\n", stderr);
		return 2;
	}
	origin = argv[3];
	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	for (i = 1; i < atoi(argv[2]); i++)
		if (pthread_create(&t, &attr, serve, NULL))
			return 1;
	serve(NULL);
	return 0;
}
