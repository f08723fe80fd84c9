// Langfuse's JavaScript client up to version 3, which sends JSON.
import { Langfuse, observeOpenAI } from 'langfuse';
import OpenAI from 'openai';

const model = 'gpt-5-mini';
const messages = [{ role: 'user', content: 'What is the weather in Paris?' }];
const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }];

const langfuse = new Langfuse();
const openai = new OpenAI({ maxRetries: 0 });

const trace = langfuse.trace({
  name: 'support', userId: 'user-7', sessionId: 'session-42', tags: ['beta', 'eu'], metadata: { plan: 'pro' }, release: 'r1', input: 'weather?',
});
const plan = trace.span({ name: 'plan', input: { city: 'Paris' } });
const ask = (generationName, more) => observeOpenAI(openai, { parent: plan, generationName, ...more });

await ask('ask', { langfusePrompt: prompt() }).chat.completions.create({ model, messages, temperature: 0.5 });
const stream = await ask('ask-stream').chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } });
for await (const _ of stream);
await ask('ask-tool').chat.completions.create({ model, messages, tools });
await ask('refused').chat.completions.create({ model, messages }).catch(() => {});
await ask('embed').embeddings.create({ model: 'text-embedding-3-small', input: 'Paris', encoding_format: 'float' });

// The end of a generation is told later, in a request of its own.
const nested = plan.span({ name: 'nested' });
const byHand = nested.generation({ name: 'by-hand', model, input: messages, startTime: new Date(Date.now() - 500) });
await langfuse.flushAsync();
const answer = await openai.chat.completions.create({ model, messages });
byHand.update({ usageDetails: {
  input: answer.usage.prompt_tokens, output: answer.usage.completion_tokens, total: answer.usage.total_tokens,
  input_cached_tokens: answer.usage.prompt_tokens_details.cached_tokens,
  output_reasoning_tokens: answer.usage.completion_tokens_details.reasoning_tokens,
} });
byHand.end({ output: answer.choices[0].message });
nested.end();
trace.event({ name: 'note', metadata: { seen: true } });
plan.end({ output: 'sunny' });
trace.update({ output: 'sunny' });

trace.score({ name: 'helpful', value: 0.75, comment: 'close enough' });
byHand.score({ name: 'tone', value: 'friendly', dataType: 'CATEGORICAL' });
langfuse.score({ traceId: trace.id, name: 'solved', value: 1, dataType: 'BOOLEAN' });
await langfuse.shutdownAsync();
console.log('done');

// prompt is what getPrompt would return of a prompt that is kept on a Langfuse server.
function prompt() {
  return { name: 'weather', version: 3, isFallback: false };
}
