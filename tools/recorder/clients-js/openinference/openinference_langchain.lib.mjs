import { Client, otel, require } from './common.mjs'
import { register } from './langchain_calls.mjs'

const client = new Client('@arizeai/openinference-instrumentation-langchain', {
  also: ['langchain', '@langchain/core', '@langchain/openai', '@langchain/anthropic'],
})

function start() {
  const { LangChainInstrumentation } = require('@arizeai/openinference-instrumentation-langchain')
  const flush = otel()
  new LangChainInstrumentation().manuallyInstrument(require('@langchain/core/callbacks/manager'))
  return flush
}

register(client, start)
await client.main()
