import { OpenTelemetry } from '@ai-sdk/otel'
import { OpenInferenceBatchSpanProcessor } from '@arizeai/openinference-vercel'
import { registerTelemetry } from 'ai'
import { register } from './ai_calls.mjs'
import { Client, otel } from './common.mjs'

const client = new Client('ai', {
  variant: 'openinference-vercel',
  also: ['@ai-sdk/openai', '@ai-sdk/anthropic', '@ai-sdk/otel', '@arizeai/openinference-vercel'],
})

// The plain client has these; here they are many bytes more.
const SKIP = ['object_stream', 'responses_stream', 'anthropic_agent', 'anthropic_tool_loop_stream', 'error_400']

function start() {
  const flush = otel({ processors: (exporter) => [new OpenInferenceBatchSpanProcessor({ exporter })] })
  registerTelemetry(new OpenTelemetry({ usage: true, providerMetadata: true, embedding: true }))
  return flush
}

register(client, start, { option: 'telemetry', skip: SKIP })
await client.main()
