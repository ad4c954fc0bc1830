// The clients against an upstream nobody here wrote: @copilotkit/aimock.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { clients, openai } from './clients.mjs';
import { question } from './upstream.mjs';

async function seen() {
	const reply = await fetch(`${process.env.FAKE_URL}/__aimock/journal?limit=1`);
	await reply.text();
	return Number(reply.headers.get('x-total-count'));
}

async function unseen(fn) {
	const before = await seen();
	const result = await fn();
	assert.equal(await seen(), before, 'the upstream was not asked');
	return result;
}

for (const [name, c] of Object.entries(clients)) {
	for (const [first, second, text] of [
		['plain', 'stream', 'hello'], ['stream', 'plain', 'hello'],
		['tools', 'toolStream', '[[tools]]'],
		['toolStream', 'tools', '[[tools]]']]) {
		test(`${name}: ${first} first`, async () => {
			const q = question(text);
			const before = await seen();
			const answer = await c[first](q);
			assert.equal(await seen(), before + 1);
			assert.ok(answer.length >= 2);
			assert.deepEqual(await unseen(() => c[first](q)), answer);
			assert.deepEqual(await unseen(() => c[second](q)), answer);
		});
	}
}

test('embeddings', async () => {
	const q = question('hello');
	const ask = async () => (await openai().embeddings.create({
		model: 'embed-test', input: q, encoding_format: 'float',
	})).data[0].embedding;
	const first = await ask();
	assert.ok(first.length > 0);
	assert.deepEqual(await unseen(ask), first);
});

test('an error is passed on and not kept', async () => {
	const ask = () => openai().chat.completions.create({ model: 'gpt-test',
		messages: [{ role: 'user', content: 'overloaded' }] });
	const before = await seen();
	await assert.rejects(ask, (e) => e.status === 529);
	await assert.rejects(ask, (e) => e.status === 529);
	assert.equal(await seen(), before + 2);
});
