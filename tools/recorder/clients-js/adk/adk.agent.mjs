// Agents of Google's ADK under a tracer provider of the application.

import { InMemoryRunner, LlmAgent, FunctionTool, SequentialAgent, StreamingMode } from '@google/adk';
import { z } from 'zod';
import { DESCRIPTION, GEMINI, QUESTION, SYSTEM, main, weather } from './agent_client.mjs';
import { traced } from './node_otel.mjs';

process.env.GOOGLE_GENAI_API_KEY = process.env.GEMINI_API_KEY;

const getWeather = new FunctionTool({
  name: 'get_weather',
  description: DESCRIPTION,
  parameters: z.object({ city: z.string() }),
  execute: (input) => ({ result: weather(input) }),
});

const agent = (options = {}) => new LlmAgent({ name: 'weather', description: DESCRIPTION, model: GEMINI, instruction: SYSTEM, ...options });

async function ask(made, { env = {}, runConfig } = {}) {
  Object.assign(process.env, env);
  await traced(async () => {
    const runner = new InMemoryRunner({ agent: made, appName: 'weather-app' });
    const session = await runner.sessionService.createSession({ appName: 'weather-app', userId: 'user-1' });
    const newMessage = { role: 'user', parts: [{ text: QUESTION }] };
    for await (const _ of runner.runAsync({ userId: 'user-1', sessionId: session.id, newMessage, runConfig })) {
      // an error is an event as well
    }
  });
}

await main({
  client: '@google/adk',
  also: ['@google/genai'],
  scenarios: {
    chat: ['an agent without tools', () => ask(agent())],
    tool_loop: ['an agent with a tool', () => ask(agent({ tools: [getWeather] }))],
    tool_loop_nocontent: [
      'an agent with a tool, content left out',
      () => ask(agent({ tools: [getWeather] }), { env: { ADK_CAPTURE_MESSAGE_CONTENT_IN_SPANS: 'false' } }),
    ],
    stream: ['streamed', () => ask(agent(), { runConfig: { streamingMode: StreamingMode.SSE } })],
    stream_tool: ['streamed, a tool', () => ask(agent({ tools: [getWeather] }), { runConfig: { streamingMode: StreamingMode.SSE } })],
    sequential: [
      'two agents, one after the other',
      () => ask(new SequentialAgent({ name: 'both', subAgents: [agent({ name: 'first' }), agent({ name: 'second' })] })),
    ],
    transfer: ['an agent that has another below it', () => ask(agent({ name: 'boss', subAgents: [agent()] }))],
    error_400: ['a refused call', () => ask(agent({ model: `${GEMINI}-fail400` }))],
    error_429: ['rate limited', () => ask(agent({ model: `${GEMINI}-fail429` }))],
  },
});
