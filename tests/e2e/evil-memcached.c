/*
 * A memcached that lies, and a way to talk to an honest one.
 *
 *   evil proxy SEED RATE LIES LISTEN=SERVER...
 *       stands on each LISTEN before its SERVER (both paths of sockets) and
 *       tells one of LIES in RATE of 1000 exchanges. LIES is "quiet" (what
 *       is well-formed and wrong), "noisy" (what is not, or is late), "all",
 *       or names with commas between them. Prints "ready", and on SIGTERM
 *       how often each lie was told.
 *   evil say SERVER
 *       sends standard input to a path or 127.0.0.1:PORT, prints the replies
 *   evil names SERVER
 *       what it stores: a line of metadump each
 *
 * It knows get, set, add and delete of the text protocol. Each connection
 * draws its lies from SEED and its number.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "evil_lies.h"

#define ITEM_MAX (4u << 20)

static uint64_t seed, rate;
static const char *wanted;
static unsigned long exchanges;

static bool read_ask(struct talk *t)
{
	struct bytes line = { 0 };
	char verb[8] = "";
	size_t n = 0;
	bool ok;

	t->value.n = 0;
	t->life = 0;
	ok = in_line(&t->client, &line) &&
	     sscanf(line.p, "%7s %250s %*u %lu %zu", verb, t->name, &t->life,
		    &n) >= 2 && n <= ITEM_MAX;
	free(line.p);
	t->verb = strcmp(verb, "get") == 0 ? GET :
		  strcmp(verb, "set") == 0 ? SET :
		  strcmp(verb, "add") == 0 ? ADD :
		  strcmp(verb, "delete") == 0 ? DROP : 0;
	if (!ok || !t->verb)
		return false;
	if (!(t->verb & STORE))
		return true;
	ok = in_take(&t->client, n + 2, &t->value);
	t->value.n = ok ? n : 0;
	return ok;
}

static bool forward(struct talk *t)
{
	char line[NAME_MAX_BYTES + 80];

	if (!(t->verb & STORE)) {
		snprintf(line, sizeof(line), "%s %s\r\n",
			 t->verb == GET ? "get" : "delete", t->name);
		return io_put(t->server.fd, line, strlen(line));
	}
	snprintf(line, sizeof(line), "%s %s 0 %lu %zu\r\n",
		 t->verb == SET ? "set" : "add", t->name, t->life,
		 t->value.n);
	return io_put(t->server.fd, line, strlen(line)) &&
	       io_put(t->server.fd, t->value.p, t->value.n) &&
	       io_put(t->server.fd, "\r\n", 2);
}

static bool read_reply(struct talk *t)
{
	size_t n, head;

	t->reply.n = 0;
	t->found = false;
	if (!in_line(&t->server, &t->reply))
		return false;
	if (t->verb != GET || sscanf(t->reply.p, "VALUE %*s %*u %zu", &n) != 1)
		return true;
	head = t->reply.n;
	if (n > ITEM_MAX || !in_take(&t->server, n + 7, &t->reply))
		return false;
	t->found = true;
	bytes_set(&t->value, t->reply.p + head, n);
	return true;
}

static bool exchange(struct talk *t)
{
	struct bytes truth = { 0 };
	bool go = true;

	if (!read_ask(t))
		return false;
	__atomic_fetch_add(&exchanges, 1, __ATOMIC_RELAXED);
	t->lie = lies_choose(t, rate, wanted);
	if (t->verb & STORE)
		lies_remember(t);
	if (t->lie && t->lie->before)
		go = t->lie->before(t);
	if (!go || !forward(t) || !read_reply(t))
		return false;
	bytes_add(&truth, t->reply.p, t->reply.n);
	if (t->lie && t->lie->after)
		go = t->lie->after(t);
	free(t->last.p);
	t->last = truth;
	return go && io_put(t->client.fd, t->reply.p, t->reply.n);
}

struct stand {
	int listener;
	const char *server;
};

struct visit {
	int fd;
	const char *server;
	uint64_t random;
};

static void *serve(void *arg)
{
	struct visit *v = arg;
	struct talk t = { .client.fd = v->fd, .random = v->random };

	t.server.fd = io_dial(v->server);
	while (t.server.fd >= 0 && exchange(&t))
		;
	if (t.server.fd >= 0)
		close(t.server.fd);
	close(t.client.fd);
	free(t.client.got.p);
	free(t.server.got.p);
	free(t.value.p);
	free(t.reply.p);
	free(t.last.p);
	free(v);
	return NULL;
}

static void *stand(void *arg)
{
	static uint64_t visits;
	const struct stand *s = arg;
	struct visit *v;
	pthread_t thread;
	int fd;

	for (;;) {
		fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
		v = fd < 0 ? NULL : calloc(1, sizeof(*v));
		if (!v)
			continue;
		*v = (struct visit){ fd, s->server, seed +
			__atomic_add_fetch(&visits, 1, __ATOMIC_RELAXED) };
		v->random = v->random * 0x9e3779b97f4a7c15u | 1;
		if (pthread_create(&thread, NULL, serve, v) == 0)
			pthread_detach(thread);
	}
	return NULL;
}

/* LISTEN=SERVER; the word stays ours. */
static int stand_up(char *word)
{
	struct stand *s = calloc(1, sizeof(*s));
	char *equals = strchr(word, '=');
	struct sockaddr_un a;
	pthread_t thread;

	if (!s || !equals)
		return -1;
	*equals = '\0';
	s->server = equals + 1;
	s->listener = io_path(word, &a);
	unlink(word); /* of one before */
	if (s->listener < 0 ||
	    bind(s->listener, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(s->listener, 128) < 0)
		return -1;
	return pthread_create(&thread, NULL, stand, s) == 0 ? 0 : -1;
}

static int proxy(int argc, char **argv)
{
	unsigned long all;
	sigset_t term;
	int sig;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &term, NULL);
	seed = strtoull(argv[0], NULL, 10);
	rate = strtoull(argv[1], NULL, 10);
	wanted = argv[2];
	for (int i = 3; i < argc; i++)
		if (stand_up(argv[i]) < 0) {
			perror(argv[i]);
			return 1;
		}
	puts("ready");
	fflush(stdout);
	sigwait(&term, &sig);
	all = lies_print();
	printf("exchanges %lu lies %lu\n", exchanges, all);
	return 0;
}

/* --- an honest one --- */

static int say(const char *server)
{
	char some[65536];
	int fd = io_dial(server);
	ssize_t n;
	pid_t pid;

	if (fd < 0) {
		perror(server);
		return 1;
	}
	pid = fork();
	if (pid == 0) {
		while ((n = read(0, some, sizeof(some))) > 0 &&
		       io_put(fd, some, (size_t)n))
			;
		io_put(fd, "quit\r\n", 6);
		_exit(0);
	}
	while ((n = recv(fd, some, sizeof(some), 0)) > 0)
		fwrite(some, 1, (size_t)n, stdout);
	waitpid(pid, NULL, 0);
	return fflush(stdout) == 0 ? 0 : 1;
}

/* It forgets what is sent behind this command: no `quit` tells its end. */
static int names(const char *server)
{
	static const char ask[] = "lru_crawler metadump all\r\n";
	struct in i = { .fd = io_dial(server) };
	struct bytes line = { 0 };
	bool end = false, more = true;

	while (i.fd >= 0 && more && !end && io_put(i.fd, ask, strlen(ask))) {
		while (!end && (more = in_line(&i, &line))) {
			if (strncmp(line.p, "BUSY", 4) == 0)
				break;
			end = strcmp(line.p, "END\r\n") == 0;
			if (!end)
				fwrite(line.p, 1, line.n, stdout);
			line.n = 0;
		}
		line.n = 0;
	}
	free(line.p);
	free(i.got.p);
	return end && fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc == 3 && strcmp(argv[1], "say") == 0)
		return say(argv[2]);
	if (argc == 3 && strcmp(argv[1], "names") == 0)
		return names(argv[2]);
	if (argc > 5 && strcmp(argv[1], "proxy") == 0)
		return proxy(argc - 2, argv + 2);
	fputs("usage: evil proxy SEED RATE LIES LISTEN=SERVER...\n"
	      "       evil say|names SERVER\n", stderr);
	return 2;
}
