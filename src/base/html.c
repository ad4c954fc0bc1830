#include "base/html.h"

#include "base/utf8.h"

/* Colours by role; c0 to c7 are those of charts, told apart by most who
 * cannot tell red from green. */
static const char style[] =
	":root{--bg:#f4f5f7;--card:#fff;--ink:#18202b;--dim:#5a6675;"
	"--line:#dfe3e8;--good:#17774a;--bad:#bd2626;--warn:#8f5a00;"
	"--c0:#2f6bd8;--c1:#1a9c93;--c2:#dd9b00;--c3:#8657cf;--c4:#9aa5b3;"
	"--c5:#cf4436;--c6:#d071ae;--c7:#5d8f1f}"
	"@media(prefers-color-scheme:dark){:root{--bg:#11151b;--card:#1a2029;"
	"--ink:#e6eaf0;--dim:#9aa6b5;--line:#2c3541;--good:#4fc68b;"
	"--bad:#ff7a70;--warn:#f0b13f;--c0:#6b9cf5;--c1:#3fc6bb;--c2:#eab93c;"
	"--c3:#b08bf0;--c4:#738092;--c5:#f2776b;--c6:#e59bcb;--c7:#9ac95a}}"
	"*{box-sizing:border-box}"
	"body{margin:0;background:var(--bg);color:var(--ink);"
	"font:15px/1.45 system-ui,-apple-system,'Segoe UI',sans-serif;"
	"font-variant-numeric:tabular-nums}"
	"main{max-width:66rem;margin:0 auto;padding:1rem}"
	"header{display:flex;flex-wrap:wrap;align-items:baseline;"
	"gap:0 .8rem;margin:.3rem 0 1rem}"
	"h1{font-size:1.35rem;margin:0}"
	"h2{font-size:1.02rem;margin:1.8rem 0 .6rem}"
	"h3{font-size:.95rem;margin:0 0 .35rem}p{margin:.3rem 0}"
	".dim,small,caption{color:var(--dim)}small{font-size:.82rem}"
	"caption{text-align:left;padding:0 .8rem .3rem}"
	".good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}"
	".cards,.charts{display:grid;gap:.8rem;"
	"grid-template-columns:repeat(auto-fit,minmax(14rem,1fr))}"
	".three{grid-template-columns:repeat(auto-fit,minmax(18rem,1fr))}"
	".charts{grid-template-columns:repeat(auto-fit,minmax(min(21rem,100%),"
	"1fr));margin-top:.8rem}"
	".card,figure{background:var(--card);border:1px solid var(--line);"
	"border-radius:.6rem;padding:.8rem .9rem;margin:0;min-width:0}"
	".big{font-size:1.75rem;line-height:1.2;font-weight:650;"
	"letter-spacing:-.01em}"
	".say{border-left:.3rem solid;padding:.5rem .8rem;margin:0 0 .8rem;"
	"background:var(--card);border-radius:.4rem;list-style:none}"
	"figcaption{font-weight:600;margin-bottom:.25rem}"
	"svg{display:block;width:100%;height:auto;overflow:visible}"
	".meter{height:.55rem;border-radius:.15rem;overflow:hidden;"
	"margin:.3rem 0}"
	"svg text{fill:var(--dim);font-size:12px}"
	".axis{stroke:var(--line);stroke-width:1;fill:none}"
	"polyline{fill:none;stroke-width:2;stroke-linejoin:round}"
	".c0{fill:var(--c0);stroke:var(--c0)}.c1{fill:var(--c1);"
	"stroke:var(--c1)}.c2{fill:var(--c2);stroke:var(--c2)}"
	".c3{fill:var(--c3);stroke:var(--c3)}.c4{fill:var(--c4);"
	"stroke:var(--c4)}.c5{fill:var(--c5);stroke:var(--c5)}"
	".c6{fill:var(--c6);stroke:var(--c6)}.c7{fill:var(--c7);"
	"stroke:var(--c7)}rect{stroke:none!important}"
	".legend{display:flex;flex-wrap:wrap;gap:0 .9rem;list-style:none;"
	"margin:.3rem 0 .4rem;padding:0;font-size:.82rem;color:var(--dim)}"
	".legend svg{display:inline-block;width:.7em;height:.7em;"
	"margin-right:.35em}"
	".scroll{overflow-x:auto;background:var(--card);border-radius:.6rem;"
	"border:1px solid var(--line)}"
	".scroll:focus-visible{outline:2px solid var(--c0)}"
	"table{border-collapse:collapse;width:100%;font-size:.9rem}"
	"th,td{padding:.32rem .6rem;text-align:right;white-space:nowrap;"
	"border-bottom:1px solid var(--line)}"
	"th{color:var(--dim);font-weight:600}"
	".l,td:first-child,th:first-child{text-align:left}"
	"bdi{overflow-wrap:anywhere}td bdi,th bdi{display:inline-block;"
	"max-width:22rem;overflow:hidden;text-overflow:ellipsis;"
	"vertical-align:bottom}"
	"tbody tr:last-child>*{border-bottom:0}"
	".tight td,.tight th{padding:.2rem .1rem}"
	"tfoot td,tfoot th{border-top:2px solid var(--line);border-bottom:0;"
	"font-weight:650;color:var(--ink)}"
	".num thead th{font-size:.75rem;letter-spacing:.03em;"
	"text-transform:uppercase}"
	".bar{display:flex;justify-content:space-between;gap:1rem;"
	"margin-top:.45rem;font-size:.9rem}"
	"details{margin:.5rem 0}summary{cursor:pointer;padding:.35rem 0;"
	"font-weight:600}"
	".rows{list-style:none;margin:0;padding:0;display:grid;gap:.8rem;"
	"grid-template-columns:repeat(auto-fit,minmax(min(19rem,100%),1fr))}"
	".rows li{background:var(--card);border:1px solid var(--line);"
	"border-left:.3rem solid;border-radius:.5rem;padding:.5rem .8rem}"
	".rows b,.rows .bar,.rows small{color:var(--ink)}"
	".rows small{display:block;color:var(--dim)}"
	"@media(max-width:40rem){.cards{grid-template-columns:1fr 1fr}"
	".wide{grid-column:1/-1}.big{font-size:1.35rem}svg text{font-size:14px}"
	"td bdi,th bdi{max-width:10rem}}"
	"@media print{:root{--bg:#fff;--card:#fff;--ink:#000;--dim:#444;"
	"--line:#bbb;--good:#17774a;--bad:#bd2626;--warn:#8f5a00;"
	"--c0:#2f6bd8;--c1:#1a9c93;--c2:#dd9b00;--c3:#8657cf;--c4:#9aa5b3;"
	"--c5:#cf4436}"
	"*{print-color-adjust:exact;-webkit-print-color-adjust:exact}"
	"main{max-width:none;padding:0}.card,figure,tr,.rows li{"
	"break-inside:avoid}.scroll{overflow:visible;border:0}"
	"th,td{padding:.15rem .4rem}table{font-size:.75rem}"
	"thead{display:table-header-group}h2{break-after:avoid}"
	/* Totals once, not on every sheet; and nobody opens paper. */
	"tfoot{display:table-row-group}details:not([open]){display:none}}";

/* The empty icon keeps browsers from asking for one. */
void html_begin(struct buf *b, const char *title, int refresh_s)
{
	buf_puts(b, "<!doctype html>\n<html lang=\"en\">\n<head>\n"
		 "<meta charset=\"utf-8\">\n"
		 "<meta http-equiv=\"Content-Security-Policy\" "
		 "content=\"" HTML_POLICY "\">\n"
		 "<meta name=\"viewport\" "
		 "content=\"width=device-width,initial-scale=1\">\n"
		 "<meta name=\"color-scheme\" content=\"light dark\">\n"
		 "<meta name=\"referrer\" content=\"no-referrer\">\n");
	if (refresh_s)
		buf_printf(b, "<meta http-equiv=\"refresh\" "
			   "content=\"%d\">\n", refresh_s);
	buf_printf(b, "<link rel=\"icon\" href=\"data:,\">\n"
		   "<title>%s</title>\n<style>%s</style>\n</head>\n<body>\n"
		   "<main>\n", title, style);
}

void html_end(struct buf *b)
{
	buf_puts(b, "</main>\n</body>\n</html>\n");
}

void html_text(struct buf *b, const char *s)
{
	struct str rest = str_c(s);
	size_t len;

	for (; rest.n; rest = str_from(rest, len)) {
		len = utf8_len(rest.p, rest.n);
		if (!len || (unsigned char)*rest.p < ' ' || *rest.p == 0x7f)
			buf_puts(b, "&#xfffd;");
		else if (strchr("<>&\"'", *rest.p))
			buf_printf(b, "&#%d;", *rest.p);
		else
			buf_str(b, (struct str){ rest.p, len });
		len = len ? len : 1;
	}
}

void html_name(struct buf *b, const char *s)
{
	buf_puts(b, "<bdi>");
	html_text(b, s);
	buf_puts(b, "</bdi>");
}
