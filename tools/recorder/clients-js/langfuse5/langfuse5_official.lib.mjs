import { Client, require } from './common.mjs'
import { start } from './langfuse5.mjs'
import { OPENAI, register } from './sdk_calls.mjs'

const client = new Client('@langfuse/openai', {
  variant: 'with-otel-openai',
  also: ['openai', '@langfuse/otel', '@opentelemetry/instrumentation-openai'],
})

function both() {
  const { OpenAIInstrumentation } = require('@opentelemetry/instrumentation-openai')
  return start({ instrumentations: [new OpenAIInstrumentation()] })
}

register(client, both, { tables: [OPENAI] })
await client.main()
