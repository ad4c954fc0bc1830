/*
 * How well thrift/detect.c tells programs and mathematics from the rest:
 *
 *   detect [--json] FILE...     precision and recall by set and over all
 *   detect --wrong FILE...      the texts it is wrong about
 *   detect --looks FILE...      what train.py learns from
 *
 * A FILE has one JSON object a line: "text", "set" (a name), and "code" and
 * "math", each 1, 0 or -1 where nobody knows. data.py makes such
 * files of public data.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/count.h"
#include "base/json.h"
#include "thrift/detect.h"
#include "thrift/detect_look.h"

#define SETS 256

struct tally { /* [said][is] */
	long n[2][2];
};

struct set {
	char name[64];
	struct tally code, math;
};

static struct set sets[SETS];
static size_t sets_n;
static enum { TABLE, JSON, WRONG, LOOKS } mode;
static double seconds;
static size_t bytes;

struct sample {
	struct str set, text;
	int64_t code, math;
};

static const char *const sight_names[] = {
#define X(name) #name,
	DETECT_SIGHTS(X)
#undef X
};

static struct set *set_of(struct str name)
{
	size_t i;

	for (i = 0; i < sets_n; i++)
		if (str_is(name, sets[i].name))
			return &sets[i];
	if (sets_n == SETS || name.n >= sizeof(sets[0].name)) {
		fputs("detect: too many sets, or too long a name\n", stderr);
		exit(1);
	}
	memcpy(sets[sets_n].name, name.p, name.n);
	return &sets[sets_n++];
}

static void looks_print(const struct sample *s)
{
	struct looks l;
	uint32_t words;
	int i;

	detect_look(s->text, &l);
	words = l.n[SIGHT_words];
	printf("%.*s\t%" PRId64 "\t%" PRId64 "\t", (int)s->set.n, s->set.p,
	       s->code, s->math);
	for (i = 0; i < DETECT_SIGHTS_N; i++)
		if (l.n[i])
			printf("%s=%d,%d ", sight_names[i],
			       detect_level(l.n[i]),
			       detect_share(l.n[i], words));
	putchar('\t');
	for (i = 0; i < detect_words_n; i++)
		if (l.seen[i / 64] >> (i % 64) & 1)
			printf("%s ", detect_words[i].word);
	printf("\t%d\n", detect_worth(words));
}

static void judge(struct tally *t, const char *what, bool said, int64_t is,
		  const struct sample *s)
{
	if (is < 0)
		return;
	t->n[said][is]++;
	if (mode == WRONG && said != is)
		printf("%s %s: %.*s: %.*s\n--\n", said ? "false" : "missed",
		       what, (int)s->set.n, s->set.p,
		       (int)(s->text.n < 600 ? s->text.n : 600), s->text.p);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void sample_take(const struct sample *s)
{
	struct set *set = set_of(s->set);
	double since = now();
	struct topics is = detect_topics(s->text);

	seconds += now() - since;
	bytes += s->text.n;
	if (mode == LOOKS)
		looks_print(s);
	judge(&set->code, "code", is.code, s->code, s);
	judge(&set->math, "math", is.math, s->math, s);
}

static void line_take(struct arena *a, struct str line)
{
	struct sample s = { .code = -1, .math = -1 };
	struct json_error err;
	struct json doc;

	if (json_parse(&doc, a, line, &err) < 0) {
		fprintf(stderr, "detect: %s\n", err.what);
		exit(1);
	}
	s.set = json_string(&doc, json_get(&doc, 0, "set"), a);
	s.text = json_string(&doc, json_get(&doc, 0, "text"), a);
	json_int(&doc, json_get(&doc, 0, "code"), &s.code);
	json_int(&doc, json_get(&doc, 0, "math"), &s.math);
	sample_take(&s);
}

static void file_take(const char *path)
{
	struct arena *a = arena_new();
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	if (!f) {
		perror(path);
		exit(1);
	}
	while ((n = getline(&line, &room, f)) > 0) {
		arena_reset(a);
		line_take(a, (struct str){ line, (size_t)n });
	}
	free(line);
	fclose(f);
	arena_free(&a);
}

/* --- what came of it --- */

static double share(long part, long rest)
{
	return part + rest ? (double)part / (double)(part + rest) : -1;
}

static void share_print(double v)
{
	if (v < 0)
		printf("      -");
	else
		printf("  %5.3f", v);
}

static void tally_print(const char *name, const struct tally *t)
{
	if (t->n[0][0] + t->n[0][1] + t->n[1][0] + t->n[1][1] == 0)
		return;
	if (mode == JSON) {
		printf("{\"set\":\"%s\",\"true_positive\":%ld,"
		       "\"false_negative\":%ld,\"false_positive\":%ld,"
		       "\"true_negative\":%ld}\n", name, t->n[1][1],
		       t->n[0][1], t->n[1][0], t->n[0][0]);
		return;
	}
	printf("%-40.40s %6ld %6ld %6ld %6ld", name, t->n[1][1], t->n[0][1],
	       t->n[1][0], t->n[0][0]);
	share_print(share(t->n[1][1], t->n[1][0]));
	share_print(share(t->n[1][1], t->n[0][1]));
	share_print(share(t->n[1][0], t->n[0][0]));
	putchar('\n');
}

static void tally_add(struct tally *to, const struct tally *t)
{
	int i;

	for (i = 0; i < 4; i++)
		to->n[i / 2][i % 2] += t->n[i / 2][i % 2];
}

static void report(const char *what, size_t at)
{
	struct tally all = { { { 0 } } };
	const struct tally *t;
	size_t i;

	if (mode == TABLE)
		printf("%-40s %6s %6s %6s %6s %6s %6s %6s\n", what, "hit",
		       "missed", "false", "spared", "prec.", "recall",
		       "f.rate");
	for (i = 0; i < sets_n; i++) {
		t = (const struct tally *)((const char *)&sets[i] + at);
		tally_print(sets[i].name, t);
		tally_add(&all, t);
	}
	tally_print(what, &all);
	if (mode == TABLE)
		putchar('\n');
}

int main(int argc, char **argv)
{
	static const char *const modes[] = { "", "--json", "--wrong",
					     "--looks" };
	size_t i;

	for (i = 1; i < COUNT_OF(modes) && argc > 1; i++)
		if (strcmp(argv[1], modes[i]) == 0) {
			mode = i;
			argv++, argc--;
			break;
		}
	if (argc < 2) {
		fputs("usage: detect [--json | --wrong | --looks] FILE...\n",
		      stderr);
		return 2;
	}
	while (*++argv)
		file_take(*argv);
	if (mode == WRONG || mode == LOOKS)
		return 0;
	report("code", offsetof(struct set, code));
	report("math", offsetof(struct set, math));
	if (mode == TABLE)
		printf("%.0f MB/s, both detectors\n",
		       (double)bytes / 1e6 / seconds);
	return 0;
}
