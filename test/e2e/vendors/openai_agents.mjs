// OpenAI's Agents SDK for JavaScript: its traces go to WatchLLM instead of OpenAI. The argument is the API the models are called with.
import { Agent, BatchTraceProcessor, Runner, setOpenAIAPI, setTraceProcessors, tool, withCustomSpan, withTrace } from '@openai/agents';
import { OpenAITracingExporter } from '@openai/agents-openai';
import { z } from 'zod';

const processor = new BatchTraceProcessor(new OpenAITracingExporter({
  apiKey: process.env.WATCHLLM_API_KEY, endpoint: `${process.env.WATCHLLM_ENDPOINT}/v1/traces/ingest` }));
setTraceProcessors([processor]);
setOpenAIAPI(process.argv[2]);
const model = 'gpt-5-mini';
const weather = tool({ name: 'weather', description: 'Says the weather.', parameters: z.object({ city: z.string() }), execute: async ({ city }) => `sunny in ${city}` });

const plain = new Agent({ name: 'plain', model, instructions: 'Answer.' });
const meteorologist = new Agent({ name: 'meteorologist', model, instructions: 'Answer.', tools: [weather] });
const triage = new Agent({ name: 'triage', model, instructions: 'Hand over.', handoffs: [meteorologist] });
const expert = new Agent({ name: 'expert', model, instructions: 'Answer.' });
const boss = new Agent({ name: 'boss', model, instructions: 'Ask.', tools: [expert.asTool({
  toolName: 'ask_expert', toolDescription: 'Asks an expert.', parameters: z.object({ city: z.string() }), inputBuilder: ({ params }) => params.city })] });

const runner = new Runner();
const question = 'What is the weather in Paris?';
await withTrace('support', () => withCustomSpan(async () => {
  await runner.run(meteorologist, question);
  await runner.run(triage, question);
  await runner.run(boss, question);
  const streamed = await runner.run(plain, question, { stream: true });
  for await (const _ of streamed);
  await streamed.completed;
  await runner.run(plain, question).catch(() => {});
}, { data: { name: 'visit', data: { page: 'home' } } }), { groupId: 'session-42', metadata: { plan: 'pro' } });
await processor.shutdown();
console.log('done');
