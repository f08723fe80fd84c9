// The spans that Anthropic's SDK makes by itself as soon as there is a tracer provider.

import { trace } from '@opentelemetry/api';
import { CLAUDE, DESCRIPTION, PARAMETERS, QUESTION, SYSTEM, main, weather } from './agent_client.mjs';
import { traced } from './node_otel.mjs';

const TOOL = { name: 'get_weather', description: DESCRIPTION, input_schema: PARAMETERS };
const ASKED = { role: 'user', content: QUESTION };

async function client(env = {}) {
  Object.assign(process.env, env);
  const { default: Anthropic } = await import('@anthropic-ai/sdk');
  return new Anthropic({ maxRetries: env.RETRIES ? 1 : 0 });
}

const request = (options = {}) => ({ model: CLAUDE, max_tokens: 256, system: SYSTEM, messages: [ASKED], ...options });

function chat(options, env) {
  return traced(async () => (await client(env)).messages.create(request(options)));
}

async function read(stream) {
  for await (const _ of stream) {
    // only the end matters
  }
}

async function toolLoop({ stream = false, env } = {}) {
  const made = await client(env);
  const messages = [ASKED];
  for (;;) {
    const ask = request({ messages, tools: [TOOL] });
    const answer = stream ? await made.messages.stream(ask).finalMessage() : await made.messages.create(ask);
    const use = answer.content.find((part) => part.type === 'tool_use');
    if (!use) return;
    messages.push({ role: 'assistant', content: answer.content });
    messages.push({ role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: weather(use.input) }] });
  }
}

async function runner(stream = false) {
  const made = await client();
  const run = made.beta.messages.toolRunner(request({ tools: [{ ...TOOL, run: weather, parse: (input) => input }], stream }));
  if (!stream) return run;
  for await (const part of run) await read(part);
}

await main({
  client: '@anthropic-ai/sdk',
  also: ['@opentelemetry/sdk-trace-node'],
  scenarios: {
    chat: ['messages.create', () => chat()],
    chat_content: ['messages.create, with content', () => chat({}, { ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE: 'content' })],
    chat_stream: [
      'messages.create, streamed',
      () => traced(async () => read(await (await client()).messages.create(request({ stream: true })))),
    ],
    stream_helper: ['messages.stream', () => traced(async () => (await client()).messages.stream(request()).finalMessage())],
    stream_abort: [
      'a stream closed after its first piece',
      () =>
        traced(async () => {
          for await (const _ of await (await client()).messages.create(request({ stream: true }))) break;
        }),
    ],
    tool_loop: ['a tool called by hand', () => traced(() => toolLoop())],
    tool_loop_stream: ['a tool called by hand, streamed', () => traced(() => toolLoop({ stream: true }))],
    tool_loop_in_span: [
      "a tool called by hand, below an application's span",
      () =>
        traced(() =>
          trace.getTracer('shop').startActiveSpan('answer', async (span) => {
            await toolLoop();
            span.end();
          }),
        ),
    ],
    beta_chat: ['beta.messages.create', () => traced(async () => (await client()).beta.messages.create(request()))],
    tool_runner: ['the beta tool runner', () => traced(() => runner())],
    tool_runner_stream: ['the beta tool runner, streamed', () => traced(() => runner(true))],
    count_tokens: [
      'a count of tokens before the call',
      () =>
        traced(async () => {
          const made = await client();
          await made.messages.countTokens({ model: CLAUDE, messages: [ASKED] });
          await made.messages.create(request());
        }),
    ],
    retry_once: ['rate limited once, then answered', () => chat({ model: `${CLAUDE}-once429` }, { RETRIES: '1' })],
    error_400: ['a refused call', () => chat({ model: `${CLAUDE}-fail400` })],
    error_429_stream: ['rate limited, streamed', () => chat({ model: `${CLAUDE}-fail429`, stream: true })],
    error_529: ['an overloaded provider', () => chat({ model: `${CLAUDE}-fail529` })],
  },
});
