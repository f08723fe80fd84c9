import { CLAUDE, Client, MESSAGES, MODEL, call, getWeather, require } from './common.mjs'
import { start } from './langfuse5.mjs'
import { OPENAI, register } from './sdk_calls.mjs'

const client = new Client('@langfuse/otel', { also: ['openai', '@langfuse/tracing', '@langfuse/openai'] })
register(client, start, { tables: [OPENAI] })

client.scenario('nested_agent', 'an agent observation around a tool loop', async () => {
  const { OpenAI, flush } = start()
  const { startActiveObservation } = require('@langfuse/tracing')
  const as = (asType) => ({ asType })
  await startActiveObservation('weather agent', async (agent) => {
    agent.update({ input: MESSAGES[1].content })
    await OPENAI.tool_loop[1](OpenAI({ maxRetries: 0 }))
    await startActiveObservation('get_weather', async (tool) => tool.update({ output: getWeather({ city: 'Paris' }) }), as('tool'))
    agent.update({ output: 'done' })
  }, as('agent'))
  await flush()
})

// What an application writes by hand for a provider that Langfuse does not wrap: the API's own usage names.
client.scenario('anthropic_manual', 'a generation with the usage that Anthropic returned', async () => {
  const { flush } = start()
  const { startActiveObservation } = require('@langfuse/tracing')
  await startActiveObservation('claude', async (generation) => {
    const url = process.env.ANTHROPIC_BASE_URL + '/v1/messages'
    const asked = { model: CLAUDE, max_tokens: 256, messages: [MESSAGES[1]] }
    const answer = await (await fetch(url, { method: 'POST', body: JSON.stringify(asked) })).json()
    const { input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens } = answer.usage
    const usageDetails = { input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens }
    generation.update({ model: CLAUDE, input: asked.messages, output: answer.content, usageDetails })
  }, { asType: 'generation' })
  await flush()
})

for (const [name, more] of Object.entries({ langchain: {}, langchain_error_429: { model: MODEL + '-fail429' } })) {
  client.scenario(name, 'LangChain through its callback handler', async () => {
    const { flush } = start()
    const { CallbackHandler } = require('@langfuse/langchain')
    const { ChatOpenAI } = require('@langchain/openai')
    const model = new ChatOpenAI({ model: MODEL, maxRetries: 0, configuration: { baseURL: process.env.OPENAI_BASE_URL }, ...more })
    await call(name, () => model.invoke(MESSAGES[1].content, { callbacks: [new CallbackHandler()] }))
    await flush()
  })
}

client.scenario('langchain_anthropic', 'LangChain with Anthropic through its callback handler', async () => {
  const { flush } = start()
  const { CallbackHandler } = require('@langfuse/langchain')
  const { ChatAnthropic } = require('@langchain/anthropic')
  const model = new ChatAnthropic({ model: CLAUDE, maxRetries: 0, anthropicApiUrl: process.env.ANTHROPIC_BASE_URL })
  await model.invoke(MESSAGES[1].content, { callbacks: [new CallbackHandler()] })
  await flush()
})

await client.main()
