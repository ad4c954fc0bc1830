#include "thrift/detect.h"

#include "thrift/detect_look.h"

static int bits(uint64_t n, int most)
{
	int b = 0;

	while (n && b < most) {
		n >>= 1;
		b++;
	}
	return b;
}

int detect_level(uint32_t n)
{
	return bits(n, 6);
}

int detect_share(uint32_t n, uint32_t words)
{
	return bits((uint64_t)n * 256 / ((uint64_t)words + 16), 8);
}

int detect_worth(uint32_t words)
{
	return words < 64 ? 16 : words < 128 ? 14 : words < 256 ? 12 :
	       words < 512 ? 9 : words < 1024 ? 7 : words < 4096 ? 5 : 3;
}

static int64_t sights_weigh(const struct looks *l,
			    const struct detect_weight *w)
{
	uint32_t words = l->n[SIGHT_words];
	int64_t sum = 0;
	int i;

	for (i = 0; i < DETECT_SIGHTS_N; i++)
		if (l->n[i])
			sum += w[i].level * detect_level(l->n[i]) +
			       w[i].share * detect_share(l->n[i], words);
	return sum;
}

static int64_t words_weigh(const struct looks *l, bool math)
{
	int64_t sum = 0;
	uint64_t left;
	int i, at;

	for (i = 0; i < DETECT_WORDS_MAX / 64; i++)
		for (left = l->seen[i]; left; left &= left - 1) {
			at = 64 * i + __builtin_ctzll(left);
			sum += math ? detect_words[at].math :
				      detect_words[at].code;
		}
	return sum * detect_worth(l->n[SIGHT_words]) / 16;
}

struct topics detect_topics(struct str text)
{
	struct looks l;

	if (text.n > DETECT_MOST)
		text.n = DETECT_MOST;
	detect_look(text, &l);
	return (struct topics){
		.code = detect_code_bias +
			sights_weigh(&l, detect_code_weights) +
			words_weigh(&l, false) > 0,
		.math = detect_math_bias +
			sights_weigh(&l, detect_math_weights) +
			words_weigh(&l, true) > 0,
	};
}
