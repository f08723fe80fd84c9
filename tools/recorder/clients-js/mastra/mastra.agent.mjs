// Mastra's agents and workflows, through its exporter for OpenTelemetry.

import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { Agent } from '@mastra/core/agent';
import { Mastra } from '@mastra/core/mastra';
import { createTool } from '@mastra/core/tools';
import { createStep, createWorkflow } from '@mastra/core/workflows';
import { Observability } from '@mastra/observability';
import { OtelExporter } from '@mastra/otel-exporter';
import { z } from 'zod';
import { CLAUDE, DESCRIPTION, MODEL, QUESTION, SYSTEM, main, weather } from './agent_client.mjs';

const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL, apiKey: 'sk-capture' });
const anthropic = createAnthropic({ baseURL: `${process.env.ANTHROPIC_BASE_URL}/v1`, apiKey: 'sk-ant-capture' });
const getWeather = createTool({
  id: 'get_weather',
  description: DESCRIPTION,
  inputSchema: z.object({ city: z.string() }),
  execute: async (input) => weather(input.context ?? input),
});
const TOOLS = { get_weather: getWeather };

async function mastra(work, { model = openai.chat(MODEL), tools, workflows } = {}) {
  const exporter = new OtelExporter({
    provider: { custom: { endpoint: `${process.env.SINK_URL}/v1/traces`, protocol: 'http/protobuf' } },
    exportTimeout: 5000,
  });
  const agent = new Agent({ id: 'weather', name: 'weather', instructions: SYSTEM, model, tools, maxRetries: 0 });
  const made = new Mastra({
    agents: { weather: agent },
    workflows,
    logger: false,
    observability: new Observability({ configs: { otel: { serviceName: 'weather-app', exporters: [exporter] } } }),
  });
  try {
    await work(made.getAgent('weather'), made);
  } finally {
    await made.observability?.shutdown?.();
    await made.shutdown?.();
  }
}

const options = { modelSettings: { maxRetries: 0 } };
const generate = (agent) => agent.generate(QUESTION, options);

async function stream(agent) {
  const answer = await agent.stream(QUESTION, options);
  for await (const _ of answer.textStream) {
    // only the end matters
  }
}

function workflow(holder) {
  const ask = createStep({
    id: 'ask',
    inputSchema: z.object({ q: z.string() }),
    outputSchema: z.object({ a: z.string() }),
    execute: async () => ({ a: (await generate(holder.agent)).text }),
  });
  return createWorkflow({ id: 'flow', inputSchema: z.object({ q: z.string() }), outputSchema: z.object({ a: z.string() }) })
    .then(ask)
    .commit();
}

await main({
  client: '@mastra/otel-exporter',
  also: ['@mastra/core', '@mastra/observability', '@ai-sdk/openai', '@ai-sdk/anthropic'],
  scenarios: {
    chat: ['generate, chat completions', () => mastra(generate)],
    agent_tool: ['generate, a tool', () => mastra(generate, { tools: TOOLS })],
    stream: ['stream', () => mastra(stream)],
    stream_tool: ['stream, a tool', () => mastra(stream, { tools: TOOLS })],
    responses_tool: ['generate, OpenAI responses, a tool', () => mastra(generate, { model: openai.responses(MODEL), tools: TOOLS })],
    anthropic: ['generate, Anthropic', () => mastra(generate, { model: anthropic(CLAUDE) })],
    anthropic_tool: ['generate, Anthropic, a tool', () => mastra(generate, { model: anthropic(CLAUDE), tools: TOOLS })],
    anthropic_stream: ['stream, Anthropic', () => mastra(stream, { model: anthropic(CLAUDE) })],
    workflow: [
      'a workflow with an agent in it',
      () => {
        const holder = {};
        return mastra(
          async (agent, made) => {
            holder.agent = agent;
            const run = await made.getWorkflow('flow').createRun();
            await run.start({ inputData: { q: QUESTION } });
          },
          { workflows: { flow: workflow(holder) } },
        );
      },
    ],
    error_400: ['a refused call', () => mastra(generate, { model: openai.chat(`${MODEL}-fail400`) })],
    error_429: ['rate limited', () => mastra(generate, { model: openai.chat(`${MODEL}-fail429`) })],
    error_429_stream: ['rate limited, streamed', () => mastra(stream, { model: openai.chat(`${MODEL}-fail429`) })],
  },
});
