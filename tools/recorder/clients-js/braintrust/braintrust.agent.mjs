// Braintrust's wrappers around the SDKs of OpenAI and Anthropic, logged to its own API.

import { initLogger, traced as span, wrapAnthropic, wrapOpenAI } from 'braintrust';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { CLAUDE, MODEL, main } from './agent_client.mjs';
import { ask, askStream, askTool } from './anthropic_calls.mjs';
import { USAGE, chat, embeddings, responses, responsesStream, stream, toolLoop } from './openai_calls.mjs';

async function logged(work) {
  const logger = initLogger({
    projectName: 'weather-app',
    projectId: '00000000-0000-4000-8000-000000000001',
    apiKey: 'bt-capture',
    appUrl: process.env.SINK_URL,
    orgName: 'weather',
    asyncFlush: true,
  });
  try {
    await work();
  } finally {
    await logger.flush();
  }
}

const openai = (call) => () => logged(() => call(wrapOpenAI(new OpenAI({ maxRetries: 0 }))));
const anthropic = (call) => () => logged(() => call(wrapAnthropic(new Anthropic({ maxRetries: 0 }))));

Object.assign(process.env, {
  BRAINTRUST_APP_URL: process.env.SINK_URL,
  BRAINTRUST_API_URL: process.env.SINK_URL,
  BRAINTRUST_API_KEY: 'bt-capture',
});

await main({
  client: 'braintrust',
  also: ['openai', '@anthropic-ai/sdk'],
  paths: ['/logs3'],
  scenarios: {
    chat: ['chat completions', openai(chat)],
    chat_stream: ['streamed, usage asked for', openai((c) => stream(c, USAGE))],
    chat_stream_nousage: ['streamed, usage not asked for', openai((c) => stream(c))],
    tool_loop: ['a tool called by hand', openai((c) => toolLoop(c))],
    nested_agent: ['a task with calls in it', openai((c) => span(() => toolLoop(c), { name: 'agent', type: 'task' }))],
    responses: ['responses', openai(responses)],
    responses_stream: ['responses, streamed', openai(responsesStream)],
    embeddings: ['embeddings', openai(embeddings)],
    error_400: ['a refused call', openai((c) => chat(c, { model: `${MODEL}-fail400` }))],
    error_429_stream: ['rate limited, streamed', openai((c) => stream(c, { model: `${MODEL}-fail429` }))],
    anthropic_chat: ['Anthropic', anthropic(ask)],
    anthropic_chat_stream: ['Anthropic, streamed', anthropic(askStream)],
    anthropic_tool_loop: ['Anthropic, a tool called by hand', anthropic((c) => askTool(c))],
    anthropic_error_529: ['Anthropic, overloaded', anthropic((c) => ask(c, { model: `${CLAUDE}-fail529` }))],
  },
});
