import { register } from './ai_calls.mjs'
import { Client, otel } from './common.mjs'

const client = new Client('ai', { also: ['@ai-sdk/openai', '@ai-sdk/anthropic', '@opentelemetry/sdk-trace-node'] })
register(client, otel)
await client.main()
