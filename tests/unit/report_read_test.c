#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "cmd/report_read.h"

#define LINES 60000

struct heard {
	int lines, too_long;
	int64_t sum, bytes;
};

static void hear(void *ctx, struct str line)
{
	struct heard *h = ctx;

	if (line.n > REPORT_LINE_MAX)
		h->too_long++;
	else
		h->lines++;
	for (size_t i = 0; i < line.n; i++)
		h->sum = 31 * (h->sum & 0xffffff) + line.p[i];
}

static void hear_bytes(void *ctx, int64_t bytes)
{
	((struct heard *)ctx)->bytes = bytes;
}

static int read_it(struct heard *h, const char *path, char why[512])
{
	const struct report_reader r = { hear, hear_bytes, h };

	*h = (struct heard){ 0 };
	why[0] = '\0';
	return report_read(&r, path, why, 512);
}

/* About 2 MB of lines of every length, and one that is too long. */
static char *make_text(size_t *n_r)
{
	char *text = malloc(8 << 20);
	size_t n = 0;

	for (int i = 0; i < LINES; i++)
		n += (size_t)sprintf(text + n, "%d%*s\n", i, i % 60, "");
	memset(text + n, 'x', 400000);
	n += 400000;
	text[n++] = '\n';
	n += (size_t)sprintf(text + n, "the last one has no end");
	*n_r = n;
	return text;
}

static void put(const char *path, const void *p, size_t n, int flags)
{
	int fd = open(path, O_WRONLY | O_CREAT | flags, 0600);

	assert_int_equal(write(fd, p, n), n);
	close(fd);
}

static void *gzip(const char *p, size_t n, size_t *n_r)
{
	size_t room = n + 65536;
	void *out = malloc(room);
	z_stream z = { .next_in = (z_const Bytef *)p, .avail_in = (uInt)n,
		       .next_out = out, .avail_out = (uInt)room };

	deflateInit2(&z, 1, Z_DEFLATED, MAX_WBITS + 16, 8,
		     Z_DEFAULT_STRATEGY);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	*n_r = room - z.avail_out;
	deflateEnd(&z);
	return out;
}

static void *zstd(const char *p, size_t n, size_t *n_r)
{
	void *out = malloc(ZSTD_compressBound(n));

	*n_r = ZSTD_compress(out, ZSTD_compressBound(n), p, n, 1);
	return out;
}

static void test_kinds(void **state)
{
	void *(*const pack[])(const char *, size_t, size_t *) = { gzip, zstd };
	char path[] = "/tmp/larder-read.XXXXXX", why[512], *text;
	struct heard plain, packed;
	size_t n, half, len;
	void *part;

	(void)state;
	close(mkstemp(path));
	text = make_text(&n);
	put(path, text, n, O_TRUNC);
	assert_int_equal(read_it(&plain, path, why), 0);
	assert_int_equal(plain.lines, LINES + 1);
	assert_int_equal(plain.too_long, 1);
	assert_int_equal(plain.bytes, n);
	for (int i = 0; i < 2; i++) {
		half = n / 3; /* two streams, cut within a line */
		part = pack[i](text, half, &len);
		put(path, part, len, O_TRUNC);
		free(part);
		part = pack[i](text + half, n - half, &len);
		put(path, part, len, O_APPEND);
		assert_int_equal(read_it(&packed, path, why), 0);
		assert_int_equal(packed.lines, plain.lines);
		assert_int_equal(packed.too_long, 1);
		assert_int_equal(packed.sum, plain.sum);
		assert_true(packed.bytes < plain.bytes);
		put(path, part, len - 5, O_TRUNC);
		free(part);
		assert_int_equal(read_it(&packed, path, why), -1);
		assert_non_null(strstr(why, "ends in the middle"));
		assert_true(packed.lines > 10000);
		put(path, "rubbish", 7, O_APPEND);
		assert_int_equal(read_it(&packed, path, why), -1);
	}
	free(text);
	unlink(path);
}

static size_t pack_stream(ZSTD_CCtx *z, char *to, size_t room)
{
	ZSTD_inBuffer in = { "a line\n", 7, 0 };
	ZSTD_outBuffer out = { to, room, 0 };

	/* Not all at once: else the window is as small as the text. */
	ZSTD_compressStream2(z, &out, &in, ZSTD_e_flush);
	assert_int_equal(ZSTD_compressStream2(z, &out, &in, ZSTD_e_end), 0);
	return out.pos;
}

/* Packed so that it takes 128 MB to unpack it: a few bytes would do for that.
 * 32 MB are fine. */
static void test_window(void **state)
{
	static const int windows[] = { 25, 27 };
	char path[] = "/tmp/larder-read.XXXXXX", why[512], out[1024];
	struct heard h;
	ZSTD_CCtx *z;
	size_t n;

	(void)state;
	close(mkstemp(path));
	for (int i = 0; i < 2; i++) {
		z = ZSTD_createCCtx();
		ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, windows[i]);
		ZSTD_CCtx_setParameter(z, ZSTD_c_contentSizeFlag, 0);
		n = pack_stream(z, out, sizeof(out));
		ZSTD_freeCCtx(z);
		put(path, out, n, O_TRUNC);
		assert_int_equal(read_it(&h, path, why), -i);
		assert_int_equal(h.lines, !i);
		assert_true(i == !!strstr(why, "needs more than 32 MB"));
	}
	unlink(path);
}

static const struct {
	const char *bytes;
	int lines;
} smalls[] = {
	{ "", 0 }, { "\n", 1 }, { "a", 1 }, { "a\n\nb", 3 },
	{ "\x1f", 1 }, { "\x28\xb5\x2f", 1 },
};

static void test_small(void **state)
{
	char path[] = "/tmp/larder-read.XXXXXX", why[512];
	struct heard h;

	(void)state;
	close(mkstemp(path));
	for (size_t i = 0; i < sizeof(smalls) / sizeof(*smalls); i++) {
		put(path, smalls[i].bytes, strlen(smalls[i].bytes), O_TRUNC);
		assert_int_equal(read_it(&h, path, why), 0);
		assert_int_equal(h.lines, smalls[i].lines);
	}
	put(path, "\x1f\x8b no gzip", 10, O_TRUNC);
	assert_int_equal(read_it(&h, path, why), -1);
	assert_non_null(strstr(why, "cannot be unpacked"));
	unlink(path);
	assert_int_equal(read_it(&h, path, why), -1);
	assert_non_null(strstr(why, path));
	assert_int_equal(read_it(&h, "/", why), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
