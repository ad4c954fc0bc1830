/* Numbers as bytes, little endian whatever the machine. */
#ifndef STORE_LE_H
#define STORE_LE_H

#include <stddef.h>
#include <stdint.h>

static inline void le_put(uint8_t *to, size_t bytes, uint64_t v)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (uint8_t)(v >> (8 * i));
}

static inline uint64_t le_get(const void *from, size_t bytes)
{
	const uint8_t *p = from;
	uint64_t v = 0;

	for (size_t i = 0; i < bytes; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

#endif
