import { Client, otel, require } from './common.mjs'
import { register, sdks } from './sdk_calls.mjs'

// This Anthropic SDK writes spans of its own as soon as there is a tracer provider: two a call.
const client = new Client('@arizeai/openinference-instrumentation-openai', {
  also: ['openai', '@anthropic-ai/sdk', '@arizeai/openinference-instrumentation-anthropic', '@opentelemetry/sdk-trace-node'],
})

function start() {
  const { OpenAIInstrumentation } = require('@arizeai/openinference-instrumentation-openai')
  const { AnthropicInstrumentation } = require('@arizeai/openinference-instrumentation-anthropic')
  return { flush: otel({ instrumentations: [new OpenAIInstrumentation(), new AnthropicInstrumentation()] }), ...sdks(require) }
}

register(client, start)
await client.main()
