// Each provider's own client in each dialect, against an upstream of each
// dialect: what was asked arrives, and what was answered. The upstream tells
// by [[recite]] what it understood, in words that are the same in all dialects.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import Anthropic from '@anthropic-ai/sdk';
import { dialects } from './dialects.mjs';
import { last, question } from './upstream.mjs';

const names = Object.keys(dialects);
const lib = { chat: OpenAI, responses: OpenAI, messages: Anthropic };
const shape = { type: 'object', properties: { a: { type: 'number' } },
	required: ['a'], additionalProperties: false };
const city = { type: 'object', properties: { city: { type: 'string' } },
	required: ['city'], additionalProperties: false };
const tools = [['weather', 'the weather of “today”', city],
	['clock', 'the time', { type: 'object', properties: {} }]];
const DOT = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9Q' +
	'DwADhgGAWjR9awAAAABJRU5ErkJggg==';
const image = `data:image/png;base64,${DOT}`;
const imageBytes = Buffer.from(DOT, 'base64').length;

// fn(asker, upstream's dialect, form) for every pair and form.
function each(what, fn, pairs = () => true) {
	for (const from of names) {
		for (const to of names) {
			if (!pairs(from, to)) continue;
			for (const form of ['plain', 'stream'])
				test(`${from} to ${to}, ${form}: ${what}`, () => fn(
					(q) => dialects[from][form]({ model: `m-${to}`, ...q }),
					to, from));
		}
	}
}

// What the upstream understood; `api` shows that it was asked in its dialect.
async function recited(ask, to, q) {
	const answer = await ask(q);
	const seen = JSON.parse(answer.text);
	assert.equal(seen.api, { chat: '/chat/completions', responses: '/responses',
		messages: '/messages' }[to]);
	return seen;
}

each('text, usage, finish', async (ask) => {
	const q = question('hé “llo” 😀 \\ / \n [[in 100]] [[out 20]] [[cached 30]]' +
		' [[written 10]]');
	const answer = await ask({ turns: [{ user: q }] });
	assert.ok(answer.text.startsWith(`echo: ${q} #`), answer.text);
	assert.equal(answer.finish, 'stop');
	assert.deepEqual(answer.calls, []);
	assert.deepEqual(answer.usage,
		{ input: 100, output: 20, read: 30, write: 10 });
});

each('text in halves of a character', async (ask) => {
	const answer = await ask({ turns: [{ user: question('[[unicode]]') }] });
	assert.ok(answer.text.startsWith('é漢 😀 echo: '), answer.text);
});

each('a conversation with everything', async (ask, to, from) => {
	const q = question('[[recite]]');
	const seen = await recited(ask, to, {
		system: 'Be brief – “always”.', max: 77, temperature: 0, top_p: 0.5,
		...(from !== 'responses' && to !== 'responses' && { stop: ['END'] }),
		turns: [{ user: 'first' }, { assistant: 'second' }, { user: q },
			{ image }, { user: 'and this?' + q }],
	});
	assert.deepEqual(seen.system, ['Be brief – “always”.']);
	assert.deepEqual(seen.turns, [['user', 'first'], ['assistant', 'second'],
		['user', q], ['image', `image/png, ${imageBytes} bytes`],
		['user', 'and this?' + q]]);
	assert.equal(seen.max, 77);
	assert.equal(seen.temperature, 0);
	assert.equal(seen.top_p, 0.5);
	if (from !== 'responses' && to !== 'responses')
		assert.deepEqual([seen.stop].flat(), ['END']);
});

for (const choice of ['auto', 'none', 'required', 'clock']) {
	each(`tools, choice ${choice}`, async (ask, to) => {
		const seen = await recited(ask, to, { tools, choice, oneCall: true,
			turns: [{ user: question('[[recite]]') }] });
		assert.deepEqual(seen.tools.map((t) => [t.name, t.description,
			t.schema]), tools);
		assert.equal(seen.choice, choice === 'clock' ? 'the tool clock'
			: choice);
		if (choice !== 'none')
			assert.equal(seen.one_call, true);
	});
}

for (const [word, n] of [['[[tool]]', 1], ['[[tools]]', 2]]) {
	each(`${word}, results, the answer`, async (ask, to) => {
		const q = question(`${word} [[recite]]`);
		const first = await ask({ tools, turns: [{ user: q }] });
		const cities = ['Paris', 'Rome'].slice(0, n);
		assert.equal(first.finish, 'tools');
		assert.deepEqual(first.calls.map((c) => [c.name, c.args]),
			cities.map((c, i) => [tools[i][0], { city: c }]));
		assert.equal(new Set(first.calls.map((c) => c.id)).size, n);
		const seen = await recited(ask, to, { tools, turns: [{ user: q },
			...first.calls.map((call) => ({ call })),
			...first.calls.map((c, i) => ({ result: { id: c.id,
				text: `{"sun":${i}}` } }))] });
		assert.deepEqual(seen.turns.map((t) => (t[0] === 'call'
			? [...t.slice(0, 3), JSON.parse(t[3])] : t)), [['user', q],
			...first.calls.map((c) => ['call', c.id, c.name, c.args]),
			...first.calls.map((c, i) => ['result', c.id, `{"sun":${i}}`])]);
	});
}

each('JSON schema', async (ask) => {
	const answer = await ask({ schema: shape,
		turns: [{ user: question('[[json]]') }] });
	assert.deepEqual(JSON.parse(answer.text), { a: 1 });
	const b = (await last()).body;
	assert.deepEqual(b.response_format?.json_schema.schema ??
		b.text?.format.schema ?? b.output_config?.format.schema, shape);
});

each('the limit of tokens', async (ask) => {
	const answer = await ask({ turns: [{ user: question('[[length]]') }] });
	assert.equal(answer.finish, 'length');
	assert.ok(answer.text.startsWith('echo: '));
});

each('a refusal', async (ask) => {
	const answer = await ask({ turns: [{ user: question('[[refusal]]') }] });
	assert.equal(answer.finish, 'refusal');
	assert.match(answer.refusal || answer.text, /^I cannot help with that\./);
});

each('reasoning', async (ask, to, from) => {
	const answer = await ask({ turns: [{ user: question('[[reasoning]]') }] });
	assert.ok(answer.text.startsWith('echo: '), answer.text);
	assert.equal(answer.finish, 'stop');
	assert.match(answer.thinking, /^Thinking about #\d+\.$/);
});

// --- what goes wrong

const classes = [[400, 'BadRequestError'], [401, 'AuthenticationError'],
	[403, 'PermissionDeniedError'], [404, 'NotFoundError'],
	[429, 'RateLimitError'], [500, 'InternalServerError'],
	[529, 'InternalServerError']];
each('errors in the class the client has for them', async (ask, to, from) => {
	for (const [status, name] of classes) {
		await assert.rejects(
			() => ask({ turns: [{ user: question(`[[status ${status}]]`) }] }),
			(e) => {
				assert.ok(e instanceof lib[from][name],
					`${status}: ${e?.constructor?.name}: ${e?.message}`);
				assert.equal(e.status, status);
				assert.match(e.message, /scripted error/);
				return true;
			});
	}
	await assert.rejects(
		() => ask({ key: 'bad-key', turns: [{ user: question('x') }] }),
		(e) => e instanceof lib[from].AuthenticationError);
});

each('a prompt that is too long says so', async (ask, to, from) => {
	await assert.rejects(
		() => ask({ turns: [{ user: question('[[toolong]]') }] }),
		(e) => {
			assert.ok(e instanceof lib[from].BadRequestError);
			assert.match(e.message, /too long|context/);
			return true;
		});
});

for (const word of ['[[errorevent 2]]', '[[cut 3]]', '[[rst 3]]',
	'[[cleancut 3]]', '[[badevent 2]]']) {
	for (const from of names) {
		for (const to of names) {
			test(`${from} to ${to}: ${word} in a stream`, async () => {
				const q = { model: `m-${to}`,
					turns: [{ user: question(word) }] };
				await assert.rejects(() => dialects[from].stream(q));
				// The bare iterator of the responses API hands an error
				// on as an event like any other.
				let failed = 0, ended = 0;
				try {
					for await (const e of await dialects[from].raw(q)) {
						failed += e.type === 'error' ||
							e.type === 'response.failed';
						ended += e.type === 'response.completed' ||
							e.type === 'message_stop' ||
							e.choices?.[0]?.finish_reason === 'stop';
					}
				} catch {
					failed++;
				}
				assert.equal(ended, 0, 'a clean end');
				assert.ok(failed > 0, 'no error');
			});
		}
	}
}

// --- what the other dialect has no word for

const inexpressible = [
	['chat', 'messages', { chat: { logprobs: true } }, /logprobs/],
	['chat', 'messages', { chat: { presence_penalty: 1 } },
		/presence_penalty/],
	['chat', 'messages', { chat: { n: 2 } }, /\bn\b/],
	['chat', 'responses', { stop: ['END'] }, /stop/],
	['messages', 'responses', { stop: ['END'] }, /stop_sequences/],
	['messages', 'chat', { messages: { top_k: 4 } }, /top_k/],
	['responses', 'chat', { responses: { previous_response_id: 'resp_1' } },
		/previous_response_id/],
	['responses', 'messages', { responses: {
		tools: [{ type: 'web_search' }] } }, /tools\[0\]/],
];
for (const [from, to, more, name] of inexpressible) {
	test(`${from} to ${to}: ${name} is refused by name`, async () => {
		await assert.rejects(() => dialects[from].plain({ model: `m-${to}`,
			turns: [{ user: question('x') }], ...more }),
		(e) => {
			assert.equal(e.status, 400);
			assert.match(e.message, name);
			return true;
		});
	});
}

test('lossy: it is left out instead, and the caller is told', async () => {
	const { response } = await new OpenAI({ apiKey: 'sk-sdk', maxRetries: 0,
		baseURL: `${process.env.BASE_URL}/v1` }).chat.completions.create({
		model: 'm-lossy', presence_penalty: 1,
		messages: [{ role: 'user', content: question('x') }] }).withResponse();
	assert.match(response.headers.get('x-larder-degraded'),
		/presence_penalty/);
	assert.equal((await last()).body.presence_penalty, undefined);
});
