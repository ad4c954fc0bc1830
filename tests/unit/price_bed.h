/* A table of prices written where a test wants it. */
#ifndef UNIT_PRICE_BED_H
#define UNIT_PRICE_BED_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "thrift/price.h"

static inline void price_bed_write(const char *path, const char *json)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, json, strlen(json)),
			 (ssize_t)strlen(json));
	close(fd);
}

static inline struct prices *price_bed_load(const char *json, char *err,
					    size_t n)
{
	char path[] = "/tmp/larder-prices.XXXXXX";
	int fd = mkstemp(path);
	struct prices *p;

	assert_true(fd >= 0);
	close(fd);
	price_bed_write(path, json);
	p = prices_load(path, err, n);
	unlink(path);
	return p;
}

#endif
