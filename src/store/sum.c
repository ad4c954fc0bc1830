#include "store/sum.h"

#include <string.h>

/* Odd numbers with their bits well spread (golden ratio and two of its
 * kind): multiplying by an odd number loses nothing. */
#define ODD_1 0x9e3779b97f4a7c15ull
#define ODD_2 0xd1342543de82ef95ull
#define ODD_3 0xaf251af3b0f025b5ull
#define LANES 4

/* Xor, multiply, fold: each is reversible, so two different words never
 * leave the same lane behind. */
static inline uint64_t mix(uint64_t lane, uint64_t word)
{
	lane = (lane ^ word) * ODD_1;
	return lane ^ lane >> 32;
}

static inline uint64_t word_at(const char *p, size_t n)
{
	uint64_t w = 0;

	memcpy(&w, p, n);
	return w;
}

uint64_t sum64(uint64_t seed, const void *p, size_t n)
{
	const char *at = p;
	size_t left = n, i;
	uint64_t lane[LANES], h = mix(seed ^ ODD_2, n);

	/* Four lanes, because one waits for its multiplication. */
	for (i = 0; i < LANES; i++)
		lane[i] = seed + (i + 1) * ODD_3;
	for (; left >= 8 * LANES; at += 8 * LANES, left -= 8 * LANES)
		for (i = 0; i < LANES; i++)
			lane[i] = mix(lane[i], word_at(at + 8 * i, 8));
	for (i = 0; i < LANES; i++)
		h = mix(h, lane[i]);
	for (; left >= 8; at += 8, left -= 8)
		h = mix(h, word_at(at, 8));
	if (left)
		h = mix(h, word_at(at, left));
	return mix(h, ODD_3);
}
