// Agents of Strands, which sets OpenTelemetry up by itself.

import { Agent, tool } from '@strands-agents/sdk';
import { AnthropicModel } from '@strands-agents/sdk/models/anthropic';
import { OpenAIModel } from '@strands-agents/sdk/models/openai';
import { setupTracer } from '@strands-agents/sdk/telemetry';
import { z } from 'zod';
import { CLAUDE, DESCRIPTION, MODEL, QUESTION, SYSTEM, main, weather } from './agent_client.mjs';

const getWeather = tool({ name: 'get_weather', description: DESCRIPTION, inputSchema: z.object({ city: z.string() }), callback: weather });

const openai = (options = {}) => new OpenAIModel({ api: 'chat', modelId: MODEL, clientConfig: { maxRetries: 0 }, ...options });
const anthropic = (options = {}) => new AnthropicModel({ modelId: CLAUDE, maxTokens: 256, clientConfig: { maxRetries: 0 }, ...options });

async function ask(model, { tools = [], env = {}, stream = false, ...options } = {}) {
  Object.assign(process.env, env);
  const provider = setupTracer({ exporters: { otlp: true } });
  const agent = new Agent({ model: model(), systemPrompt: SYSTEM, tools, printer: false, retryStrategy: null, ...options });
  try {
    if (!stream) {
      await agent.invoke(QUESTION);
      return;
    }
    for await (const _ of agent.stream(QUESTION)) {
      // only the end matters
    }
  } finally {
    await provider.forceFlush();
    await provider.shutdown?.();
  }
}

const TOOLS = { tools: [getWeather] };
const latest = (extra = '') => ({ OTEL_SEMCONV_STABILITY_OPT_IN: `gen_ai_latest_experimental${extra}` });

await main({
  client: '@strands-agents/sdk',
  also: ['openai', '@anthropic-ai/sdk'],
  scenarios: {
    chat: ['OpenAI chat completions', () => ask(openai)],
    agent_tool: ['OpenAI chat completions, a tool', () => ask(openai, TOOLS)],
    agent_stream: ['OpenAI chat completions, a tool, read as a stream', () => ask(openai, { ...TOOLS, stream: true })],
    agent_tool_latest: ['a tool, the newer conventions', () => ask(openai, { ...TOOLS, env: latest() })],
    agent_tool_latest_tokens: [
      "a tool, the agent with the last invocation's counts",
      () => ask(openai, { ...TOOLS, env: latest(',gen_ai_use_latest_invocation_tokens') }),
    ],
    responses_tool: ['OpenAI responses, a tool', () => ask(() => openai({ api: 'responses' }), TOOLS)],
    anthropic: ['Anthropic', () => ask(anthropic)],
    anthropic_tool: ['Anthropic, a tool', () => ask(anthropic, TOOLS)],
    anthropic_tool_latest: ['Anthropic, a tool, the newer conventions', () => ask(anthropic, { ...TOOLS, env: latest() })],
    error_400: ['a refused call', () => ask(() => openai({ modelId: `${MODEL}-fail400` }))],
    error_429: ['rate limited', () => ask(() => openai({ modelId: `${MODEL}-fail429` }))],
    anthropic_error_529: ['an overloaded provider', () => ask(() => anthropic({ modelId: `${CLAUDE}-fail529` }))],
  },
});
