/*
 * Many requests at once to a web server on 127.0.0.1.
 *
 *   storm same [OPTION...] BODY    one question, at the same moment
 *       -n N     so many times (200)
 *       -H LINE  a further header
 *       -o FILE  keeps the body that came last
 *   storm load [OPTION...]         questions whose answers tell whose they
 *                                  are (storm_self.h), each looked at
 *       -c N     connections (16)     -s SECONDS  for so long (5)
 *       -k N     questions (300)      -t N        tenants (4)
 *       -f N     one in N requests is for a question that is new; a few
 *                ask each of those (16)
 *       -S N     percent of streams (30)
 *       -K PGID  kills processes called "larder" in that group (not its
 *                leader), one each 2 to 20 ms; more groups take turns
 *       -x N     ends after so many kills instead
 *   both:
 *       -P PORT  where; with several they take turns
 *       -u PATH  (/v1/chat/completions)
 *       -l SECONDS  what takes longer hangs (30)
 *
 * Prints one line of JSON; exit status 1 when something hung or was wrong.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "storm.h"
#include "storm_kill.h"

#define FRESH_ASKED 4 /* how many requests in a row are for a new question */

struct run run;

static unsigned long chance(unsigned long n)
{
	uint64_t x = run.seed += 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return n ? (unsigned long)((x ^ (x >> 31)) % n) : 0;
}

/* -- two kinds of storm ------------------------------------------------ */

static size_t waiting(void)
{
	size_t n = 0;

	for (size_t i = 0; i < run.n; i++)
		n += run.caller[i].waiting;
	return n;
}

static void storm_same(void)
{
	size_t i;

	for (i = 0; i < run.n; i++)
		if (call_open(&run.caller[i]) < 0)
			words_add(&run.ends, "unconnected");
	for (i = 0; i < run.n; i++)
		call_ask(&run.caller[i]);
	while (waiting()) {
		call_hear(100);
		call_find_hung();
	}
}

static void choose(struct caller *c)
{
	unsigned long n;

	c->q.tenant = chance(run.tenants);
	c->q.stream = chance(100) < run.streams;
	if (run.fresh && chance(run.fresh) == 0) {
		n = run.new_question++;
		c->q.number = run.questions + n / FRESH_ASKED;
		c->q.tenant = n / FRESH_ASKED % run.tenants;
	} else {
		c->q.number = chance(run.questions);
	}
}

static void storm_load(void)
{
	int64_t end = now_us() + (int64_t)(run.seconds * 1e6), looked = 0;
	bool over = false;

	while (!over || waiting()) {
		over = over || (kill_wanted() ? kill_over() : now_us() >= end);
		for (size_t i = 0; i < run.n && !over; i++) {
			if (run.caller[i].waiting)
				continue;
			choose(&run.caller[i]);
			call_ask(&run.caller[i]);
		}
		call_hear(over ? 100 : 20);
		if (now_us() - looked > 100000) {
			looked = now_us();
			call_find_hung();
		}
	}
}

static void print(double seconds)
{
	printf("{\"requests\":%llu,\"answered\":%llu,\"seconds\":%.1f,"
	       "\"status\":", (unsigned long long)run.requests,
	       (unsigned long long)run.answered, seconds);
	words_print(&run.status, stdout);
	fputs(",\"cache\":", stdout);
	words_print(&run.cache, stdout);
	fputs(",\"ends\":", stdout);
	words_print(&run.ends, stdout);
	if (!run.load)
		printf(",\"bodies\":%zu", run.nbodies);
	if (kill_wanted())
		printf(",\"kills\":%lu", kill_count());
	fputs(",\"first_ms\":", stdout);
	times_print(&run.first, stdout);
	fputs(",\"ms\":", stdout);
	times_print(&run.last, stdout);
	fputs(",\"hit_ms\":", stdout);
	times_print(&run.hits, stdout);
	puts("}");
}

/* -- options ----------------------------------------------------------- */

static int usage(void)
{
	fputs("usage: storm same|load [OPTION...] [BODY]; see storm.c\n",
	      stderr);
	return 2;
}

static void add_header(const char *line)
{
	size_t n = strlen(run.header);

	snprintf(run.header + n, sizeof(run.header) - n, "%s\r\n", line);
}

static int option(int c)
{
	switch (c) {
	case 'P':
		if (run.ports < PORTS_MAX)
			run.port[run.ports++] = atoi(optarg);
		break;
	case 'n': case 'c': run.n = strtoul(optarg, NULL, 10); break;
	case 's': run.seconds = atof(optarg); break;
	case 'l': run.hang_s = atof(optarg); break;
	case 'k': run.questions = strtoul(optarg, NULL, 10); break;
	case 't': run.tenants = strtoul(optarg, NULL, 10); break;
	case 'f': run.fresh = strtoul(optarg, NULL, 10); break;
	case 'S': run.streams = strtoul(optarg, NULL, 10); break;
	case 'o': run.out = optarg; break;
	case 'u': run.path = optarg; break;
	case 'H': add_header(optarg); break;
	case 'K': kill_among(atoi(optarg)); break;
	case 'x': kill_times(strtoul(optarg, NULL, 10)); break;
	default: return -1;
	}
	return 0;
}

static int read_options(int argc, char **argv)
{
	int c;

	if (argc < 2)
		return -1;
	run.load = strcmp(argv[1], "load") == 0;
	if (!run.load && strcmp(argv[1], "same") != 0)
		return -1;
	run.path = "/v1/chat/completions";
	run.n = run.load ? 16 : 200;
	run.seconds = 5;
	run.hang_s = 30;
	run.questions = 300;
	run.tenants = 4;
	run.fresh = 16;
	run.streams = 30;
	optind = 2;
	while ((c = getopt(argc, argv, "P:n:c:s:l:k:t:f:S:o:u:H:K:x:")) != -1)
		if (option(c) < 0)
			return -1;
	run.body = argv[optind];
	return run.n && run.ports && run.tenants && run.questions &&
			       (run.load || run.body) ? 0 : -1;
}

int main(int argc, char **argv)
{
	int64_t began;

	if (read_options(argc, argv) < 0)
		return usage();
	run.caller = calloc(run.n, sizeof(*run.caller));
	run.ep = epoll_create1(EPOLL_CLOEXEC);
	if (!run.caller || run.ep < 0)
		return 2;
	run.seed = (uint64_t)now_us();
	run.new_question = (unsigned long)(now_us() / 100);
	for (size_t i = 0; i < run.n; i++) {
		run.caller[i].fd = -1;
		run.caller[i].port = run.port[i % run.ports];
	}
	began = now_us();
	kill_start();
	if (run.load)
		storm_load();
	else
		storm_same();
	kill_stop();
	print((double)(now_us() - began) / 1e6);
	return words_count(&run.ends, "hung") ||
	       words_count(&run.ends, "wrong");
}
