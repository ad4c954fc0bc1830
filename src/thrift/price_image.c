#include "thrift/price_image.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32c.h"

#define MAGIC "lrd-usd\n"
#define LAYOUT 2
#define LARGEST ((off_t)256 << 20)
#define CRC_FROM offsetof(struct price_head, stamp)

_Static_assert(sizeof(struct price_head) % 8 == 0, "rows are aligned");
_Static_assert(sizeof(struct price_row) % 8 == 0, "cells are aligned");

/* -- making ---------------------------------------------------------------- */

static int compare(struct str a, struct str b)
{
	int d = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return d ? d : (a.n > b.n) - (a.n < b.n);
}

static int by_name(const void *a, const void *b)
{
	const struct price_model *x = a, *y = b;

	return compare(x->name, y->name);
}

static void add_rows(struct buf *b, struct price_head *head,
		     const struct price_model *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct price_row row = {
			.name_at = head->letters,
			.name_n = (uint32_t)list[i].name.n,
			.cell_at = head->cells,
			.cells = (uint32_t)list[i].cells,
			.most_input = list[i].most_input,
			.most_output = list[i].most_output,
			.inclusive = list[i].inclusive,
			.reasons = list[i].reasons,
		};

		buf_add(b, &row, sizeof(row));
		head->letters += row.name_n;
		head->cells += row.cells;
	}
	head->rows = (uint32_t)n;
}

struct str price_image_make(struct arena *a, struct price_model *list,
			    size_t n, const char *id,
			    const struct price_stamp *stamp)
{
	struct price_head head = { .layout = LAYOUT, .stamp = *stamp };
	struct buf b;

	memcpy(head.magic, MAGIC, sizeof(head.magic));
	snprintf(head.id, sizeof(head.id), "%s", id);
	if (n)
		qsort(list, n, sizeof(*list), by_name);
	buf_init(&b, a);
	buf_add(&b, &head, sizeof(head));
	add_rows(&b, &head, list, n);
	for (size_t i = 0; i < n; i++)
		buf_add(&b, list[i].cell,
			list[i].cells * sizeof(*list[i].cell));
	for (size_t i = 0; i < n; i++)
		buf_str(&b, list[i].name);
	memcpy(b.p, &head, sizeof(head));
	head.crc = crc32c(0, b.p + CRC_FROM, b.n - CRC_FROM);
	memcpy(b.p, &head, sizeof(head));
	return buf_view(&b);
}

/* -- using ----------------------------------------------------------------- */

static uint64_t size_of(const struct price_head *h)
{
	return sizeof(*h) + (uint64_t)h->rows * sizeof(struct price_row) +
	       (uint64_t)h->cells * sizeof(struct price_cell) + h->letters;
}

bool price_image_lay(struct price_image *img_r, const void *bytes, size_t size)
{
	const struct price_head *h = bytes;

	if (size < sizeof(*h) || memcmp(h->magic, MAGIC, sizeof(h->magic)) ||
	    h->layout != LAYOUT || size_of(h) != size ||
	    crc32c(0, (const char *)bytes + CRC_FROM, size - CRC_FROM) !=
		    h->crc ||
	    !memchr(h->id, '\0', sizeof(h->id)))
		return false;
	img_r->head = h;
	img_r->row = (const struct price_row *)(h + 1);
	img_r->cell = (const struct price_cell *)(img_r->row + h->rows);
	img_r->letter = (const char *)(img_r->cell + h->cells);
	img_r->size = size;
	img_r->mapped = img_r->copied = false;
	return true;
}

static bool is_sound(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_size <= LARGEST &&
	       st->st_size >= (off_t)sizeof(struct price_head) &&
	       (st->st_mode & 022) == 0;
}

static void *map_bytes(int fd, size_t n)
{
	void *map = mmap(NULL, n, PROT_READ, MAP_SHARED, fd, 0);

	return map == MAP_FAILED ? NULL : map;
}

static void *copy_bytes(int fd, size_t n)
{
	char *copy = malloc(n);
	ssize_t got = 1;

	for (size_t at = 0; copy && at < n && got > 0; at += (size_t)got) {
		got = pread(fd, copy + at, n - at, (off_t)at);
		if (got <= 0) {
			free(copy);
			return NULL;
		}
	}
	return copy;
}

/* Nobody but who runs this, or root, has written it. */
static void *take_file(const char *path, struct price_image *img)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
				    O_NOCTTY);
	void *bytes = NULL;
	struct stat st;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && is_sound(&st)) {
		img->size = (size_t)st.st_size;
		img->mapped = st.st_uid == geteuid();
		img->copied = !img->mapped && st.st_uid == 0;
		bytes = img->mapped ? map_bytes(fd, img->size) :
			img->copied ? copy_bytes(fd, img->size) : NULL;
	}
	close(fd);
	return bytes;
}

bool price_image_map(struct price_image *img_r, const char *path,
		     const struct price_stamp *stamp)
{
	struct price_image was = { 0 }, img;
	void *bytes = take_file(path, &was);

	if (!bytes)
		return false;
	was.head = bytes;
	if (!price_image_lay(&img, bytes, was.size) ||
	    memcmp(&img.head->stamp, stamp, sizeof(*stamp)) != 0) {
		price_image_unmap(&was);
		return false;
	}
	img.mapped = was.mapped;
	img.copied = was.copied;
	*img_r = img;
	return true;
}

void price_image_unmap(struct price_image *img)
{
	void *bytes = (void *)(uintptr_t)img->head;

	if (img->mapped)
		munmap(bytes, img->size);
	if (img->copied)
		free(bytes);
	img->mapped = img->copied = false;
}

static int64_t nanoseconds(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

bool price_stamp_of(const char *path, struct price_stamp *out_r)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	*out_r = (struct price_stamp){
		st.st_dev, st.st_ino, (uint64_t)st.st_size,
		nanoseconds(st.st_ctim), nanoseconds(st.st_mtim)
	};
	return true;
}

/* A row's name; empty when it lies outside, as only a forged one does. */
static struct str name_of(const struct price_image *img,
			  const struct price_row *row)
{
	if ((uint64_t)row->name_at + row->name_n > img->head->letters)
		return (struct str){ "", 0 };
	return (struct str){ img->letter + row->name_at, row->name_n };
}

const struct price_row *price_image_find(const struct price_image *img,
					 struct str name)
{
	size_t low = 0, high = img->head->rows, at;
	int d;

	while (low < high) {
		at = low + (high - low) / 2;
		d = compare(name, name_of(img, &img->row[at]));
		if (d == 0)
			return &img->row[at];
		if (d < 0)
			high = at;
		else
			low = at + 1;
	}
	return NULL;
}

int64_t price_image_said(const struct price_image *img,
			 const struct price_row *row, enum price_kind kind,
			 enum usage_tier tier, int64_t input,
			 uint32_t *above_r)
{
	const struct price_cell *c = img->cell + row->cell_at, *best = NULL;

	if ((uint64_t)row->cell_at + row->cells > img->head->cells)
		return PRICE_NONE;
	for (uint32_t i = 0; i < row->cells; i++) {
		if (c[i].kind != kind || c[i].tier != tier ||
		    (c[i].above && input < (int64_t)c[i].above +
						   !row->inclusive))
			continue;
		if (!best || c[i].above > best->above)
			best = &c[i];
	}
	if (!best || best->price < 0)
		return PRICE_NONE;
	*above_r = best->above;
	return best->price;
}
