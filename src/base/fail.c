#include "base/fail.h"

#include <stdarg.h>
#include <stdio.h>

/* The first refusal stands. */
static void fill(struct fail *f, int status, const char *code,
		 const char *fmt, va_list ap)
	__attribute__((format(printf, 4, 0)));

static void fill(struct fail *f, int status, const char *code,
		 const char *fmt, va_list ap)
{
	f->status = status;
	f->code = code;
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
}

int fail(struct fail *f, int status, const char *code, const char *fmt, ...)
{
	va_list ap;

	if (f->status)
		return -1;
	va_start(ap, fmt);
	fill(f, status, code, fmt, ap);
	va_end(ap);
	return -1;
}

int fail_operator(struct fail *f, int status, const char *code,
		  const char *fmt, ...)
{
	va_list ap;

	if (f->status)
		return -1;
	f->operator_fault = true;
	va_start(ap, fmt);
	fill(f, status, code, fmt, ap);
	va_end(ap);
	return -1;
}

int fail_param(struct fail *f, const char *param, int status,
	       const char *code, const char *fmt, ...)
{
	va_list ap;

	if (f->status)
		return -1;
	f->param = param;
	va_start(ap, fmt);
	fill(f, status, code, fmt, ap);
	va_end(ap);
	return -1;
}
