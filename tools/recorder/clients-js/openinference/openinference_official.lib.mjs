import { Client, otel, require } from './common.mjs'
import { OPENAI, register, sdks } from './sdk_calls.mjs'

const client = new Client('@arizeai/openinference-instrumentation-openai', {
  variant: 'with-otel-openai',
  also: ['openai', '@opentelemetry/instrumentation-openai', '@opentelemetry/sdk-trace-node'],
})

function start() {
  const { OpenAIInstrumentation } = require('@arizeai/openinference-instrumentation-openai')
  const official = require('@opentelemetry/instrumentation-openai')
  return { flush: otel({ instrumentations: [new OpenAIInstrumentation(), new official.OpenAIInstrumentation()] }), ...sdks(require) }
}

register(client, start, { tables: [OPENAI] })
await client.main()
