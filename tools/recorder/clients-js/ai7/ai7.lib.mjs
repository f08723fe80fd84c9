import { OpenTelemetry } from '@ai-sdk/otel'
import { registerTelemetry } from 'ai'
import { register } from './ai_calls.mjs'
import { Client, otel } from './common.mjs'

const client = new Client('ai', { also: ['@ai-sdk/openai', '@ai-sdk/anthropic', '@ai-sdk/otel', '@opentelemetry/sdk-trace-node'] })

function start() {
  const flush = otel()
  registerTelemetry(new OpenTelemetry())
  return flush
}

register(client, start, { option: 'telemetry' })
await client.main()
