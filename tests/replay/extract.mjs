// Takes recorded provider conversations out of clones of public repositories:
//
//     node extract.mjs OUT NAME=GITDIR ...
//
// e.g. vercel=/src/ai/.git pydantic=/src/pydantic-ai/.git. GITDIR is a git
// directory (bare or not); what is read is its HEAD. Writes OUT/SHAPE/NAME--
// SOURCE.sse (the bytes of a stream) and .json (a whole reply), SHAPE being
// chat, completion, messages or responses. What is none of these is counted.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { parse } from './yaml.mjs';

const wanted = [
	{ match: /__fixtures__\/.*\.chunks\.txt$/, take: chunks },
	{ match: /cassettes\/.*\.yaml$/, take: cassette },
	{ match: /__inline_snapshot__\/.*\.json$/, take: snapshot },
	{ match: /__fixtures__\/.*\.json$/, take: whole },
	{ match: /(inline-snapshot\/external\/.*\.bin|fixtures\/.*\.(sse|txt))$/,
	  take: raw },
	{ match: /__fixtures__\/.*\.sse$/, take: raw },
];

const seen = new Set();
const count = {};
let out, origin, source;

function counted(what)
{
	const key = `${origin}\t${what}`;

	count[key] = (count[key] ?? 0) + 1;
}

// -- what it is -------------------------------------------------------------

// The shape of an event's data or of a whole reply, or null.
function shape_of(d)
{
	if (!d || typeof d !== 'object')
		return null;
	if (/^(message|content_block)_(start|delta|stop)$/.test(d.type) ||
	    (d.type === 'message' && Array.isArray(d.content)))
		return 'messages';
	if (/^response\./.test(d.type) || d.object === 'response')
		return 'responses';
	if (d.object === 'text_completion')
		return 'completion';
	if (Array.isArray(d.choices) &&
	    /^chat\.completion|^$|^undefined$/.test(String(d.object)))
		return 'chat';
	return null;
}

function json_of(text)
{
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}

// By the first events that have one.
function shape_of_stream(text)
{
	for (const m of text.matchAll(/^data: ?(.*)$/gm)) {
		const shape = shape_of(json_of(m[1]));

		if (shape)
			return shape;
	}
	return null;
}

function put(shape, ext, bytes)
{
	const sum = createHash('sha256').update(bytes).digest('hex');
	let name = `${origin}--${source.replace(/[^A-Za-z0-9.]+/g, '-')}`;
	const dir = path.join(out, shape);

	if (seen.has(sum))
		return counted('the same again');
	seen.add(sum);
	name = name.slice(0, 180);
	fs.mkdirSync(dir, { recursive: true });
	let file = path.join(dir, `${name}.${ext}`);
	for (let i = 2; fs.existsSync(file); i++)
		file = path.join(dir, `${name}.${i}.${ext}`);
	fs.writeFileSync(file, bytes);
	counted(`${shape} ${ext}`);
}

function put_stream(bytes)
{
	const shape = shape_of_stream(bytes.toString('utf8'));

	if (shape)
		put(shape, 'sse', bytes);
	else
		counted('a stream of another protocol');
}

function put_whole(bytes)
{
	const shape = shape_of(json_of(bytes.toString('utf8')));

	if (shape)
		put(shape, 'json', bytes);
	else
		counted('a reply of another protocol');
}

// -- how it is kept -----------------------------------------------------------

// Data lines only: the framing is put back as the API has it.
function chunks(bytes)
{
	const lines = bytes.toString('utf8').split('\n')
		.filter(l => l.trim() !== '');
	const first = lines.map(l => shape_of(json_of(l))).find(s => s);
	let text = '';

	if (!first)
		return counted('a stream of another protocol');
	for (const l of lines) {
		const type = json_of(l)?.type;
		const named = first === 'messages' || first === 'responses';

		text += named && type ? `event: ${type}\n` : '';
		text += `data: ${l}\n\n`;
	}
	if (first === 'chat' || first === 'completion')
		text += 'data: [DONE]\n\n';
	put(first, 'sse', Buffer.from(text));
}

// Files whose line ends at both ends an editor may have changed.
function raw(bytes)
{
	const text = bytes.toString('utf8').replace(/^\n+/, '');

	if (/^(data|event|id|:)/.test(text))
		put_stream(Buffer.from(text.replace(/\n*$/, '\n\n')));
	else
		put_whole(bytes);
}

function whole(bytes)
{
	put_whole(bytes);
}

function snapshot(bytes)
{
	for (const x of [json_of(bytes.toString('utf8'))].flat())
		reply(x?.response?.status_code, {}, x?.response?.body);
}

function header(headers, name)
{
	for (const [k, v] of Object.entries(headers ?? {}))
		if (k.toLowerCase() === name)
			return String([v].flat()[0]);
	return '';
}

function unpack(bytes, coding)
{
	try {
		return coding === 'br' ? zlib.brotliDecompressSync(bytes) :
		       coding === 'deflate' ? zlib.inflateSync(bytes) :
		       bytes[0] === 0x1f && bytes[1] === 0x8b ?
				zlib.gunzipSync(bytes) : bytes;
	} catch {
		return bytes; // it says a coding it is no longer in
	}
}

function reply(status, headers, body)
{
	if (status !== 200)
		return counted('no HTTP reply with status 200');
	if (body === null || body === undefined || body === '')
		return counted('no body');
	if (typeof body === 'object' && !Buffer.isBuffer(body))
		return put_whole(Buffer.from(JSON.stringify(body)));
	const bytes = unpack(Buffer.from(body),
			     header(headers, 'content-encoding'));
	if (/^\s*(data|event|id|:)/.test(bytes.toString('utf8')))
		put_stream(bytes);
	else
		put_whole(bytes);
}

function cassette(bytes)
{
	const text = bytes.toString('utf8');
	let doc;

	try {
		doc = parse(text);
	} catch (e) {
		console.error(`${origin} ${source}: ${e.message}`);
		return counted('not read');
	}
	for (const x of doc?.interactions ?? []) {
		const r = x.response ?? {};

		reply(r.status?.code ?? r.status_code, r.headers,
		      r.parsed_body ?? r.body?.string ?? r.content ?? r.body);
	}
}

// -- the repositories ---------------------------------------------------------

function git(dir, ...args)
{
	return execFileSync('git', [`--git-dir=${dir}`, ...args],
			    { maxBuffer: 1 << 30 });
}

function blob(dir, id)
{
	const r = spawnSync('git', [`--git-dir=${dir}`, 'cat-file', 'blob', id],
			    { maxBuffer: 1 << 30 });

	return r.status === 0 ? r.stdout : null;
}

function repository(dir)
{
	const list = git(dir, 'ls-tree', '-r', '-z', 'HEAD').toString();

	for (const entry of list.split('\0')) {
		const [, id, file] =
			/^\S+ blob (\S+)\t(.*)$/s.exec(entry) ?? [];
		const row = file && wanted.find(w => w.match.test(file));

		if (!row)
			continue;
		source = file.replace(/^packages\/|^tests\//, '')
			.replace(/\.(chunks\.txt|yaml|json|sse|txt|bin)$/, '')
			.replace(/src\/|tests\/|__fixtures__\/|cassettes\//g,
				 '');
		const bytes = blob(dir, id);
		if (bytes)
			row.take(bytes);
		else
			counted('not in the clone');
	}
}

const [, , to, ...from] = process.argv;
if (!to || from.length === 0) {
	console.error('usage: node extract.mjs OUT NAME=GITDIR ...');
	process.exit(2);
}
out = to;
for (const f of from) {
	origin = f.slice(0, f.indexOf('='));
	repository(f.slice(f.indexOf('=') + 1));
}
for (const [k, n] of Object.entries(count).sort())
	console.log(`${k}\t${n}`);
