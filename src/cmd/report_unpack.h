/* Unpacking, which is a module (unpack.so): its libraries are loaded when the
 * first packed log is read. */
#ifndef CMD_REPORT_UNPACK_H
#define CMD_REPORT_UNPACK_H

#include <stddef.h>

#define UNPACK_ABI 2

/* Bytes that a packed log may refer back, as a power of two: 32 MB, four times
 * what zstd -19 makes. Who packs chooses that, and who unpacks needs it all. */
#define UNPACK_WINDOW 25

enum unpack_kind { UNPACK_GZIP, UNPACK_ZSTD, UNPACK_KINDS };

/* What is left to be read, and room to write to: a step moves both on. */
struct unpack_io {
	const char *in;
	size_t in_n;
	char *out;
	size_t out_n;
};

/* What step() says. */
enum unpack_state {
	UNPACK_TOO_WIDE = -2, /* it needs more memory than UNPACK_WINDOW */
	UNPACK_BROKEN = -1,
	UNPACK_WHOLE,       /* all that was begun is finished */
	UNPACK_INSIDE,      /* more must come */
};

struct unpack_ops {
	unsigned abi;
	/* NULL without memory. */
	void *(*begin)(enum unpack_kind kind);
	enum unpack_state (*step)(void *unpacker, struct unpack_io *io);
	void (*end)(void *unpacker);
};

#endif
