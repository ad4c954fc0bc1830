// A budget that is spent: each client throws what it throws at a limit, and
// asks not again.
import { before, test } from 'node:test';
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import Anthropic from '@anthropic-ai/sdk';
import { APICallError } from 'ai';
import { CLAUDE, GPT, base, clients } from './clients.mjs';
import { cached, question } from './upstream.mjs';

const lib = (name) => (name.startsWith('@anthropic') ? Anthropic : OpenAI);
const statusOf = (e) => e?.statusCode ?? e?.status ??
	statusOf(e?.cause ?? e?.lastError ?? assert.fail(String(e)));

// The last that the budget pays for, of the key in either header.
before(async () => {
	await clients['openai chat'].plain(question('last'));
	await clients['@langchain/anthropic'].plain(question('last'));
});

for (const [name, c] of Object.entries(clients)) {
	for (const form of ['plain', 'stream', 'tools', 'toolStream']) {
		test(`${name}: ${form}`, async () => {
			await cached(() => assert.rejects(() => c[form](question(form)),
				(e) => {
					if (name.startsWith('ai '))
						assert.ok(APICallError.isInstance(e) ||
							/No output/.test(e.message), e);
					else
						assert.equal(statusOf(e), 429);
					return true;
				}));
		});
	}
}

for (const [name, ask] of [
	['openai', (client, q) => client.chat.completions.create({ model: GPT,
		messages: [{ role: 'user', content: q }] })],
	['@anthropic-ai/sdk', (client, q) => client.messages.create({
		model: CLAUDE, max_tokens: 9,
		messages: [{ role: 'user', content: q }] })]]) {
	test(`${name}: no second try, and it is said why`, async () => {
		let tries = 0;
		const client = new (lib(name))({ apiKey: process.env.KEY,
			baseURL: name === 'openai' ? `${base}/v1` : base, maxRetries: 2,
			fetch: (...a) => { tries++; return fetch(...a); } });
		await assert.rejects(() => ask(client, question('broke')), (e) => {
			assert.ok(e instanceof lib(name).RateLimitError);
			assert.match(e.message, /The budget \S+ is spent/);
			if (name === 'openai') assert.equal(e.code, 'budget_exceeded');
			return true;
		});
		assert.equal(tries, 1);
	});
}
