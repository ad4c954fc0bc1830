#include "cmd/report_marks.h"

#include <stdlib.h>

#include "cmd/report_mix.h"

#define PAGE 1024 /* blocks that are made together */
#define PAGES (REPORT_MARKS_BLOCKS / PAGE)
#define CHAINS REPORT_MARKS_BLOCKS

struct block {
	uint64_t run;
	int64_t at;    /* its numbers divided by REPORT_MARKS_LINES */
	uint32_t next; /* of its chain, and one; 0: none */
	uint16_t mark[REPORT_MARKS_LINES]; /* 0: not known */
};

struct report_marks {
	struct block *page[PAGES]; /* in the order in which they came */
	uint32_t chain[CHAINS];    /* a block's number, and one; 0: none */
	uint32_t n, oldest;
};

struct report_marks *report_marks_new(void)
{
	struct report_marks *m = calloc(1, sizeof(*m));

	if (!m)
		abort();
	return m;
}

void report_marks_free(struct report_marks **m)
{
	if (!*m)
		return;
	for (size_t i = 0; i < PAGES; i++)
		free((*m)->page[i]);
	free(*m);
	*m = NULL;
}

static struct block *block_of(const struct report_marks *m, uint32_t number)
{
	return &m->page[number / PAGE][number % PAGE];
}

static size_t chain_of(uint64_t run, int64_t at)
{
	return report_mix(run, (uint64_t)at) & (CHAINS - 1);
}

static struct block *find(const struct report_marks *m, uint64_t run,
			  int64_t at)
{
	uint32_t next = m->chain[chain_of(run, at)];
	struct block *b;

	for (; next; next = b->next) {
		b = block_of(m, next - 1);
		if (b->run == run && b->at == at)
			return b;
	}
	return NULL;
}

/* Takes it out of its chain. */
static void forget(struct report_marks *m, uint32_t number)
{
	struct block *b = block_of(m, number);
	uint32_t *link = &m->chain[chain_of(b->run, b->at)];

	while (*link != number + 1)
		link = &block_of(m, *link - 1)->next;
	*link = b->next;
}

/* The number of one that is free. */
static uint32_t take(struct report_marks *m)
{
	uint32_t number = m->n;

	if (number == REPORT_MARKS_BLOCKS) {
		number = m->oldest;
		m->oldest = (number + 1) % REPORT_MARKS_BLOCKS;
		forget(m, number);
		return number;
	}
	if (number % PAGE == 0)
		m->page[number / PAGE] = calloc(PAGE, sizeof(struct block));
	if (!m->page[number / PAGE])
		abort();
	m->n++;
	return number;
}

static struct block *make(struct report_marks *m, uint64_t run, int64_t at)
{
	uint32_t number = take(m);
	uint32_t *chain = &m->chain[chain_of(run, at)];
	struct block *b = block_of(m, number);

	*b = (struct block){ .run = run, .at = at, .next = *chain };
	*chain = number + 1;
	return b;
}

static uint16_t mark_of(uint64_t sum)
{
	return (uint16_t)(sum % UINT16_MAX + 1);
}

void report_marks_put(struct report_marks *m, uint64_t run, int64_t seq,
		      uint64_t sum)
{
	int64_t at = seq / REPORT_MARKS_LINES;
	struct block *b = find(m, run, at);

	if (!b)
		b = make(m, run, at);
	b->mark[seq % REPORT_MARKS_LINES] = mark_of(sum);
}

int report_marks_same(const struct report_marks *m, uint64_t run, int64_t seq,
		      uint64_t sum)
{
	const struct block *b = find(m, run, seq / REPORT_MARKS_LINES);
	uint16_t had = b ? b->mark[seq % REPORT_MARKS_LINES] : 0;

	return had ? had == mark_of(sum) : -1;
}
