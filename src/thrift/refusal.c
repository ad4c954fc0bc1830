#include "thrift/refusal.h"

#include "base/count.h"
#include "base/utf8.h"

/* -- the front of the text ------------------------------------------------- */

/* A quote, a heading or a list before the first word says nothing. */
static bool is_ornament(char c)
{
	return c == '*' || c == '_' || c == '#' || c == '>' || c == '`' ||
	       c == '"';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void put(struct refusal *f, const char *p, size_t len)
{
	f->full = f->chars == REFUSAL_CHARS || f->n + len > sizeof(f->head);
	if (f->full)
		return;
	memcpy(f->head + f->n, p, len);
	f->n += len;
	f->chars++;
}

static void put_ascii(struct refusal *f, char c)
{
	if (is_ornament(c))
		return;
	if (is_blank(c)) {
		if (f->n && f->head[f->n - 1] != ' ')
			put(f, " ", 1);
		return;
	}
	if (c >= 'A' && c <= 'Z')
		c |= 0x20;
	put(f, &c, 1);
}

void refusal_add(struct refusal *f, struct str text)
{
	size_t len;

	for (; text.n && !f->full; text = str_from(text, len)) {
		len = utf8_len(text.p, text.n);
		if (len == 0) /* half a surrogate pair */
			len = 1;
		else if (len == 1)
			put_ascii(f, text.p[0]);
		else if (str_starts(text, STR("\u2019")))
			put(f, "'", 1);
		else
			put(f, text.p, len);
	}
}

/* -- phrases --------------------------------------------------------------- */

/* What may stand in front, several times over, */
static const char *const openers[] = {
	"i'm sorry", "i am sorry", "i'm so sorry", "i'm really sorry",
	"i'm very sorry", "sorry", "i apologize", "i apologise",
	"my apologies", "apologies", "unfortunately", "i'm afraid",
	"i am afraid", "i understand your concern", "thank you for asking",
	"as an ai", "as an ai language model", "as an ai assistant",
	"as an ai model", "as an artificial intelligence",
	"as a language model", "as a large language model",
	"as a responsible ai", "as a responsible ai assistant",
	"i'm just an ai", "i'm an ai", "i'm an ai assistant", "no",
};

/* what leads on from it, */
static const char *const joiners[] = {
	", but ", " but ", ", but, ", ", ", ". ", "; ", "! ", " - ", " that ",
	", however, ", ". however, ", " \u2014 ", "\u2014", " ", ", and ",
	" and ",
};

/* and what is refused: one of these, */
static const char *const unable[] = {
	"i can't ", "i cannot ", "i can not ", "i'm unable to ",
	"i am unable to ", "i'm not able to ", "i am not able to ",
	"i'm not allowed to ", "i am not allowed to ", "i won't ",
	"i will not ", "i won't be able to ", "i will not be able to ",
	"i'm not going to ", "i am not going to ", "i can't and won't ",
	"i cannot and will not ", "i am not permitted to ",
	"i'm not permitted to ", "i'm not programmed to ",
	"i am not programmed to ", "i'm not in a position to ",
};

/* and one of these. Not "recommend" (enough), "help but", "wait", "say". */
static const char *const acts[] = {
	"assist", "help with", "help you", "help create", "help in", "help.",
	"help,", "provide", "comply", "fulfil", "support", "generate",
	"produce", "create", "write", "discuss", "do that", "do this",
	"answer that", "answer this", "answer your", "answer any",
	"respond to", "continue with", "complete this", "complete that",
	"complete your", "offer", "give advice", "give you", "give specific",
	"advise", "in good conscience", "engage", "participate in",
	"facilitate", "process this", "process your", "process that",
	"share", "describe", "explain how", "tell you how", "teach",
	"be of assistance", "accommodate", "satisfy",
};

/* Whole refusals. */
static const char *const flat[] = {
	"i must decline", "i have to decline", "i'll have to decline",
	"i will have to decline", "i'm going to have to decline",
	"i respectfully decline", "i decline to", "i must refuse",
	"i refuse to", "i'm not comfortable ", "i am not comfortable ",
	"i do not feel comfortable ", "i don't feel comfortable ",
	"that's not something i can ", "that is not something i can ",
	"this is not something i can ", "that's not something i'm able",
	"it would be inappropriate for me to", "it is against my programming",
	"it goes against my", "this request violates", "your request violates",
	/* German */
	"es tut mir leid, aber ich kann ", "es tut mir leid, ich kann ",
	"es tut mir leid, aber dabei kann ich ",
	"es tut mir leid, aber das kann ich nicht",
	"es tut mir leid, dabei kann ich ",
	"tut mir leid, aber ich kann ", "tut mir leid, ich kann ",
	"tut mir leid, aber dabei kann ich ", "tut mir leid, dabei kann ich ",
	"ich kann dir dabei nicht helfen", "ich kann ihnen dabei nicht helfen",
	"ich kann dabei nicht helfen", "dabei kann ich dir nicht helfen",
	"dabei kann ich ihnen nicht helfen", "dabei kann ich nicht helfen",
	"ich kann diese anfrage nicht", "ich kann bei dieser anfrage nicht",
	"leider kann ich dir dabei nicht", "leider kann ich ihnen dabei nicht",
	"leider kann ich dabei nicht", "leider kann ich diese anfrage nicht",
	/* French */
	"je suis d\u00e9sol\u00e9, mais je ne peux pas",
	"je suis d\u00e9sol\u00e9e, mais je ne peux pas",
	"je suis d\u00e9sol\u00e9, je ne peux pas",
	"d\u00e9sol\u00e9, mais je ne peux pas",
	"d\u00e9sol\u00e9, je ne peux pas", "je ne peux pas vous aider",
	"je ne peux pas t'aider", "je ne peux pas r\u00e9pondre \u00e0 cette",
	"je ne suis pas en mesure de", "je ne peux pas fournir",
	/* Spanish */
	"lo siento, pero no puedo", "lo siento, no puedo",
	"lo siento, pero no me es posible", "no puedo ayudar",
	"no puedo proporcionar",
	/* Italian */
	"mi dispiace, ma non posso", "mi dispiace, non posso",
	"non posso aiutar", "non posso fornire",
	/* Portuguese */
	"desculpe, mas n\u00e3o posso", "desculpe, n\u00e3o posso",
	"sinto muito, mas n\u00e3o posso", "lamento, mas n\u00e3o posso",
	"n\u00e3o posso ajudar", "infelizmente, n\u00e3o posso ajudar",
	/* Dutch */
	"het spijt me, maar ik kan ", "sorry, maar ik kan ",
	"ik kan je daar niet mee helpen", "ik kan u daar niet mee helpen",
	"ik kan je hier niet mee helpen", "ik kan u hier niet mee helpen",
	/* Polish */
	"przykro mi, ale nie mog\u0119", "przepraszam, ale nie mog\u0119",
	/* Russian */
	"\u0418\u0437\u0432\u0438\u043d\u0438\u0442\u0435, \u043d\u043e "
	"\u044f \u043d\u0435 \u043c\u043e\u0433\u0443",
	"\u041a \u0441\u043e\u0436\u0430\u043b\u0435\u043d\u0438\u044e, "
	"\u044f \u043d\u0435 \u043c\u043e\u0433\u0443 "
	"\u043f\u043e\u043c\u043e\u0447\u044c",
	/* Chinese: sorry, (but) I cannot; I cannot provide, assist, help */
	"\u62b1\u6b49\uff0c\u6211\u65e0\u6cd5",
	"\u62b1\u6b49\uff0c\u6211\u4e0d\u80fd",
	"\u62b1\u6b49\uff0c\u4f46\u6211\u65e0\u6cd5",
	"\u62b1\u6b49\uff0c\u4f46\u6211\u4e0d\u80fd",
	"\u62b1\u6b49\uff0c\u6211\u7121\u6cd5",
	"\u5f88\u62b1\u6b49\uff0c\u6211\u65e0\u6cd5",
	"\u5f88\u62b1\u6b49\uff0c\u6211\u4e0d\u80fd",
	"\u5f88\u62b1\u6b49\uff0c\u4f46\u6211\u65e0\u6cd5",
	"\u5f88\u62b1\u6b49\uff0c\u4f46\u6211\u4e0d\u80fd",
	"\u5f88\u62b1\u6b49\uff0c\u6211\u7121\u6cd5",
	"\u5bf9\u4e0d\u8d77\uff0c\u6211\u65e0\u6cd5",
	"\u5bf9\u4e0d\u8d77\uff0c\u6211\u4e0d\u80fd",
	"\u5bf9\u4e0d\u8d77\uff0c\u4f46\u6211\u65e0\u6cd5",
	"\u5bf9\u4e0d\u8d77\uff0c\u4f46\u6211\u4e0d\u80fd",
	"\u6211\u65e0\u6cd5\u63d0\u4f9b", "\u6211\u4e0d\u80fd\u63d0\u4f9b",
	"\u6211\u65e0\u6cd5\u534f\u52a9", "\u6211\u4e0d\u80fd\u534f\u52a9",
	"\u6211\u65e0\u6cd5\u5e2e\u52a9", "\u6211\u4e0d\u80fd\u5e2e\u52a9",
};

/* Where the verb comes last: begins so, and has that further on. */
static const struct {
	const char *begins, *has;
} apart[] = {
	/* Japanese: I am sorry ... cannot */
	{ "\u7533\u3057\u8a33", "\u3067\u304d\u307e\u305b\u3093" },
	{ "\u7533\u3057\u8a33", "\u3067\u304d\u304b\u306d" },
	{ "\u3059\u307f\u307e\u305b\u3093\u304c",
	  "\u3067\u304d\u307e\u305b\u3093" },
	{ "\u3054\u3081\u3093\u306a\u3055\u3044",
	  "\u3067\u304d\u307e\u305b\u3093" },
	/* Korean: I am sorry, but ... cannot */
	{ "\uc8c4\uc1a1\ud558\uc9c0\ub9cc", "\uc218 \uc5c6" },
	{ "\uc8c4\uc1a1\ud569\ub2c8\ub2e4\ub9cc", "\uc218 \uc5c6" },
	{ "\uc8c4\uc1a1\ud558\uc9c0\ub9cc",
	  "\uc5b4\ub835\uc2b5\ub2c8\ub2e4" },
};

/* Reads on: how far the longest of the words goes that stands here. */
struct reading {
	struct str rest;
	bool maybe; /* with more text it could be another word */
};

static bool takes(struct reading *g, const char *const *word, size_t n)
{
	size_t longest = 0, i;
	bool maybe = false, any = false;
	struct str w;

	for (i = 0; i < n; i++) {
		w = str_c(word[i]);
		if (str_starts(g->rest, w) && w.n > longest) {
			longest = w.n;
			any = true;
		}
		maybe |= w.n > g->rest.n && str_starts(w, g->rest);
	}
	g->rest = str_from(g->rest, longest);
	g->maybe |= maybe;
	return any;
}

/* The words of a refusal, without what may stand before them? */
static bool refuses(struct reading *g)
{
	struct reading whole = *g, part = *g;
	bool yes = takes(&whole, flat, COUNT_OF(flat)) ||
		   (takes(&part, unable, COUNT_OF(unable)) &&
		    takes(&part, acts, COUNT_OF(acts)));

	g->maybe |= whole.maybe || part.maybe;
	return yes;
}

#define OPENERS_MAX 3

static enum refusal_look begins(struct str s)
{
	struct reading g = { s, false };
	int i;

	for (i = 0; i <= OPENERS_MAX; i++) {
		if (refuses(&g))
			return REFUSAL_YES;
		if (!takes(&g, openers, COUNT_OF(openers)) ||
		    !takes(&g, joiners, COUNT_OF(joiners)))
			break;
	}
	return g.maybe ? REFUSAL_MAYBE : REFUSAL_NO;
}

static enum refusal_look stands_apart(struct str s)
{
	enum refusal_look look = REFUSAL_NO;
	struct str begins;
	size_t i;

	for (i = 0; i < COUNT_OF(apart); i++) {
		begins = str_c(apart[i].begins);
		if (!str_starts(s, begins) && !str_starts(begins, s))
			continue;
		if (s.n >= begins.n && memmem(s.p, s.n, apart[i].has,
					      strlen(apart[i].has)))
			return REFUSAL_YES;
		look = REFUSAL_MAYBE;
	}
	return look;
}

enum refusal_look refusal_look(const struct refusal *f)
{
	struct str s = { f->head, f->n };
	enum refusal_look look = begins(s);

	if (look != REFUSAL_YES && stands_apart(s) > look)
		look = stands_apart(s);
	return look == REFUSAL_MAYBE && f->full ? REFUSAL_NO : look;
}
