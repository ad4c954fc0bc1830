/*
 * Diagnostics for the operator, a line each on stderr (which the web server
 * or systemd keeps). Not the usage log. Never give it a prompt, an answer or
 * a credential.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/* "larder[PID]: text". */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* For trouble that repeats: at most one line each ten seconds a place, with
 * the number of those left out. */
#define log_seldom(...)                                    \
	do {                                               \
		static struct log_gate gate_;              \
		log_gated(&gate_, __VA_ARGS__);            \
	} while (0)

struct log_gate {
	_Atomic long long next_ms;
	_Atomic unsigned skipped;
};
void log_gated(struct log_gate *g, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
