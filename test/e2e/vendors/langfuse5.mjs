// Langfuse's JavaScript client from version 4 on, which sends OTLP.
import { observeOpenAI } from '@langfuse/openai';
import { LangfuseSpanProcessor } from '@langfuse/otel';
import { propagateAttributes, startActiveObservation, startObservation } from '@langfuse/tracing';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import OpenAI from 'openai';

const model = 'gpt-5-mini';
const messages = [{ role: 'user', content: 'What is the weather in Paris?' }];
const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }];

const processor = new LangfuseSpanProcessor();
new NodeTracerProvider({ spanProcessors: [processor] }).register();
const openai = new OpenAI({ maxRetries: 0 });
const ask = (generationName, more) => observeOpenAI(openai, { generationName, ...more });

await propagateAttributes({ userId: 'user-7', sessionId: 'session-42', tags: ['beta', 'eu'], metadata: { plan: 'pro' }, traceName: 'support' }, () =>
  startActiveObservation('plan', async (plan) => {
    plan.update({ input: { city: 'Paris' } });
    await ask('ask', { langfusePrompt: { name: 'weather', version: 3, isFallback: false } }).chat.completions.create({ model, messages, temperature: 0.5 });
    const stream = await ask('ask-stream').chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } });
    for await (const _ of stream);
    await ask('ask-tool').chat.completions.create({ model, messages, tools });
    await ask('refused').chat.completions.create({ model, messages }).catch(() => {});
    await ask('embed').embeddings.create({ model: 'text-embedding-3-small', input: 'Paris', encoding_format: 'float' });
    await startActiveObservation('nested', async () => {
      const byHand = startObservation('by-hand', { model, input: messages }, { asType: 'generation' });
      const answer = await openai.chat.completions.create({ model, messages });
      byHand.update({ output: answer.choices[0].message, usageDetails: {
        input: answer.usage.prompt_tokens, output: answer.usage.completion_tokens, total: answer.usage.total_tokens,
        input_cached_tokens: answer.usage.prompt_tokens_details.cached_tokens,
        output_reasoning_tokens: answer.usage.completion_tokens_details.reasoning_tokens,
      } });
      byHand.end();
    });
    startObservation('note', { metadata: { seen: true } }, { asType: 'event' });
    plan.update({ output: 'sunny' });
  }));
await processor.forceFlush();
console.log('done');
