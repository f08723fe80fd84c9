// The calls of the AI SDK, the same for every major version and everything that turns its spans into others.
import * as ai from 'ai'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { z } from 'zod'
import { CLAUDE, DESCRIPTION, EMBEDDER, MODEL, QUESTION, SYSTEM, call, getWeather } from './common.mjs'

const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL })
const anthropic = createAnthropic({ baseURL: process.env.ANTHROPIC_BASE_URL + '/v1' })
const chat = (suffix = '') => openai.chat(MODEL + suffix)
const claude = (suffix = '') => anthropic(CLAUDE + suffix)
const responses = () => openai.responses(MODEL)

const city = z.object({ city: z.string() })
const forecast = z.object({ city: z.string(), sky: z.string() })
const steps = ai.stepCountIs ? { stopWhen: ai.stepCountIs(3) } : { maxSteps: 3 } // version 4 counts, later ones ask
const tools = () => {
  const parameters = ai.stepCountIs ? { inputSchema: city } : { parameters: city }
  return { get_weather: ai.tool({ description: DESCRIPTION, ...parameters, execute: async (input) => getWeather(input) }) }
}
const loop = (model) => ({ model, tools: tools(), ...steps })

async function stream(options) {
  const result = ai.streamText(options)
  for await (const part of result.textStream) void part
  await result.usage
}

async function abort(options) {
  const controller = new AbortController()
  const result = ai.streamText({ ...options, abortSignal: controller.signal, onError: () => {} })
  process.on('unhandledRejection', () => {}) // the promises that nobody waits for
  try {
    for await (const part of result.textStream) {
      void part
      controller.abort()
    }
  } catch (error) {
    if (error.name !== 'AbortError') throw error
  }
  await new Promise((done) => setTimeout(done, 100)) // an aborted stream has no end to wait for
}

async function streamObject(options) {
  const result = ai.streamObject(options)
  for await (const part of result.partialObjectStream) void part
  await result.usage
}

function agent(model, telemetry) {
  const Agent = ai.ToolLoopAgent ?? ai.Experimental_Agent
  const instructions = ai.ToolLoopAgent ? { instructions: SYSTEM } : { system: SYSTEM }
  return new Agent({ ...instructions, ...loop(model), ...telemetry })
}

const ask = { system: SYSTEM, prompt: QUESTION }
const table = {
  generate: ['generateText, chat completions', (t) => ai.generateText({ model: chat(), ...ask, ...t })],
  generate_nocontent: ['inputs and outputs not recorded', (t, off) => ai.generateText({ model: chat(), ...ask, ...off })],
  stream: ['streamText', (t) => stream({ model: chat(), ...ask, ...t })],
  stream_abort: ['streamText aborted after the first text', (t) => abort({ model: chat(), ...ask, ...t })],
  tool_loop: ['generateText with a tool, two steps', (t) => ai.generateText({ ...loop(chat()), ...ask, ...t })],
  tool_loop_stream: ['streamText with a tool, two steps', (t) => stream({ ...loop(chat()), ...ask, ...t })],
  object: ['generateObject', (t) => ai.generateObject({ model: chat(), schema: forecast, ...ask, ...t })],
  object_stream: ['streamObject', (t) => streamObject({ model: chat(), schema: forecast, ...ask, ...t })],
  responses: ['generateText, responses API', (t) => ai.generateText({ model: responses(), ...ask, ...t })],
  responses_stream: ['streamText, responses API', (t) => stream({ model: responses(), ...ask, ...t })],
  responses_tool_loop: ['responses API with a tool', (t) => ai.generateText({ ...loop(responses()), ...ask, ...t })],
  embed: ['embed', (t) => ai.embed({ model: openai.embedding(EMBEDDER), value: 'sunny', ...t })],
  embed_many: ['embedMany, two values', (t) => ai.embedMany({ model: openai.embedding(EMBEDDER), values: ['sunny', 'rainy'], ...t })],
  anthropic: ['Anthropic, cache tokens', (t) => ai.generateText({ model: claude(), ...ask, ...t })],
  anthropic_stream: ['Anthropic, streamed', (t) => stream({ model: claude(), ...ask, ...t })],
  anthropic_tool_loop: ['Anthropic with a tool', (t) => ai.generateText({ ...loop(claude()), ...ask, ...t })],
  anthropic_tool_loop_stream: ['Anthropic with a tool, streamed', (t) => stream({ ...loop(claude()), ...ask, ...t })],
  anthropic_object: ['generateObject, Anthropic', (t) => ai.generateObject({ model: claude(), schema: forecast, ...ask, ...t })],
  error_429: ['rate limited, no retry', (t) => ai.generateText({ model: chat('-fail429'), maxRetries: 0, ...ask, ...t })],
  error_400: ['context too long', (t) => ai.generateText({ model: chat('-fail400'), maxRetries: 0, ...ask, ...t })],
  anthropic_error_529: ['Anthropic overloaded', (t) => ai.generateText({ model: claude('-fail529'), maxRetries: 0, ...ask, ...t })],
  retry_once: ['429 first, then an answer', (t) => ai.generateText({ model: chat('-once429'), ...ask, ...t })],
  agent: ['an agent with a tool', (t) => agent(chat(), t).generate({ prompt: QUESTION })],
  anthropic_agent: ['an agent with a tool, Anthropic', (t) => agent(claude(), t).generate({ prompt: QUESTION })],
}

/** start returns what flushes. name is the option's: experimental_telemetry, from version 7 on telemetry. */
export function register(client, start, { option = 'experimental_telemetry', skip = [], only } = {}) {
  const on = { [option]: { isEnabled: true, functionId: 'weather' } }
  const off = { [option]: { isEnabled: true, functionId: 'weather', recordInputs: false, recordOutputs: false } }
  for (const [name, [about, run]] of Object.entries(table)) {
    if (skip.includes(name) || (only && !only.includes(name)) || (name.endsWith('agent') && !ai.stepCountIs)) continue
    client.scenario(name, about, async () => {
      const flush = await start()
      await call(name, () => run(on, off))
      await flush()
    })
  }
}
