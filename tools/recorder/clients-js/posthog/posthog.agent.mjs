// PostHog's wrappers around the SDKs of OpenAI and Anthropic.

import { Anthropic } from '@posthog/ai/anthropic';
import { OpenAI } from '@posthog/ai/openai';
import { PostHog } from 'posthog-node';
import { CLAUDE, MODEL, main } from './agent_client.mjs';
import { ask, askStream, askTool } from './anthropic_calls.mjs';
import { USAGE, chat, embeddings, responses, responsesStream, stream, toolLoop } from './openai_calls.mjs';

const WHO = { posthogDistinctId: 'user-1', posthogTraceId: 'trace-1' };

async function traced(call, name) {
  const posthog = new PostHog('phc-capture', { host: process.env.SINK_URL, flushAt: 1 });
  const client =
    name === 'anthropic'
      ? new Anthropic({ apiKey: 'sk-ant-capture', baseURL: process.env.ANTHROPIC_BASE_URL, maxRetries: 0, posthog })
      : new OpenAI({ apiKey: 'sk-capture', baseURL: process.env.OPENAI_BASE_URL, maxRetries: 0, posthog });
  try {
    await call(client);
  } finally {
    await new Promise((done) => setTimeout(done, 200)); // streams are told of after their reader is done
    await posthog.shutdown();
  }
}

const openai = (call) => () => traced(call);
const anthropic = (call) => () => traced(call, 'anthropic');

await main({
  client: '@posthog/ai',
  also: ['posthog-node', 'openai', '@anthropic-ai/sdk'],
  scenarios: {
    chat: ['chat completions', openai((c) => chat(c, WHO))],
    chat_stream: ['streamed, usage asked for', openai((c) => stream(c, { ...USAGE, ...WHO }))],
    chat_stream_nousage: ['streamed, usage not asked for', openai((c) => stream(c, WHO))],
    tool_loop: ['a tool called by hand', openai((c) => toolLoop(c, undefined, WHO))],
    responses: ['responses', openai((c) => responses(c, WHO))],
    responses_stream: ['responses, streamed', openai((c) => responsesStream(c, WHO))],
    embeddings: ['embeddings', openai((c) => embeddings(c, WHO))],
    error_400: ['a refused call', openai((c) => chat(c, { model: `${MODEL}-fail400`, ...WHO }))],
    error_429_stream: ['rate limited, streamed', openai((c) => stream(c, { model: `${MODEL}-fail429`, ...WHO }))],
    anthropic_chat: ['Anthropic', anthropic((c) => ask(c, WHO))],
    anthropic_chat_stream: ['Anthropic, streamed', anthropic((c) => askStream(c, WHO))],
    anthropic_tool_loop: ['Anthropic, a tool called by hand', anthropic((c) => askTool(c, WHO))],
    anthropic_error_529: ['Anthropic, overloaded', anthropic((c) => ask(c, { model: `${CLAUDE}-fail529`, ...WHO }))],
  },
});
