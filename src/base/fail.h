/*
 * A refusal on its way to the caller. Whoever refuses fills it, one place
 * (serve/step_reply.c) renders it in the caller's dialect.
 */
#ifndef BASE_FAIL_H
#define BASE_FAIL_H

#include <stdbool.h>

struct fail {
	int status;        /* HTTP; 0 means nothing failed */
	const char *code;  /* such as "model_not_found"; it and param outlive
			    * the refusal: static, or of the request's arena */
	const char *param; /* member of the body at fault, or NULL */
	int retry_after_s; /* > 0 sends Retry-After */
	bool operator_fault; /* our configuration: x-should-retry: false */
	char text[512];    /* what happened and what to do; no secrets */
};

/* Fills *f unless it is filled already. Returns -1, so that a function can
 * end with `return fail(f, 400, "invalid_json", "...")`. */
int fail(struct fail *f, int status, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* The same for a fault of the operator's, which no retry will mend. */
int fail_operator(struct fail *f, int status, const char *code,
		  const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* The same for a fault in a member of the body. */
int fail_param(struct fail *f, const char *param, int status,
	       const char *code, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

#endif
