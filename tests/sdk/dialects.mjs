// The providers' own clients behind one neutral question and one neutral
// answer, so that what arrives can be compared whatever the dialects between.
//
// A question: { model, turns, system, tools, choice, oneCall, schema, max,
// temperature, top_p, stop, key }. A turn is { user }, { assistant },
// { image } (a data: URL), { call: { id, name, args } } or
// { result: { id, text } }; tools are [name, description, schema].
//
// An answer: { text, refusal, thinking, calls: [{ id, name, args }], finish,
// usage: { input, output, read, write } }; input holds read and write, and
// finish is stop, tools, length or refusal.
import { anthropic, openai } from './clients.mjs';

const args = (json) => JSON.parse(json || '{}');

// --- chat completions

const chatTurn = {
	user: (t) => ({ role: 'user', content: t }),
	assistant: (t) => ({ role: 'assistant', content: t }),
	image: (u) => ({ role: 'user',
		content: [{ type: 'image_url', image_url: { url: u } }] }),
	call: (c) => ({ role: 'assistant', tool_calls: [{ id: c.id,
		type: 'function', function: { name: c.name,
			arguments: JSON.stringify(c.args) } }] }),
	result: (r) => ({ role: 'tool', tool_call_id: r.id, content: r.text }),
};

// Calls one behind the other are one message's.
function chatMessages(q) {
	const list = q.system ? [{ role: 'system', content: q.system }] : [];
	for (const turn of q.turns) {
		const [[kind, value]] = Object.entries(turn);
		const m = chatTurn[kind](value);
		if (m.tool_calls && list.at(-1)?.tool_calls)
			list.at(-1).tool_calls.push(...m.tool_calls);
		else
			list.push(m);
	}
	return list;
}

const chatChoice = (c) => (['auto', 'none', 'required'].includes(c) ? c
	: { type: 'function', function: { name: c } });

const chatBody = (q) => ({
	model: q.model, messages: chatMessages(q),
	...(q.tools && { tools: q.tools.map(([name, description, parameters]) => ({
		type: 'function', function: { name, description, parameters } })) }),
	...(q.choice && { tool_choice: chatChoice(q.choice) }),
	...(q.oneCall && { parallel_tool_calls: false }),
	...(q.schema && { response_format: { type: 'json_schema',
		json_schema: { name: 'answer', strict: true, schema: q.schema } } }),
	...(q.max && { max_completion_tokens: q.max }),
	...(q.temperature !== undefined && { temperature: q.temperature }),
	...(q.top_p && { top_p: q.top_p }),
	...(q.stop && { stop: q.stop }),
	...q.chat,
});

const chatFinish = { stop: 'stop', tool_calls: 'tools', length: 'length',
	content_filter: 'refusal' };

function chatAnswer(r) {
	const { message: m, finish_reason } = r.choices[0];
	return {
		text: m.content ?? '',
		refusal: m.refusal ?? '',
		thinking: m.reasoning_content ?? '',
		calls: (m.tool_calls ?? []).map((c) => ({ id: c.id,
			name: c.function.name, args: args(c.function.arguments) })),
		finish: m.refusal ? 'refusal' : chatFinish[finish_reason],
		usage: { input: r.usage.prompt_tokens,
			output: r.usage.completion_tokens,
			read: r.usage.prompt_tokens_details.cached_tokens,
			write: r.usage.prompt_tokens_details.cache_write_tokens },
	};
}

const chat = {
	plain: async (q) => chatAnswer(
		await openai(q.key).chat.completions.create(chatBody(q))),
	stream: async (q) => {
		const s = openai(q.key).chat.completions.stream({ ...chatBody(q),
			stream_options: { include_usage: true } });
		let thinking = ''; // which the helper does not collect
		s.on('chunk', (c) => {
			thinking += c.choices[0]?.delta?.reasoning_content ?? '';
		});
		return { ...chatAnswer(await s.finalChatCompletion()), thinking };
	},
	raw: (q) => openai(q.key).chat.completions.create(
		{ ...chatBody(q), stream: true }),
};

// --- responses

const responseTurn = {
	user: (t) => ({ role: 'user', content: t }),
	assistant: (t) => ({ role: 'assistant', content: t }),
	image: (u) => ({ role: 'user',
		content: [{ type: 'input_image', image_url: u, detail: 'auto' }] }),
	call: (c) => ({ type: 'function_call', call_id: c.id, name: c.name,
		arguments: JSON.stringify(c.args) }),
	result: (r) => ({ type: 'function_call_output', call_id: r.id,
		output: r.text }),
};

const responseChoice = (c) => (['auto', 'none', 'required'].includes(c) ? c
	: { type: 'function', name: c });

const responseBody = (q) => ({
	model: q.model, store: false,
	input: q.turns.map((t) => responseTurn[Object.keys(t)[0]](
		Object.values(t)[0])),
	...(q.system && { instructions: q.system }),
	...(q.tools && { tools: q.tools.map(([name, description, parameters]) => ({
		type: 'function', name, description, parameters, strict: false })) }),
	...(q.choice && { tool_choice: responseChoice(q.choice) }),
	...(q.oneCall && { parallel_tool_calls: false }),
	...(q.schema && { text: { format: { type: 'json_schema', name: 'answer',
		strict: true, schema: q.schema } } }),
	...(q.max && { max_output_tokens: q.max }),
	...(q.temperature !== undefined && { temperature: q.temperature }),
	...(q.top_p && { top_p: q.top_p }),
	...q.responses,
});

function responseAnswer(r) {
	const of = (type) => r.output.filter((o) => o.type === type);
	const parts = of('message').flatMap((m) => m.content);
	const refusal = parts.map((p) => p.refusal ?? '').join('');
	const calls = of('function_call').map((c) => ({ id: c.call_id,
		name: c.name, args: args(c.arguments) }));
	return {
		text: r.output_text ?? parts.map((p) => p.text ?? '').join(''),
		refusal,
		thinking: of('reasoning').flatMap((o) => [...o.summary,
			...(o.content ?? [])]).map((p) => p.text).join(''),
		calls,
		finish: r.status === 'incomplete' ? {
			max_output_tokens: 'length', content_filter: 'refusal',
		}[r.incomplete_details.reason]
			: refusal ? 'refusal' : calls.length ? 'tools' : 'stop',
		usage: { input: r.usage.input_tokens, output: r.usage.output_tokens,
			read: r.usage.input_tokens_details.cached_tokens,
			write: r.usage.input_tokens_details.cache_write_tokens },
	};
}

const responses = {
	plain: async (q) => responseAnswer(
		await openai(q.key).responses.create(responseBody(q))),
	stream: async (q) => responseAnswer(
		await openai(q.key).responses.stream(responseBody(q))
			.finalResponse()),
	raw: (q) => openai(q.key).responses.create(
		{ ...responseBody(q), stream: true }),
};

// --- messages

const messageTurn = {
	user: (t) => ['user', { type: 'text', text: t }],
	assistant: (t) => ['assistant', { type: 'text', text: t }],
	image: (u) => ['user', { type: 'image', source: { type: 'base64',
		media_type: u.slice(5, u.indexOf(';')),
		data: u.slice(u.indexOf(',') + 1) } }],
	call: (c) => ['assistant', { type: 'tool_use', id: c.id, name: c.name,
		input: c.args }],
	result: (r) => ['user', { type: 'tool_result', tool_use_id: r.id,
		content: r.text }],
};

// Turns of one side in a row are one message's blocks.
function messageMessages(q) {
	const list = [];
	for (const turn of q.turns) {
		const [[kind, value]] = Object.entries(turn);
		const [role, block] = messageTurn[kind](value);
		if (list.at(-1)?.role === role)
			list.at(-1).content.push(block);
		else
			list.push({ role, content: [block] });
	}
	return list;
}

const messageChoice = (q) => ({
	...({ auto: { type: 'auto' }, none: { type: 'none' },
		required: { type: 'any' } }[q.choice ?? 'auto']
		?? { type: 'tool', name: q.choice }),
	...(q.oneCall && { disable_parallel_tool_use: true }),
});

const messageBody = (q) => ({
	model: q.model, max_tokens: q.max ?? 4096, messages: messageMessages(q),
	...(q.system && { system: q.system }),
	...(q.tools && { tools: q.tools.map(([name, description,
		input_schema]) => ({ name, description, input_schema })) }),
	...((q.choice || q.oneCall) && { tool_choice: messageChoice(q) }),
	...(q.schema && { output_config: { format: { type: 'json_schema',
		schema: q.schema } } }),
	...(q.temperature !== undefined && { temperature: q.temperature }),
	...(q.top_p && { top_p: q.top_p }),
	...(q.stop && { stop_sequences: q.stop }),
	...q.messages,
});

const messageFinish = { end_turn: 'stop', stop_sequence: 'stop',
	tool_use: 'tools', max_tokens: 'length', refusal: 'refusal' };

function messageAnswer(m) {
	const of = (type) => m.content.filter((b) => b.type === type);
	const text = of('text').map((b) => b.text).join('');
	const finish = messageFinish[m.stop_reason];
	const u = m.usage;
	const read = u.cache_read_input_tokens ?? 0;
	const write = u.cache_creation_input_tokens ?? 0;
	return {
		text: finish === 'refusal' ? '' : text,
		refusal: finish === 'refusal' ? text : '',
		thinking: of('thinking').map((b) => b.thinking).join(''),
		calls: of('tool_use').map((b) => ({ id: b.id, name: b.name,
			args: b.input })),
		finish,
		usage: { input: u.input_tokens + read + write,
			output: u.output_tokens, read, write },
	};
}

const messages = {
	plain: async (q) => messageAnswer(
		await anthropic(q.key).messages.create(messageBody(q))),
	stream: async (q) => messageAnswer(
		await anthropic(q.key).messages.stream(messageBody(q))
			.finalMessage()),
	raw: (q) => anthropic(q.key).messages.create(
		{ ...messageBody(q), stream: true }),
};

export const dialects = { chat, responses, messages };
