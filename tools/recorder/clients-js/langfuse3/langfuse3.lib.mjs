import { CLAUDE, Client, MESSAGES, getWeather, require } from './common.mjs'
import { OPENAI, register } from './sdk_calls.mjs'

const client = new Client('langfuse', { also: ['openai'] })

function langfuse() {
  const { Langfuse } = require('langfuse')
  return new Langfuse({ publicKey: 'pk-lf-capture', secretKey: 'sk-lf-capture', baseUrl: process.env.SINK_URL })
}

function start(parent) {
  const { observeOpenAI } = require('langfuse')
  const made = []
  const clientInitParams = { publicKey: 'pk-lf-capture', secretKey: 'sk-lf-capture', baseUrl: process.env.SINK_URL }
  return {
    OpenAI: (options) => {
      const wrapped = observeOpenAI(new (require('openai').OpenAI)(options), { clientInitParams, ...parent })
      made.push(wrapped)
      return wrapped
    },
    flush: async () => {
      for (const one of made) await one.flushAsync()
    },
  }
}

register(client, () => start(), { tables: [OPENAI] })

client.scenario('nested_agent', 'a span around a tool loop', async () => {
  const sdk = langfuse()
  const trace = sdk.trace({ name: 'weather agent', sessionId: 'conv-42', userId: 'user-7' })
  const span = trace.span({ name: 'agent', input: MESSAGES[1].content })
  const { OpenAI, flush } = start({ parent: span })
  await OPENAI.tool_loop[1](OpenAI({ maxRetries: 0 }))
  span.span({ name: 'get_weather', output: getWeather({ city: 'Paris' }) }).end()
  span.end({ output: 'done' })
  await flush()
  await sdk.flushAsync()
})

client.scenario('anthropic_manual', 'a generation with the usage that Anthropic returned', async () => {
  const sdk = langfuse()
  const asked = { model: CLAUDE, max_tokens: 256, messages: [MESSAGES[1]] }
  const generation = sdk.trace({ name: 'claude' }).generation({ name: 'claude', model: CLAUDE, input: asked.messages })
  const url = process.env.ANTHROPIC_BASE_URL + '/v1/messages'
  const answer = await (await fetch(url, { method: 'POST', body: JSON.stringify(asked) })).json()
  const { input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens } = answer.usage
  const usageDetails = { input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens }
  generation.end({ output: answer.content, usageDetails })
  await sdk.flushAsync()
})

await client.main()
