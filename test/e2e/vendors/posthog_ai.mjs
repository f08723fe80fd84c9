// PostHog's client and its wrapper of OpenAI's. It has its key in the body.
import { OpenAI } from '@posthog/ai/openai';
import { PostHog } from 'posthog-node';

const posthog = new PostHog(process.env.WATCHLLM_API_KEY, { host: process.env.WATCHLLM_ENDPOINT });
const client = new OpenAI({ apiKey: process.env.OPENAI_API_KEY, baseURL: process.env.OPENAI_BASE_URL, maxRetries: 0, posthog });
const call = {
  model: 'gpt-5-mini', messages: [{ role: 'user', content: 'What is the weather in Paris?' }],
  posthogDistinctId: 'user-7', posthogTraceId: 'trace-42', posthogProperties: { plan: 'pro' },
};

await client.chat.completions.create(call);
const stream = await client.chat.completions.create({ ...call, stream: true, stream_options: { include_usage: true } });
for await (const _ of stream);
await client.chat.completions.create(call).catch(() => {});
posthog.capture({ distinctId: 'user-7', event: 'order placed' });
await posthog.shutdown();
console.log('done');
