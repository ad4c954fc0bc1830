#include "thrift/family.h"

#include <ctype.h>
#include <stdbool.h>

#include "base/count.h"
#include "dialect/model_name.h"

/* -- names ----------------------------------------------------------------- */

/*
 * How many tokens a family makes where o200k_base makes 1024, before anything
 * is learned. Measured with public tokenizers on programs, JSON, English and
 * five more languages: Claude 2 1.30 (English 1.02), Gemini 1.02, Llama 3.1
 * 1.05, Qwen 3 1.06, DeepSeek V3 1.05, Mistral NeMo 1.09 and older ones 1.39.
 * Somewhat more, so that a limit is met rather early than late (Claude's is
 * between English and the others); of those not named nothing is known.
 */
static const struct {
	const char *name;
	uint32_t ratio;
} families[FAMILIES] = {
	{ "other", 1130 },   { "claude", 1280 },   { "gemini", 1080 },
	{ "gemma", 1080 },   { "llama", 1080 },	   { "mistral", 1180 },
	{ "qwen", 1090 },    { "deepseek", 1080 }, { "grok", 1080 },
	{ "command", 1100 }, { "gpt", 1024 },	   { "glm", 1100 },
	{ "kimi", 1100 },    { "phi", 1080 },	   { "nova", 1130 },
	{ "minimax", 1100 },
};

/* Words that say whose a model is. */
static const struct {
	const char *word;
	uint8_t family;
	bool whole; /* nothing but a sign or the end may follow */
} words[] = {
	{ "claude", 1, false },	   { "gemini", 2, false },
	{ "gemma", 3, false },	   { "llama", 4, false },
	{ "codellama", 4, false }, { "vicuna", 4, false },
	{ "mistral", 5, false },   { "mixtral", 5, false },
	{ "ministral", 5, false }, { "codestral", 5, false },
	{ "devstral", 5, false },  { "magistral", 5, false },
	{ "pixtral", 5, false },   { "voxtral", 5, false },
	{ "qwen", 6, false },	   { "qwq", 6, false },
	{ "qvq", 6, false },	   { "deepseek", 7, false },
	{ "grok", 8, false },	   { "command", 9, false },
	{ "c4ai", 9, false },	   { "aya", 9, false },
	{ "gpt", 10, false },	   { "chatgpt", 10, false },
	{ "o1", 10, true },	   { "o3", 10, true },
	{ "o4", 10, true },	   { "text-embedding-3", 10, true },
	{ "text-embedding-ada", 10, true },
	{ "glm", 11, false },	   { "chatglm", 11, false },
	{ "kimi", 12, false },	   { "moonshot", 12, false },
	{ "phi", 13, false },	   { "nova", 14, false },
	{ "minimax", 15, false },  { "abab", 15, false },
};

#define LONGEST_NAME 256

static bool is_word(char c)
{
	return isalnum((unsigned char)c) != 0;
}

/* The family whose word begins at s, or 0. */
static unsigned family_at(struct str s)
{
	struct str word;
	size_t i;

	for (i = 0; i < COUNT_OF(words); i++) {
		word = str_c(words[i].word);
		if (str_istarts(s, word) &&
		    (!words[i].whole || s.n == word.n ||
		     !is_word(s.p[word.n])))
			return words[i].family;
	}
	return 0;
}

/* The first word that is known: a distilled model is named by whose it is,
 * a seller stands in front of a slash. */
unsigned family_of(struct str model)
{
	unsigned family = 0;
	size_t i;

	if (!model.n)
		return 0;
	if (model.n > LONGEST_NAME)
		model.n = LONGEST_NAME;
	model = model_bare(model);
	for (i = 0; i < model.n && !family; i++) {
		if (i == 0 || !is_word(model.p[i - 1]))
			family = family_at(str_from(model, i));
	}
	return family;
}

const char *family_name(unsigned family)
{
	return families[family < FAMILIES ? family : 0].name;
}

/* -- weight ---------------------------------------------------------------- */

/*
 * What a character weighs by its first byte: fitted to what o200k_base makes
 * of programs, documentation and messages in 120 languages, English counting
 * most. Bytes that only go on with a character weigh nothing.
 */
static const uint16_t weights[256] = {
	[0x00 ... 0x1f] = 350, /* line ends above all */
	[' '] = 100,
	['!' ... '/'] = 500, /* signs */
	['0' ... '9'] = 490,
	[':' ... '@'] = 500,
	['A' ... 'Z'] = 370,
	['[' ... '`'] = 500,
	['a' ... 'z'] = 250,
	['{' ... 0x7f] = 500,
	[0xc0 ... 0xca] = 790, /* Latin beyond ASCII */
	[0xcb ... 0xcd] = 620, /* marks */
	[0xce ... 0xcf] = 410, /* Greek */
	[0xd0 ... 0xd5] = 400, /* Cyrillic, Armenian */
	[0xd6 ... 0xd7] = 500, /* Hebrew */
	[0xd8 ... 0xdb] = 460, /* Arabic */
	[0xdc ... 0xdf] = 880,
	[0xe0] = 490, /* of India, Thai, Lao */
	[0xe1] = 680,
	[0xe2] = 790, /* signs */
	[0xe3] = 630, /* kana */
	[0xe4 ... 0xe9] = 840, /* Han */
	[0xea ... 0xed] = 690, /* Hangul */
	[0xee ... 0xef] = 910,
	[0xf0 ... 0xff] = 1650, /* emoji */
};

uint64_t family_weight(struct str text)
{
	const uint8_t *p = (const uint8_t *)text.p, *end = p + text.n;
	uint64_t weight = 0;

	while (p < end)
		weight += weights[*p++];
	return weight;
}

/* -- ratios ---------------------------------------------------------------- */

/*
 * A cell holds what was learned of prompts of about one length, since what
 * surrounds a short one counts for more: the ratio as in families[], in its
 * 1024ths (32 bits), and above it how often it was said.
 */
#define FINE 10
#define OFTEN 256   /* the longest memory, in prompts */
#define PRIOR 4     /* prompts the fixed ratio is worth */
#define FAR 2       /* times the fixed ratio is the furthest learned: texts
		     * can be made that weigh much more than they are */
#define LEAST (64 << 10) /* a weight below says nothing */
#define MOST ((uint64_t)1 << 40)

struct ratio {
	uint64_t value; /* 1024 * 1024: as o200k_base */
	unsigned said;
};

static unsigned cell_of(uint64_t weight)
{
	uint64_t tokens = weight >> 10;

	return tokens < 256 ? 0 : tokens < 2048 ? 1 : tokens < 16384 ? 2 : 3;
}

static uint64_t between(uint64_t v, uint64_t low, uint64_t high)
{
	return v < low ? low : v > high ? high : v;
}

static struct ratio cell_read(unsigned family, uint64_t cell)
{
	uint64_t fixed = (uint64_t)families[family].ratio << FINE;
	struct ratio r = { fixed, (unsigned)between(cell >> 32, 0, OFTEN) };

	if (r.said)
		r.value = between(cell & UINT32_MAX, fixed / FAR, fixed * FAR);
	return r;
}

/* Of this length, else of the nearest of which something is known. */
static struct ratio ratio_near(const struct family_board *b, unsigned family,
			       unsigned want)
{
	struct ratio r = cell_read(family, 0), near;
	int i, best = FAMILY_CELLS + 1, away;

	for (i = 0; b && i < FAMILY_CELLS; i++) {
		away = i < (int)want ? (int)want - i : i - (int)want;
		near = cell_read(family, __atomic_load_n(&b->cell[family][i],
							 __ATOMIC_RELAXED));
		if (near.said && away < best) {
			best = away;
			r = near;
		}
	}
	return r;
}

size_t family_part(const struct family_board *b, unsigned family,
		   uint64_t whole, uint64_t weight)
{
	struct ratio r;

	if (family >= FAMILIES)
		family = 0;
	weight = between(weight, 0, MOST);
	r = ratio_near(b, family, cell_of(whole));
	return (size_t)(((unsigned __int128)weight * r.value +
			 (((uint64_t)1 << 30) - 1)) >> 30);
}

size_t family_tokens(const struct family_board *b, unsigned family,
		     uint64_t weight)
{
	return family_part(b, family, weight, weight);
}

/* The mean of the last OFTEN, and at first of a few of the fixed ratio. Who
 * comes in between wins: one prompt more or less does not matter. */
void family_learn(struct family_board *b, unsigned family, uint64_t weight,
		  int64_t tokens)
{
	uint64_t *cell, said;
	struct ratio r;

	if (family >= FAMILIES)
		family = 0;
	if (tokens <= 0 || weight < LEAST || weight > MOST)
		return;
	cell = &b->cell[family][cell_of(weight)];
	r = cell_read(family, __atomic_load_n(cell, __ATOMIC_RELAXED));
	said = between((uint64_t)tokens, 0, MOST);
	said = (uint64_t)(((unsigned __int128)said << 30) / weight);
	said = between(said, r.value / 2, r.value * 2);
	if (r.said < OFTEN)
		r.said++;
	r.value = (r.value * (r.said + PRIOR - 1) + said) / (r.said + PRIOR);
	r.value = between(r.value,
			  ((uint64_t)families[family].ratio << FINE) / FAR,
			  ((uint64_t)families[family].ratio << FINE) * FAR);
	__atomic_store_n(cell, (uint64_t)r.said << 32 | r.value,
			 __ATOMIC_RELAXED);
}
