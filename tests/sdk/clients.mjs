// The real clients, each as two functions of a question: `plain` and `stream`
// give back what the model said. `tools` and `toolStream` give back the calls
// it made, as [name, arguments as JSON].
import OpenAI from 'openai';
import Anthropic from '@anthropic-ai/sdk';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { createAnthropic } from '@ai-sdk/anthropic';
import { generateText, streamText, tool, jsonSchema } from 'ai';
import { ChatOpenAI } from '@langchain/openai';
import { ChatAnthropic } from '@langchain/anthropic';

// The AI SDK warns of models it does not know.
globalThis.AI_SDK_LOG_WARNINGS = false;

export const base = process.env.BASE_URL;
const v1 = `${base}/v1`;
// In whatever dialect these two are answered: t1-translate.sh names others.
export const GPT = process.env.GPT ?? 'gpt-test';
export const CLAUDE = process.env.CLAUDE ?? 'claude-test';
const KEY = process.env.KEY ?? 'sk-sdk'; // who they are
const parameters = {
	type: 'object',
	properties: { city: { type: 'string' } },
	required: ['city'],
	additionalProperties: false,
};
export const schema = jsonSchema(parameters);

export const openai = (apiKey = KEY) =>
	new OpenAI({ baseURL: v1, apiKey, maxRetries: 0 });
export const anthropic = (apiKey = KEY) =>
	new Anthropic({ baseURL: base, apiKey, maxRetries: 0 });
export const aiOpenai = (apiKey = KEY) =>
	createOpenAI({ baseURL: v1, apiKey });
export const aiCompatible = (more = {}) =>
	createOpenAICompatible({ name: 'x', baseURL: v1, apiKey: KEY, ...more });
export const aiAnthropic = (apiKey = KEY) =>
	createAnthropic({ baseURL: v1, apiKey });
export const chainOpenai = (more = {}, apiKey = KEY) =>
	new ChatOpenAI({ model: GPT, apiKey, maxRetries: 0,
		configuration: { baseURL: v1 }, ...more });
export const chainAnthropic = (apiKey = KEY) =>
	new ChatAnthropic({ model: CLAUDE, apiKey, maxRetries: 0,
		anthropicApiUrl: base });

const user = (content) => [{ role: 'user', content }];
const call = (name, args) =>
	[name, typeof args === 'string' ? JSON.stringify(JSON.parse(args))
		: JSON.stringify(args)];

async function join(stream, piece) {
	let text = '';
	for await (const part of stream) text += piece(part) ?? '';
	return text;
}

// --- The AI SDK: one shape for all its providers

function aiSdk(model) {
	const tools = {
		weather: tool({ description: 'the weather', inputSchema: schema }),
	};
	const ask = (prompt, more) => ({ model: model(), prompt, maxRetries: 0,
		onError() {}, ...more });
	const calls = (list) => list.map((c) => call(c.toolName, c.input));
	return {
		plain: async (q) => (await generateText(ask(q))).text,
		stream: async (q) => {
			let failed;
			const s = streamText(ask(q, { onError: (e) => { failed = e.error; } }));
			const text = await join(s.textStream, (t) => t);
			if (failed) throw failed;
			return text;
		},
		tools: async (q) =>
			calls((await generateText(ask(q, { tools }))).toolCalls),
		toolStream: async (q) =>
			calls(await streamText(ask(q, { tools })).toolCalls),
	};
}

// --- LangChain: likewise

function langChain(model) {
	const bound = () => model().bindTools([
		{ name: 'weather', description: 'the weather', schema: parameters },
	]);
	const calls = (m) => (m.tool_calls ?? []).map((c) => call(c.name, c.args));
	return {
		plain: async (q) => (await model().invoke(q)).text,
		stream: async (q) => join(await model().stream(q), (m) => m.text),
		tools: async (q) => calls(await bound().invoke(q)),
		toolStream: async (q) => {
			let whole;
			for await (const m of await bound().stream(q))
				whole = whole ? whole.concat(m) : m;
			return calls(whole);
		},
	};
}

// --- The providers' own clients

const chatTools = [{ type: 'function',
	function: { name: 'weather', description: 'the weather', parameters } }];
const chatCalls = (message) => (message.tool_calls ?? [])
	.map((c) => call(c.function.name, c.function.arguments));

const openaiChat = {
	plain: async (q) => (await openai().chat.completions.create({
		model: GPT, messages: user(q) })).choices[0].message.content,
	stream: async (q) => join(await openai().chat.completions.create({
		model: GPT, messages: user(q), stream: true }),
	(c) => c.choices[0]?.delta?.content),
	tools: async (q) => chatCalls((await openai().chat.completions.create({
		model: GPT, messages: user(q), tools: chatTools })).choices[0].message),
	toolStream: async (q) => chatCalls(await openai().chat.completions.stream({
		model: GPT, messages: user(q), tools: chatTools }).finalMessage()),
};

const responseTools = [{ type: 'function', name: 'weather',
	description: 'the weather', parameters, strict: true }];
const responseCalls = (r) => r.output.filter((o) => o.type === 'function_call')
	.map((c) => call(c.name, c.arguments));

const openaiResponses = {
	plain: async (q) => (await openai().responses.create({
		model: GPT, input: q })).output_text,
	stream: async (q) => join(await openai().responses.create({
		model: GPT, input: q, stream: true }),
	(e) => (e.type === 'response.output_text.delta' ? e.delta : '')),
	tools: async (q) => responseCalls(await openai().responses.create({
		model: GPT, input: q, tools: responseTools })),
	toolStream: async (q) => responseCalls(await openai().responses.stream({
		model: GPT, input: q, tools: responseTools }).finalResponse()),
};

const claude = (q) => ({ model: CLAUDE, max_tokens: 64, messages: user(q) });
const claudeTools = [{ name: 'weather', description: 'the weather',
	input_schema: parameters }];
const claudeCalls = (m) => m.content.filter((b) => b.type === 'tool_use')
	.map((b) => call(b.name, b.input));

const anthropicMessages = {
	plain: async (q) => (await anthropic().messages.create(claude(q)))
		.content.map((b) => b.text ?? '').join(''),
	stream: async (q) => join(await anthropic().messages.create({
		...claude(q), stream: true }), (e) => e.delta?.text),
	tools: async (q) => claudeCalls(await anthropic().messages.create({
		...claude(q), tools: claudeTools })),
	toolStream: async (q) => claudeCalls(await anthropic().messages.stream({
		...claude(q), tools: claudeTools }).finalMessage()),
};

export const clients = {
	'openai chat': openaiChat,
	'openai responses': openaiResponses,
	'@anthropic-ai/sdk': anthropicMessages,
	'ai + @ai-sdk/openai, responses': aiSdk(() => aiOpenai()(GPT)),
	'ai + @ai-sdk/openai, chat': aiSdk(() => aiOpenai().chat(GPT)),
	'ai + @ai-sdk/openai-compatible': aiSdk(() => aiCompatible()(GPT)),
	'ai + @ai-sdk/anthropic': aiSdk(() => aiAnthropic()(CLAUDE)),
	'@langchain/openai': langChain(() => chainOpenai()),
	'@langchain/openai, responses':
		langChain(() => chainOpenai({ useResponsesApi: true })),
	'@langchain/anthropic': langChain(() => chainAnthropic()),
};
