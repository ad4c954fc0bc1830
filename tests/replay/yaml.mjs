// The part of YAML that VCR cassettes are written in, and no more: block
// mappings and sequences, the five forms of scalars, !!binary, empty or short
// flow collections. What it cannot read it throws on.

export function parse(text)
{
	const p = new Reader(text.split('\n'));
	p.skip();
	return p.done() ? null : p.node(p.indent(), '');
}

class Reader {
	constructor(lines)
	{
		this.lines = lines;
		this.at = 0;
	}

	done()
	{
		return this.at >= this.lines.length;
	}

	line()
	{
		return this.lines[this.at];
	}

	indent(line = this.line())
	{
		return line.length - line.trimStart().length;
	}

	// Blank lines, comments and marks of documents between nodes.
	skip()
	{
		while (!this.done() &&
		       /^\s*(#.*)?$|^(---|\.\.\.)\s*$/.test(this.line()))
			this.at++;
	}

	error(what)
	{
		throw new Error(`line ${this.at + 1}: ${what}`);
	}

	// What begins on the line at the point, which is indented by n.
	node(n)
	{
		const rest = this.line().slice(n);

		if (/^- |^-$/.test(rest))
			return this.sequence(n);
		if (key_of(rest))
			return this.mapping(n);
		this.lines[this.at] = rest;
		return this.scalar(n - 1);
	}

	sequence(n)
	{
		const items = [];

		for (this.skip(); !this.done() && this.indent() === n &&
		     /^- |^-$/.test(this.line().slice(n)); this.skip()) {
			const rest = this.line().slice(n + 1);
			const in_by = n + 1 + this.indent(rest);

			if (rest.trim() === '') {
				this.at++;
				items.push(this.below(n));
			} else if (key_of(rest.trimStart()) ||
				   /^- |^-$/.test(rest.trimStart())) {
				this.lines[this.at] = ' '.repeat(n + 1) + rest;
				items.push(this.node(in_by));
			} else {
				this.lines[this.at] = rest.trimStart();
				items.push(this.scalar(n));
			}
		}
		return items;
	}

	mapping(n)
	{
		const map = {};

		for (this.skip(); !this.done() && this.indent() === n;
		     this.skip()) {
			const key = key_of(this.line().slice(n));

			if (!key)
				this.error('no key');
			map[key.name] = this.value(n, key.rest);
		}
		if (!this.done() && this.indent() > n)
			this.error('indented too far');
		return map;
	}

	value(n, rest)
	{
		if (rest !== '') {
			this.lines[this.at] = rest;
			return this.scalar(n);
		}
		this.at++;
		this.skip();
		if (!this.done() && this.indent() === n &&
		    /^- |^-$/.test(this.line().slice(n)))
			return this.sequence(n);
		return this.below(n);
	}

	// A node on lines of its own, indented by more than n, or null.
	below(n)
	{
		this.skip();
		if (this.done() || this.indent() <= n)
			return null;
		return this.node(this.indent());
	}

	// The point is on a line cut down to the scalar; its parent is
	// indented by n.
	scalar(n)
	{
		let s = this.line();
		let binary = false;

		if (s.startsWith('!!binary')) {
			binary = true;
			s = this.lines[this.at] = s.slice(8).trimStart();
		} else if (/^[!&*]/.test(s)) {
			this.error('a tag or an alias');
		}
		const v = /^[|>]/.test(s) ? this.block(n) :
			  s[0] === '"' ? this.quoted(/^(?:[^"\\]|\\.)*"\s*$/s) :
			  s[0] === "'" ? this.quoted(/^(?:[^']|'')*'\s*$/s) :
					 this.plain(n);
		return binary ? Buffer.from(v, 'base64') : v;
	}

	block(n)
	{
		const head = /^([|>])([0-9]?)([+-]?)([0-9]?)\s*$/
			.exec(this.line());

		if (!head)
			this.error('the head of a block');
		this.at++;
		const digit = head[2] || head[4];
		let by = digit ? Math.max(n, 0) + Number(digit) : -1;
		const taken = [];
		for (; !this.done(); this.at++) {
			const l = this.line();

			if (l.trim() !== '' || (by >= 0 && l.length > by)) {
				if (by < 0)
					by = this.indent();
				if (this.indent() < by || by <= n)
					break;
			}
			taken.push(l.slice(Math.max(by, 0)));
		}
		if (this.done() && taken.at(-1) === '')
			taken.pop(); // the file's last line end
		if (head[1] === '>')
			this.error('a folded block');
		let s = taken.map(l => l + '\n').join('');
		if (head[3] !== '+')
			s = s.replace(/\n+$/, '') +
			    (head[3] === '-' ? '' : '\n');
		return s;
	}

	quoted(whole)
	{
		const q = this.line()[0];
		let s = this.line().slice(1);

		while (!whole.test(s)) {
			if (++this.at >= this.lines.length)
				this.error('a string without end');
			s += '\n' + this.line();
		}
		this.at++;
		s = fold(s.trimEnd().slice(0, -1), q === '"');
		return q === '"' ? unescape(s) : s.replaceAll("''", "'");
	}

	plain(n)
	{
		let s = this.line();

		for (this.at++; !this.done(); this.at++) {
			const l = this.line();

			if (l.trim() !== '' && this.indent() <= n)
				break;
			if (/^(---|\.\.\.)\s*$/.test(l))
				break;
			s += '\n' + l;
		}
		return typed(fold(s.trimEnd(), false));
	}
}

// `name: rest` or `"name": rest`.
function key_of(s)
{
	const m = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#'"!&*[\]{}|>%@`-][^#]*?|-[^\s#][^#]*?):(?:\s+(.*))?$/
		.exec(s);

	if (!m)
		return null;
	const q = m[1][0];
	const name = q === '"' ? unescape(m[1].slice(1, -1)) :
		     q === "'" ? m[1].slice(1, -1).replaceAll("''", "'") :
				 m[1];
	return { name, rest: m[2] ?? '' };
}

// One line end between words is a blank, n are n - 1 line ends; with escapes
// a backslash takes the line end away.
function fold(s, escapes)
{
	if (!s.includes('\n'))
		return s;
	const lines = s.split('\n');
	let out = lines[0], blank = 0;

	for (const l of lines.slice(1)) {
		const taken = escapes && !blank && /(^|[^\\])(\\\\)*\\$/.test(out);

		if (l.trim() === '' && l !== lines.at(-1)) {
			blank++;
			continue;
		}
		out = taken ? out.slice(0, -1) :
			      cut_end(out, escapes) +
			      (blank ? '\n'.repeat(blank) : ' ');
		out += l.replace(/^[ \t]+/, '');
		blank = 0;
	}
	return out;
}

// Blanks before a line end go, but for one that is escaped.
function cut_end(s, escapes)
{
	const cut = s.replace(/[ \t]+$/, '');

	return escapes && /(^|[^\\])(\\\\)*\\$/.test(cut) ?
		s.slice(0, cut.length + 1) : cut;
}

const escaped = {
	0: '\0', a: '\x07', b: '\b', t: '\t', n: '\n', v: '\v', f: '\f',
	r: '\r', e: '\x1b', ' ': ' ', '"': '"', '/': '/', '\\': '\\',
	N: '\x85', _: '\xa0', L: '\u2028', P: '\u2029', '\t': '\t',
};

function unescape(s)
{
	return s.replace(
		/\\(?:x(..)|u(.{4})|U(.{8})|(.))/gs,
		(all, x, u, U, c) => {
			if (c === undefined)
				return String.fromCodePoint(
					parseInt(x ?? u ?? U, 16));
			if (!(c in escaped))
				throw new Error(`escape ${all}`);
			return escaped[c];
		});
}

function typed(s)
{
	if (s === '' || s === '~' || s === 'null')
		return null;
	if (s === 'true' || s === 'false')
		return s === 'true';
	if (/^[-+]?(\d+|\d+\.\d*([eE][-+]?\d+)?)$/.test(s))
		return Number(s);
	if (s === '[]')
		return [];
	if (s === '{}')
		return {};
	if (/^[[{]/.test(s))
		throw new Error('a flow collection');
	return s;
}
