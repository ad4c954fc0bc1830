// JSON schema output, embeddings, models, token counts, several choices,
// reasoning, refusals, logprobs and usage, through the cache.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { embedMany, generateObject, generateText, jsonSchema, streamObject,
	streamText } from 'ai';
import { OpenAIEmbeddings } from '@langchain/openai';
import { anthropic, aiCompatible, aiOpenai, base, chainOpenai,
	openai } from './clients.mjs';
import { asked, cached, question } from './upstream.mjs';

const GPT = 'gpt-test';
const EMBED = 'embed-test';
const chat = (q, more) => openai().chat.completions.create({
	model: GPT, messages: [{ role: 'user', content: q }], ...more });
const shape = { type: 'object', properties: { a: { type: 'number' } },
	required: ['a'], additionalProperties: false };

async function collect(stream) {
	const parts = [];
	for await (const part of stream) parts.push(part);
	return parts;
}

// The same twice, the second time from the cache.
async function twice(fn) {
	const first = await asked(fn);
	assert.deepEqual(await cached(fn), first);
	return first;
}

test('openai: JSON schema', async () => {
	const format = { type: 'json_schema',
		json_schema: { name: 'x', strict: true, schema: shape } };
	const q = question('[[json]]');
	const parse = async () => (await openai().chat.completions.parse({
		model: GPT, messages: [{ role: 'user', content: q }],
		response_format: format })).choices[0].message.parsed;
	assert.deepEqual(await twice(parse), { a: 1 });
});

for (const [name, model] of [
	['chat', () => aiOpenai().chat(GPT)],
	['responses', () => aiOpenai()(GPT)],
	['compatible', () => aiCompatible({
		supportsStructuredOutputs: true })(GPT)],
]) {
	test(`ai, ${name}: JSON schema`, async () => {
		const ask = { model: model(), schema: jsonSchema(shape),
			prompt: question('[[json]]'), maxRetries: 0 };
		const object = async () => (await generateObject(ask)).object;
		const stream = async () => {
			const s = streamObject(ask);
			await collect(s.partialObjectStream);
			return s.object;
		};
		assert.deepEqual(await asked(stream), { a: 1 });
		assert.deepEqual(await cached(object), { a: 1 });
		assert.deepEqual(await cached(stream), { a: 1 });
	});
}

test('@langchain/openai: JSON schema', async () => {
	const q = question('[[json]]');
	const model = chainOpenai().withStructuredOutput(
		{ title: 'x', ...shape }, { method: 'jsonSchema' });
	assert.deepEqual(await twice(() => model.invoke(q)), { a: 1 });
});

test('embeddings: openai, ai, @langchain/openai', async () => {
	const q = question('embed');
	const one = await twice(async () => (await openai().embeddings.create({
		model: EMBED, input: q })).data[0].embedding);
	assert.ok(one.length > 0 && one.every(Number.isFinite));
	const floats = await twice(async () => (await openai().embeddings.create({
		model: EMBED, input: q, encoding_format: 'float' })).data[0].embedding);
	assert.equal(floats.length, one.length);
	for (const [i, x] of floats.entries())
		assert.ok(Math.abs(x - one[i]) < 1e-6);
	await twice(async () => (await embedMany({ maxRetries: 0,
		model: aiOpenai().embeddingModel(EMBED), values: [q, 'b'] })).embeddings);
	const chain = new OpenAIEmbeddings({ model: EMBED, apiKey: 'sk-sdk',
		maxRetries: 0, configuration: { baseURL: `${base}/v1` } });
	await twice(() => chain.embedDocuments([q, 'b', 'c']));
});

test('models and count_tokens', async () => {
	const models = await collect(await openai().models.list());
	assert.ok(models.length > 0 && models.every((m) => m.id));
	const n = await anthropic().messages.countTokens({ model: 'claude-test',
		messages: [{ role: 'user', content: question('count') }] });
	assert.ok(n.input_tokens > 0);
});

test('usage comes exactly when asked for', async () => {
	const q = question('usage');
	const stream = async (more) => collect(await chat(q,
		{ stream: true, ...more }));
	const include = { stream_options: { include_usage: true } };
	const bare = await asked(() => stream());
	assert.ok(bare.every((c) => !c.usage), 'a miss');
	const full = await cached(() => stream(include));
	assert.equal(full.filter((c) => c.usage).length, 1);
	assert.deepEqual(full.at(-1).choices, []);
	const plain = await cached(() => chat(q));
	assert.deepEqual(full.at(-1).usage, plain.usage);
	assert.ok((await cached(() => stream())).every((c) => !c.usage), 'a hit');

	const ai = async (more) => {
		const s = streamText({ model: aiCompatible(more)(GPT), prompt: q,
			maxRetries: 0 });
		await s.text;
		return (await s.usage).inputTokens;
	};
	assert.equal(await cached(() => ai({ includeUsage: true })),
		plain.usage.prompt_tokens);
	assert.equal(await cached(() => ai({})), undefined);
});

test('anthropic: usage is the same in both forms', async () => {
	const ask = { model: 'claude-test', max_tokens: 64,
		messages: [{ role: 'user', content: question('usage') }] };
	const plain = await asked(() => anthropic().messages.create(ask));
	const whole = await cached(() => anthropic().messages.stream(ask)
		.finalMessage());
	assert.equal(whole.usage.input_tokens, plain.usage.input_tokens);
	assert.equal(whole.usage.output_tokens, plain.usage.output_tokens);
	assert.equal(whole.stop_reason, plain.stop_reason);
	assert.deepEqual(whole.content, plain.content);
});

// What of a choice must survive; the stream helper makes '' to null.
const essence = (c) => [c.message.content || null, c.message.refusal ?? null,
	c.finish_reason, c.logprobs?.content?.map((l) => l.token)];

for (const word of ['[[refusal]]', '[[logprobs]]', '[[length]]', '[[n]]',
	'[[reasoning]]', '[[unicode]]']) {
	const more = { '[[logprobs]]': { logprobs: true }, '[[n]]': { n: 3 } }[word];
	const plain = async (q) => (await chat(q, more)).choices.map(essence);
	const stream = async (q) => (await openai().chat.completions.stream({
		model: GPT, messages: [{ role: 'user', content: q }], ...more,
	}).finalChatCompletion()).choices.map(essence);

	for (const [first, second] of [[plain, stream], [stream, plain]]) {
		test(`openai: ${word} in both forms, ${first.name} first`,
			async () => {
				const q = question(word);
				const choices = await asked(() => first(q));
				assert.equal(choices.length, more?.n ?? 1);
				assert.deepEqual(await cached(() => second(q)), choices);
			});
	}
}

test('anthropic: thinking in both forms', async () => {
	const ask = { model: 'claude-test', max_tokens: 64,
		messages: [{ role: 'user', content: question('[[reasoning]]') }] };
	const whole = await asked(() => anthropic().messages.stream(ask)
		.finalMessage());
	assert.equal(whole.content[0].type, 'thinking');
	const plain = await cached(() => anthropic().messages.create(ask));
	assert.deepEqual(plain.content, whole.content);
});

test('ai, responses: reasoning in both forms', async () => {
	const ask = { model: aiOpenai()(GPT), maxRetries: 0,
		prompt: question('[[reasoning]]') };
	const text = (await asked(() => generateText(ask))).text;
	assert.equal(await cached(async () => streamText(ask).text), text);
});
