// `A then B if weak` and prompts that are too long, as every client sees them:
// the better model's answer in its own types, one stream and no trace of the
// other; then a hit. GPT and CLAUDE name rules; r5-cascade.sh has them.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import Anthropic from '@anthropic-ai/sdk';
import { clients, CLAUDE, GPT, anthropic, openai } from './clients.mjs';
import { cached, count, question } from './upstream.mjs';

const weak = '[[refusal]] [[only cheap]]';

for (const [name, c] of Object.entries(clients)) {
	for (const form of ['plain', 'stream']) {
		test(`${name}: ${form}`, async () => {
			const q = question(weak), before = await count();
			const text = await c[form](q);
			assert.match(text, /^echo: /);
			assert.equal(await count(), before + 2, 'both were asked');
			assert.equal(await cached(() => c[form](q)), text);
			assert.equal(await cached(() =>
				c[form === 'plain' ? 'stream' : 'plain'](q)), text);
		});
		test(`${name}: ${form}, good`, async () => {
			const before = await count();
			assert.match(await c[form](question('a good one')), /^echo: /);
			assert.equal(await count(), before + 1, 'one was asked');
		});
	}
}

test('tools of the cheap one are no weak answer', async () => {
	for (const name of ['openai chat', '@anthropic-ai/sdk']) {
		const before = await count();
		assert.ok((await clients[name].tools(question('[[tool]]'))).length);
		assert.equal(await count(), before + 1);
	}
});

const long = 'so many words '.repeat(2000);
for (const [name, kind, ask] of [
	['openai', OpenAI, () => openai().chat.completions.create({
		model: 'small-window', messages: [{ role: 'user', content: long }] })],
	['@anthropic-ai/sdk', Anthropic, () => anthropic().messages.create({
		model: 'small-window', max_tokens: 9,
		messages: [{ role: 'user', content: long }] })],
]) {
	test(`${name}: a prompt that is too long`, async () => {
		await assert.rejects(() => cached(ask), (e) => {
			assert.ok(e instanceof kind.BadRequestError);
			assert.match(e.message, /prompt is too long: \d+ tokens > 1000 maximum/);
			if (kind === OpenAI)
				assert.equal(e.code, 'context_length_exceeded');
			return true;
		});
	});
}
