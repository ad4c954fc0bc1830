// larder's token counts beside gpt-tokenizer's: its published samples, 10,000
// random strings for each encoding, and as many runs of bytes that are hardly
// UTF-8. COUNT is the program count.c, TABLES where the tables are.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const { COUNT, TABLES, SEED } = process.env;
const MANY = 10000;

const require = createRequire(import.meta.url);
const encodings = Object.fromEntries(['o200k_base', 'cl100k_base'].map(
	(name) => [name, require(`gpt-tokenizer/encoding/${name}`)]));
const reference = (name, text) => encodings[name].encode(text,
	{ disallowedSpecial: new Set() }).length;

const ours = (name, texts) => {
	const parts = texts.flatMap((bytes) => {
		const length = Buffer.alloc(4);
		length.writeUInt32LE(bytes.length);
		return [length, bytes];
	});
	const run = spawnSync(COUNT, [join(TABLES, `${name}.tok`)],
		{ input: Buffer.concat(parts), maxBuffer: 1 << 26 });
	assert.equal(run.status, 0, String(run.stderr ?? run.error));
	return String(run.stdout).trim().split('\n').map(Number);
};

// What stands for bytes that are no UTF-8.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

const same = (name, texts) => {
	const counts = ours(name, texts);
	assert.equal(counts.length, texts.length);
	texts.forEach((bytes, i) => {
		const text = decoder.decode(bytes);
		const want = reference(name, text);
		assert.equal(counts[i], want,
			`${JSON.stringify(text)} (${bytes.toString('hex')})`);
	});
};

// --- random texts; SEED makes them the same again ---

let seed = Number(SEED ?? Date.now()) % 2147483646 + 1;
const below = (n) => (seed = (seed * 48271) % 2147483647) % n;
const pick = (list) => list[below(list.length)];

const points = (from, to) => () => String.fromCodePoint(
	from + below(to - from + 1));
const among = (text) => () => pick([...text]);

// Characters that all versions of Unicode agree on. U+0085, U+FEFF and the
// long s are not among them: JavaScript's \s and i are not tiktoken's.
const kinds = {
	lower: points(0x61, 0x7a),
	upper: points(0x41, 0x5a),
	digits: points(0x30, 0x39),
	blanks: among(' \n\r\t\v\f'),
	spaces: () => ' '.repeat(1 + below(9)),
	signs: among('.,;:!?/\\-=_*#"()[]{}<>@&|~^`+$%'),
	quotes: among(['\'', '\'s', '\'T', '\'re', '\'VE', '\'m', '\'Ll', '\'d']),
	special: among(['<|endoftext|>', '<|im_start|>', '<|fim_prefix|>',
		'<|endofprompt|>', '<|start|>']),
	Korean: points(0xac00, 0xd7a3),
	jamo: points(0x3131, 0x318e),
	Chinese: points(0x4e00, 0x9fa5),
	rare: points(0x20000, 0x2a6d6),
	kana: points(0x3041, 0x3096),
	emoji: points(0x1f300, 0x1f64f),
	joined: among(['👨‍👩‍👧', '👍🏽', '🇰🇷', '1️⃣', '❤️', '\u200d', '\ufe0f']),
	marks: points(0x300, 0x36f),
	Latin: points(0xc0, 0x17e),
	Greek: points(0x391, 0x3a1),
	Russian: points(0x410, 0x44f),
	Hebrew: points(0x5d0, 0x5ea),
	Arabic: points(0x621, 0x64a),
	Hindi: points(0x905, 0x939),
	Thai: points(0xe01, 0xe30),
	cased: points(0x10400, 0x1044f),
	cases: among('ǅǈǋǲʰˠªºⅧⅷ²½१३\u00a0\u2003\u2028\u3000\u200b'),
	controls: points(0, 0x1f),
	privately: points(0xe000, 0xf8ff),
	surrogates: points(0xd800, 0xdbff), // no two of which are a pair
};

const random = () => {
	const used = [1, 2, 3, 4].map(() => pick(Object.values(kinds)))
		.slice(below(4));
	const length = pick([3, 10, 40, 40, 150, 600]);
	let text = '';
	while (text.length < length) {
		const kind = pick(used);
		for (let n = 1 + below(pick([1, 4, 30])); n > 0; n--)
			text += kind();
	}
	return Buffer.from(text);
};

const lead = [0x20, 0x41, 0x61, 0x27, 0x80, 0xbf, 0xc0, 0xc3, 0xe0, 0xa0, 0xe4,
	0xb8, 0xad, 0xea, 0xb0, 0xef, 0xf0, 0x9f, 0x98, 0x90, 0xf4, 0x8f, 0xf5,
	0xff];
// What may come of broken bytes: blocks that Unicode filled long ago, lest the
// two have different versions of it. Nor what is not the same in JavaScript
// (above); nor the three bytes of a surrogate, one U+FFFD to us and three to
// TextDecoder.
const settled = /^[\0-\x84\x86-\u036f\u0391-\u03a1\u0410-\u044f\u05d0-\u05ea\u0621-\u064a\u0905-\u0939\u0e01-\u0e30\u2000-\u2060\u3041-\u3096\u3131-\u318e\u4e00-\u9fa5\uac00-\ud7a3\ue000-\uf8ff\ufe0f\ufffd\u{10400}-\u{1044f}\u{1f300}-\u{1f64f}\u{20000}-\u{2a6d6}]*$/u;
const apart = /'\u017f/;
const surrogate = /\xed[\xa0-\xbf][\x80-\xbf]/;
const even = (bytes) => {
	const text = decoder.decode(bytes);
	return settled.test(text) && !apart.test(text) &&
		!surrogate.test(bytes.toString('latin1'));
};

const broken = () => {
	for (;;) {
		const bytes = below(2) ? random() : Buffer.from(
			Array.from({ length: below(60) }, () => pick(lead)));
		for (let n = below(4); n > 0 && bytes.length; n--)
			bytes[below(bytes.length)] = below(256);
		const text = bytes.subarray(below(3), bytes.length - below(3));
		if (even(text)) return text;
	}
};

for (const name of Object.keys(encodings)) {
	test(`${name}: published samples`, () => {
		const folder = dirname(require.resolve('gpt-tokenizer'));
		const plans = readFileSync(join(folder, '../data/TestPlans.txt'), 'utf8')
			.split(/^EncodingName: /m)
			.map((part) => /^(\w+)\nSample: (.*)\nEncoded: \[(.*)\]/s.exec(part))
			.filter((m) => m && m[1] === name);
		assert.ok(plans.length > 50);
		const counts = ours(name, plans.map((m) => Buffer.from(m[2])));
		plans.forEach((m, i) => assert.equal(counts[i],
			m[3].split(',').filter((x) => x.trim()).length, m[2]));
	});

	test(`${name}: ${MANY} random strings`, (t) => {
		t.diagnostic(`SEED=${seed - 1}`);
		same(name, Array.from({ length: MANY }, random));
	});

	test(`${name}: ${MANY} runs of bytes`, (t) => {
		t.diagnostic(`SEED=${seed - 1}`);
		same(name, Array.from({ length: MANY }, broken));
	});

	test(`${name}: long runs of one kind`, () => {
		same(name, Object.values(kinds).map((kind) => Buffer.from(
			Array.from({ length: 1500 }, kind).join(''))));
	});
}
