import { LegacyOpenTelemetry } from '@ai-sdk/otel'
import { registerTelemetry } from 'ai'
import { register } from './ai_calls.mjs'
import { Client, otel } from './common.mjs'

const client = new Client('ai', { variant: 'legacy', also: ['@ai-sdk/openai', '@ai-sdk/anthropic', '@ai-sdk/otel'] })

function start() {
  const flush = otel()
  registerTelemetry(new LegacyOpenTelemetry())
  return flush
}

register(client, start, { option: 'telemetry' })
await client.main()
