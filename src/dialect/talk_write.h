/*
 * Writing a request: what the writers have in common. They find the talk as
 * the reader left it and leave it so.
 */
#ifndef DIALECT_TALK_WRITE_H
#define DIALECT_TALK_WRITE_H

#include "dialect/talk_fault.h"

/* Writers: append the whole request. 0 or -1. */
int talk_write_chat(const struct talk *t, struct buf *out);
int talk_write_messages(const struct talk *t, struct buf *out);
int talk_write_responses(const struct talk *t, struct buf *out);

/* A setting in a shape. No name: it is left out there and nothing is lost;
 * no row: it is lost unless it says what would be the case anyway. */
struct talk_word {
	enum talk_setting setting;
	const char *name;
};

int talk_settings(const struct talk *t, struct buf *out,
		  const struct talk_word *words, size_t n);

/* ,"name": and [ ] { } around; a comma where there has to be one. */
void talk_comma(struct buf *out);
void talk_name(struct buf *out, const char *name);

/* ,"name":"inner" and ,"name":text; nothing without text or token. */
void talk_string(struct buf *out, const char *name, struct str inner);
void talk_value(struct buf *out, const char *name, struct str text);
void talk_token(const struct talk *t, struct buf *out, const char *name,
		uint32_t v);

/* ,"name":"..." with the words of a list of nothing but text. */
void talk_join(struct buf *out, const char *name,
	       const struct talk_list *list, struct str glue);
bool talk_is_text(const struct talk_list *list);

/* Those parts of a list that are (or are not) of a kind. */
struct talk_list talk_only(const struct talk *t, const struct talk_list *list,
			   enum talk_kind kind, bool are);

/*
 * What a result says where there is no is_error: then its words begin with
 * "Error", unless they do so anyway.
 */
struct talk_list talk_outcome(const struct talk *t,
			      const struct talk_part *result);

/* The words of a document that is text, its title above them. */
struct str talk_plain(const struct talk *t, const struct talk_part *p);

/* ,"name":"data:type;base64,..." or the url. */
void talk_url(struct buf *out, const char *name, const struct talk_part *p);

/* ,"filename": of a file that needs one. */
void talk_filename(struct buf *out, const struct talk_part *p);

/* ,"arguments":"..." */
void talk_arguments(const struct talk *t, struct buf *out,
		    const struct talk_part *call);

/* Does it ask for reasoning, and must a tool be called? */
bool talk_reasons(const struct talk *t);
bool talk_must_call(const struct talk *t);

/* The limit on what is generated; 0 without. */
uint32_t talk_limit(const struct talk *t);

/* How many turns there are to say where no answer goes on: a last one that
 * is to be continued is lost. 0 or -1. */
int talk_turns(const struct talk *t, size_t *n_r);

/* ,"tools":[...] unless there are none; one writes an object. */
void talk_put_tools(const struct talk *t, struct buf *out,
		    void (*one)(const struct talk *t, struct buf *out,
				const struct talk_tool *tool));

/* The parts of choosing tools that chat and responses share, and the members
 * of a schema. */
void talk_put_choice(const struct talk *t, struct buf *out,
		     void (*named)(const struct talk *t, struct buf *out));
void talk_put_schema(const struct talk *t, struct buf *out);

/*
 * ,"system": and ,"messages": as messages have them. 0 or -1. bare: the
 * results of a round of calls come last, and the message that asked for them
 * does not begin with thinking, which where a budget is given has thinking
 * refused.
 */
int talk_put_system(const struct talk *t, struct buf *out);
int talk_put_messages(const struct talk *t, struct buf *out, bool *bare_r);

/* Only white space, escaped or not. */
bool talk_is_blank(struct str inner);

/* What a shape calls an effort, and the tokens it may take. */
const char *talk_effort_name(enum talk_effort e, enum shape to);
int64_t talk_budget(enum talk_effort e);

#endif
