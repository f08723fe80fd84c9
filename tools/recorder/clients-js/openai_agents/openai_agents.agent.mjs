// The traces that OpenAI Agents posts to OpenAI's own tracing, sent to the sink instead.

import {
  Agent,
  BatchTraceProcessor,
  OpenAIProvider,
  Runner,
  getGlobalTraceProvider,
  handoff,
  setTraceProcessors,
  setTracingDisabled,
  tool,
  withTrace,
} from '@openai/agents';
import { OpenAITracingExporter } from '@openai/agents';
import { DESCRIPTION, MODEL, PARAMETERS, QUESTION, SYSTEM, main, weather } from './agent_client.mjs';

const getWeather = tool({ name: 'get_weather', description: DESCRIPTION, parameters: PARAMETERS, strict: true, execute: weather });

function agent(options = {}) {
  return new Agent({ name: 'weather', instructions: SYSTEM, model: MODEL, ...options });
}

async function tracing(work, { responses = false } = {}) {
  setTracingDisabled(false); // off by itself in tests
  const exporter = new OpenAITracingExporter({ apiKey: 'sk-capture', endpoint: `${process.env.SINK_URL}/v1/traces/ingest` });
  setTraceProcessors([new BatchTraceProcessor(exporter, { scheduleDelay: 100 })]); // instead of the one that posts to OpenAI
  const runner = new Runner({
    modelProvider: new OpenAIProvider({ useResponses: responses }),
    workflowName: 'weather-app',
    groupId: 'session-1',
  });
  try {
    await work(runner);
  } finally {
    await getGlobalTraceProvider().forceFlush();
    await getGlobalTraceProvider().shutdown();
  }
}

async function stream(runner, made) {
  const result = await runner.run(made, QUESTION, { stream: true });
  for await (const _ of result) {
    // only the end matters
  }
  await result.completed;
}

function triage() {
  return agent({ name: 'triage', handoffs: [handoff(agent(), { toolNameOverride: 'to_get_weather' })] });
}

const RESPONSES = { responses: true };

await main({
  client: '@openai/agents',
  also: ['openai'],
  scenarios: {
    chat: ['chat completions', () => tracing((r) => r.run(agent(), QUESTION))],
    tool_loop: ['chat completions, a tool', () => tracing((r) => r.run(agent({ tools: [getWeather] }), QUESTION))],
    stream: ['chat completions, streamed', () => tracing((r) => stream(r, agent()))],
    stream_tool: ['chat completions, streamed, a tool', () => tracing((r) => stream(r, agent({ tools: [getWeather] })))],
    handoff: ['chat completions, handed to another agent', () => tracing((r) => r.run(triage(), QUESTION))],
    agent_in_tool: [
      'chat completions, a tool that asks another agent',
      () =>
        tracing((r) =>
          r.run(
            agent({ name: 'boss', tools: [{ ...getWeather, invoke: async () => (await r.run(agent(), QUESTION)).finalOutput }] }),
            QUESTION,
          ),
        ),
    ],
    error_400: ['chat completions, refused', () => tracing((r) => r.run(agent({ model: `${MODEL}-fail400` }), QUESTION))],
    error_429: ['chat completions, rate limited', () => tracing((r) => r.run(agent({ model: `${MODEL}-fail429` }), QUESTION))],
    responses: ['responses', () => tracing((r) => r.run(agent(), QUESTION), RESPONSES)],
    responses_tool_loop: ['responses, a tool', () => tracing((r) => r.run(agent({ tools: [getWeather] }), QUESTION), RESPONSES)],
    responses_stream: ['responses, streamed', () => tracing((r) => stream(r, agent()), RESPONSES)],
    responses_stream_tool: ['responses, streamed, a tool', () => tracing((r) => stream(r, agent({ tools: [getWeather] })), RESPONSES)],
    responses_handoff: ['responses, handed to another agent', () => tracing((r) => r.run(triage(), QUESTION), RESPONSES)],
    responses_error_429: [
      'responses, rate limited',
      () => tracing((r) => r.run(agent({ model: `${MODEL}-fail429` }), QUESTION), RESPONSES),
    ],
    two_runs: [
      'two runs in one trace',
      () =>
        tracing((r) =>
          withTrace('both', async () => {
            await r.run(agent(), QUESTION);
            await r.run(agent(), QUESTION);
          }),
        ),
    ],
  },
});
