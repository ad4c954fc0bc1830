// Every client gets a pinned answer in its own types, in either form, and
// nobody is asked for it. The file is t3-pinned.sh's.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { clients, GPT, CLAUDE, openai } from './clients.mjs';
import { dialects } from './dialects.mjs';
import { asked, cached, question } from './upstream.mjs';

const answer = 'Täglich 9–5: "immer".\nＯＫ 😀';
const phrasings = ['What are your hours?', '  WHAT are your\thours ',
	'영업 시간이 언제인가요', '영업 시간이 언제인가요?'.normalize('NFD')];

for (const [name, c] of Object.entries(clients)) {
	for (const form of ['plain', 'stream']) {
		test(`${name}: ${form}`, async () => {
			for (const q of phrasings)
				assert.equal(await cached(() => c[form](q)), answer, q);
		});
	}
}

for (const [name, d] of Object.entries(dialects)) {
	for (const form of ['plain', 'stream']) {
		test(`${name}: ${form}, finish and usage`, async () => {
			const a = await cached(() => d[form]({
				model: name === 'messages' ? CLAUDE : GPT,
				system: question('Be brief'), turns: [{ user: phrasings[0] }],
			}));
			assert.equal(a.text, answer);
			assert.equal(a.finish, 'stop');
			assert.deepEqual(a.calls, []);
			assert.equal(a.usage.input, 0);
			assert.equal(a.usage.output, 0);
		});
	}
}

test('completions: plain and stream', async () => {
	const q = { model: GPT, prompt: phrasings[0] };
	const whole = await cached(() => openai().completions.create(q));
	assert.equal(whole.choices[0].text, answer);
	assert.equal(whole.choices[0].finish_reason, 'stop');
	let text = '';
	for await (const c of await openai().completions.create(
		{ ...q, stream: true }))
		text += c.choices[0]?.text ?? '';
	assert.equal(text, answer);
});

test('with tools a model is asked', async () => {
	for (const name of ['openai chat', 'openai responses', '@anthropic-ai/sdk'])
		await asked(() => clients[name].tools(phrasings[0]));
});
