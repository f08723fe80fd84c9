// Sentry's client. The key is that of the DSN; through a tunnel it stands in the body only.
import * as Sentry from '@sentry/node';
import OpenAI from 'openai';

const address = new URL(process.env.WATCHLLM_ENDPOINT);
address.username = process.env.WATCHLLM_API_KEY;
Sentry.init({
  dsn: `${address.href}1`, tracesSampleRate: 1, release: 'shop@1.2.3', environment: 'production',
  tunnel: process.argv[2] === 'tunnel' ? `${process.env.WATCHLLM_ENDPOINT}/api/1/envelope/` : undefined,
});
const client = Sentry.instrumentOpenAiClient(new OpenAI({ maxRetries: 0 }), { recordInputs: true, recordOutputs: true });
const call = { model: 'gpt-5-mini', messages: [{ role: 'user', content: 'What is the weather in Paris?' }] };

await Sentry.startSpan({ name: 'support', op: 'task' }, async () => {
  await client.chat.completions.create(call);
  const stream = await client.chat.completions.create({ ...call, stream: true, stream_options: { include_usage: true } });
  for await (const _ of stream);
  await client.chat.completions.create(call).catch(() => {});
});
await Sentry.close(10_000);
console.log('done');
