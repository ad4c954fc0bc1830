/* Lines of the usage log as larder ends them: by their checksum. */
#ifndef TESTS_LOG_LINE_H
#define TESTS_LOG_LINE_H

#include <stdio.h>
#include <string.h>

#include "base/crc32c.h"

/* line is an object but for its closing brace, and has room for 19 bytes
 * more. */
static inline void log_line_close(char *line)
{
	size_t n = strlen(line);

	snprintf(line + n, 19, ",\"crc\":\"%08x\"}", crc32c(0, line, n));
}

#endif
