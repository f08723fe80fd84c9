// The calls of the plain OpenAI and Anthropic SDKs, the same for every instrumentation of them.
import { CITY, CLAUDE, DESCRIPTION, EMBEDDER, HISTORY, MESSAGES, MODEL, QUESTION, SYSTEM, call, getWeather } from './common.mjs'

const TOOL = { type: 'function', function: { name: 'get_weather', description: DESCRIPTION, parameters: CITY } }
const RESPONSES_TOOL = { type: 'function', name: 'get_weather', description: DESCRIPTION, parameters: CITY, strict: true }
const CLAUDE_TOOL = { name: 'get_weather', description: DESCRIPTION, input_schema: CITY }
const WITH_USAGE = { stream_options: { include_usage: true } }

async function drain(stream) {
  for await (const chunk of stream) void chunk
}

async function chatStream(openai, more) {
  await drain(await openai.chat.completions.create({ model: MODEL, messages: MESSAGES, stream: true, ...more }))
}

async function chatStreamAbort(openai) {
  const stream = await openai.chat.completions.create({ model: MODEL, messages: MESSAGES, stream: true, ...WITH_USAGE })
  let chunks = 0
  for await (const chunk of stream) {
    void chunk
    if (++chunks === 2) break
  }
}

async function toolLoop(openai) {
  const messages = [...MESSAGES]
  const { message } = (await openai.chat.completions.create({ model: MODEL, messages, tools: [TOOL] })).choices[0]
  const asked = message.tool_calls[0]
  const content = getWeather(JSON.parse(asked.function.arguments))
  messages.push(message, { role: 'tool', tool_call_id: asked.id, content })
  await openai.chat.completions.create({ model: MODEL, messages, tools: [TOOL] })
}

async function responses(openai, stream = false) {
  const answer = await openai.responses.create({ model: MODEL, instructions: SYSTEM, input: QUESTION, stream })
  if (stream) await drain(answer)
}

async function responsesTool(openai) {
  const input = [{ role: 'user', content: QUESTION }]
  const first = await openai.responses.create({ model: MODEL, input, tools: [RESPONSES_TOOL] })
  const asked = first.output.find((item) => item.type === 'function_call')
  const output = getWeather(JSON.parse(asked.arguments))
  input.push(asked, { type: 'function_call_output', call_id: asked.call_id, output })
  await openai.responses.create({ model: MODEL, input, tools: [RESPONSES_TOOL] })
}

function claude(anthropic, more) {
  const messages = [{ role: 'user', content: QUESTION }]
  return anthropic.messages.create({ model: CLAUDE, max_tokens: 256, system: SYSTEM, messages, ...more })
}

async function claudeHelper(anthropic) {
  const messages = [{ role: 'user', content: QUESTION }]
  await anthropic.messages.stream({ model: CLAUDE, max_tokens: 256, system: SYSTEM, messages }).finalMessage()
}

async function claudeToolLoop(anthropic, stream = false) {
  const tools = [CLAUDE_TOOL]
  const first = await claude(anthropic, { tools })
  const use = first.content.find((part) => part.type === 'tool_use')
  const result = { type: 'tool_result', tool_use_id: use.id, content: getWeather(use.input) }
  const messages = [
    { role: 'user', content: QUESTION },
    { role: 'assistant', content: first.content },
    { role: 'user', content: [result] },
  ]
  const answer = await claude(anthropic, { tools, messages, stream })
  if (stream) await drain(answer)
}

const refused = (suffix) => (openai) => openai.chat.completions.create({ model: MODEL + suffix, messages: MESSAGES })

export const OPENAI = {
  chat: ['chat completion', (o) => o.chat.completions.create({ model: MODEL, messages: MESSAGES })],
  chat_n2: ['two choices', (o) => o.chat.completions.create({ model: MODEL, messages: MESSAGES, n: 2 })],
  chat_long_history: ['70 messages', (o) => o.chat.completions.create({ model: MODEL, messages: HISTORY })],
  chat_stream: ['streamed, with include_usage', (o) => chatStream(o, WITH_USAGE)],
  chat_stream_nousage: ['streamed, usage not asked for', (o) => chatStream(o)],
  chat_stream_abort: ['stream closed by the application after two chunks', chatStreamAbort],
  tool_loop: ['tool call and its result', toolLoop],
  tool_stream: ['streamed tool call', (o) => chatStream(o, { tools: [TOOL], ...WITH_USAGE })],
  retry_once: ['429 first, then an answer, retried by the SDK', refused('-once429'), { maxRetries: 2 }],
  error_429: ['rate limited, no retry', refused('-fail429')],
  error_400: ['context too long', refused('-fail400')],
  responses: ['responses API', (o) => responses(o)],
  responses_stream: ['responses API, streamed', (o) => responses(o, true)],
  responses_tool: ['responses API, tool call and its result', responsesTool],
  embeddings: ['embeddings, two inputs', (o) => o.embeddings.create({ model: EMBEDDER, input: ['sunny', 'rainy'] })],
}

export const ANTHROPIC = {
  anthropic_chat: ['Anthropic messages with cached tokens', (a) => claude(a)],
  anthropic_chat_stream: ['Anthropic messages, create(stream: true)', async (a) => drain(await claude(a, { stream: true }))],
  anthropic_stream_helper: ['Anthropic messages, messages.stream()', claudeHelper],
  anthropic_tool_loop: ['Anthropic tool use and its result', (a) => claudeToolLoop(a)],
  anthropic_tool_loop_stream: ['Anthropic tool use, the last answer streamed', (a) => claudeToolLoop(a, true)],
  anthropic_error_529: ['Anthropic overloaded', (a) => claude(a, { model: CLAUDE + '-fail529' })],
}

/** Registers calls as scenarios. start switches the instrumentation on and gives {OpenAI, Anthropic, flush, around}. */
export function register(client, start, { skip = [], tables = [OPENAI, ANTHROPIC] } = {}) {
  for (const table of tables) {
    for (const [name, [about, run, options]] of Object.entries(table)) {
      if (skip.includes(name)) continue
      client.scenario(name, about, async () => {
        const { OpenAI, Anthropic, flush, around = (f) => f() } = await start()
        const Sdk = name.startsWith('anthropic') ? Anthropic : OpenAI
        await call(name, () => around(() => run(Sdk({ maxRetries: 0, ...options }))))
        await flush()
      })
    }
  }
}

/** Unwraps the packages' own default exports, loaded only now so that hooks see them. */
export const sdks = (require) => ({
  OpenAI: (options) => new (require('openai').OpenAI)(options),
  Anthropic: (options) => new (require('@anthropic-ai/sdk').Anthropic)(options),
})
