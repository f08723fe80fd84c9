// Calls through OpenAI's SDK, the same for every tracer around it.

import { DESCRIPTION, EMBEDDER, MODEL, PARAMETERS, QUESTION, SYSTEM, weather } from './agent_client.mjs';

export const ASKED = [
  { role: 'system', content: SYSTEM },
  { role: 'user', content: QUESTION },
];
export const TOOL = { type: 'function', function: { name: 'get_weather', description: DESCRIPTION, parameters: PARAMETERS } };
export const USAGE = { stream_options: { include_usage: true } };

export async function read(stream) {
  for await (const _ of stream) {
    // only the end matters
  }
}

export const chat = (client, options = {}) => client.chat.completions.create({ model: MODEL, messages: ASKED, ...options });

export const stream = async (client, options = {}) => read(await chat(client, { stream: true, ...options }));

export async function toolLoop(client, call = weather, options = {}) {
  const messages = [...ASKED];
  for (;;) {
    const answer = await chat(client, { messages, tools: [TOOL], ...options });
    const { message } = answer.choices[0];
    if (!message.tool_calls) return message.content;
    messages.push(message);
    for (const use of message.tool_calls) {
      messages.push({ role: 'tool', tool_call_id: use.id, content: await call(JSON.parse(use.function.arguments)) });
    }
  }
}

export const responses = (client, options = {}) =>
  client.responses.create({ model: MODEL, instructions: SYSTEM, input: QUESTION, ...options });

export const responsesStream = async (client, options = {}) => read(await responses(client, { stream: true, ...options }));

export const embeddings = (client, options = {}) =>
  client.embeddings.create({ model: EMBEDDER, input: ['Paris', 'London'], encoding_format: 'float', ...options });
