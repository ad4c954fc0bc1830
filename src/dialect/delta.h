/*
 * A reply as it comes, in no shape of its own. Three readers (delta_read.h)
 * tell what events of a stream say; three writers (delta_write.h) turn what
 * comes of it into events. Private to translate.c and the delta*.c files.
 *
 * An answer is a row of blocks: text, reasoning, tool calls. A source may mix
 * their pieces (chat, by the index of a call); a writer sees one block at a
 * time, from its beginning to its end. What comes for a block whose turn has
 * not come is held back until the one before is known to be whole.
 *
 * All text is what stands between the quotes of a JSON string, never decoded.
 */
#ifndef DIALECT_DELTA_H
#define DIALECT_DELTA_H

#include "dialect/reply_rows.h"
#include "dialect/translate.h"

enum block_kind {
	BLOCK_TEXT,
	BLOCK_REFUSAL,
	BLOCK_THINK,
	BLOCK_REDACTED, /* reasoning nobody but its maker can read */
	BLOCK_CALL,
	BLOCK_CUSTOM,   /* a call whose input is no JSON */
};

/* A place on the web that a text leans on. */
struct note {
	struct note *next;
	struct str url, title;
	int64_t start, end; /* characters of the block; -1 when not said */
};

/* Is the JSON text in the pieces of a string whole? */
struct balance {
	int depth;
	bool in_string, escape, whole;
};

struct block {
	enum block_kind kind;
	struct block *next;    /* the one that began next */
	int64_t key;           /* the part, where the source counts parts */
	struct str id, name;   /* of a call */
	struct buf text;       /* what is kept, or held back */
	struct buf logprobs;   /* the same; items with commas between */
	struct buf sign;       /* proves reasoning to its maker */
	struct note *note, **note_end;
	size_t bytes;          /* of text that came */
	int64_t chars;
	struct balance balance;
	bool open, done, closed; /* shown, nothing more comes, shown whole */
	size_t place;            /* the writer's index for it */
};

enum finish {
	FINISH_NONE,
	FINISH_STOP,
	FINISH_SEQUENCE, /* a stop sequence came */
	FINISH_LENGTH,
	FINISH_CONTEXT,  /* the model's window is full */
	FINISH_TOOLS,
	FINISH_FILTER,
	FINISH_REFUSAL,
	FINISH_PAUSE,
	FINISH_ERROR,    /* no end, but an error that calls itself one */
};

/* Writes to t->out. Calls come in the order begin, (open, piece..., close)...,
 * end. open: 0, or -1 when the shape has no such block. */
struct delta_writer {
	void (*begin)(struct translate *t);
	int (*open)(struct translate *t, struct block *b);
	void (*piece)(struct translate *t, struct block *b, struct str text,
		      struct str logprobs);
	void (*close)(struct translate *t, struct block *b);
	void (*end)(struct translate *t);
	unsigned keeps; /* a bit for each kind whose text it needs at close */
};

struct delta_heard; /* delta_read.h */
struct delta_said;  /* delta_write.h */

struct translate {
	struct arena *a;
	enum shape from, to;
	bool usage;          /* was asked for */
	const struct delta_writer *write;
	struct buf *out;     /* of the event in hand */
	struct arena *tmp;

	/* What is known of the answer. */
	struct str id, model, safe; /* safe: of the id, what any id may hold */
	int64_t created;
	enum finish finish;
	struct str stop_sequence;
	struct reply_facts facts; /* its usage */
	int64_t reasoning;        /* tokens of the output, or -1 */
	bool calls, refused;      /* there was one */

	bool begun, ending, ended;
	bool failed, error;  /* nothing more is said */
	struct block *first; /* not closed */
	struct block *last;  /* began last, closed or not */
	struct block **at;   /* by the source's index */
	size_t nat;
	size_t nbegun;       /* blocks in all */
	size_t nnotes;
	bool flooded;        /* there were too many of either */
	size_t nid;          /* ids that had to be made */

	struct delta_heard *heard; /* the reader's own */
	struct delta_said *said;   /* the writer's own */
};

/* How many characters; are they nothing but blanks? */
int64_t delta_chars(struct str inner);
bool delta_blank(struct str inner);

/* More of a JSON text. */
void delta_balance(struct balance *b, struct str inner);

/* One behind the other. */
void delta_say(struct buf *out, const char *before, struct str s,
	       const char *behind);

#endif
