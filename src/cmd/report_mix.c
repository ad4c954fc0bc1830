#include "cmd/report_mix.h"

#include <stdlib.h>
#include <sys/random.h>

uint64_t report_mix_seed(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		abort();
	return seed;
}
