// Traceloop's SDK for JavaScript, which sends OTLP.
import * as traceloop from '@traceloop/node-server-sdk';
import OpenAI from 'openai';

traceloop.initialize({ appName: 'shop', silenceInitializationMessage: true, instrumentModules: { openAI: OpenAI } });
const client = new OpenAI({ maxRetries: 0 });
const call = { model: 'gpt-5-mini', messages: [{ role: 'user', content: 'What is the weather in Paris?' }] };

await traceloop.withWorkflow({ name: 'support' }, async () => {
  await client.chat.completions.create(call);
  const stream = await client.chat.completions.create({ ...call, stream: true, stream_options: { include_usage: true } });
  for await (const _ of stream);
  await client.chat.completions.create(call).catch(() => {});
});
await traceloop.forceFlush();
console.log('done');
