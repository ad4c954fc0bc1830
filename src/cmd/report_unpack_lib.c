/* The only file that includes zlib and libzstd, built into unpack.so. Both
 * formats may be several streams one behind the other. */
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "cmd/report_unpack.h"

struct unpacker {
	enum unpack_kind kind;
	z_stream z;
	ZSTD_DStream *zstd;
};

#define GZIP_ONLY 16 /* beside the window's size: no other header passes */

static int begin_kind(struct unpacker *u)
{
	if (u->kind == UNPACK_GZIP)
		return inflateInit2(&u->z, MAX_WBITS + GZIP_ONLY) == Z_OK ?
		       0 : -1;
	u->zstd = ZSTD_createDStream();
	if (!u->zstd)
		return -1;
	ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, UNPACK_WINDOW);
	return 0;
}

static void *begin(enum unpack_kind kind)
{
	struct unpacker *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->kind = kind;
	if (begin_kind(u) == 0)
		return u;
	free(u);
	return NULL;
}

static enum unpack_state step_gzip(struct unpacker *u, struct unpack_io *io)
{
	uInt in = io->in_n < UINT_MAX ? (uInt)io->in_n : UINT_MAX;
	uInt out = io->out_n < UINT_MAX ? (uInt)io->out_n : UINT_MAX;
	int rc;

	u->z.next_in = (z_const Bytef *)io->in;
	u->z.avail_in = in;
	u->z.next_out = (Bytef *)io->out;
	u->z.avail_out = out;
	rc = inflate(&u->z, Z_NO_FLUSH);
	io->in += in - u->z.avail_in;
	io->in_n -= in - u->z.avail_in;
	io->out += out - u->z.avail_out;
	io->out_n -= out - u->z.avail_out;
	if (rc == Z_STREAM_END)
		return inflateReset(&u->z) == Z_OK ? UNPACK_WHOLE :
						     UNPACK_BROKEN;
	return rc == Z_OK || rc == Z_BUF_ERROR ? UNPACK_INSIDE :
						 UNPACK_BROKEN;
}

static enum unpack_state step_zstd(struct unpacker *u, struct unpack_io *io)
{
	ZSTD_inBuffer in = { io->in, io->in_n, 0 };
	ZSTD_outBuffer out = { io->out, io->out_n, 0 };
	size_t rc = ZSTD_decompressStream(u->zstd, &out, &in);

	io->in += in.pos;
	io->in_n -= in.pos;
	io->out += out.pos;
	io->out_n -= out.pos;
	if (ZSTD_getErrorCode(rc) == ZSTD_error_frameParameter_windowTooLarge)
		return UNPACK_TOO_WIDE;
	return ZSTD_isError(rc) ? UNPACK_BROKEN :
	       rc == 0 ? UNPACK_WHOLE : UNPACK_INSIDE;
}

static enum unpack_state step(void *unpacker, struct unpack_io *io)
{
	struct unpacker *u = unpacker;

	return u->kind == UNPACK_GZIP ? step_gzip(u, io) : step_zstd(u, io);
}

static void end(void *unpacker)
{
	struct unpacker *u = unpacker;

	if (u->kind == UNPACK_GZIP)
		inflateEnd(&u->z);
	ZSTD_freeDStream(u->zstd);
	free(u);
}

extern const struct unpack_ops larder_unpack;

__attribute__((visibility("default")))
const struct unpack_ops larder_unpack = { UNPACK_ABI, begin, step, end };
