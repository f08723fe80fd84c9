import { register } from './ai_calls.mjs'
import { Client } from './common.mjs'
import { start } from './langfuse5.mjs'

const client = new Client('@langfuse/otel', { variant: 'ai', also: ['ai', '@ai-sdk/openai', '@ai-sdk/anthropic'] })
register(client, () => start().flush, { only: ['generate', 'stream', 'tool_loop', 'anthropic', 'embed', 'error_429'] })
await client.main()
