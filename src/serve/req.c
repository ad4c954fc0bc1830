#include "serve/req.h"

#include "base/count.h"
#include "serve/forget.h"

struct str req_header(struct req *r, const char *cgi_name)
{
	struct str v = str_trim(str_c(r->door->param(r->door, cgi_name)));

	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] < ' ' && v.p[i] != '\t')
			return STR("");
	return v;
}

static const char *const telling_headers[] = {
	"HTTP_ANTHROPIC_VERSION", "HTTP_OPENAI_BETA",
	"HTTP_OPENAI_ORGANIZATION", "HTTP_OPENAI_PROJECT",
};

/* Betas one by one, but for the one with which clients that stream ask for
 * tool arguments in finer pieces: it must not part the two forms. */
static void hash_betas(struct str list, struct hash *h)
{
	struct str beta;

	while (str_cut(&list, ',', &beta))
		if (beta.n &&
		    !str_starts(beta, STR("fine-grained-tool-streaming-")))
			hash_field(h, beta);
	hash_field(h, STR(""));
}

void req_hash_headers(struct req *r, struct hash *h)
{
	for (size_t i = 0;
	     i < COUNT_OF(telling_headers); i++)
		hash_field(h, req_header(r, telling_headers[i]));
	hash_betas(req_header(r, "HTTP_ANTHROPIC_BETA"), h);
}

int req_directive(struct req *r, struct directive *d_r, struct fail *f)
{
	*d_r = r->asked.header;
	return directive_body(d_r, r->a, &r->doc, r->chat.cache, f);
}

void req_name(const struct req *r, const struct plan *p, struct keyed *k)
{
	const struct forget_by by = { k->base, str_c(r->who.name),
				      p->requested, p->target->model };

	k->model = by.model;
	forget_name(r->site, req_board(r), &by, &k->key);
}
