import { Client, otel, require } from './common.mjs'
import { register } from './langchain_calls.mjs'

const client = new Client('@arizeai/openinference-instrumentation-langchain', {
  variant: 'with-otel-openai',
  also: ['@opentelemetry/instrumentation-openai', 'langchain', '@langchain/core', '@langchain/openai', 'openai'],
})

function start() {
  const { LangChainInstrumentation } = require('@arizeai/openinference-instrumentation-langchain')
  const { OpenAIInstrumentation } = require('@opentelemetry/instrumentation-openai')
  const flush = otel({ instrumentations: [new OpenAIInstrumentation()] })
  new LangChainInstrumentation().manuallyInstrument(require('@langchain/core/callbacks/manager'))
  return flush
}

register(client, start, { skip: ['agent', 'anthropic_agent', 'anthropic_tool', 'responses_stream'] })
await client.main()
