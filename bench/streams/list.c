/* Lists of times, and the memory of a process. */
#include <stdio.h>
#include <stdlib.h>

#include "ask.h"

void ask_list_add(struct ask_list *l, double us)
{
	if (l->n == l->max) {
		l->max = l->max ? l->max * 2 : 1024;
		l->us = realloc(l->us, (size_t)l->max * sizeof(*l->us));
		if (!l->us)
			abort();
	}
	l->us[l->n++] = us;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double ask_list_at(struct ask_list *l, double q)
{
	if (!l->n)
		return 0;
	qsort(l->us, (size_t)l->n, sizeof(*l->us), by_size);
	return l->us[(int)((l->n - 1) * q + 0.5)];
}

static long own_kb(long pid)
{
	char path[64], line[256];
	long kb = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Pss: %ld kB", &kb) == 1)
			break;
	fclose(f);
	return kb;
}

long ask_pss_kb(long pid)
{
	long kb = own_kb(pid), child;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", pid, pid);
	f = fopen(path, "r");
	if (!f)
		return kb;
	while (fscanf(f, "%ld", &child) == 1)
		kb += ask_pss_kb(child);
	fclose(f);
	return kb;
}
