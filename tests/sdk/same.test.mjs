// Every client gets the same answer again from the cache, in either form,
// whatever the form of the first call.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { clients } from './clients.mjs';
import { asked, cached, question } from './upstream.mjs';

for (const [name, c] of Object.entries(clients)) {
	for (const [first, second] of [['plain', 'stream'], ['stream', 'plain']]) {
		test(`${name}: ${first} first`, async () => {
			const q = question('hello – “ünïcode” 😀');
			const answer = await asked(() => c[first](q));
			assert.ok(answer.startsWith(`echo: ${q} #`), answer);
			assert.equal(await cached(() => c[first](q)), answer);
			assert.equal(await cached(() => c[second](q)), answer);
		});
	}
	for (const [first, second] of [['tools', 'toolStream'],
		['toolStream', 'tools']]) {
		for (const word of ['[[tool]]', '[[tools]]']) {
			test(`${name}: ${word}, ${first} first`, async () => {
				const q = question(word);
				const calls = await asked(() => c[first](q));
				assert.equal(calls.length, word === '[[tool]]' ? 1 : 2);
				assert.deepEqual(await cached(() => c[first](q)), calls);
				assert.deepEqual(await cached(() => c[second](q)), calls);
			});
		}
	}
}

test('clients of one dialect share an entry', async () => {
	const q = question('shared');
	const answer = await asked(() => clients['openai chat'].plain(q));
	for (const name of ['ai + @ai-sdk/openai, chat', '@langchain/openai',
		'ai + @ai-sdk/openai-compatible']) {
		assert.equal(await cached(() => clients[name].plain(q)), answer, name);
		assert.equal(await cached(() => clients[name].stream(q)), answer, name);
	}
});
