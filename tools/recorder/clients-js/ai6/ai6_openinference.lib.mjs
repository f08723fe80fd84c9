import { register } from './ai_calls.mjs'
import { Client, otel, require } from './common.mjs'

const client = new Client('ai', {
  variant: 'openinference-vercel',
  also: ['@ai-sdk/openai', '@ai-sdk/anthropic', '@arizeai/openinference-vercel'],
})
// Its ES modules do not load beside these packages.
const { OpenInferenceSimpleSpanProcessor } = require('@arizeai/openinference-vercel')
const start = () => otel({ processors: (exporter) => [new OpenInferenceSimpleSpanProcessor({ exporter })] })

register(client, start)
await client.main()
