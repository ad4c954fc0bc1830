#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define SELDOM_MS 10000

static void emit(unsigned skipped, const char *fmt, va_list ap)
{
	char line[1024];
	int n = snprintf(line, sizeof(line), "larder[%d]: ", (int)getpid());

	n += vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, ap);
	if (n > (int)sizeof(line) - 48)
		n = (int)sizeof(line) - 48;
	if (skipped)
		n += snprintf(line + n, sizeof(line) - (size_t)n,
			      " (and %u more like it)", skipped);
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* nowhere left to complain */
}

void log_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(0, fmt, ap);
	va_end(ap);
}

void log_gated(struct log_gate *g, const char *fmt, ...)
{
	long long now = clock_mono_ms(), next = g->next_ms;
	va_list ap;

	if (now < next ||
	    !__atomic_compare_exchange_n(&g->next_ms, &next, now + SELDOM_MS,
					 0, __ATOMIC_RELAXED,
					 __ATOMIC_RELAXED)) {
		g->skipped++;
		return;
	}
	va_start(ap, fmt);
	emit(__atomic_exchange_n(&g->skipped, 0, __ATOMIC_RELAXED), fmt, ap);
	va_end(ap);
}
