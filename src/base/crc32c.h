/* CRC-32C (Castagnoli), the checksum of iSCSI and ext4. It finds accidents,
 * not forgeries. */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Of n bytes; crc is 0, or the result over the bytes before them. */
uint32_t crc32c(uint32_t crc, const void *p, size_t n);

#endif
