#include "base/fail.h"

#include <stdarg.h>
#include <stdio.h>

int fail(struct fail *f, int status, const char *code, const char *fmt, ...)
{
	va_list ap;

	if (f->status)
		return -1;
	f->status = status;
	f->code = code;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	return -1;
}
