// Datadog's LLM Observability, sent to an agent on loopback.

import { createRequire } from 'node:module';
import { CLAUDE, MODEL, here, main } from './agent_client.mjs';
import { ask, askStream, askTool } from './anthropic_calls.mjs';
import { USAGE, chat, embeddings, responses, responsesStream, stream, toolLoop } from './openai_calls.mjs';

const require = createRequire(`${here}/`);

// Modules are instrumented when they are required, so the tracer comes first.
async function traced(work) {
  const { hostname, port } = new URL(process.env.SINK_URL);
  const tracer = require('dd-trace').init({
    service: 'weather-app',
    hostname,
    port,
    startupLogs: false,
    telemetry: { enabled: false },
    remoteConfig: { enabled: false },
    flushInterval: 100,
    llmobs: { mlApp: 'weather-app', agentlessEnabled: false },
  });
  try {
    await work(tracer);
  } finally {
    tracer.llmobs.flush();
    await new Promise((done) => setTimeout(done, 1000)); // it says nothing of when it is done
  }
}

const openai = (call) => () => traced(() => call(new (require('openai').OpenAI)({ maxRetries: 0 })));
const anthropic = (call) => () => traced(() => call(new (require('@anthropic-ai/sdk').Anthropic)({ maxRetries: 0 })));

await main({
  client: 'dd-trace',
  also: ['openai', '@anthropic-ai/sdk'],
  paths: ['/evp_proxy/v2/api/v2/llmobs'],
  scenarios: {
    chat: ['chat completions', openai(chat)],
    chat_stream: ['streamed, usage asked for', openai((c) => stream(c, USAGE))],
    chat_stream_nousage: ['streamed, usage not asked for', openai((c) => stream(c))],
    tool_loop: ['a tool called by hand', openai((c) => toolLoop(c))],
    nested_agent: [
      'an agent with calls and a tool in it',
      () =>
        traced((tracer) => {
          const client = new (require('openai').OpenAI)({ maxRetries: 0 });
          const tool = (input) => tracer.llmobs.trace({ kind: 'tool', name: 'get_weather' }, () => `Sunny in ${input.city}, 21 degrees.`);
          return tracer.llmobs.trace({ kind: 'agent', name: 'weather', sessionId: 'session-1' }, () => toolLoop(client, tool));
        }),
    ],
    responses: ['responses', openai(responses)],
    responses_stream: ['responses, streamed', openai(responsesStream)],
    embeddings: ['embeddings', openai(embeddings)],
    error_400: ['a refused call', openai((c) => chat(c, { model: `${MODEL}-fail400` }))],
    anthropic_chat: ['Anthropic', anthropic(ask)],
    anthropic_chat_stream: ['Anthropic, streamed', anthropic(askStream)],
    anthropic_tool_loop: ['Anthropic, a tool called by hand', anthropic((c) => askTool(c))],
    anthropic_error_529: ['Anthropic, overloaded', anthropic((c) => ask(c, { model: `${CLAUDE}-fail529` }))],
  },
});
