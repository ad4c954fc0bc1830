/*
 * The compiled form of a price table: rows sorted by name, each with its
 * prices, in one run of bytes that is used where it lies. It is kept beside
 * the cache, made by one process and mapped by all. Private to price*.c.
 *
 * It is this machine's own (byte order, sizes) and never sent anywhere; what
 * is not exactly as expected is not used, and the table is read again.
 */
#ifndef THRIFT_PRICE_IMAGE_H
#define THRIFT_PRICE_IMAGE_H

#include "base/arena.h"
#include "base/buf.h"
#include "thrift/price_kind.h"

#define PRICE_NONE -1

/* No name is that long. */
#define PRICE_LONGEST_NAME 256

/* Which file a table was, when it was compiled. */
struct price_stamp {
	uint64_t device, inode, size;
	int64_t changed_ns, modified_ns;
};

struct price_head {
	char magic[8];
	uint32_t layout;
	uint32_t crc; /* of all that follows */
	struct price_stamp stamp;
	char id[24]; /* of the table: hex digits and NULs */
	uint32_t rows, cells, letters; /* how many; in this order */
	uint32_t pad;
};

struct price_row {
	uint32_t name_at, name_n; /* in the letters, sorted */
	uint32_t cell_at, cells;
	uint32_t most_input, most_output; /* tokens; 0: not said */
	uint32_t inclusive; /* `above` counts from that number on */
	uint32_t reasons;   /* thinks before it answers */
};

/* Unit 10^-18 USD: every price that is written down is a whole one. */
struct price_cell {
	int64_t price;
	uint32_t above;
	uint8_t kind, tier;
	uint16_t pad;
};

struct price_image {
	const struct price_head *head;
	const struct price_row *row;
	const struct price_cell *cell;
	const char *letter;
	size_t size;
	bool mapped, copied; /* from a file */
};

/* One model as price_image_make gets it. */
struct price_model {
	struct str name;
	bool inclusive, reasons;
	uint32_t most_input, most_output;
	const struct price_cell *cell;
	size_t cells;
};

/* The bytes of an image of n models, which it sorts. */
struct str price_image_make(struct arena *a, struct price_model *list,
			    size_t n, const char *id,
			    const struct price_stamp *stamp);

/* Lays *img_r over bytes (8-aligned). False, with *img_r untouched, when they
 * are no whole and undamaged image. */
bool price_image_lay(struct price_image *img_r, const void *bytes,
		     size_t size);

/*
 * Maps path if it is an image of the table with that stamp, and nobody but this
 * user or root has written it. Root's is copied: what was checked must not
 * change, and only one's own file is safe from being cut short meanwhile.
 */
bool price_image_map(struct price_image *img_r, const char *path,
		     const struct price_stamp *stamp);
void price_image_unmap(struct price_image *img);

bool price_stamp_of(const char *path, struct price_stamp *out_r);

/* The row of a whole name, or NULL. */
const struct price_row *price_image_find(const struct price_image *img,
					 struct str name);

/* What a row says of a kind in a tier for so many tokens of input: the price
 * of the highest threshold they exceed. PRICE_NONE when it says nothing;
 * *above_r is that threshold, 0 for none. */
int64_t price_image_said(const struct price_image *img,
			 const struct price_row *row, enum price_kind kind,
			 enum usage_tier tier, int64_t input,
			 uint32_t *above_r);

#endif
