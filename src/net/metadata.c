#include "net/metadata.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "base/count.h"

static const struct {
	uint32_t net;
	int bits;
} v4[] = {
	{ 0xa9fe0000, 16 }, /* 169.254.0.0: link-local; most clouds */
	{ 0x646464c8, 32 }, /* 100.100.100.200: Alibaba */
	{ 0xa83f8110, 32 }, /* 168.63.129.16: Azure's own */
	{ 0xc00000c0, 32 }, /* 192.0.0.192: Oracle, once */
};

static const struct {
	uint8_t head[16];
	size_t bits;
} v6[] = {
	{ { 0xfe, 0x80 }, 10 },                   /* link-local */
	{ { 0xfd, 0x00, 0x0e, 0xc2 }, 32 },       /* fd00:ec2::254: AWS */
	{ { 0xfd, 0x20, 0x00, 0xce }, 32 },       /* fd20:ce::254: Google */
};

/* Where an IPv4 address may stand in an IPv6 one, and behind what. */
static const struct {
	uint8_t head[12];
	size_t n, at;
} holds[] = {
	{ { 0 }, 12, 12 },                        /* ::1.2.3.4 */
	{ { [10] = 0xff, [11] = 0xff }, 12, 12 }, /* ::ffff:1.2.3.4 */
	{ { [8] = 0xff, [9] = 0xff }, 12, 12 },   /* ::ffff:0:1.2.3.4 */
	{ { 0x00, 0x64, 0xff, 0x9b }, 12, 12 },   /* 64:ff9b::1.2.3.4 */
	{ { 0x20, 0x02 }, 2, 2 },                 /* 2002:102:304:: */
};

bool metadata_v4(const struct in_addr *a)
{
	uint32_t host = ntohl(a->s_addr);

	for (size_t i = 0; i < COUNT_OF(v4); i++)
		if ((host ^ v4[i].net) >> (32 - v4[i].bits) == 0)
			return true;
	return false;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, size_t bits)
{
	size_t whole = bits / 8, rest = bits % 8;

	return memcmp(a, b, whole) == 0 &&
	       (!rest || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

bool metadata_v6(const struct in6_addr *a)
{
	struct in_addr inner;

	for (size_t i = 0; i < COUNT_OF(v6); i++)
		if (same_bits(a->s6_addr, v6[i].head, v6[i].bits))
			return true;
	for (size_t i = 0; i < COUNT_OF(holds); i++) {
		if (memcmp(a->s6_addr, holds[i].head, holds[i].n) != 0)
			continue;
		memcpy(&inner, a->s6_addr + holds[i].at, sizeof(inner));
		if (metadata_v4(&inner))
			return true;
	}
	return false;
}
