import { OpenInferenceSimpleSpanProcessor } from '@arizeai/openinference-vercel'
import { register } from './ai_calls.mjs'
import { Client, otel } from './common.mjs'

const client = new Client('ai', {
  variant: 'openinference-vercel',
  also: ['@ai-sdk/openai', '@ai-sdk/anthropic', '@arizeai/openinference-vercel'],
})
const start = () => otel({ processors: (exporter) => [new OpenInferenceSimpleSpanProcessor({ exporter })] })

register(client, start)
await client.main()
