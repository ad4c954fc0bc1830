// Errors reach each client as the class it promises, and are never kept.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import Anthropic from '@anthropic-ai/sdk';
import { APICallError, generateText } from 'ai';
import { CLAUDE, GPT, aiAnthropic, aiOpenai, anthropic, base, chainAnthropic,
	chainOpenai, clients, openai } from './clients.mjs';
import { asked, cached, question } from './upstream.mjs';

const gpt = (q, key) => openai(key).chat.completions
	.create({ model: GPT, messages: [{ role: 'user', content: q }] });
const claude = (q, key) => anthropic(key).messages
	.create({ model: CLAUDE, max_tokens: 9,
		messages: [{ role: 'user', content: q }] });

// An error of the class whose message and request id the caller can use.
const promised = (kind, status) => (e) => {
	assert.ok(e instanceof kind, `${e?.constructor?.name}: ${e?.message}`);
	assert.equal(e.status, status);
	assert.ok(e.message.length > 4);
	assert.ok(e.requestID, 'a request id');
	return true;
};

for (const [name, ask, lib] of [['openai', gpt, OpenAI],
	['@anthropic-ai/sdk', claude, Anthropic]]) {
	test(`${name}: classes`, async () => {
		const q = () => question('error');
		await assert.rejects(() => ask(q(), 'bad-key'),
			promised(lib.AuthenticationError, 401));
		await assert.rejects(() => ask(question('[[status 404]]')),
			promised(lib.NotFoundError, 404));
		await assert.rejects(() => ask(question('[[status 400]]')),
			promised(lib.BadRequestError, 400));
		await assert.rejects(() => ask(question('[[status 429]]')),
			promised(lib.RateLimitError, 429));
		await assert.rejects(() => ask(question('[[status 500]]')),
			promised(lib.InternalServerError, 500));
		await assert.rejects(() => ask(question('[[status 529]]')),
			promised(lib.InternalServerError, 529));
	});
}

test('openai: retries by Retry-After, then an answer, then a hit', async () => {
	const q = question('[[status 503]] [[retry-after 0]] [[times 1]]');
	const patient = new OpenAI({ baseURL: `${base}/v1`, apiKey: 'sk-sdk',
		maxRetries: 2 });
	const ask = async () => (await patient.chat.completions.create({
		model: GPT, messages: [{ role: 'user', content: q }],
	})).choices[0].message.content;
	const answer = await ask();
	assert.equal(await cached(ask), answer);
});

test('ai: APICallError', async () => {
	for (const model of [aiOpenai('bad-key')(GPT),
		aiOpenai('bad-key').chat(GPT),
		aiAnthropic('bad-key')(CLAUDE)]) {
		await assert.rejects(() => generateText({ model, maxRetries: 0,
			prompt: question('error') }),
		(e) => APICallError.isInstance(e) && e.statusCode === 401);
	}
});

test('langchain: status', async () => {
	for (const model of [chainOpenai({}, 'bad-key'), chainAnthropic('bad-key')])
		await assert.rejects(() => model.invoke(question('error')),
			(e) => e.status === 401);
});

for (const [name, c] of Object.entries(clients)) {
	for (const word of ['[[errorevent 2]]', '[[cut 3]]', '[[cleancut 3]]']) {
		// openai's iterator hands a provider's error event of the
		// responses API on as just another event, and langchain drops it.
		if (word === '[[errorevent 2]]' && /openai.*responses/.test(name) &&
			!name.startsWith('ai ')) continue;
		test(`${name}: ${word} fails and is not kept`, async () => {
			const q = question(word);
			await assert.rejects(() => asked(() => c.stream(q)),
				(e) => e.code !== 'ERR_ASSERTION');
			await assert.rejects(() => asked(() => c.stream(q)),
				(e) => e.code !== 'ERR_ASSERTION');
		});
	}
}
