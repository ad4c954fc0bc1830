/*
 * R, the floor of a hit: a FastCGI worker that reads the body and writes 2 KB.
 *
 *   bare SOCKET [THREADS]
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcgiapp.h>

#define REPLY 2048

static int sock;

static void answer(FCGX_Request *q)
{
	static const char head[] = "Status: 200 OK\r\n"
		"Content-Type: application/json\r\nContent-Length: 2048\r\n\r\n";
	char piece[16384], body[REPLY];

	while (FCGX_GetStr(piece, sizeof(piece), q->in) > 0)
		;
	memset(body, ' ', sizeof(body));
	FCGX_PutStr(head, sizeof(head) - 1, q->out);
	FCGX_PutStr(body, sizeof(body), q->out);
}

static void *serve(void *unused)
{
	FCGX_Request q;

	FCGX_InitRequest(&q, sock, 0);
	while (FCGX_Accept_r(&q) == 0) {
		answer(&q);
		FCGX_Finish_r(&q);
	}
	return unused;
}

int main(int argc, char **argv)
{
	int i, threads = argc > 2 ? atoi(argv[2]) : 64;
	pthread_t t;

	if (argc < 2 || FCGX_Init() || (sock = FCGX_OpenSocket(argv[1], 1024)) < 0) {
		fputs("usage: bare SOCKET [THREADS]\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	for (i = 1; i < threads; i++)
		if (pthread_create(&t, NULL, serve, NULL))
			return 1;
	serve(NULL);
	return 0;
}
