/*
 * What the shell cannot do for the end-to-end tests.
 *     helper port      prints a TCP port of 127.0.0.1 that is free now, below
 *                      those the kernel gives to outgoing connections
 *     helper arrive    copies lines from stdin to stdout, each with the
 *                      milliseconds since the start before it
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int port_is_free(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0), ok;

	if (fd < 0)
		return 0;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons(port);
	ok = bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
	close(fd);
	return ok;
}

static int port(void)
{
	for (int i = 0; i < 1000; i++) {
		uint16_t n;

		if (getrandom(&n, sizeof(n), 0) != sizeof(n))
			return 1;
		n = (uint16_t)(12000 + n % 20000);
		if (port_is_free(n))
			return printf("%d\n", n) < 0;
	}
	return 1;
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int arrive(void)
{
	long start = now_ms();
	int at_start = 1;
	char buf[65536];
	ssize_t n;

	while ((n = read(0, buf, sizeof(buf))) > 0) {
		long ms = now_ms() - start;

		for (ssize_t i = 0; i < n; i++) {
			if (at_start)
				printf("%ld ", ms);
			putchar(buf[i]);
			at_start = buf[i] == '\n';
		}
		fflush(stdout);
	}
	return n < 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "port") == 0)
		return port();
	if (argc == 2 && strcmp(argv[1], "arrive") == 0)
		return arrive();
	fputs("usage: helper port|arrive\n", stderr);
	return 2;
}
