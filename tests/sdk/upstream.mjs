// What the scripted upstream saw, and questions it was never asked before.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

const url = process.env.FAKE_URL;

export async function count() {
	const reply = await fetch(`${url}/fake/count`);
	return Number((await reply.text()).replace(/\D/g, ''));
}

export const question = (text) => `${text} ${randomUUID()}`;

// fn's result; the upstream must be asked exactly once.
export async function asked(fn) {
	const before = await count();
	const result = await fn();
	assert.equal(await count(), before + 1, 'the upstream was asked once');
	return result;
}

// fn's result; the upstream must not be asked.
export async function cached(fn) {
	const before = await count();
	const result = await fn();
	assert.equal(await count(), before, 'the upstream was not asked');
	return result;
}

// The last request as the upstream got it: {path, headers, body}.
export async function last() {
	const seen = await (await fetch(`${url}/fake/last`)).json();
	return { ...seen, body: JSON.parse(seen.body) };
}
