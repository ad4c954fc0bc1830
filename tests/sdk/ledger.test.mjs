// What each client's call used and cost is in the log, once, whatever the form
// of the call, also when the client did not ask for usage; and a hit says what
// it saved.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import OpenAI from 'openai';
import { GPT, base, clients } from './clients.mjs';
import { asked, cached, question } from './upstream.mjs';

// 600 fresh tokens at 1, 400 read from the provider's cache at .1, 50 of the
// answer at 4 USD a million: the table of b2-sdk.sh.
const USED = '[[in 1000]] [[cached 400]] [[out 50]]';
const COST = '0.00084';

const lines = async () => (await readFile(process.env.LOG, 'utf8'))
	.split('\n').filter((l) => l.trim()).map((l) => JSON.parse(l));

// The lines that fn adds to the log, once there are n of them.
async function logged(n, fn) {
	const before = (await lines()).length;
	await fn();
	for (let tries = 0; tries < 500; tries++) {
		const now = (await lines()).slice(before);
		if (now.length >= n) return now;
		await setTimeout(20);
	}
	return (await lines()).slice(before);
}

for (const [name, c] of Object.entries(clients)) {
	for (const [form, word] of [['plain', ''], ['stream', ''],
		['tools', '[[tool]]'], ['toolStream', '[[tools]]']]) {
		test(`${name}: ${form}`, async () => {
			const q = question(`${USED} ${word}`);
			const [line, ...more] = await logged(1,
				() => asked(() => c[form](q)));
			assert.equal(more.length, 0);
			assert.equal(line.cache, 'miss');
			assert.equal(line.status, 200);
			assert.equal(line['gen_ai.usage.input_tokens'], 1000);
			assert.equal(line['gen_ai.usage.cache_read.input_tokens'], 400);
			assert.equal(line['gen_ai.usage.output_tokens'], 50);
			assert.equal(String(line.cost_usd), COST);
			assert.equal(line.estimated, undefined);

			const [hit] = await logged(1, () => cached(() => c[form](q)));
			assert.equal(hit.cache, 'local');
			assert.equal(hit.cost_usd, 0);
			assert.equal(String(hit.saved_usd), COST);
		});
	}
}

test('usage that was not asked for is not shown', async () => {
	const client = new OpenAI({ baseURL: `${base}/v1`, apiKey: 'sk-sdk' });
	for (const asks of [undefined, { include_usage: true }]) {
		const seen = [];
		for await (const chunk of await client.chat.completions.create({
			model: GPT, stream: true, stream_options: asks,
			messages: [{ role: 'user', content: question(USED) }] }))
			if (chunk.usage) seen.push(chunk.usage);
		assert.equal(seen.length, asks ? 1 : 0);
		if (asks) {
			assert.equal(seen[0].prompt_tokens, 1000);
			assert.equal(seen[0].completion_tokens, 50);
		}
	}
});
