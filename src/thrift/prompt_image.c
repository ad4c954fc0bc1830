#include "thrift/prompt_image.h"

#include "base/count.h"
#include "dialect/model_name.h"
#include "thrift/family.h"

/* -- size ------------------------------------------------------------------ */

#define SEGMENTS 64 /* of a JPEG, looked at before its frame */
#define WIDEST (1u << 20)

static int digit_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* The byte at `at` of what s encodes, or -1: none of it is decoded but what
 * is looked at. */
static int byte_at(struct str s, size_t at)
{
	size_t first = at / 3 * 4 + at % 3;
	int high, low, shift = (int)(at % 3) * 2;

	if (first + 1 >= s.n)
		return -1;
	high = digit_of(s.p[first]);
	low = digit_of(s.p[first + 1]);
	if (high < 0 || low < 0)
		return -1;
	return (high << (2 + shift) | low >> (4 - shift)) & 0xff;
}

/* n bytes as a number, or -1. */
static int64_t number_at(struct str s, size_t at, size_t n, bool little)
{
	int64_t v = 0;
	size_t i;
	int c;

	for (i = 0; i < n; i++) {
		c = byte_at(s, little ? at + n - 1 - i : at + i);
		if (c < 0)
			return -1;
		v = v << 8 | c;
	}
	return v;
}

static bool reads(struct str s, size_t at, struct str bytes)
{
	size_t i;

	for (i = 0; i < bytes.n; i++) {
		if (byte_at(s, at + i) != (unsigned char)bytes.p[i])
			return false;
	}
	return true;
}

static int sized(int64_t wide, int64_t high, struct image_size *out_r)
{
	if (wide < 1 || high < 1)
		return 0;
	out_r->wide = (uint32_t)(wide < WIDEST ? wide : WIDEST);
	out_r->high = (uint32_t)(high < WIDEST ? high : WIDEST);
	return 1;
}

/* Its frame header stands behind other segments, each of which says how long
 * it is. */
static int jpeg_size(struct str s, struct image_size *out_r)
{
	size_t at = 2;
	int64_t len;
	int i, marker;

	for (i = 0; i < SEGMENTS && byte_at(s, at) == 0xff; i++) {
		marker = byte_at(s, at + 1);
		len = number_at(s, at + 2, 2, false);
		if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 &&
		    marker != 0xc8 && marker != 0xcc)
			return sized(number_at(s, at + 7, 2, false),
				     number_at(s, at + 5, 2, false), out_r);
		if (len < 2)
			return 0;
		at += 2 + (size_t)len;
	}
	return 0;
}

static int webp_size(struct str s, struct image_size *out_r)
{
	int64_t bits;

	if (reads(s, 12, STR("VP8X")))
		return sized(number_at(s, 24, 3, true) + 1,
			     number_at(s, 27, 3, true) + 1, out_r);
	if (reads(s, 12, STR("VP8L"))) {
		bits = number_at(s, 21, 4, true);
		return bits < 0 ? 0 : sized((bits & 0x3fff) + 1,
					    (bits >> 14 & 0x3fff) + 1, out_r);
	}
	if (!reads(s, 12, STR("VP8 ")))
		return 0;
	return sized(number_at(s, 26, 2, true) & 0x3fff,
		     number_at(s, 28, 2, true) & 0x3fff, out_r);
}

int image_size(struct str s, struct image_size *out_r)
{
	if (reads(s, 0, STR("\x89PNG\r\n\x1a\n")))
		return sized(number_at(s, 16, 4, false),
			     number_at(s, 20, 4, false), out_r);
	if (reads(s, 0, STR("GIF8")))
		return sized(number_at(s, 6, 2, true),
			     number_at(s, 8, 2, true), out_r);
	if (reads(s, 0, STR("\xff\xd8")))
		return jpeg_size(s, out_r);
	if (reads(s, 0, STR("RIFF")) && reads(s, 8, STR("WEBP")))
		return webp_size(s, out_r);
	return 0;
}

struct str image_inline(struct str url)
{
	static const struct str mark = STR("base64,");
	const char *comma;
	size_t head;

	if (!str_istarts(url, STR("data:")))
		return STR("");
	comma = memchr(url.p, ',', url.n < 256 ? url.n : 256);
	if (!comma)
		return STR("");
	head = (size_t)(comma - url.p) + 1;
	if (head < mark.n ||
	    strncasecmp(url.p + head - mark.n, mark.p, mark.n) != 0)
		return STR("");
	return str_from(url, head);
}

/* -- price ----------------------------------------------------------------- */

/* OpenAI's models by how their names begin, the first that fits; the last
 * row is for the others. */
static const struct image_price {
	const char *begins;
	uint16_t base, tile;  /* tokens, and for 512 by 512 pixels */
	uint16_t hundredths;  /* of a token for a patch of 32 by 32; or 0 */
} prices[] = {
	{ "gpt-4o-mini", 2833, 5667, 0 }, { "gpt-4.1-mini", 0, 0, 162 },
	{ "gpt-4.1-nano", 0, 0, 246 },	  { "gpt-5-mini", 0, 0, 162 },
	{ "gpt-5-nano", 0, 0, 246 },	  { "o4-mini", 0, 0, 172 },
	{ "gpt-5", 70, 140, 0 },	  { "o1", 75, 150, 0 },
	{ "o3", 75, 150, 0 },		  { "computer-use", 65, 129, 0 },
	{ "", 85, 170, 0 },
};

static uint64_t parts(uint64_t length, uint64_t part)
{
	return (length + part - 1) / part;
}

/* Scaled down until `measure` of it is no more than `most`. */
static void shrink(uint64_t *wide, uint64_t *high, uint64_t measure,
		   uint64_t most)
{
	if (measure <= most)
		return;
	*wide = *wide * most / measure;
	*high = *high * most / measure;
	*wide += !*wide;
	*high += !*high;
}

static uint64_t longer(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static size_t tiles(const struct image_price *p, uint64_t wide, uint64_t high)
{
	shrink(&wide, &high, longer(wide, high), 2048);
	shrink(&wide, &high, wide < high ? wide : high, 768);
	return p->base + p->tile * (size_t)(parts(wide, 512) *
					    parts(high, 512));
}

/* The whole root of n, which is no more than most * most. */
static uint64_t root(uint64_t n, uint64_t most)
{
	uint64_t low = 0, mid;

	while (low < most) {
		mid = (low + most + 1) / 2;
		if (mid * mid <= n)
			low = mid;
		else
			most = mid - 1;
	}
	return low ? low : 1;
}

/* At most 1536 patches: an image of more is scaled to that many, and then
 * until one of its sides is whole patches. */
static size_t patches(const struct image_price *p, uint64_t wide,
		      uint64_t high)
{
	const uint64_t most = 1536;
	uint64_t n = parts(wide, 32) * parts(high, 32), across, down;

	if (n > most) {
		across = root(most * wide / high, most);
		down = root(most * high / wide, most);
		if (across * high < down * wide)
			n = across * parts(across * high, wide);
		else
			n = down * parts(down * wide, high);
		n = n < most ? n : most;
	}
	return (size_t)parts(n * p->hundredths, 100);
}

static size_t openai(struct str model, uint64_t wide, uint64_t high, bool low)
{
	const struct image_price *p = prices;

	model = model_bare(model);
	while (!str_istarts(model, str_c(p->begins)))
		p++;
	if (p->hundredths)
		return patches(p, wide, high);
	return low ? p->base : tiles(p, wide, high);
}

size_t image_tokens(struct str model, unsigned family,
		    const struct image_size *size, bool low)
{
	uint64_t wide = size->wide, high = size->high, n;
	const char *name = family_name(family);

	if (strcmp(name, "gpt") == 0)
		return openai(model, wide, high, low);
	if (strcmp(name, "gemma") == 0)
		return 256;
	if (strcmp(name, "gemini") == 0) {
		n = wide <= 384 && high <= 384 ? 1 :
			parts(wide, 768) * parts(high, 768);
		return 258 * (size_t)(n < 16 ? n : 16);
	}
	/* Anthropic's, and nearly that of others that are known. */
	shrink(&wide, &high, longer(wide, high), 1568);
	n = parts(wide * high, 750);
	return (size_t)(n < 1600 ? n : 1600);
}
