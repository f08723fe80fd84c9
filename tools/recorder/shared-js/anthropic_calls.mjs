// Calls through Anthropic's SDK, the same for every tracer around it.

import { CLAUDE, DESCRIPTION, PARAMETERS, QUESTION, SYSTEM, weather } from './agent_client.mjs';

const ASKED = { role: 'user', content: QUESTION };
const TOOL = { name: 'get_weather', description: DESCRIPTION, input_schema: PARAMETERS };

export const ask = (client, options = {}) =>
  client.messages.create({ model: CLAUDE, max_tokens: 256, system: SYSTEM, messages: [ASKED], ...options });

export async function askStream(client, options = {}) {
  for await (const _ of await ask(client, { stream: true, ...options })) {
    // only the end matters
  }
}

export async function askTool(client, options = {}) {
  const messages = [ASKED];
  for (;;) {
    const answer = await ask(client, { messages, tools: [TOOL], ...options });
    const use = answer.content.find((part) => part.type === 'tool_use');
    if (!use) return;
    messages.push({ role: 'assistant', content: answer.content });
    messages.push({ role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: weather(use.input) }] });
  }
}
